-- The log of every programme, and what its fold gives.
--
-- Times are microseconds since 1970 in UTC, days are days since 1970, amounts are points or minor units. Numbers of
-- kinds, commands, buckets and reasons, and binary columns, which are Borsh: docs/format.md.

create table program (
  program_id text not null primary key,
  secret     blob not null check (length(secret) = 32)
) strict, without rowid;

-- Apart from program: this row changes with every batch.
create table log_head (
  program_id text    not null primary key references program (program_id),
  head_seq   integer not null check (head_seq >= 0),
  head_at    integer not null,
  epoch      integer not null,
  format     integer not null,
  tree       blob    not null
) strict, without rowid;

create table entry (
  program_id     text    not null,
  seq            integer not null check (seq >= 1),
  format         integer not null,
  kind           integer not null,
  source         text    not null,
  command        integer not null,
  request_id     text,
  request_digest blob,
  member_id      text,
  prev_seq       integer not null,
  from_bucket    integer,
  to_bucket      integer,
  amount         integer check (amount > 0),
  occurred_at    integer not null,
  local_day      integer not null,
  recorded_at    integer not null,
  refers_seq     integer,
  rule_version   integer not null,
  rule_id        text,
  raw_points     integer not null,
  reason         integer,
  balance_after  blob    not null,
  fact           blob    not null,
  note_digest    blob,
  principal      text    not null,
  leaf_hash      blob    not null check (length(leaf_hash) = 32),
  primary key (program_id, seq)
) strict, without rowid;

create unique index entry_name on entry (program_id, source, command, request_id) where request_id is not null;

create table account (
  program_id   text    not null,
  member_id    text    not null,
  last_seq     integer not null,
  balances     blob    not null,
  credited     integer not null,
  credited_seq integer not null,
  primary key (program_id, member_id)
) strict, without rowid;

-- due_at repeats what the state says, so that a sweeper can ask by it; null when nothing is to be done.
create table record (
  program_id text    not null,
  key        text    not null,
  seq        integer not null,
  due_at     integer,
  state      blob    not null,
  primary key (program_id, key)
) strict, without rowid;

create index record_due on record (program_id, due_at, key) where due_at is not null;

-- Erasable: the entry keeps the salted digest.
create table note (
  program_id text    not null,
  seq        integer not null,
  salt       blob    not null check (length(salt) = 16),
  text       blob    not null,
  primary key (program_id, seq)
) strict, without rowid;

-- Append-only as a fact. `insert or replace` deletes without firing delete triggers (unless recursive_triggers is on),
-- so an insert that would replace an entry, by seq or by name, is refused before it does.

create trigger entry_is_never_updated before update on entry
begin
  select raise(abort, 'entries are append-only: never updated');
end;

create trigger entry_is_never_deleted before delete on entry
begin
  select raise(abort, 'entries are append-only: never deleted');
end;

create trigger entry_is_never_replaced_by_seq before insert on entry
when exists (select 1 from entry where program_id = new.program_id and seq = new.seq)
begin
  select raise(abort, 'entries are append-only: this seq exists');
end;

create trigger entry_is_never_replaced_by_name before insert on entry
when new.request_id is not null and exists (
  select 1 from entry
   where program_id = new.program_id and source = new.source and command = new.command and request_id = new.request_id)
begin
  select raise(abort, 'entries are append-only: this name exists');
end;

create trigger head_never_goes_back before update on log_head
when new.head_seq < old.head_seq or new.epoch < old.epoch or new.format < old.format or new.program_id <> old.program_id
begin
  select raise(abort, 'the head of a log never goes back');
end;

create trigger head_is_never_deleted before delete on log_head
begin
  select raise(abort, 'the head of a log is never deleted');
end;

create trigger head_is_never_replaced before insert on log_head
when exists (select 1 from log_head where program_id = new.program_id)
begin
  select raise(abort, 'the head of a log is never replaced');
end;

create trigger program_is_never_updated before update on program
begin
  select raise(abort, 'a programme and its secret never change');
end;

create trigger program_is_never_deleted before delete on program
begin
  select raise(abort, 'a programme is never deleted');
end;

create trigger program_is_never_replaced before insert on program
when exists (select 1 from program where program_id = new.program_id)
begin
  select raise(abort, 'a programme is never replaced');
end;
