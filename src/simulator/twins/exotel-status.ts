import { fetchWebhook } from "./dial.ts";
import { authorization, type ExotelSession } from "./exotel-session.ts";

/** Multipart, as Exotel posts it in practice. */
export async function postExotelStatus(
  session: Pick<ExotelSession, "options" | "callSid" | "clock" | "reach" | "log" | "startedMs">,
  status: "completed" | "failed" | "busy" | "no-answer" | "in-progress",
): Promise<void> {
  const { options, callSid, clock, reach, log, startedMs } = session;
  const at = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace("T", " ");
  const durationMs = clock.now() - startedMs;
  const over = status !== "in-progress";
  const fields: Readonly<Record<string, string>> = {
    CallSid: callSid,
    EventType: over ? "terminal" : "answered",
    Status: status,
    DateCreated: at(clock.wall() - durationMs),
    DateUpdated: at(clock.wall()),
    StartTime: at(clock.wall() - durationMs),
    EndTime: over ? at(clock.wall()) : "1970-01-01 05:30:00",
    To: options.to ?? "08000000002",
    From: options.from ?? "09800000001",
    PhoneNumberSid: options.to ?? "08000000002",
    Direction: "inbound",
    ConversationDuration: String(Math.round(durationMs / 1000)),
    RecordingUrl: "null",
    "Legs[0][OnCallDuration]": String(Math.round(durationMs / 1000)),
    "Legs[0][Status]": status,
    ...options.statusFields,
  };
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  const headers = authorization(options, options.webhookProof ?? "right");
  const url = options.statusUrl ?? `${reach.publicUrl}/exotel/status`;
  const answer = await fetchWebhook(url, reach, clock, { method: "POST", headers, body });
  log.add({ kind: "webhook-answered", name: "status", status: answer.status, body: answer.body });
}
