-- Inbound unless said. Of an outbound call to_number is who was called.
alter table calls add column direction text not null default 'inbound' check (direction in ('inbound', 'outbound'));
-- What an application gave whoever goes on with the caller.
alter table calls add column end_handoff text;
