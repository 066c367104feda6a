import { noFaults, setFaults } from "./faults.ts";
import type { Extra } from "./rest.ts";
import { type RestCall, restError, restJson } from "./rest-reply.ts";
import type { Sockets } from "./sockets.ts";
import type { SocketKind, SocketRecord } from "./wire-log.ts";

const KINDS: readonly SocketKind[] = ["stt-realtime", "stt-streaming", "stt-translate", "tts"];

/**
 * The simulator by HTTP, for programs in another process: `POST /__faults` sets the faults named in its JSON (`GET` shows,
 * `DELETE` clears them), `POST /__drop {kind?}` cuts sockets, `POST /__script {lines}` scripts transcripts, `GET /__wire` sums up.
 */
export function controlRoutes(sockets: Sockets): Extra {
  return (call) => {
    const { context, json = {}, response } = call;
    switch (`${call.method} ${call.path}`) {
      case "GET /__faults":
        restJson(response, 200, context.faults);
        return true;
      case "POST /__faults":
        changeFaults(call);
        return true;
      case "DELETE /__faults":
        Object.assign(context.faults, noFaults());
        restJson(response, 200, context.faults);
        return true;
      case "POST /__drop":
        restJson(response, 200, { dropped: sockets.drop(KINDS.find((kind) => kind === json["kind"])) });
        return true;
      case "POST /__script":
        context.recogniser.script = Array.isArray(json["lines"]) ? json["lines"].map(String) : [];
        restJson(response, 200, { lines: context.recogniser.script.length });
        return true;
      case "GET /__wire":
        restJson(response, 200, summary(context.wire.sockets, call));
        return true;
      default:
        return false;
    }
  };
}

function changeFaults({ context, json = {}, response }: RestCall): void {
  const unknown = setFaults(context.faults, json);
  if (unknown.length > 0) restError(response, 400, "invalid_request_error", `Unknown faults: ${unknown.join(", ")}`);
  else restJson(response, 200, context.faults);
}

/** Without keys and headers. */
function summary(sockets: readonly SocketRecord[], { context }: RestCall): object {
  const total = (chunks: readonly Buffer[]): number => chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return {
    open: context.wire.open(),
    refused: context.wire.refused,
    http: context.wire.http.map(({ path }) => path),
    sockets: sockets.map(({ headers: _, key: __, headerNames: ___, audioIn, audioOut, ...record }) => ({
      ...record,
      audioInBytes: total(audioIn),
      audioOutBytes: total(audioOut),
    })),
  };
}
