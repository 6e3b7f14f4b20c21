-- Daily totals of spans of 16,384 entries, so that a start reads totals and not the whole log. They are derived: whoever
-- computes a span again gets the same bytes. totals: docs/format.md.

create table span (
  program_id    text    not null,
  through_seq   integer not null check (through_seq >= 1),
  format        integer not null,
  leaf_hash     blob    not null check (length(leaf_hash) = 32),
  first_day     integer,
  last_day      integer,
  people        blob    not null,
  totals_digest blob    not null check (length(totals_digest) = 32),
  digest        blob    not null check (length(digest) = 32),
  totals        blob    not null,
  primary key (program_id, through_seq)
) strict;
