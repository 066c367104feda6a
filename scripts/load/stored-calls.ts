import type { Environment } from "../../src/config.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { lockFolder } from "../../src/kit/folder-lock.ts";
import { createLog } from "../../src/kit/log.ts";
import { openDatabase } from "../../src/store/database.ts";

/** Each with six turns, their metrics and seven decisions: a conversation of a minute and a half. A tenth of them failed. */
const SEED = [
  `insert into calls (id, carrier, carrier_call_id, from_number, to_number, agent, language, status, opened_at, answered_at,
      ended_at, end_how, end_detail)
    select 'call_seed' || n, case when n % 3 = 0 then 'web' else 'twilio' end, 'CAseed' || n,
      '+9198' || lpad((n % 997)::text, 8, '0'), '+918040001234', 'clinic', 'hi-IN', 'ended',
      now() - n * interval '1 minute', now() - n * interval '1 minute' + interval '2 seconds',
      now() - n * interval '1 minute' + interval '90 seconds',
      case when n % 10 = 0 then 'failed' else 'caller-hung-up' end, 'seeded'
    from generate_series($1::int, $2::int) n`,
  `insert into turns (call_id, seq, user_text, agent_generated, agent_sent, agent_heard, interrupted, started_ms, ended_ms)
    select 'call_seed' || n, t, 'मुझे कल सुबह डॉक्टर शर्मा से मिलना है', 'ज़रूर, कल सुबह साढ़े दस बजे का समय खाली है। क्या मैं पक्का कर दूँ?',
      'ज़रूर, कल सुबह साढ़े दस बजे का समय खाली है।', 'ज़रूर, कल सुबह साढ़े दस बजे', t = 3, t * 14000, t * 14000 + 9000
    from generate_series($1::int, $2::int) n, generate_series(1, 6) t`,
  `insert into metrics (call_id, seq, stt_ms, dialog_ms, tts_ms, first_audio_ms, user_audio_ms, agent_audio_ms)
    select 'call_seed' || n, t, 180, 420, 240, 700, 2100, 5200
    from generate_series($1::int, $2::int) n, generate_series(1, 6) t`,
  `insert into decisions (call_id, seq, at_ms, what, why, inputs)
    select 'call_seed' || n, d, d * 12000, 'answered', 'final', jsonb_build_object('turn', d, 'waitedMs', 96)
    from generate_series($1::int, $2::int) n, generate_series(1, 7) d`,
];
/** A gateway's queries may take five seconds: so may these. */
const AT_ONCE = 250;

/** Puts so many ended calls into the database that a gateway with this environment will open. */
export async function storeCalls(env: Environment, calls: number): Promise<void> {
  const dataDir = env["DATA_DIR"] ?? "";
  const lock = await lockFolder(dataDir);
  const log = createLog("error");
  const database = await openDatabase({
    databaseUrl: env["DATABASE_URL"] || undefined,
    dataDir,
    log,
    clock: systemClock,
  });
  try {
    for (let first = 1; first <= calls; first += AT_ONCE) {
      const last = Math.min(calls, first + AT_ONCE - 1);
      for (const sql of SEED) await database.pool.query(sql, [first, last]);
      // The checks of foreign keys read whole tables until somebody says how long they are.
      await database.pool.query("analyze");
    }
  } finally {
    await database.close();
    await lock.release();
  }
}
