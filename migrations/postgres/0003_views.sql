-- Views for analysts: the twin of migrations/sqlite/0003_views.sql, with the same columns and words. What they hold,
-- and what is promised of them: docs/operate/analysts.md.
--
-- Operators grant them to roles. So a later migration says `create or replace view`, which keeps the grants and puts a
-- new column behind the others. To drop a view would take it from everybody.
--
-- A place in a fact is counted from 1, as `substring` does; `get_byte` counts from 0.

create view goodturn_programs as
select
  program_id,
  currency_code,
  case
    when currency_code in (
      'BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF',
      'XPF'
    ) then 1
    when currency_code in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 1000
    when currency_code in ('CLF', 'UYW') then 10000
    else 100
  end as minor_per_main,
  time_zone,
  timestamptz '1970-01-01 00:00:00+00' + created_at / 1000000 * interval '1 second'
    + created_at % 1000000 * interval '1 microsecond' as created_at,
  head_seq,
  timestamptz '1970-01-01 00:00:00+00' + head_at / 1000000 * interval '1 second'
    + head_at % 1000000 * interval '1 microsecond' as last_recorded_at
from (
  select
    head.program_id,
    convert_from(substring(first.fact from 7 for 3), 'UTF8') collate "C" as currency_code,
    -- Behind it stand two numbers of eight bytes.
    convert_from(substring(first.fact from 14 for octet_length(first.fact) - 29), 'UTF8') collate "C" as time_zone,
    first.recorded_at as created_at,
    head.head_seq,
    head.head_at
  from log_head head
  join entry first on first.program_id = head.program_id and first.seq = 1 and first.kind = 1
) p;

-- A view of a subquery cannot be written to, whoever tries.
create view goodturn_members as
select program_id, member_id, credited as credited_points, last_seq
from (select program_id, member_id, credited, last_seq from account) a;

-- What is in no bucket has no row.
create view goodturn_balances as
select
  program_id,
  member_id,
  case bucket
    when 1 then 'issued' when 2 then 'pending' when 3 then 'available' when 4 then 'held' when 5 then 'reserved'
    when 6 then 'redeemed' when 7 then 'expired' when 8 then 'written_off' when 9 then 'paid' when 10 then 'moved'
    when 33 then 'granted' when 34 then 'due' when 35 then 'carried' when 36 then 'withheld' when 37 then 'sent'
    when 38 then 'settled' when 39 then 'lapsed' when 40 then 'donated' when 41 then 'moved' when 42 then 'drawn'
    when 43 then 'given'
  end as bucket,
  case when bucket < 33 then 'points' else 'money' end as unit,
  amount,
  case
    when bucket >= 33 then (
      select round(b.amount * (1::numeric / p.minor_per_main), length(p.minor_per_main::text) - 1)
      from goodturn_programs p where p.program_id = b.program_id
    )
  end as money,
  last_seq
from (
  select
    program_id,
    member_id,
    get_byte(balances, at) as bucket,
    get_byte(balances, at + 1)
      + (get_byte(balances, at + 2)::bigint << 8)
      + (get_byte(balances, at + 3)::bigint << 16)
      + (get_byte(balances, at + 4)::bigint << 24)
      + (get_byte(balances, at + 5)::bigint << 32)
      + (get_byte(balances, at + 6)::bigint << 40)
      + (get_byte(balances, at + 7)::bigint << 48)
      + (get_byte(balances, at + 8)::bigint << 56) as amount,
    last_seq
  from (
    select a.program_id, a.member_id, a.balances, a.last_seq, place.n * 9 + 1 as at
    from account a cross join lateral generate_series(0, (octet_length(a.balances) - 10) / 9) as place (n)
  ) a
) b;

create view goodturn_entries as
select
  program_id,
  seq,
  case kind
    when 1 then 'program_created' when 2 then 'rule_set_published' when 3 then 'program_update_proposed'
    when 4 then 'program_updated' when 5 then 'program_update_rejected' when 10 then 'activity_recorded'
    when 11 then 'activity_reversed' when 12 then 'written_off' when 13 then 'activity_refunded'
    when 14 then 'activity_confirmed' when 15 then 'wait_ended' when 16 then 'activity_displaced'
    when 17 then 'points_moved' when 18 then 'key_passed' when 19 then 'points_expired' when 20 then 'hold_created'
    when 21 then 'hold_captured' when 22 then 'hold_released' when 23 then 'hold_expired'
    when 24 then 'points_redeemed' when 25 then 'redemption_refunded' when 26 then 'adjustment_proposed'
    when 27 then 'points_adjusted' when 28 then 'adjustment_rejected' when 29 then 'adjustment_revoked'
    when 30 then 'member_suspended' when 31 then 'member_reinstated' when 32 then 'member_banned'
    when 33 then 'member_merged' when 34 then 'expiry_progressed' when 35 then 'ban_completed'
    when 36 then 'money_moved' when 37 then 'merger_proposed' when 38 then 'merger_approved'
    when 39 then 'merger_rejected' when 40 then 'statement_declared' when 41 then 'statement_approved'
    when 42 then 'statement_rejected' when 43 then 'statement_corrected' when 50 then 'payout_created'
    when 51 then 'payout_progressed' when 52 then 'payout_reserved' when 53 then 'payout_drafted'
    when 54 then 'payout_approved' when 55 then 'payout_executing' when 56 then 'payout_paid'
    when 57 then 'payout_granted' when 58 then 'payout_executed' when 59 then 'payout_cancelling'
    when 60 then 'payout_returned' when 61 then 'payout_cancelled' when 62 then 'payout_reduced'
    when 63 then 'payout_rejected' when 64 then 'payout_releasing' when 65 then 'payout_released'
    when 66 then 'payout_listed' when 70 then 'choice_set' when 71 then 'closing_drafted'
    when 72 then 'closing_approved' when 73 then 'closing_rejected' when 74 then 'closing_progressed'
    when 75 then 'choices_closed' when 76 then 'money_chosen' when 77 then 'money_carried' when 78 then 'money_lapsed'
    when 79 then 'money_donated' when 80 then 'adjustments_approved' when 81 then 'adjustments_rejected'
    when 90 then 'access_begun' when 91 then 'access_changed' when 92 then 'access_proposed'
    when 93 then 'access_rejected' when 94 then 'access_recovered' when 110 then 'activity_restored'
    when 111 then 'activity_revoked' when 112 then 'activity_reinstated' when 120 then 'adjustment_reinstated'
    when 130 then 'ban_lift_proposed' when 131 then 'ban_lift_rejected' when 132 then 'ban_lifted'
    when 133 then 'ban_lift_completed' when 134 then 'profile_updated' when 170 then 'donation_matched'
    when 171 then 'money_withheld' when 172 then 'money_released' when 173 then 'lapse_proposed'
    when 174 then 'lapse_approved' when 175 then 'lapse_rejected' when 176 then 'donations_received'
    when 180 then 'batch_created' when 181 then 'batch_progressed' when 182 then 'batch_drafted'
    when 183 then 'batch_approved' when 184 then 'batch_releasing' when 185 then 'batch_released'
    when 186 then 'batch_cancelling' when 187 then 'batch_cancelled' when 188 then 'money_drawn'
    when 189 then 'money_left_out' when 190 then 'money_sent' when 191 then 'payment_reported'
    when 192 then 'money_settled' when 193 then 'money_back' when 194 then 'payee_set' when 195 then 'payee_removed'
    when 196 then 'payment_retried'
  end as kind,
  source,
  case command
    when 1 then 'create_program' when 2 then 'publish_rule_set' when 3 then 'update_program'
    when 4 then 'approve_program_update' when 5 then 'reject_program_update' when 10 then 'record_activity'
    when 11 then 'reverse_activity' when 12 then 'refund_activity' when 13 then 'confirm_activity'
    when 14 then 'end_wait' when 15 then 'restore_activity' when 16 then 'revoke_activity'
    when 17 then 'reinstate_activity' when 20 then 'create_hold' when 21 then 'capture_hold'
    when 22 then 'release_hold' when 23 then 'expire_hold' when 24 then 'redeem_points'
    when 25 then 'refund_redemption' when 26 then 'adjust_points' when 27 then 'revoke_adjustment'
    when 28 then 'reject_adjustment' when 29 then 'approve_adjustment' when 30 then 'suspend_member'
    when 31 then 'reinstate_member' when 32 then 'ban_member' when 33 then 'merge_members'
    when 34 then 'expire_points' when 35 then 'complete_ban' when 36 then 'approve_merger'
    when 37 then 'reject_merger' when 38 then 'update_member_profile' when 40 then 'declare_statement'
    when 41 then 'approve_statement' when 42 then 'reject_statement' when 43 then 'correct_statement'
    when 50 then 'create_payout' when 51 then 'reserve_points' when 52 then 'complete_draft'
    when 53 then 'approve_payout' when 54 then 'begin_execution' when 55 then 'post_shares'
    when 56 then 'complete_execution' when 57 then 'begin_cancellation' when 58 then 'return_points'
    when 59 then 'complete_cancellation' when 63 then 'reject_payout' when 65 then 'release_points'
    when 66 then 'list_weights' when 70 then 'set_choice' when 71 then 'close_choices' when 72 then 'approve_closing'
    when 73 then 'reject_closing' when 74 then 'decide_lots' when 75 then 'complete_closing'
    when 76 then 'lapse_money' when 77 then 'approve_lapse' when 78 then 'reject_lapse'
    when 80 then 'approve_adjustments' when 81 then 'reject_adjustments' when 90 then 'begin_access'
    when 91 then 'change_access' when 92 then 'approve_access_change' when 93 then 'reject_access_change'
    when 94 then 'recover_access' when 120 then 'reinstate_adjustment' when 130 then 'lift_ban'
    when 131 then 'approve_ban_lift' when 132 then 'reject_ban_lift' when 133 then 'complete_ban_lift'
    when 180 then 'create_batch' when 181 then 'draw_lots' when 182 then 'complete_batch'
    when 183 then 'approve_batch' when 184 then 'release_batch' when 185 then 'complete_release'
    when 186 then 'cancel_batch' when 187 then 'complete_batch_cancellation' when 189 then 'leave_out_lots'
    when 190 then 'send_lots' when 191 then 'report_payment' when 194 then 'set_payee' when 195 then 'remove_payee'
    when 196 then 'retry_payment' when 197 then 'expire_payee'
  end as command,
  request_id,
  member_id,
  nullif(prev_seq, 0) as prev_seq,
  case from_bucket
    when 1 then 'issued' when 2 then 'pending' when 3 then 'available' when 4 then 'held' when 5 then 'reserved'
    when 6 then 'redeemed' when 7 then 'expired' when 8 then 'written_off' when 9 then 'paid' when 10 then 'moved'
    when 33 then 'granted' when 34 then 'due' when 35 then 'carried' when 36 then 'withheld' when 37 then 'sent'
    when 38 then 'settled' when 39 then 'lapsed' when 40 then 'donated' when 41 then 'moved' when 42 then 'drawn'
    when 43 then 'given'
  end as from_bucket,
  case to_bucket
    when 1 then 'issued' when 2 then 'pending' when 3 then 'available' when 4 then 'held' when 5 then 'reserved'
    when 6 then 'redeemed' when 7 then 'expired' when 8 then 'written_off' when 9 then 'paid' when 10 then 'moved'
    when 33 then 'granted' when 34 then 'due' when 35 then 'carried' when 36 then 'withheld' when 37 then 'sent'
    when 38 then 'settled' when 39 then 'lapsed' when 40 then 'donated' when 41 then 'moved' when 42 then 'drawn'
    when 43 then 'given'
  end as to_bucket,
  case when from_bucket < 33 then 'points' when from_bucket >= 33 then 'money' end as unit,
  amount,
  case
    when from_bucket >= 33 then (
      select round(e.amount * (1::numeric / p.minor_per_main), length(p.minor_per_main::text) - 1)
      from goodturn_programs p where p.program_id = e.program_id
    )
  end as money,
  -- What boards count of the move.
  case
    when from_bucket in (1, 2) and to_bucket = 3 then amount
    when from_bucket in (3, 5, 7, 8) and to_bucket = 1 then -amount
    else 0
  end as credited_points,
  -- Of an adjustment it is the reason, as on boards.
  case
    when kind_at > 0
      then convert_from(substring(fact from kind_at + 4 for get_byte(fact, kind_at - 1)), 'UTF8') collate "C"
    else
      case adjusted_for when 1 then 'goodwill' when 2 then 'correction' when 3 then 'opening_balance' end
  end as activity_kind,
  convert_from(substring(fact from counterparty_at + 4 for get_byte(fact, counterparty_at - 1)), 'UTF8') collate "C"
    as counterparty_id,
  convert_from(substring(fact from payout_at + 4 for get_byte(fact, payout_at - 1)), 'UTF8') collate "C" as payout_id,
  timestamptz '1970-01-01 00:00:00+00' + occurred_at / 1000000 * interval '1 second'
    + occurred_at % 1000000 * interval '1 microsecond' as occurred_at,
  date '1970-01-01' + local_day::integer as local_date,
  timestamptz '1970-01-01 00:00:00+00' + recorded_at / 1000000 * interval '1 second'
    + recorded_at % 1000000 * interval '1 microsecond' as recorded_at,
  refers_seq,
  nullif(rule_version, 0) as rule_version,
  rule_id,
  raw_points,
  coalesce(
    case reason
      when 1 then 'self_dealing' when 2 then 'no_rule_in_force' when 3 then 'condition_not_met'
      when 4 then 'condition_failed' when 5 then 'no_amount' when 6 then 'no_exclusive_key'
      when 7 then 'nothing_to_follow' when 8 then 'superseded' when 9 then 'cap_full' when 10 then 'unconfirmed'
      when 13 then 'suspended' when 14 then 'merged' when 15 then 'amount_too_small' when 16 then 'refunded'
      when 17 then 'no_quantity' when 18 then 'quantity_too_small' when 20 then 'withdrawn' when 21 then 'mistake'
      when 22 then 'fraud'
    end,
    case adjusted_for when 1 then 'goodwill' when 2 then 'correction' when 3 then 'opening_balance' end,
    case shut_out_for
      when 1 then 'fraud_suspected' when 2 then 'terms_broken' when 3 then 'requested'
      when 4 then 'fraud'
    end
  ) as reason,
  case
    when principal = 'own' then 'goodturn'
    when substr(principal, 1, 6) = 'named:' then substr(principal, 7)
    when substr(principal, 1, 7) = 'person:' then substr(principal, 8)
    else principal
  end as principal,
  case when principal = 'own' then 'goodturn' else substr(principal, 1, strpos(principal, ':') - 1) end
    as principal_type,
  encode(leaf_hash, 'hex') as leaf_hash
from (
  select
    *,
    case fact_number
      when 2 then first_at
      when 3 then case when get_byte(fact, third_at - 1) = 1 then third_at + 1 end
      when 10 then fourth_at
    end as kind_at,
    case when fact_number = 2 and get_byte(fact, second_at - 1) = 1 then second_at + 1 end as counterparty_at,
    case
      when fact_number in (6, 7, 8, 9, 10, 26, 27, 28) then first_at
      when fact_number = 12 and get_byte(fact, second_at + 8) = 1 then second_at + 10
      when fact_number = 35 then second_at + 4
    end as payout_at,
    case when fact_number in (11, 12) then get_byte(fact, second_at + 7) end as adjusted_for,
    case when fact_number = 13 and get_byte(fact, 2) = 1 then get_byte(fact, 3) end as shut_out_for
  from (
    select *, third_at + 4 + get_byte(fact, third_at - 1) as fourth_at
    from (
      select *, second_at + 4 + get_byte(fact, second_at - 1) as third_at
      from (
        select *, first_at + 4 + get_byte(fact, first_at - 1) as second_at
        from (
          -- The number of the fact, and where the first of its texts begins. The others stand behind it, one by one.
          select
            *,
            get_byte(fact, 0) as fact_number,
            case get_byte(fact, 0) when 9 then 2 when 12 then 4 else 3 end as first_at
          from entry
        ) a
      ) b
    ) c
  ) d
) e;

-- A reversal counts on the day of its activity, so days that are past change.
create view goodturn_points_by_day as
select
  program_id,
  local_date,
  activity_kind,
  count(*) filter (where kind = 'activity_recorded') as activities,
  sum(case when credited_points > 0 then credited_points else 0 end)::bigint as added_points,
  sum(case when credited_points < 0 then -credited_points else 0 end)::bigint as taken_points,
  sum(credited_points)::bigint as credited_points
from goodturn_entries
where activity_kind is not null
group by program_id, local_date, activity_kind;

create view goodturn_payouts as
select
  program_id,
  payout_id,
  created_at,
  approved_at,
  executed_at,
  cancelled_at,
  members,
  points,
  amount,
  (
    select round(payout.amount * (1::numeric / p.minor_per_main), length(p.minor_per_main::text) - 1)
    from goodturn_programs p where p.program_id = payout.program_id
  ) as money
from (
  select
    program_id,
    payout_id,
    min(recorded_at) filter (where kind = 'payout_created') as created_at,
    min(recorded_at) filter (where kind = 'payout_approved') as approved_at,
    min(recorded_at) filter (where kind = 'payout_executed') as executed_at,
    min(recorded_at) filter (where kind = 'payout_cancelled') as cancelled_at,
    count(amount) filter (where kind = 'payout_granted') as members,
    coalesce(sum(amount) filter (where kind = 'payout_paid'), 0)::bigint as points,
    coalesce(sum(amount) filter (where kind = 'payout_granted'), 0)::bigint as amount
  from goodturn_entries
  where kind in (
    'payout_created', 'payout_approved', 'payout_paid', 'payout_granted', 'payout_executed', 'payout_cancelled'
  )
  group by program_id, payout_id
) payout;

-- A merger stands in the histories of both members. The one that is merged away is the first of its two texts.
create view goodturn_mergers as
with recursive
  merger (program_id, member_id, into_member_id, seq, recorded_at) as (
    select
      program_id,
      member_id,
      convert_from(substring(fact from 11 + length(member_id)), 'UTF8') collate "C",
      seq,
      recorded_at
    from entry
    where kind = 33
      and encode(substring(fact from 3 for 1), 'hex') = lpad(to_hex(length(member_id)), 2, '0')
      and substring(fact from 7 for length(member_id)) = convert_to(member_id, 'UTF8')
  ),
  -- Each member with all that they were merged into, one after the other.
  chain (program_id, member_id, now_member_id) as (
    select program_id, member_id, into_member_id from merger
    union all
    select chain.program_id, chain.member_id, merger.into_member_id
    from chain
    join merger on merger.program_id = chain.program_id and merger.member_id = chain.now_member_id
  )
select
  merger.program_id,
  merger.member_id,
  merger.into_member_id,
  chain.now_member_id,
  merger.seq,
  timestamptz '1970-01-01 00:00:00+00' + merger.recorded_at / 1000000 * interval '1 second'
    + merger.recorded_at % 1000000 * interval '1 microsecond' as recorded_at
from merger
join chain on chain.program_id = merger.program_id and chain.member_id = merger.member_id
where not exists (
  select 1 from merger further where further.program_id = chain.program_id and further.member_id = chain.now_member_id
);
