-- One way to write a telephone number, the same as dialled numbers are compared in: +91 80 4567 8900, 080-45678900 and
-- 918045678900 are one. Numbers without a country are Indian; what is no number is only lower-cased.
create function phone_number(written text) returns text language sql immutable parallel safe as $$
  select case
    when text !~ '^[+0-9\s().-]+$' then lower(text)
    when text like '+%' then '+' || digits
    when digits like '00%' then '+' || substr(digits, 3)
    when digits ~ '^0[0-9]{10}$' then '+91' || substr(digits, 2)
    when digits ~ '^18[06]0[0-9]{7}$' or length(digits) = 10 then '+91' || digits
    when length(digits) > 10 then '+' || digits
    else digits
  end
  from (select trim(written) as text, regexp_replace(written, '[^0-9]', '', 'g') as digits) as it
$$;

-- Calls are listed newest first; those opened in the same millisecond by their ids.
drop index calls_opened_at;
create index calls_newest on calls (opened_at, id);
create index calls_from on calls (phone_number(from_number), opened_at, id);
create index calls_to on calls (phone_number(to_number), opened_at, id);
create index calls_agent on calls (agent, opened_at, id);
create index calls_end on calls (end_how, opened_at, id);
create index calls_open on calls (opened_at, id) where status = 'open';
