-- Daily totals of spans of 16,384 entries: the twin of migrations/sqlite/0002_span.sql.

create table span (
  program_id    text collate "C" not null,
  through_seq   bigint           not null check (through_seq >= 1),
  format        bigint           not null,
  leaf_hash     bytea            not null check (octet_length(leaf_hash) = 32),
  first_day     bigint,
  last_day      bigint,
  people        bytea            not null,
  totals_digest bytea            not null check (octet_length(totals_digest) = 32),
  digest        bytea            not null check (octet_length(digest) = 32),
  totals        bytea            not null,
  primary key (program_id, through_seq)
);

-- The totals are compact already.
alter table span alter column totals set storage external;
