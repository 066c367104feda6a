/** An app of a Model Context Protocol server, to be shown in a sandboxed frame (`appFrame`); `data` is what it begins with. */
export type McpApp = { readonly type: "mcp"; readonly url: string; readonly data: unknown };

/** What `eventCallback` gets. Other types than these are the customer's own, sent through `POST /v1/calls/{id}/events`. */
export type UiEvent =
  | { readonly type: "thinking_started" | "thinking_completed" | "user_interrupt" | "interaction_end" }
  | McpApp
  | { readonly type: "custom"; readonly name: string; readonly data: unknown };

/** `mcp::url::json`, as the event's name or, being long, as its data. What is not quite so is an event like any other. */
export function uiEventOf(name: string, data: unknown): UiEvent {
  const app = mcpOf(typeof data === "string" ? data : name);
  return app ?? { type: "custom", name, data };
}

function mcpOf(text: string): UiEvent | undefined {
  const [, url, json] = /^mcp::(.+?)::([{[].*)$/s.exec(text) ?? [];
  if (url === undefined || json === undefined || !isFrameable(url)) return undefined;
  try {
    return { type: "mcp", url, data: JSON.parse(json) };
  } catch {
    return undefined; // stays a custom event, with all that it said
  }
}

/** It becomes the address of a frame: nothing that runs in our page's name, and nothing that others on the way may change. */
function isFrameable(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || (protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname));
}
