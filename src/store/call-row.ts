import type { CallEnd, CallId, CarrierName, Decision, Turn } from "../record/record.ts";
import type { CallSummary, StoredCall, Transcript } from "./store.ts";

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
  readonly recording_url: string | null;
};

/** One call with everything that hangs on it, as `CALL_QUERY` answers. */
export type CallRow = CallSummaryRow & {
  readonly turns: readonly Turn[];
  readonly decisions: readonly Decision[];
  readonly transcript: Transcript | null;
};

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
    (select url from recordings r where r.call_id = calls.id) as recording_url,
    (select document from transcripts w where w.call_id = calls.id) as transcript
  from calls where calls.id = $1`;

export function callSummary(row: CallSummaryRow): CallSummary {
  const { ended_at: endedAt, end_how: how, end_detail: detail } = row;
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
    ...(endedAt && how && { endedAt: endedAt.getTime(), end: { how, detail: detail ?? "" } }),
    ...(row.recording_url !== null && { recordingUrl: row.recording_url }),
  };
}

export function storedCall(row: CallRow): StoredCall {
  return {
    ...callSummary(row),
    turns: row.turns,
    decisions: row.decisions,
    ...(row.transcript && { transcript: row.transcript }),
  };
}
