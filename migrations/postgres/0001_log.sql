-- The log of every programme, and what its fold gives: the twin of migrations/sqlite/0001_log.sql.
--
-- Text is ordered by bytes (collate "C"), as in Rust and in SQLite. Run by the owner of the tables; the server's own
-- role needs no more than `goodturn migrate --grant-to` gives it.

create table program (
  program_id text collate "C" not null primary key,
  secret     bytea            not null check (octet_length(secret) = 32)
);

-- Apart from program: this row changes with every batch, so pages keep room for its next versions.
create table log_head (
  program_id text collate "C" not null primary key references program (program_id),
  head_seq   bigint           not null check (head_seq >= 0),
  head_at    bigint           not null,
  epoch      bigint           not null,
  format     bigint           not null,
  tree       bytea            not null
) with (fillfactor = 10);

create table entry (
  program_id     text collate "C" not null,
  seq            bigint           not null check (seq >= 1),
  format         bigint           not null,
  kind           bigint           not null,
  source         text collate "C" not null,
  command        bigint           not null,
  request_id     text collate "C",
  request_digest bytea,
  member_id      text collate "C",
  prev_seq       bigint           not null,
  from_bucket    bigint,
  to_bucket      bigint,
  amount         bigint check (amount > 0),
  occurred_at    bigint           not null,
  local_day      bigint           not null,
  recorded_at    bigint           not null,
  refers_seq     bigint,
  rule_version   bigint           not null,
  rule_id        text collate "C",
  raw_points     bigint           not null,
  reason         bigint,
  balance_after  bytea            not null,
  fact           bytea            not null,
  note_digest    bytea,
  principal      text collate "C" not null,
  leaf_hash      bytea            not null check (octet_length(leaf_hash) = 32),
  primary key (program_id, seq)
);

create unique index entry_name on entry (program_id, source, command, request_id) where request_id is not null;

create table account (
  program_id   text collate "C" not null,
  member_id    text collate "C" not null,
  last_seq     bigint           not null,
  balances     bytea            not null,
  credited     bigint           not null,
  credited_seq bigint           not null,
  primary key (program_id, member_id)
) with (fillfactor = 80);

-- due_at repeats what the state says, so that a sweeper can ask by it; null when nothing is to be done.
create table record (
  program_id text collate "C" not null,
  key        text collate "C" not null,
  seq        bigint           not null,
  due_at     bigint,
  state      bytea            not null,
  primary key (program_id, key)
);

create index record_due on record (program_id, due_at, key) where due_at is not null;

-- Erasable: the entry keeps the salted digest.
create table note (
  program_id text collate "C" not null,
  seq        bigint           not null,
  salt       bytea            not null check (octet_length(salt) = 16),
  text       bytea            not null,
  primary key (program_id, seq)
);

-- Append-only as a fact, for the owner too. A row trigger does not see `truncate`: that has one of its own.

create function goodturn_refuse() returns trigger language plpgsql as $$
begin
  raise exception '% on % is refused: it is append-only', tg_op, tg_table_name using errcode = 'restrict_violation';
end
$$;

create trigger entry_is_never_changed before update or delete on entry
  for each row execute function goodturn_refuse();
create trigger entry_is_never_truncated before truncate on entry
  for each statement execute function goodturn_refuse();
create trigger program_is_never_changed before update or delete on program
  for each row execute function goodturn_refuse();
create trigger program_is_never_truncated before truncate on program
  for each statement execute function goodturn_refuse();
create trigger head_is_never_deleted before delete on log_head
  for each row execute function goodturn_refuse();
create trigger head_is_never_truncated before truncate on log_head
  for each statement execute function goodturn_refuse();
create trigger head_never_goes_back before update on log_head
  for each row
  when (new.head_seq < old.head_seq or new.epoch < old.epoch or new.format < old.format or new.program_id <> old.program_id)
  execute function goodturn_refuse();
