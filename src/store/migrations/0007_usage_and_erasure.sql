-- What a call cost, as it stands when the call is closed, and what was asked for of what is written down of it.
alter table metrics add column agent_characters integer;
update metrics set agent_characters = char_length(t.agent_generated)
  from turns t where t.call_id = metrics.call_id and t.seq = metrics.seq;

alter table calls
  add column voice_model text,
  add column redact text check (redact in ('digits')),
  add column agent_audio_ms double precision,
  add column agent_characters bigint,
  -- Each begun second, and each begun minute, counts. Clocks may be set back in mid-call.
  add column stream_seconds integer generated always as
    (coalesce(ceil(greatest(extract(epoch from ended_at - answered_at), 0)), 0)::integer) stored,
  add column stream_minutes integer generated always as
    (coalesce(ceil(greatest(extract(epoch from ended_at - answered_at), 0) / 60), 0)::integer) stored,
  -- What is left of such a call tells of nobody.
  add column erased_at timestamptz;
update calls set agent_audio_ms = spoken.ms, agent_characters = spoken.characters
  from (select call_id, sum(agent_audio_ms) as ms, sum(agent_characters) as characters from metrics group by call_id) spoken
  where spoken.call_id = calls.id and status = 'ended';
create index calls_to_be_erased on calls (coalesce(ended_at, opened_at)) where erased_at is null;

-- Answers that a model was asked for, and what they cost where the model said so. Of a language model each is two rows.
create table model_usage (
  call_id text not null references calls (id) on delete cascade,
  seq integer not null,
  model text not null,
  prompt_tokens integer,
  cached_tokens integer,
  completion_tokens integer,
  primary key (call_id, seq)
);

-- Whatever comes late for an erased call is dropped. Who writes and who erases wait for each other on the call's row, so that
-- nothing slips in between.
create function drop_if_erased() returns trigger language plpgsql as $$
begin
  perform from calls where id = new.call_id and erased_at is null for key share;
  if found then
    return new;
  end if;
  -- A call that is not known at all is for the foreign key to refuse.
  perform from calls where id = new.call_id;
  return case when found then null else new end;
end
$$;

do $$
declare
  hanging regclass;
begin
  for hanging in select conrelid from pg_constraint
    where contype = 'f' and confrelid = 'calls'::regclass and conrelid <> 'model_usage'::regclass
  loop
    execute format('create trigger drop_if_erased before insert on %s for each row execute function drop_if_erased()', hanging);
  end loop;
end
$$;

-- Erases a call: everything that hangs on it goes, what comes with later versions too, but for what it cost. Answers `erased`, also when it
-- was before, `open` when it is not over, `unknown` when there is none. An open call that began more than a day ago is over: its
-- process is gone, and its journal too, or it would have been closed.
create function erase_call(erased text, at timestamptz) returns text language plpgsql as $$
declare
  call calls%rowtype;
  hanging regclass;
begin
  select * into call from calls where id = erased for update;
  if not found then
    return 'unknown';
  end if;
  if call.status = 'open' and call.opened_at > at - interval '1 day' then
    return 'open';
  end if;
  for hanging in select conrelid from pg_constraint
    where contype = 'f' and confrelid = 'calls'::regclass and conrelid <> 'model_usage'::regclass
  loop
    execute format('delete from %s where call_id = $1', hanging) using erased;
  end loop;
  update calls set carrier_call_id = '', from_number = '', to_number = '', webhook_url = null, status = 'ended',
    ended_at = coalesce(ended_at, opened_at), end_how = coalesce(end_how, 'interrupted'), end_detail = '',
    erased_at = coalesce(erased_at, at)
  where id = erased;
  return 'erased';
end
$$;
