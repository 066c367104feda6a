-- What an application gave whoever goes on with the caller tells of them as well: it goes with the call.
update calls set end_handoff = null where erased_at is not null;

create or replace function erase_call(erased text, at timestamptz) returns text language plpgsql as $$
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
    ended_at = coalesce(ended_at, opened_at), end_how = coalesce(end_how, 'interrupted'), end_detail = '', end_handoff = null,
    erased_at = coalesce(erased_at, at)
  where id = erased;
  return 'erased';
end
$$;
