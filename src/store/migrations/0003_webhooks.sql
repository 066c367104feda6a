-- Where a call's events are told; null: nowhere.
alter table calls add column webhook_url text;

-- What a customer is told of a call, written in the statement that makes it true. Told in the order of seq, one after the other;
-- a row that is neither delivered nor dead is owed, whatever any queue says.
create table webhook_events (
  id text primary key generated always as (kind || '.' || call_id) stored,
  call_id text not null references calls (id) on delete cascade,
  kind text not null,
  seq bigint not null generated always as identity,
  created_at timestamptz not null default now(),
  -- The next try; while one is under way, when it is taken for lost.
  due_at timestamptz not null default 'epoch',
  tried_since timestamptz,
  attempts integer not null default 0,
  last_error text,
  delivered_at timestamptz,
  dead_at timestamptz
);
create index webhook_events_owed on webhook_events (call_id, seq) where delivered_at is null and dead_at is null;
create index webhook_events_dead on webhook_events (dead_at) where dead_at is not null;
