import type { CallSummary } from "../ui/told.ts";

/** What somebody filled in, as it stands in the fields. */
export type TransferForm = {
  readonly to: string;
  readonly kind: "cold" | "warm";
  readonly callerId: string;
  readonly say: string;
  readonly briefing: string;
};

type TransferBody = {
  readonly to: string;
  readonly kind: "cold" | "warm";
  readonly caller_id?: string;
  readonly say?: string;
  readonly briefing?: string;
};

type Filled =
  | { readonly ok: true; readonly body: TransferBody }
  | { readonly ok: false; readonly field: keyof TransferForm; readonly complaint: string };

const NUMBER = /^\+?\d{8,15}$/;
const wrong = (field: keyof TransferForm, complaint: string): Filled => ({ ok: false, field, complaint });

/** What is sent for it, or the first thing that is wrong with it. People write numbers with spaces, dashes and brackets. */
export function transferBody(form: TransferForm): Filled {
  const [to, callerId] = [dialled(form.to), dialled(form.callerId)];
  const [say, briefing] = [form.say.trim(), form.briefing.trim()];
  const warm = form.kind === "warm";
  if (!NUMBER.test(to)) return wrong("to", "Write the number with its country code, such as +91 98450 12345.");
  if (callerId === "" && warm) return wrong("callerId", "Say which of your numbers their telephone shall show.");
  if (callerId !== "" && !NUMBER.test(callerId))
    return wrong("callerId", "Write your number with its country code, such as +91 80 4718 2200.");
  if (warm && briefing === "") return wrong("briefing", "Write what they shall be told before they hear the caller.");
  const body = {
    to,
    kind: form.kind,
    ...(callerId !== "" && { caller_id: callerId }),
    ...(say !== "" && { say }),
    ...(warm && { briefing }),
  };
  return { ok: true, body };
}

const dialled = (number: string): string => number.replace(/[\s().-]/g, "");

/** The number of ours that the call came over, where it has one: other telephones may show it. */
export function ownNumber({ direction, from, to }: Pick<CallSummary, "direction" | "from" | "to">): string {
  const own = direction === "outbound" ? from : to;
  return NUMBER.test(own) ? own : "";
}
