import type { OpenSocket } from "./ports.ts";

export const browserSocket: OpenSocket = (url, { opened, message, failed, closed }) => {
  const socket = new WebSocket(url);
  socket.addEventListener("open", opened);
  socket.addEventListener("message", ({ data }) => message(String(data)));
  socket.addEventListener("error", failed);
  socket.addEventListener("close", ({ code, reason }) => closed(code, reason));
  return socket;
};
