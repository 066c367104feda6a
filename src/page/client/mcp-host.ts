/** What an app in a frame and the page around it say to each other: JSON-RPC 2.0, as MCP Apps (SEP-1865) define it. */

const VERSION = "2026-01-26";
const UNKNOWN_METHOD = -32601;

/** What an app may want to know of the page around it. */
type AppContext = { readonly theme: "light" | "dark"; readonly locale: string };

type AppEvents = {
  /** To the app. */
  readonly post: (message: object) => void;
  /** It wants to be this high. */
  readonly resized: (heightPx: number) => void;
};

/**
 * The page's side of it. An app learns what it begins with in whichever way it asks: `ui/initialize` is sent to it as soon as it is
 * loaded, and to one that sends that itself, the same comes as the result of a tool. It can ask for nothing else.
 */
export class AppHost {
  readonly #data: unknown;
  readonly #context: AppContext;
  readonly #events: AppEvents;

  constructor(data: unknown, context: AppContext, events: AppEvents) {
    this.#data = data;
    this.#context = context;
    this.#events = events;
  }

  loaded(): void {
    this.#tell("ui/initialize", this.#data);
  }

  /** What is no JSON-RPC is not for us. */
  hear(message: unknown): void {
    const { jsonrpc, id, method, params } = fieldsOf(message);
    if (jsonrpc !== "2.0" || typeof method !== "string") return;
    if (typeof id === "string" || typeof id === "number") return this.#events.post(this.#answer(id, method));
    if (method === "ui/notifications/initialized") this.#tell("ui/notifications/tool-result", resultOf(this.#data));
    if (method === "ui/notifications/size-changed") this.#resize(fieldsOf(params)["height"]);
  }

  #answer(id: string | number, method: string): object {
    const answer = { jsonrpc: "2.0", id };
    if (method === "ping") return { ...answer, result: {} };
    if (method !== "ui/initialize")
      return { ...answer, error: { code: UNKNOWN_METHOD, message: `${method} is not offered here` } };
    const hostContext = { ...this.#context, displayMode: "inline", availableDisplayModes: ["inline"] };
    const hostInfo = { name: "durvani", version: "1" };
    return { ...answer, result: { protocolVersion: VERSION, hostInfo, hostCapabilities: {}, hostContext } };
  }

  #resize(heightPx: unknown): void {
    if (typeof heightPx === "number" && Number.isFinite(heightPx)) this.#events.resized(heightPx);
  }

  #tell(method: string, params: unknown): void {
    this.#events.post({ jsonrpc: "2.0", method, params });
  }
}

const resultOf = (data: unknown): object => ({
  content: [{ type: "text", text: JSON.stringify(data) }],
  ...(!Array.isArray(data) && { structuredContent: data }),
});

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? { ...value } : {};
