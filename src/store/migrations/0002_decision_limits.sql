-- The limits a decision was measured against, and in words what would have changed it.
alter table decisions
  add column limits jsonb not null default '{}',
  add column otherwise text not null default '';
