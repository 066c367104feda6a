import type { CallEnd, CallId, CarrierName, Decision, Redaction, Turn, WriteUp } from "../record/record.ts";
import type { Usage } from "../record/usage.ts";
import type { CallSummary, Retranscription, StoredCall, Summary, Transcript, Translation } from "./store.ts";

/** One call, and where its recording is. */
export type CallSummaryRow = {
  readonly id: CallId;
  readonly carrier: CarrierName;
  readonly carrier_call_id: string;
  readonly from_number: string;
  readonly to_number: string;
  readonly agent: string;
  readonly language: string;
  readonly status: "open" | "ended";
  readonly opened_at: Date;
  readonly answered_at: Date | null;
  readonly ended_at: Date | null;
  readonly end_how: CallEnd["how"] | null;
  readonly end_detail: string | null;
  readonly end_handoff: string | null;
  readonly direction: "inbound" | "outbound";
  readonly recording_url: string | null;
  readonly voice_model: string | null;
  readonly redact: Redaction | null;
  readonly erased_at: Date | null;
};

/** One call with everything that hangs on it, as `CALL_QUERY` answers. */
export type CallRow = CallSummaryRow & {
  readonly stream_seconds: number;
  readonly stream_minutes: number;
  readonly agent_audio_ms: number | null;
  readonly agent_characters: string | null;
  readonly model_usage: Usage["models"];
  readonly turns: readonly Turn[];
  readonly decisions: readonly Decision[];
  readonly transcript: Transcript | null;
  readonly after_call: WriteUp | null;
  readonly summary: Summary | null;
  readonly translation: Translation | null;
  readonly retranscription: Retranscription | null;
};

/** What models were asked for, by model; before it the columns of `keys`, with a comma behind each. */
export const modelUsage = ({ from, keys = "" }: { readonly from: string; readonly keys?: string }): string => `
  select ${keys} model, (count(*) - count(prompt_tokens))::int as answers,
    greatest(count(*) - 2 * count(prompt_tokens), 0)::int as uncounted,
    coalesce(sum(prompt_tokens), 0)::float8 as prompt, coalesce(sum(cached_tokens), 0)::float8 as cached,
    coalesce(sum(completion_tokens), 0)::float8 as completion
  from ${from} group by ${keys} model order by ${keys} model`;

/** One statement, so that call, turns and transcript are of one moment. */
export const CALL_QUERY = `
  select calls.*,
    (select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
        'seq', t.seq, 'userText', t.user_text, 'agentGenerated', t.agent_generated, 'agentSent', t.agent_sent,
        'agentHeard', t.agent_heard, 'interrupted', t.interrupted, 'startedMs', t.started_ms, 'endedMs', t.ended_ms,
        'metrics', jsonb_build_object('sttMs', m.stt_ms, 'dialogMs', m.dialog_ms, 'ttsMs', m.tts_ms,
          'firstAudioMs', m.first_audio_ms, 'userAudioMs', m.user_audio_ms, 'agentAudioMs', m.agent_audio_ms)
      )) order by t.seq), '[]')
      from turns t left join metrics m using (call_id, seq) where t.call_id = calls.id) as turns,
    (select coalesce(jsonb_agg(jsonb_build_object(
        'atMs', d.at_ms, 'what', d.what, 'why', d.why, 'inputs', d.inputs, 'limits', d.limits, 'otherwise', d.otherwise
      ) order by d.seq), '[]')
      from decisions d where d.call_id = calls.id) as decisions,
    (select coalesce(jsonb_agg(to_jsonb(u)), '[]') from (${modelUsage({ from: "model_usage where call_id = calls.id" })}) u) as model_usage,
    (select url from recordings r where r.call_id = calls.id) as recording_url,
    (select document from transcripts w where w.call_id = calls.id) as transcript,
    (select document from summaries w where w.call_id = calls.id) as summary,
    (select document from translations w where w.call_id = calls.id) as translation,
    (select document from retranscriptions w where w.call_id = calls.id) as retranscription
  from calls where calls.id = $1`;

export function callSummary(row: CallSummaryRow): CallSummary {
  const { ended_at: endedAt, end_how: how, end_detail: detail, end_handoff: handoffData } = row;
  const end = how && { how, detail: detail ?? "", ...(handoffData !== null && { handoffData }) };
  return {
    id: row.id,
    carrier: row.carrier,
    carrierCallId: row.carrier_call_id,
    from: row.from_number,
    to: row.to_number,
    agent: row.agent,
    language: row.language,
    openedAt: row.opened_at.getTime(),
    status: row.status,
    ...(row.answered_at && { answeredAt: row.answered_at.getTime() }),
    ...(row.direction === "outbound" && { direction: row.direction }),
    ...(endedAt && end && { endedAt: endedAt.getTime(), end }),
    ...(row.recording_url !== null && { recordingUrl: row.recording_url }),
    ...(row.voice_model !== null && { voiceModel: row.voice_model }),
    ...(row.redact !== null && { redact: row.redact }),
    ...(row.erased_at && { erasedAt: row.erased_at.getTime() }),
  };
}

function usageOf(row: CallRow): Usage {
  const { carrier, voice_model: voice, stream_seconds: seconds, stream_minutes: minutes } = row;
  return {
    calls: 1,
    streamSeconds: seconds,
    spokenMs: row.agent_audio_ms ?? 0,
    voices: [{ model: voice ?? "", characters: Number(row.agent_characters ?? 0) }],
    models: row.model_usage,
    carriers: [{ carrier, seconds, minutes }],
  };
}

export function storedCall(row: CallRow): StoredCall {
  return {
    ...callSummary(row),
    turns: row.turns,
    decisions: row.decisions,
    ...(row.status === "ended" && { usage: usageOf(row) }),
    ...(row.after_call && { afterCall: row.after_call }),
    ...(row.transcript && { transcript: row.transcript }),
    ...(row.summary && { summary: row.summary }),
    ...(row.translation && { translation: row.translation }),
    ...(row.retranscription && { retranscription: row.retranscription }),
  };
}
