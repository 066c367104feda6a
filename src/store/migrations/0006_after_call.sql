-- What is to be written up of a call beside what is of all calls; null: nothing.
alter table calls add column after_call jsonb;

create table summaries (
  call_id text primary key references calls (id) on delete cascade,
  document jsonb not null,
  written_at timestamptz not null default now()
);

-- Written again with each line that is translated.
create table translations (
  call_id text primary key references calls (id) on delete cascade,
  document jsonb not null,
  written_at timestamptz not null default now()
);

-- Also what is known of one that is under way, so that nobody asks for it twice.
create table retranscriptions (
  call_id text primary key references calls (id) on delete cascade,
  document jsonb not null,
  written_at timestamptz not null default now()
);
