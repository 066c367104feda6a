-- Of all events, told ones too: forgetting a call looks for its own.
create index webhook_events_call on webhook_events (call_id, seq);
