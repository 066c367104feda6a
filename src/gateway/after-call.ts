import { z } from "zod";
import type { CallId } from "../record/record.ts";
import type { JobKind, Retranscription, StoredCall } from "../store/store.ts";
import { retranscription, summary, translation } from "./after-call-schema.ts";
import { ApiError } from "./api-error.ts";
import { callParams } from "./call-schema.ts";
import { callOf, read } from "./calls.ts";
import { type Operation, operation } from "./operation.ts";
import type { Site } from "./site.ts";

const NO_BOOKS = "The database does not answer";
const ERASED = "the call was erased";

/** What is written up of a call once it is over: its summary, its translation, and what was heard in its recording. */
export function afterCallOperations(site: Site): readonly Operation[] {
  const one = {
    method: "GET",
    scope: "read",
    params: callParams,
    errors: { 404: "There is none, and why", 503: NO_BOOKS },
  } as const;
  return [
    operation({
      ...one,
      id: "getSummary",
      path: "/v1/calls/{id}/summary",
      summary: "What the call was about, what came of it, and what the agent's schema asks for",
      answer: { description: "Its summary", schema: summary },
      run: async ({ params }) => {
        const call = await callOf(site, params.id);
        return call.summary ?? missing(site, call, "summary", whyNoSummary(call));
      },
    }),
    operation({
      ...one,
      id: "getTranslation",
      path: "/v1/calls/{id}/translation",
      summary: "The transcript in another language, line by line",
      answer: { description: "Its translation", schema: translation },
      run: async ({ params }) => {
        const call = await callOf(site, params.id);
        if (call.translation?.complete) return call.translation;
        return missing(site, call, "translation", "the agent asks for no translation");
      },
    }),
    operation({
      ...one,
      id: "getRetranscription",
      path: "/v1/calls/{id}/retranscription",
      summary:
        "What was heard in the call's recording afterwards, by speaker; beside the transcript, never in its place",
      answer: { description: "It is written", schema: retranscription },
      run: async ({ params }) => {
        const call = await callOf(site, params.id);
        const found = call.retranscription;
        if (found?.kind === "written") return found;
        return missing(site, call, "retranscription", whyNotHeardAgain(found));
      },
    }),
    operation({
      id: "retranscribeCall",
      method: "POST",
      path: "/v1/calls/{id}/retranscribe",
      scope: "control",
      summary: "Has the call's recording transcribed anew",
      description: "Asking twice is asking once: one that is written already is not made again.",
      params: callParams,
      status: 202,
      answer: {
        description: "It is owed, or was written before",
        schema: z.object({ id: z.string(), state: z.enum(["owed", "written"]) }),
      },
      errors: { 409: "There is no recording, and why", 503: NO_BOOKS },
      run: ({ params }) => retranscribe(site, params.id),
    }),
  ];
}

/** Never returns: says why there is none. */
async function missing(site: Site, call: StoredCall, kind: JobKind, why: string): Promise<never> {
  if (call.erasedAt !== undefined) throw new ApiError(404, ERASED);
  if (call.status === "open") throw new ApiError(404, `the call is not over: its ${kind} would be written afterwards`);
  const owed = await read(site, () => site.parts.store.owedBy(call.id));
  throw new ApiError(404, owed.includes(kind) ? `the ${kind} of this call is still to be written` : why);
}

const whyNoSummary = ({ afterCall }: StoredCall): string =>
  afterCall?.summary || afterCall?.extract
    ? "the model's answers were of no use, and it was given up"
    : "the agent asks for no summary";

function whyNotHeardAgain(found: Retranscription | undefined): string {
  return found?.kind === "none"
    ? found.why
    : "nobody asked for this call to be transcribed again, and it was heard well";
}

async function retranscribe(site: Site, id: string): Promise<{ id: string; state: "owed" | "written" }> {
  const { store, jobs, log } = site.parts;
  const call = await callOf(site, id);
  if (call.erasedAt !== undefined) throw new ApiError(409, ERASED);
  if (call.status === "open") throw new ApiError(409, "the call is not over: there is no recording yet");
  if (call.retranscription?.kind === "written") return { id, state: "written" };
  const owed = await read(site, () => store.owedBy(call.id));
  if (call.recordingUrl === undefined && !owed.includes("recording"))
    throw new ApiError(409, "there is no recording of this call: RECORD_CALLS was not wav, or nothing was to be heard");
  await read(site, () => store.askRetranscription(call.id));
  try {
    await jobs.add({ kind: "retranscription", callId: id as CallId });
  } catch (error) {
    log.warn({ call: id, err: error }, "a job was not queued; the sweep will do it");
  }
  return { id, state: "owed" };
}
