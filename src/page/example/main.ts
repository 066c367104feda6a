import { browserAgent, requestSession, sessionBody } from "/client/client.js";

const [button, transcript] = [document.querySelector("#call"), document.querySelector("#transcript")] as HTMLElement[];
const write = (text: string) => transcript?.append(Object.assign(document.createElement("li"), { textContent: text }));
const agent = browserAgent({
  worklets: { capture: "/client/capture.worklet.js", playback: "/client/playback.worklet.js" },
  connect: (previous) =>
    requestSession("/v1/voice/sessions", sessionBody({ initial_language_name: "en-IN" }, previous)),
  transcriptCallback: ({ role, content, final }) => final && write(`${role}: ${content}`),
  stateCallback: (state) =>
    Object.assign(button ?? {}, { textContent: ["IDLE", "ERROR"].includes(state) ? "Start" : `Stop (${state})` }),
});
const start = () => agent.start().catch((error: Error) => write(error.message));
button?.addEventListener("click", () => void (["IDLE", "ERROR"].includes(agent.getState()) ? start() : agent.stop()));
