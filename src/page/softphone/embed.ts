import type { FromFrame, SoftphoneState, ToFrame } from "./embed-protocol.ts";
import type { Pass } from "./line.ts";

export type EmbedOptions = {
  /** The softphone is put into it. */
  readonly element: Element;
  /** The gateway's origin, such as `https://voice.example.com`. It names this page's origin in `FRAME_ANCESTORS`. */
  readonly gateway: string;
  /**
   * A fresh token each time, from your own server: what `POST /v1/softphone/token` answered it, or the `token` therein alone. Asked before
   * the softphone goes online, and when a token ends. The same `identity` each time keeps the softphone where others ring it.
   */
  readonly token: () => Promise<Pass | string>;
  /** Hears how the softphone stands, whenever that changes. */
  readonly onState?: (state: SoftphoneState) => void;
};

/** The softphone in the page; `remove` hangs up, too. */
export type EmbeddedSoftphone = { readonly frame: HTMLIFrameElement; readonly remove: () => void };

/**
 * Shows the gateway's softphone in a page of yours. People need no login: your server has a key of the gateway, with the scope `control`,
 * and gives out tokens to whom it likes.
 *
 * ```html
 * <div id="phone"></div>
 * <script type="module">
 *   import { durvaniSoftphone } from "https://voice.example.com/embed.js";
 *   durvaniSoftphone({
 *     element: document.querySelector("#phone"),
 *     gateway: "https://voice.example.com",
 *     token: async () => (await fetch("/my-server/softphone-token", { method: "POST" })).json(),
 *     onState: ({ state, peer }) => console.log(state, peer),
 *   });
 * </script>
 * ```
 *
 * It makes `<iframe src="https://voice.example.com/softphone?embedded=1" allow="microphone; autoplay; speaker-selection">`, and answers
 * what that asks.
 */
export function durvaniSoftphone({ element, gateway, token, onState }: EmbedOptions): EmbeddedSoftphone {
  const { origin } = new URL(gateway);
  const frame = document.createElement("iframe");
  frame.src = `${origin}/softphone?embedded=1`;
  frame.allow = "microphone; autoplay; speaker-selection";
  frame.title = "Softphone";
  const removed = new AbortController();
  const answer = (said: ToFrame): void => frame.contentWindow?.postMessage(said, origin);
  const give = async (id: number): Promise<void> => {
    try {
      answer({ type: "durvani:token", id, pass: await token() });
    } catch (error) {
      answer({ type: "durvani:no-token", id, why: error instanceof Error ? error.message : String(error) });
    }
  };
  addEventListener(
    "message",
    ({ data, origin: from, source }: MessageEvent<FromFrame>) => {
      if (from !== origin || source !== frame.contentWindow) return;
      if (data.type === "durvani:token-wanted") void give(data.id);
      if (data.type === "durvani:state") {
        const { type: _, ...state } = data;
        onState?.(state);
      }
    },
    { signal: removed.signal },
  );
  element.append(frame);
  return {
    frame,
    remove() {
      removed.abort();
      frame.remove();
    },
  };
}
