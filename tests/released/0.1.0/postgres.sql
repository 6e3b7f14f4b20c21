--
-- PostgreSQL database dump
--

\restrict Ao2OnzXwZuOtEHiWfVkF21W5TBJ5D2uG2rexI9e6qhuZM9YMKuIREHVqjvbSg9L

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: goodturn_refuse(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.goodturn_refuse() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  raise exception '% on % is refused: it is append-only', tg_op, tg_table_name using errcode = 'restrict_violation';
end
$$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: _sqlx_migrations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public._sqlx_migrations (
    version bigint NOT NULL,
    description text NOT NULL,
    installed_on timestamp with time zone DEFAULT now() NOT NULL,
    success boolean NOT NULL,
    checksum bytea NOT NULL,
    execution_time bigint NOT NULL
);


--
-- Name: account; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.account (
    program_id text NOT NULL COLLATE pg_catalog."C",
    member_id text NOT NULL COLLATE pg_catalog."C",
    last_seq bigint NOT NULL,
    balances bytea NOT NULL,
    credited bigint NOT NULL,
    credited_seq bigint NOT NULL
)
WITH (fillfactor='80');


--
-- Name: entry; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.entry (
    program_id text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL,
    format bigint NOT NULL,
    kind bigint NOT NULL,
    source text NOT NULL COLLATE pg_catalog."C",
    command bigint NOT NULL,
    request_id text COLLATE pg_catalog."C",
    request_digest bytea,
    member_id text COLLATE pg_catalog."C",
    prev_seq bigint NOT NULL,
    from_bucket bigint,
    to_bucket bigint,
    amount bigint,
    occurred_at bigint NOT NULL,
    local_day bigint NOT NULL,
    recorded_at bigint NOT NULL,
    refers_seq bigint,
    rule_version bigint NOT NULL,
    rule_id text COLLATE pg_catalog."C",
    raw_points bigint NOT NULL,
    reason bigint,
    balance_after bytea NOT NULL,
    fact bytea NOT NULL,
    note_digest bytea,
    principal text NOT NULL COLLATE pg_catalog."C",
    leaf_hash bytea NOT NULL,
    CONSTRAINT entry_amount_check CHECK ((amount > 0)),
    CONSTRAINT entry_leaf_hash_check CHECK ((octet_length(leaf_hash) = 32)),
    CONSTRAINT entry_seq_check CHECK ((seq >= 1))
);


--
-- Name: log_head; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.log_head (
    program_id text NOT NULL COLLATE pg_catalog."C",
    head_seq bigint NOT NULL,
    head_at bigint NOT NULL,
    epoch bigint NOT NULL,
    format bigint NOT NULL,
    tree bytea NOT NULL,
    CONSTRAINT log_head_head_seq_check CHECK ((head_seq >= 0))
)
WITH (fillfactor='10');


--
-- Name: goodturn_programs; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.goodturn_programs AS
 SELECT p.program_id,
    p.currency_code,
        CASE
            WHEN (p.currency_code = ANY (ARRAY['BIF'::text, 'CLP'::text, 'DJF'::text, 'GNF'::text, 'ISK'::text, 'JPY'::text, 'KMF'::text, 'KRW'::text, 'PYG'::text, 'RWF'::text, 'UGX'::text, 'UYI'::text, 'VND'::text, 'VUV'::text, 'XAF'::text, 'XOF'::text, 'XPF'::text])) THEN 1
            WHEN (p.currency_code = ANY (ARRAY['BHD'::text, 'IQD'::text, 'JOD'::text, 'KWD'::text, 'LYD'::text, 'OMR'::text, 'TND'::text])) THEN 1000
            WHEN (p.currency_code = ANY (ARRAY['CLF'::text, 'UYW'::text])) THEN 10000
            ELSE 100
        END AS minor_per_main,
    p.time_zone,
    (('1970-01-01 00:00:00+00'::timestamp with time zone + (((p.created_at / 1000000))::double precision * '00:00:01'::interval)) + (((p.created_at % (1000000)::bigint))::double precision * '00:00:00.000001'::interval)) AS created_at,
    p.head_seq,
    (('1970-01-01 00:00:00+00'::timestamp with time zone + (((p.head_at / 1000000))::double precision * '00:00:01'::interval)) + (((p.head_at % (1000000)::bigint))::double precision * '00:00:00.000001'::interval)) AS last_recorded_at
   FROM ( SELECT head.program_id,
            (convert_from(SUBSTRING(first.fact FROM 7 FOR 3), 'UTF8'::name) COLLATE "C") AS currency_code,
            (convert_from(SUBSTRING(first.fact FROM 14 FOR (octet_length(first.fact) - 29)), 'UTF8'::name) COLLATE "C") AS time_zone,
            first.recorded_at AS created_at,
            head.head_seq,
            head.head_at
           FROM (public.log_head head
             JOIN public.entry first ON (((first.program_id = head.program_id) AND (first.seq = 1) AND (first.kind = 1))))) p;


--
-- Name: goodturn_balances; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.goodturn_balances AS
 SELECT b.program_id,
    b.member_id,
        CASE b.bucket
            WHEN 1 THEN 'issued'::text
            WHEN 2 THEN 'pending'::text
            WHEN 3 THEN 'available'::text
            WHEN 4 THEN 'held'::text
            WHEN 5 THEN 'reserved'::text
            WHEN 6 THEN 'redeemed'::text
            WHEN 7 THEN 'expired'::text
            WHEN 8 THEN 'written_off'::text
            WHEN 9 THEN 'paid'::text
            WHEN 10 THEN 'moved'::text
            WHEN 33 THEN 'granted'::text
            WHEN 34 THEN 'due'::text
            WHEN 35 THEN 'carried'::text
            WHEN 36 THEN 'withheld'::text
            WHEN 37 THEN 'sent'::text
            WHEN 38 THEN 'settled'::text
            WHEN 39 THEN 'lapsed'::text
            WHEN 40 THEN 'donated'::text
            WHEN 41 THEN 'moved'::text
            WHEN 42 THEN 'drawn'::text
            WHEN 43 THEN 'given'::text
            ELSE NULL::text
        END AS bucket,
        CASE
            WHEN (b.bucket < 33) THEN 'points'::text
            ELSE 'money'::text
        END AS unit,
    b.amount,
        CASE
            WHEN (b.bucket >= 33) THEN ( SELECT round(((b.amount)::numeric * ((1)::numeric / (p.minor_per_main)::numeric)), (length((p.minor_per_main)::text) - 1)) AS round
               FROM public.goodturn_programs p
              WHERE (p.program_id = b.program_id))
            ELSE NULL::numeric
        END AS money,
    b.last_seq
   FROM ( SELECT a.program_id,
            a.member_id,
            get_byte(a.balances, a.at) AS bucket,
            (((((((get_byte(a.balances, (a.at + 1)) + ((get_byte(a.balances, (a.at + 2)))::bigint << 8)) + ((get_byte(a.balances, (a.at + 3)))::bigint << 16)) + ((get_byte(a.balances, (a.at + 4)))::bigint << 24)) + ((get_byte(a.balances, (a.at + 5)))::bigint << 32)) + ((get_byte(a.balances, (a.at + 6)))::bigint << 40)) + ((get_byte(a.balances, (a.at + 7)))::bigint << 48)) + ((get_byte(a.balances, (a.at + 8)))::bigint << 56)) AS amount,
            a.last_seq
           FROM ( SELECT a_1.program_id,
                    a_1.member_id,
                    a_1.balances,
                    a_1.last_seq,
                    ((place.n * 9) + 1) AS at
                   FROM (public.account a_1
                     CROSS JOIN LATERAL generate_series(0, ((octet_length(a_1.balances) - 10) / 9)) place(n))) a) b;


--
-- Name: goodturn_entries; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.goodturn_entries AS
 SELECT e.program_id,
    e.seq,
        CASE e.kind
            WHEN 1 THEN 'program_created'::text
            WHEN 2 THEN 'rule_set_published'::text
            WHEN 3 THEN 'program_update_proposed'::text
            WHEN 4 THEN 'program_updated'::text
            WHEN 5 THEN 'program_update_rejected'::text
            WHEN 10 THEN 'activity_recorded'::text
            WHEN 11 THEN 'activity_reversed'::text
            WHEN 12 THEN 'written_off'::text
            WHEN 13 THEN 'activity_refunded'::text
            WHEN 14 THEN 'activity_confirmed'::text
            WHEN 15 THEN 'wait_ended'::text
            WHEN 16 THEN 'activity_displaced'::text
            WHEN 17 THEN 'points_moved'::text
            WHEN 18 THEN 'key_passed'::text
            WHEN 19 THEN 'points_expired'::text
            WHEN 20 THEN 'hold_created'::text
            WHEN 21 THEN 'hold_captured'::text
            WHEN 22 THEN 'hold_released'::text
            WHEN 23 THEN 'hold_expired'::text
            WHEN 24 THEN 'points_redeemed'::text
            WHEN 25 THEN 'redemption_refunded'::text
            WHEN 26 THEN 'adjustment_proposed'::text
            WHEN 27 THEN 'points_adjusted'::text
            WHEN 28 THEN 'adjustment_rejected'::text
            WHEN 29 THEN 'adjustment_revoked'::text
            WHEN 30 THEN 'member_suspended'::text
            WHEN 31 THEN 'member_reinstated'::text
            WHEN 32 THEN 'member_banned'::text
            WHEN 33 THEN 'member_merged'::text
            WHEN 34 THEN 'expiry_progressed'::text
            WHEN 35 THEN 'ban_completed'::text
            WHEN 36 THEN 'money_moved'::text
            WHEN 37 THEN 'merger_proposed'::text
            WHEN 38 THEN 'merger_approved'::text
            WHEN 39 THEN 'merger_rejected'::text
            WHEN 40 THEN 'statement_declared'::text
            WHEN 41 THEN 'statement_approved'::text
            WHEN 42 THEN 'statement_rejected'::text
            WHEN 43 THEN 'statement_corrected'::text
            WHEN 50 THEN 'payout_created'::text
            WHEN 51 THEN 'payout_progressed'::text
            WHEN 52 THEN 'payout_reserved'::text
            WHEN 53 THEN 'payout_drafted'::text
            WHEN 54 THEN 'payout_approved'::text
            WHEN 55 THEN 'payout_executing'::text
            WHEN 56 THEN 'payout_paid'::text
            WHEN 57 THEN 'payout_granted'::text
            WHEN 58 THEN 'payout_executed'::text
            WHEN 59 THEN 'payout_cancelling'::text
            WHEN 60 THEN 'payout_returned'::text
            WHEN 61 THEN 'payout_cancelled'::text
            WHEN 62 THEN 'payout_reduced'::text
            WHEN 63 THEN 'payout_rejected'::text
            WHEN 64 THEN 'payout_releasing'::text
            WHEN 65 THEN 'payout_released'::text
            WHEN 66 THEN 'payout_listed'::text
            WHEN 70 THEN 'choice_set'::text
            WHEN 71 THEN 'closing_drafted'::text
            WHEN 72 THEN 'closing_approved'::text
            WHEN 73 THEN 'closing_rejected'::text
            WHEN 74 THEN 'closing_progressed'::text
            WHEN 75 THEN 'choices_closed'::text
            WHEN 76 THEN 'money_chosen'::text
            WHEN 77 THEN 'money_carried'::text
            WHEN 78 THEN 'money_lapsed'::text
            WHEN 79 THEN 'money_donated'::text
            WHEN 80 THEN 'adjustments_approved'::text
            WHEN 81 THEN 'adjustments_rejected'::text
            WHEN 90 THEN 'access_begun'::text
            WHEN 91 THEN 'access_changed'::text
            WHEN 92 THEN 'access_proposed'::text
            WHEN 93 THEN 'access_rejected'::text
            WHEN 94 THEN 'access_recovered'::text
            WHEN 110 THEN 'activity_restored'::text
            WHEN 111 THEN 'activity_revoked'::text
            WHEN 112 THEN 'activity_reinstated'::text
            WHEN 120 THEN 'adjustment_reinstated'::text
            WHEN 130 THEN 'ban_lift_proposed'::text
            WHEN 131 THEN 'ban_lift_rejected'::text
            WHEN 132 THEN 'ban_lifted'::text
            WHEN 133 THEN 'ban_lift_completed'::text
            WHEN 134 THEN 'profile_updated'::text
            WHEN 170 THEN 'donation_matched'::text
            WHEN 171 THEN 'money_withheld'::text
            WHEN 172 THEN 'money_released'::text
            WHEN 173 THEN 'lapse_proposed'::text
            WHEN 174 THEN 'lapse_approved'::text
            WHEN 175 THEN 'lapse_rejected'::text
            WHEN 176 THEN 'donations_received'::text
            WHEN 180 THEN 'batch_created'::text
            WHEN 181 THEN 'batch_progressed'::text
            WHEN 182 THEN 'batch_drafted'::text
            WHEN 183 THEN 'batch_approved'::text
            WHEN 184 THEN 'batch_releasing'::text
            WHEN 185 THEN 'batch_released'::text
            WHEN 186 THEN 'batch_cancelling'::text
            WHEN 187 THEN 'batch_cancelled'::text
            WHEN 188 THEN 'money_drawn'::text
            WHEN 189 THEN 'money_left_out'::text
            WHEN 190 THEN 'money_sent'::text
            WHEN 191 THEN 'payment_reported'::text
            WHEN 192 THEN 'money_settled'::text
            WHEN 193 THEN 'money_back'::text
            WHEN 194 THEN 'payee_set'::text
            WHEN 195 THEN 'payee_removed'::text
            WHEN 196 THEN 'payment_retried'::text
            ELSE NULL::text
        END AS kind,
    e.source,
        CASE e.command
            WHEN 1 THEN 'create_program'::text
            WHEN 2 THEN 'publish_rule_set'::text
            WHEN 3 THEN 'update_program'::text
            WHEN 4 THEN 'approve_program_update'::text
            WHEN 5 THEN 'reject_program_update'::text
            WHEN 10 THEN 'record_activity'::text
            WHEN 11 THEN 'reverse_activity'::text
            WHEN 12 THEN 'refund_activity'::text
            WHEN 13 THEN 'confirm_activity'::text
            WHEN 14 THEN 'end_wait'::text
            WHEN 15 THEN 'restore_activity'::text
            WHEN 16 THEN 'revoke_activity'::text
            WHEN 17 THEN 'reinstate_activity'::text
            WHEN 20 THEN 'create_hold'::text
            WHEN 21 THEN 'capture_hold'::text
            WHEN 22 THEN 'release_hold'::text
            WHEN 23 THEN 'expire_hold'::text
            WHEN 24 THEN 'redeem_points'::text
            WHEN 25 THEN 'refund_redemption'::text
            WHEN 26 THEN 'adjust_points'::text
            WHEN 27 THEN 'revoke_adjustment'::text
            WHEN 28 THEN 'reject_adjustment'::text
            WHEN 29 THEN 'approve_adjustment'::text
            WHEN 30 THEN 'suspend_member'::text
            WHEN 31 THEN 'reinstate_member'::text
            WHEN 32 THEN 'ban_member'::text
            WHEN 33 THEN 'merge_members'::text
            WHEN 34 THEN 'expire_points'::text
            WHEN 35 THEN 'complete_ban'::text
            WHEN 36 THEN 'approve_merger'::text
            WHEN 37 THEN 'reject_merger'::text
            WHEN 38 THEN 'update_member_profile'::text
            WHEN 40 THEN 'declare_statement'::text
            WHEN 41 THEN 'approve_statement'::text
            WHEN 42 THEN 'reject_statement'::text
            WHEN 43 THEN 'correct_statement'::text
            WHEN 50 THEN 'create_payout'::text
            WHEN 51 THEN 'reserve_points'::text
            WHEN 52 THEN 'complete_draft'::text
            WHEN 53 THEN 'approve_payout'::text
            WHEN 54 THEN 'begin_execution'::text
            WHEN 55 THEN 'post_shares'::text
            WHEN 56 THEN 'complete_execution'::text
            WHEN 57 THEN 'begin_cancellation'::text
            WHEN 58 THEN 'return_points'::text
            WHEN 59 THEN 'complete_cancellation'::text
            WHEN 63 THEN 'reject_payout'::text
            WHEN 65 THEN 'release_points'::text
            WHEN 66 THEN 'list_weights'::text
            WHEN 70 THEN 'set_choice'::text
            WHEN 71 THEN 'close_choices'::text
            WHEN 72 THEN 'approve_closing'::text
            WHEN 73 THEN 'reject_closing'::text
            WHEN 74 THEN 'decide_lots'::text
            WHEN 75 THEN 'complete_closing'::text
            WHEN 76 THEN 'lapse_money'::text
            WHEN 77 THEN 'approve_lapse'::text
            WHEN 78 THEN 'reject_lapse'::text
            WHEN 80 THEN 'approve_adjustments'::text
            WHEN 81 THEN 'reject_adjustments'::text
            WHEN 90 THEN 'begin_access'::text
            WHEN 91 THEN 'change_access'::text
            WHEN 92 THEN 'approve_access_change'::text
            WHEN 93 THEN 'reject_access_change'::text
            WHEN 94 THEN 'recover_access'::text
            WHEN 120 THEN 'reinstate_adjustment'::text
            WHEN 130 THEN 'lift_ban'::text
            WHEN 131 THEN 'approve_ban_lift'::text
            WHEN 132 THEN 'reject_ban_lift'::text
            WHEN 133 THEN 'complete_ban_lift'::text
            WHEN 180 THEN 'create_batch'::text
            WHEN 181 THEN 'draw_lots'::text
            WHEN 182 THEN 'complete_batch'::text
            WHEN 183 THEN 'approve_batch'::text
            WHEN 184 THEN 'release_batch'::text
            WHEN 185 THEN 'complete_release'::text
            WHEN 186 THEN 'cancel_batch'::text
            WHEN 187 THEN 'complete_batch_cancellation'::text
            WHEN 189 THEN 'leave_out_lots'::text
            WHEN 190 THEN 'send_lots'::text
            WHEN 191 THEN 'report_payment'::text
            WHEN 194 THEN 'set_payee'::text
            WHEN 195 THEN 'remove_payee'::text
            WHEN 196 THEN 'retry_payment'::text
            WHEN 197 THEN 'expire_payee'::text
            ELSE NULL::text
        END AS command,
    e.request_id,
    e.member_id,
    NULLIF(e.prev_seq, 0) AS prev_seq,
        CASE e.from_bucket
            WHEN 1 THEN 'issued'::text
            WHEN 2 THEN 'pending'::text
            WHEN 3 THEN 'available'::text
            WHEN 4 THEN 'held'::text
            WHEN 5 THEN 'reserved'::text
            WHEN 6 THEN 'redeemed'::text
            WHEN 7 THEN 'expired'::text
            WHEN 8 THEN 'written_off'::text
            WHEN 9 THEN 'paid'::text
            WHEN 10 THEN 'moved'::text
            WHEN 33 THEN 'granted'::text
            WHEN 34 THEN 'due'::text
            WHEN 35 THEN 'carried'::text
            WHEN 36 THEN 'withheld'::text
            WHEN 37 THEN 'sent'::text
            WHEN 38 THEN 'settled'::text
            WHEN 39 THEN 'lapsed'::text
            WHEN 40 THEN 'donated'::text
            WHEN 41 THEN 'moved'::text
            WHEN 42 THEN 'drawn'::text
            WHEN 43 THEN 'given'::text
            ELSE NULL::text
        END AS from_bucket,
        CASE e.to_bucket
            WHEN 1 THEN 'issued'::text
            WHEN 2 THEN 'pending'::text
            WHEN 3 THEN 'available'::text
            WHEN 4 THEN 'held'::text
            WHEN 5 THEN 'reserved'::text
            WHEN 6 THEN 'redeemed'::text
            WHEN 7 THEN 'expired'::text
            WHEN 8 THEN 'written_off'::text
            WHEN 9 THEN 'paid'::text
            WHEN 10 THEN 'moved'::text
            WHEN 33 THEN 'granted'::text
            WHEN 34 THEN 'due'::text
            WHEN 35 THEN 'carried'::text
            WHEN 36 THEN 'withheld'::text
            WHEN 37 THEN 'sent'::text
            WHEN 38 THEN 'settled'::text
            WHEN 39 THEN 'lapsed'::text
            WHEN 40 THEN 'donated'::text
            WHEN 41 THEN 'moved'::text
            WHEN 42 THEN 'drawn'::text
            WHEN 43 THEN 'given'::text
            ELSE NULL::text
        END AS to_bucket,
        CASE
            WHEN (e.from_bucket < 33) THEN 'points'::text
            WHEN (e.from_bucket >= 33) THEN 'money'::text
            ELSE NULL::text
        END AS unit,
    e.amount,
        CASE
            WHEN (e.from_bucket >= 33) THEN ( SELECT round(((e.amount)::numeric * ((1)::numeric / (p.minor_per_main)::numeric)), (length((p.minor_per_main)::text) - 1)) AS round
               FROM public.goodturn_programs p
              WHERE (p.program_id = e.program_id))
            ELSE NULL::numeric
        END AS money,
        CASE
            WHEN ((e.from_bucket = ANY (ARRAY[(1)::bigint, (2)::bigint])) AND (e.to_bucket = 3)) THEN e.amount
            WHEN ((e.from_bucket = ANY (ARRAY[(3)::bigint, (5)::bigint, (7)::bigint, (8)::bigint])) AND (e.to_bucket = 1)) THEN (- e.amount)
            ELSE (0)::bigint
        END AS credited_points,
        CASE
            WHEN (e.kind_at > 0) THEN (convert_from(SUBSTRING(e.fact FROM (e.kind_at + 4) FOR get_byte(e.fact, (e.kind_at - 1))), 'UTF8'::name) COLLATE "C")
            ELSE
            CASE e.adjusted_for
                WHEN 1 THEN 'goodwill'::text
                WHEN 2 THEN 'correction'::text
                WHEN 3 THEN 'opening_balance'::text
                ELSE NULL::text
            END
        END AS activity_kind,
    (convert_from(SUBSTRING(e.fact FROM (e.counterparty_at + 4) FOR get_byte(e.fact, (e.counterparty_at - 1))), 'UTF8'::name) COLLATE "C") AS counterparty_id,
    (convert_from(SUBSTRING(e.fact FROM (e.payout_at + 4) FOR get_byte(e.fact, (e.payout_at - 1))), 'UTF8'::name) COLLATE "C") AS payout_id,
    (('1970-01-01 00:00:00+00'::timestamp with time zone + (((e.occurred_at / 1000000))::double precision * '00:00:01'::interval)) + (((e.occurred_at % (1000000)::bigint))::double precision * '00:00:00.000001'::interval)) AS occurred_at,
    ('1970-01-01'::date + (e.local_day)::integer) AS local_date,
    (('1970-01-01 00:00:00+00'::timestamp with time zone + (((e.recorded_at / 1000000))::double precision * '00:00:01'::interval)) + (((e.recorded_at % (1000000)::bigint))::double precision * '00:00:00.000001'::interval)) AS recorded_at,
    e.refers_seq,
    NULLIF(e.rule_version, 0) AS rule_version,
    e.rule_id,
    e.raw_points,
    COALESCE(
        CASE e.reason
            WHEN 1 THEN 'self_dealing'::text
            WHEN 2 THEN 'no_rule_in_force'::text
            WHEN 3 THEN 'condition_not_met'::text
            WHEN 4 THEN 'condition_failed'::text
            WHEN 5 THEN 'no_amount'::text
            WHEN 6 THEN 'no_exclusive_key'::text
            WHEN 7 THEN 'nothing_to_follow'::text
            WHEN 8 THEN 'superseded'::text
            WHEN 9 THEN 'cap_full'::text
            WHEN 10 THEN 'unconfirmed'::text
            WHEN 13 THEN 'suspended'::text
            WHEN 14 THEN 'merged'::text
            WHEN 15 THEN 'amount_too_small'::text
            WHEN 16 THEN 'refunded'::text
            WHEN 17 THEN 'no_quantity'::text
            WHEN 18 THEN 'quantity_too_small'::text
            WHEN 20 THEN 'withdrawn'::text
            WHEN 21 THEN 'mistake'::text
            WHEN 22 THEN 'fraud'::text
            ELSE NULL::text
        END,
        CASE e.adjusted_for
            WHEN 1 THEN 'goodwill'::text
            WHEN 2 THEN 'correction'::text
            WHEN 3 THEN 'opening_balance'::text
            ELSE NULL::text
        END,
        CASE e.shut_out_for
            WHEN 1 THEN 'fraud_suspected'::text
            WHEN 2 THEN 'terms_broken'::text
            WHEN 3 THEN 'requested'::text
            WHEN 4 THEN 'fraud'::text
            ELSE NULL::text
        END) AS reason,
        CASE
            WHEN (e.principal = 'own'::text) THEN 'goodturn'::text
            WHEN (substr(e.principal, 1, 6) = 'named:'::text) THEN substr(e.principal, 7)
            WHEN (substr(e.principal, 1, 7) = 'person:'::text) THEN substr(e.principal, 8)
            ELSE e.principal
        END AS principal,
        CASE
            WHEN (e.principal = 'own'::text) THEN 'goodturn'::text
            ELSE substr(e.principal, 1, (strpos(e.principal, ':'::text) - 1))
        END AS principal_type,
    encode(e.leaf_hash, 'hex'::text) AS leaf_hash
   FROM ( SELECT d.program_id,
            d.seq,
            d.format,
            d.kind,
            d.source,
            d.command,
            d.request_id,
            d.request_digest,
            d.member_id,
            d.prev_seq,
            d.from_bucket,
            d.to_bucket,
            d.amount,
            d.occurred_at,
            d.local_day,
            d.recorded_at,
            d.refers_seq,
            d.rule_version,
            d.rule_id,
            d.raw_points,
            d.reason,
            d.balance_after,
            d.fact,
            d.note_digest,
            d.principal,
            d.leaf_hash,
            d.fact_number,
            d.first_at,
            d.second_at,
            d.third_at,
            d.fourth_at,
                CASE d.fact_number
                    WHEN 2 THEN d.first_at
                    WHEN 3 THEN
                    CASE
                        WHEN (get_byte(d.fact, (d.third_at - 1)) = 1) THEN (d.third_at + 1)
                        ELSE NULL::integer
                    END
                    WHEN 10 THEN d.fourth_at
                    ELSE NULL::integer
                END AS kind_at,
                CASE
                    WHEN ((d.fact_number = 2) AND (get_byte(d.fact, (d.second_at - 1)) = 1)) THEN (d.second_at + 1)
                    ELSE NULL::integer
                END AS counterparty_at,
                CASE
                    WHEN (d.fact_number = ANY (ARRAY[6, 7, 8, 9, 10, 26, 27, 28])) THEN d.first_at
                    WHEN ((d.fact_number = 12) AND (get_byte(d.fact, (d.second_at + 8)) = 1)) THEN (d.second_at + 10)
                    WHEN (d.fact_number = 35) THEN (d.second_at + 4)
                    ELSE NULL::integer
                END AS payout_at,
                CASE
                    WHEN (d.fact_number = ANY (ARRAY[11, 12])) THEN get_byte(d.fact, (d.second_at + 7))
                    ELSE NULL::integer
                END AS adjusted_for,
                CASE
                    WHEN ((d.fact_number = 13) AND (get_byte(d.fact, 2) = 1)) THEN get_byte(d.fact, 3)
                    ELSE NULL::integer
                END AS shut_out_for
           FROM ( SELECT c.program_id,
                    c.seq,
                    c.format,
                    c.kind,
                    c.source,
                    c.command,
                    c.request_id,
                    c.request_digest,
                    c.member_id,
                    c.prev_seq,
                    c.from_bucket,
                    c.to_bucket,
                    c.amount,
                    c.occurred_at,
                    c.local_day,
                    c.recorded_at,
                    c.refers_seq,
                    c.rule_version,
                    c.rule_id,
                    c.raw_points,
                    c.reason,
                    c.balance_after,
                    c.fact,
                    c.note_digest,
                    c.principal,
                    c.leaf_hash,
                    c.fact_number,
                    c.first_at,
                    c.second_at,
                    c.third_at,
                    ((c.third_at + 4) + get_byte(c.fact, (c.third_at - 1))) AS fourth_at
                   FROM ( SELECT b.program_id,
                            b.seq,
                            b.format,
                            b.kind,
                            b.source,
                            b.command,
                            b.request_id,
                            b.request_digest,
                            b.member_id,
                            b.prev_seq,
                            b.from_bucket,
                            b.to_bucket,
                            b.amount,
                            b.occurred_at,
                            b.local_day,
                            b.recorded_at,
                            b.refers_seq,
                            b.rule_version,
                            b.rule_id,
                            b.raw_points,
                            b.reason,
                            b.balance_after,
                            b.fact,
                            b.note_digest,
                            b.principal,
                            b.leaf_hash,
                            b.fact_number,
                            b.first_at,
                            b.second_at,
                            ((b.second_at + 4) + get_byte(b.fact, (b.second_at - 1))) AS third_at
                           FROM ( SELECT a.program_id,
                                    a.seq,
                                    a.format,
                                    a.kind,
                                    a.source,
                                    a.command,
                                    a.request_id,
                                    a.request_digest,
                                    a.member_id,
                                    a.prev_seq,
                                    a.from_bucket,
                                    a.to_bucket,
                                    a.amount,
                                    a.occurred_at,
                                    a.local_day,
                                    a.recorded_at,
                                    a.refers_seq,
                                    a.rule_version,
                                    a.rule_id,
                                    a.raw_points,
                                    a.reason,
                                    a.balance_after,
                                    a.fact,
                                    a.note_digest,
                                    a.principal,
                                    a.leaf_hash,
                                    a.fact_number,
                                    a.first_at,
                                    ((a.first_at + 4) + get_byte(a.fact, (a.first_at - 1))) AS second_at
                                   FROM ( SELECT entry.program_id,
    entry.seq,
    entry.format,
    entry.kind,
    entry.source,
    entry.command,
    entry.request_id,
    entry.request_digest,
    entry.member_id,
    entry.prev_seq,
    entry.from_bucket,
    entry.to_bucket,
    entry.amount,
    entry.occurred_at,
    entry.local_day,
    entry.recorded_at,
    entry.refers_seq,
    entry.rule_version,
    entry.rule_id,
    entry.raw_points,
    entry.reason,
    entry.balance_after,
    entry.fact,
    entry.note_digest,
    entry.principal,
    entry.leaf_hash,
    get_byte(entry.fact, 0) AS fact_number,
  CASE get_byte(entry.fact, 0)
   WHEN 9 THEN 2
   WHEN 12 THEN 4
   ELSE 3
  END AS first_at
   FROM public.entry) a) b) c) d) e;


--
-- Name: goodturn_members; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.goodturn_members AS
 SELECT a.program_id,
    a.member_id,
    a.credited AS credited_points,
    a.last_seq
   FROM ( SELECT account.program_id,
            account.member_id,
            account.credited,
            account.last_seq
           FROM public.account) a;


--
-- Name: goodturn_mergers; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.goodturn_mergers AS
 WITH RECURSIVE merger(program_id, member_id, into_member_id, seq, recorded_at) AS (
         SELECT entry.program_id,
            entry.member_id,
            (convert_from(SUBSTRING(entry.fact FROM (11 + length(entry.member_id))), 'UTF8'::name) COLLATE "C") AS convert_from,
            entry.seq,
            entry.recorded_at
           FROM public.entry
          WHERE ((entry.kind = 33) AND (encode(SUBSTRING(entry.fact FROM 3 FOR 1), 'hex'::text) = lpad(to_hex(length(entry.member_id)), 2, '0'::text)) AND (SUBSTRING(entry.fact FROM 7 FOR length(entry.member_id)) = convert_to(entry.member_id, 'UTF8'::name)))
        ), chain(program_id, member_id, now_member_id) AS (
         SELECT merger_1.program_id,
            merger_1.member_id,
            merger_1.into_member_id
           FROM merger merger_1
        UNION ALL
         SELECT chain_1.program_id,
            chain_1.member_id,
            merger_1.into_member_id
           FROM (chain chain_1
             JOIN merger merger_1 ON (((merger_1.program_id = chain_1.program_id) AND (merger_1.member_id = chain_1.now_member_id))))
        )
 SELECT merger.program_id,
    merger.member_id,
    merger.into_member_id,
    chain.now_member_id,
    merger.seq,
    (('1970-01-01 00:00:00+00'::timestamp with time zone + (((merger.recorded_at / 1000000))::double precision * '00:00:01'::interval)) + (((merger.recorded_at % (1000000)::bigint))::double precision * '00:00:00.000001'::interval)) AS recorded_at
   FROM (merger
     JOIN chain ON (((chain.program_id = merger.program_id) AND (chain.member_id = merger.member_id))))
  WHERE (NOT (EXISTS ( SELECT 1
           FROM merger further
          WHERE ((further.program_id = chain.program_id) AND (further.member_id = chain.now_member_id)))));


--
-- Name: goodturn_payouts; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.goodturn_payouts AS
 SELECT payout.program_id,
    payout.payout_id,
    payout.created_at,
    payout.approved_at,
    payout.executed_at,
    payout.cancelled_at,
    payout.members,
    payout.points,
    payout.amount,
    ( SELECT round(((payout.amount)::numeric * ((1)::numeric / (p.minor_per_main)::numeric)), (length((p.minor_per_main)::text) - 1)) AS round
           FROM public.goodturn_programs p
          WHERE (p.program_id = payout.program_id)) AS money
   FROM ( SELECT goodturn_entries.program_id,
            goodturn_entries.payout_id,
            min(goodturn_entries.recorded_at) FILTER (WHERE (goodturn_entries.kind = 'payout_created'::text)) AS created_at,
            min(goodturn_entries.recorded_at) FILTER (WHERE (goodturn_entries.kind = 'payout_approved'::text)) AS approved_at,
            min(goodturn_entries.recorded_at) FILTER (WHERE (goodturn_entries.kind = 'payout_executed'::text)) AS executed_at,
            min(goodturn_entries.recorded_at) FILTER (WHERE (goodturn_entries.kind = 'payout_cancelled'::text)) AS cancelled_at,
            count(goodturn_entries.amount) FILTER (WHERE (goodturn_entries.kind = 'payout_granted'::text)) AS members,
            (COALESCE(sum(goodturn_entries.amount) FILTER (WHERE (goodturn_entries.kind = 'payout_paid'::text)), (0)::numeric))::bigint AS points,
            (COALESCE(sum(goodturn_entries.amount) FILTER (WHERE (goodturn_entries.kind = 'payout_granted'::text)), (0)::numeric))::bigint AS amount
           FROM public.goodturn_entries
          WHERE (goodturn_entries.kind = ANY (ARRAY['payout_created'::text, 'payout_approved'::text, 'payout_paid'::text, 'payout_granted'::text, 'payout_executed'::text, 'payout_cancelled'::text]))
          GROUP BY goodturn_entries.program_id, goodturn_entries.payout_id) payout;


--
-- Name: goodturn_points_by_day; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.goodturn_points_by_day AS
 SELECT goodturn_entries.program_id,
    goodturn_entries.local_date,
    goodturn_entries.activity_kind,
    count(*) FILTER (WHERE (goodturn_entries.kind = 'activity_recorded'::text)) AS activities,
    (sum(
        CASE
            WHEN (goodturn_entries.credited_points > 0) THEN goodturn_entries.credited_points
            ELSE (0)::bigint
        END))::bigint AS added_points,
    (sum(
        CASE
            WHEN (goodturn_entries.credited_points < 0) THEN (- goodturn_entries.credited_points)
            ELSE (0)::bigint
        END))::bigint AS taken_points,
    (sum(goodturn_entries.credited_points))::bigint AS credited_points
   FROM public.goodturn_entries
  WHERE (goodturn_entries.activity_kind IS NOT NULL)
  GROUP BY goodturn_entries.program_id, goodturn_entries.local_date, goodturn_entries.activity_kind;


--
-- Name: note; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.note (
    program_id text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL,
    salt bytea NOT NULL,
    text bytea NOT NULL,
    CONSTRAINT note_salt_check CHECK ((octet_length(salt) = 16))
);


--
-- Name: program; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.program (
    program_id text NOT NULL COLLATE pg_catalog."C",
    secret bytea NOT NULL,
    CONSTRAINT program_secret_check CHECK ((octet_length(secret) = 32))
);


--
-- Name: record; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.record (
    program_id text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL,
    due_at bigint,
    state bytea NOT NULL
);


--
-- Name: span; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.span (
    program_id text NOT NULL COLLATE pg_catalog."C",
    through_seq bigint NOT NULL,
    format bigint NOT NULL,
    leaf_hash bytea NOT NULL,
    first_day bigint,
    last_day bigint,
    people bytea NOT NULL,
    totals_digest bytea NOT NULL,
    digest bytea NOT NULL,
    totals bytea NOT NULL,
    CONSTRAINT span_digest_check CHECK ((octet_length(digest) = 32)),
    CONSTRAINT span_leaf_hash_check CHECK ((octet_length(leaf_hash) = 32)),
    CONSTRAINT span_through_seq_check CHECK ((through_seq >= 1)),
    CONSTRAINT span_totals_digest_check CHECK ((octet_length(totals_digest) = 32))
);
ALTER TABLE ONLY public.span ALTER COLUMN totals SET STORAGE EXTERNAL;


--
-- Data for Name: _sqlx_migrations; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public._sqlx_migrations (version, description, installed_on, success, checksum, execution_time) FROM stdin;
1	log	2026-11-30 18:14:40.132021+00	t	\\xa9930edc60d2f6b15c1669c2ede59b9e6b9906cdf4e306e0d7060347d21660b409b99d86dd786dcb30a14aa1613fa404	15721146
2	span	2026-11-30 18:14:40.132021+00	t	\\x026496f8280c66a96f6163a6e288fe29d1df24f28807d5f93a882780be673d1a9e8e4ab89f963372a0f7ce1b0ebc7240	3513987
3	views	2026-11-30 18:14:40.132021+00	t	\\x7dc0908187a178a26911af1b48061a81ef884d4893f7751f1aef07b5f7e1755174d4462d21187062fe2ce568f5b889fe	11156594
\.


--
-- Data for Name: account; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.account (program_id, member_id, last_seq, balances, credited, credited_seq) FROM stdin;
qc	ida	122	\\x020160f0ffffffffffff07a00f000000000000	4000	115
qc	ben	136	\\x0503ceffffffffffffff08ceffffffffffffff09640000000000000021cdffffffffffffff223300000000000000	0	21
qc	nina	137	\\x00	0	0
qc	frank	62	\\x00	0	0
qc	rhea	192	\\x04019cffffffffffffff036400000000000000219cffffffffffffff286400000000000000	100	150
qc	relief	196	\\x042198ffffffffffffff22cc000000000000002802000000000000002b9affffffffffffff	0	0
qc	quin	209	\\x0401d4feffffffffffff032c01000000000000219cffffffffffffff236400000000000000	300	149
qc	sam	211	\\x05019cffffffffffffff036400000000000000210afeffffffffffff239201000000000000276400000000000000	100	151
qc	pia	227	\\x04019cffffffffffffff036400000000000000219cffffffffffffff276400000000000000	100	146
qc	gina	97	\\x020195ffffffffffffff036b00000000000000	107	96
qc	dora	98	\\x0201d201000000000000082efeffffffffffff	-466	98
qc	emil	99	\\x0401a3fdffffffffffff032102000000000000061400000000000000072800000000000000	605	99
qc	cleo	106	\\x040138ffffffffffffff0ac80000000000000021ceffffffffffffff293200000000000000	200	104
qc	hana	254	\\x050364000000000000000964000000000000000a38ffffffffffffff22320000000000000029ceffffffffffffff	0	105
\.


--
-- Data for Name: entry; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.entry (program_id, seq, format, kind, source, command, request_id, request_digest, member_id, prev_seq, from_bucket, to_bucket, amount, occurred_at, local_day, recorded_at, refers_seq, rule_version, rule_id, raw_points, reason, balance_after, fact, note_digest, principal, leaf_hash) FROM stdin;
qc	1	1	1	goodturn	1	qc	\\x84b290052eefe337e908e45aecf61de370e50d919e1942cc89ecc81d53991cf9	\N	0	\N	\N	\N	1522627200000000	17623	1522627200000000	\N	0	\N	0	\N	\\x00	\\x0001030000004742500d0000004575726f70652f4c6f6e646f6e3200000000000000e803000000000000	\N	named:anna	\\xbaf764e6be078a8a2c048bcf67093ece200eff853b8f3d70d19735270c89c54c
qc	2	1	2	goodturn	2	1	\\x887538e9233118939dadece852ba0522ff50a797364fcba591b0441447c093e0	\N	0	\N	\N	\N	1522627200000000	17623	1522627200000000	\N	0	\N	0	\N	\\x00	\\x01010100000000c0b6d22b670500010000000107000000616e73776572730f000000616e737765725f61636365707465640064000000000000000000000000000000000000000000	\N	named:anna	\\x488b70cdc2ff9660ff24e0a27f2463384854ebe5c23619f55efc4daf112aec85
qc	3	1	10	forum	10	a1	\\xd4329cac56218d077dcec07ec7b638e5477c359984cd8d229dac80625ef4725e	ben	0	1	3	100	1522584000000000	17622	1522627200000000	\N	1	answers	100	\N	\\x02019cffffffffffffff036400000000000000	\\x02010f000000616e737765725f6163636570746564010500000061736b657200000000000000000000100e00000000000000000000000000000000000000000000000000000000	\\xbd627d937cb50f85770ce19f8427f32a25137c037a5f07898f567738aa8d87ec	named:anna	\\x014da3336c156fb60b7f1e67dfb7655761bbec9857fb2a8f9e0497e083c53114
qc	4	1	10	forum	10	a2	\\xef44cad89a51f2d97969c64b3c142e3701fa9e41268b8043beb2c26ddf0b3a4a	cleo	0	1	3	100	1522584000000000	17622	1522627200000000	\N	1	answers	100	\N	\\x02019cffffffffffffff036400000000000000	\\x02010f000000616e737765725f6163636570746564010500000061736b657200000000000000000000100e00000000000000000000000000000000000000000000000000000000	\\x67bacb451f0564f74709b1fffd689f4753c6c2c7403e03cb0da628f2f96e1e54	named:anna	\\x4ea4cad5c0117a277a1326cb384dd8d3a594b596890f0cd7110e56e3b5cef15a
qc	5	1	40	goodturn	40	s	\\x65c112b1e93d5d7160abeaa1bb771985e5ad4162198509f416e163717b5d8244	\N	0	\N	\N	\N	1522627200000000	17623	1522627200000000	\N	0	\N	0	\N	\\x00	\\x04010100000073c04400002445000001000000010200000000000000e80300000000000020a10700000000000a00000000000000000000000000000090d0030000000000	\\x9825ed217794293b526c9f63589491c29aa1ec386d911c13e284092a633e87c8	named:anna	\\x5017575434c1f3b621c156feff616361a900e6312eb3fc548f8257e07844ef67
qc	6	1	41	goodturn	41	s	\\x8e42cf6d0460bc6dcff41584b7e3ad2d9b5efc47aecf8063b707eb7b8d41a2e9	\N	0	\N	\N	\N	1522627200000000	17623	1522627200000000	\N	0	\N	0	\N	\\x00	\\x180101000000737113eeda33f6d86b7d3291e5191cb647e18d49c59e78c22bffea6bd7292aa445	\N	named:ben	\\x1043283f97c8ed2191de542c2a20f107a1de79d3d5c263fb2211c8ba61cae44b
qc	7	1	50	goodturn	50	p	\\x02157130e43a1fbc1a0d00ed9388a3eec49ec4e91a5c474370098ab7d676e2d2	\N	0	\N	\N	\N	1522627200000000	17623	1522627200000000	\N	0	\N	0	\N	\\x00	\\x06010100000070010000007324450000016500000000000000	\N	named:anna	\\x9e08ff00a45e66f78ff1a01a2335ecf35b14b344f75ce8094e64b9d8a5000a0a
qc	8	1	51	goodturn	51	p	\\x1debec083a346a0d94913097624956af879024c30e9193fb7198ef3dcb400d58	\N	0	\N	\N	\N	1522627200000000	17623	1522627200000000	7	0	\N	0	\N	\\x00	\\x0701010000007004000000636c656f	\N	named:anna	\\xf1459829c67e782911e8e85e07ace459b07404cbe1467b6ad616ecaad22d22d2
qc	9	1	52	goodturn	51	\N	\N	ben	3	3	5	100	1522627200000000	17623	1522627200000000	7	0	\N	0	\N	\\x02019cffffffffffffff056400000000000000	\\x090100000070	\N	named:anna	\\x049e32916c2c565a86053545050cf6a9f22adfe2c0022f70ba224f8fffc63ca5
qc	10	1	52	goodturn	51	\N	\N	cleo	4	3	5	100	1522627200000000	17623	1522627200000000	7	0	\N	0	\N	\\x02019cffffffffffffff056400000000000000	\\x090100000070	\N	named:anna	\\x98a71fe09c47388c321bd80179d2cd5c9beff3ee6445c5c8a2b58eeb48becb25
qc	11	1	53	goodturn	52	p	\\x53df1dc56459a4e8aff2e729146980a012f0098b104dcbeeb53094c0ac27a970	\N	0	\N	\N	\N	1522627200000000	17623	1522627200000000	7	0	\N	0	\N	\\x00	\\x080101000000703a817000a34dc735ea067efaa8248f4fd94964be2cbe3b49daefb063055d2cd4	\N	named:anna	\\xca7aa4c903130a6e38b25f498f8f03d709571852257df57f8d2142243cf65cdf
qc	12	1	54	goodturn	53	p:x	\\xbe7c2cb1f0f695010b40b03b6a280743c2fb99b38d9ca73377b2bf0dd9c48dc3	\N	0	\N	\N	\N	1522627200000000	17623	1522627200000000	7	0	\N	0	\N	\\x00	\\x080101000000703a817000a34dc735ea067efaa8248f4fd94964be2cbe3b49daefb063055d2cd4	\N	named:ben	\\x364669544962ad8e58326a10a37d1f9b78702b54afeb867a6c06a2f7250bd3f6
qc	13	1	55	goodturn	54	p	\\x9e9250202bff410f7f3931e282111b13f257150d6002f4b980d73df19de2bdd8	\N	0	\N	\N	\N	1522627200000000	17623	1522627200000000	7	0	\N	0	\N	\\x00	\\x090100000070	\N	named:anna	\\xe5452b7d97722c9c7bcfa890dcaa7a8f74566182e9c3f64a3ea2f19cbd932867
qc	14	1	51	goodturn	55	p	\\xa752e70cadaa415d9648bae5bd729493af95167c3d33d733a679a435970f11be	\N	0	\N	\N	\N	1522627200000000	17623	1522627200000000	7	0	\N	0	\N	\\x00	\\x0701010000007004000000636c656f	\N	named:anna	\\x10483e5dbb4a817858e4e31cf95fd9f3dd7e0ba858ebac40d1986cbd0561b184
qc	15	1	56	goodturn	55	\N	\N	ben	9	5	9	100	1522627200000000	17623	1522627200000000	7	0	\N	0	\N	\\x02019cffffffffffffff096400000000000000	\\x090100000070	\N	named:anna	\\x82543e36ee228bd6c8d784e7cc5d951e5a9537aae02b283858575e250e601f27
qc	16	1	57	goodturn	55	\N	\N	ben	15	33	34	51	1522627200000000	17623	1522627200000000	7	0	\N	0	\N	\\x04019cffffffffffffff09640000000000000021cdffffffffffffff223300000000000000	\\x090100000070	\N	named:anna	\\xc1e6c7586a52b02bd83d9d341cc4f6c044c9716a136b27b2ee28d3f36ae3c7b7
qc	17	1	56	goodturn	55	\N	\N	cleo	10	5	9	100	1522627200000000	17623	1522627200000000	7	0	\N	0	\N	\\x02019cffffffffffffff096400000000000000	\\x090100000070	\N	named:anna	\\x720789b15d6dc1f51c578380fe34db3230c7662beadfd2b9a356ad5937e1e145
qc	18	1	57	goodturn	55	\N	\N	cleo	17	33	34	50	1522627200000000	17623	1522627200000000	7	0	\N	0	\N	\\x04019cffffffffffffff09640000000000000021ceffffffffffffff223200000000000000	\\x090100000070	\N	named:anna	\\x8c96d7c61337954edf0dd9f5bef21baaeb22316a9cd053e297d3a29c21105f5f
qc	19	1	58	goodturn	56	p	\\xeae96816461e2c911fcd6159c1905bc9cdb7e3115f1cb4508ef995931a20fe58	\N	0	\N	\N	\N	1522627200000000	17623	1522627200000000	7	0	\N	0	\N	\\x00	\\x090100000070	\N	named:anna	\\x5e84c72733abe1462ec5f21da634811b3bc99f9b580ba11c1a27ccef264f7c79
qc	20	1	11	forum	11	a1	\\x9d07d32708fbad41ecd3b25a78a76a492c839285dafacff07f670b5196e94b35	ben	16	3	1	50	1522627200000000	17622	1522627200000000	3	1	answers	0	22	\\x0501ceffffffffffffff03ceffffffffffffff09640000000000000021cdffffffffffffff223300000000000000	\\x030105000000666f72756d020000006131010f000000616e737765725f61636365707465640000000000000000010100a06145d268050000f07536c868050000000100000007000000616e73776572730000000064000000000000006400000000000000000000000000010000000107000000616e737765727300000000000000000000000000000000000000009cffffffffffffff9cffffffffffffff0000000000000000000000000000000000000000000000000001000000000000000000	\N	named:anna	\\xa2d67a017d0a71828f99fd428a3dec6ba85b0027a86df4c8ba14c6e06b9e0eda
qc	21	1	12	forum	11	\N	\N	ben	20	8	1	50	1522627200000000	17622	1522627200000000	3	1	answers	0	22	\\x0503ceffffffffffffff08ceffffffffffffff09640000000000000021cdffffffffffffff223300000000000000	\\x030105000000666f72756d020000006131010f000000616e737765725f61636365707465640000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000	\N	named:anna	\\xd6b6d0a2a5ac13f1865fd91ab3049c8df2d7ef67e9d0f4e215a21eb62f57bdb0
qc	22	1	10	forum	10	a3	\\x0a7cf299b2295268cc2f023732e0589e6939756c92b75c1809b5763c03d8c345	cleo	18	1	3	100	1522584000000000	17622	1522627200000000	\N	1	answers	100	\N	\\x050138ffffffffffffff03640000000000000009640000000000000021ceffffffffffffff223200000000000000	\\x02010f000000616e737765725f6163636570746564010500000061736b657200000000000000000000100e00000000000000000000000000000000000000000000000000000000	\\x3746806bfff69aa0692bb517ad53c6b8caf47818a1afe2656a894307389917f3	named:anna	\\x36a63e172a0e9207fe4ecbf02d364e56f7a7408f2241c4187ee732f17f9274c0
qc	23	1	10	forum	10	a4	\\xfa708a38ea75c5213c809fd4bfc6141ab9254cf2ef80829ca7409f2948fb659d	cleo	22	1	3	100	1522584000000000	17622	1522627200000000	\N	1	answers	100	\N	\\x0501d4feffffffffffff03c80000000000000009640000000000000021ceffffffffffffff223200000000000000	\\x02010f000000616e737765725f6163636570746564010500000061736b657200000000000000000000100e00000000000000000000000000000000000000000000000000000000	\\x19af60f684b6e1adbf7eec82daa1c19677959aa6a69a4719898f3077431845d7	named:anna	\\x61106ec7d5c985b1e1371b25c362e192a715fe2729af97e2e2ccc2a02bb2c2fb
qc	24	1	50	goodturn	50	q	\\x6d8929e38e787f41a4934555d22f512d97d1e68d5e6bed3e6ff670cfb0e3e1b9	\N	0	\N	\N	\N	1522627200000000	17623	1522627200000000	\N	0	\N	0	\N	\\x00	\\x06010100000071010000007324450000019200000000000000	\N	named:anna	\\x84b164496af1a2a2ef9bb28cb036951b186acbc2cfe3111199767377cca76ccb
qc	25	1	51	goodturn	51	q	\\x972a5b15b84cab532bb9d87c3a04342d0537e4aa3d8d48ddc898ee704d944899	\N	0	\N	\N	\N	1522627200000000	17623	1522627200000000	24	0	\N	0	\N	\\x00	\\x0701010000007104000000636c656f	\N	named:anna	\\x0ec93f7fb5d5eafebbfe6eb98deabf0e206874ed037307de41f199262555773e
qc	26	1	52	goodturn	51	\N	\N	cleo	23	3	5	200	1522627200000000	17623	1522627200000000	24	0	\N	0	\N	\\x0501d4feffffffffffff05c80000000000000009640000000000000021ceffffffffffffff223200000000000000	\\x090100000071	\N	named:anna	\\x8bd427805b792f3be927757f064c3a45ef7a396fd2809cf077a8683e6eac3d3b
qc	29	1	59	goodturn	57	q	\\xf8607588404c570344305f4286bc6ce259eaab3fd024d6cfd776c92b477ad623	\N	0	\N	\N	\N	1522627200000000	17623	1522627200000000	24	0	\N	0	\N	\\x00	\\x090100000071	\N	named:anna	\\x432c5caa9b3f84d21ae086817ddb9bc2ca2a8a862ad495689e6b49db4fa530aa
qc	27	1	11	forum	11	a4	\\xfec3bd9629e0c6a6c75a55e9c3cda6911ecbc324c199d5815105aafd594c6930	cleo	26	\N	\N	\N	1522627200000000	17622	1522627200000000	23	1	answers	0	22	\\x0501d4feffffffffffff05c80000000000000009640000000000000021ceffffffffffffff223200000000000000	\\x030105000000666f72756d020000006134010f000000616e737765725f61636365707465640000000000000000010100a06145d268050000f07536c868050000000100000007000000616e73776572730000000064000000000000006400000000000000000000000000010000000107000000616e737765727300000000000000000000000000000000000000009cffffffffffffff9cffffffffffffff0000000000000000000000000000000000000000000000000001000000000000000000	\N	named:anna	\\x0399a3e929dca6ebaea77b06e23f2c152dc591200d2b32f0bd72de641f496022
qc	28	1	62	forum	11	\N	\N	cleo	27	5	1	100	1522627200000000	17622	1522627200000000	23	1	answers	0	22	\\x050138ffffffffffffff05640000000000000009640000000000000021ceffffffffffffff223200000000000000	\\x0a01010000007105000000666f72756d0200000061340f000000616e737765725f616363657074656400	\N	named:anna	\\x0cfbc9a04e065ad284569388506ea3c36fdb3ee5e11879bc6a2754d6e339ed3b
qc	33	1	2	goodturn	2	2	\\x1d01139fd19c8d3eb9442b40b3347675f68984e89e0969e703dfabd35c71da00	\N	0	\N	\N	\N	1522627200000000	17623	1522627200000000	\N	0	\N	0	\N	\\x00	\\x01010200000000434357d2680500080000000107000000616e73776572730f000000616e737765725f61636365707465640064000000000000000001070000006d6f6e74686c790001080000007175657374696f6e01000100434357d268050000000001060000006f7264657273050000006f72646572010200000000000000f401000000000000010113000000616d6f756e745f6d696e6f72203e3d2035303001070000006d6f6e74686c7901010e0000000000000000000107000000667269656e647306000000667269656e6400f4010000000000000000010078000000000000010060e6355a7e050000000107000000746f702d75707306000000746f705f7570000500000000000000000000000107000000667269656e64737800000000000000000108000000726563727569747307000000726563727569740032000000000000000000000107000000726563727569740200000000000107000000626f74746c65730500000063726174650205000000000000000200000000000000000106000000686f75726c790000000000011400000000000000000105000000737465707305000000637261746501010000000000000064000000000000000300000000000000000001050000006c61726765050000006372617465010100000000000000640000000000000002000000000000000001c409000000000000030000000106000000686f75726c79070f0000000000000001040000006576657201070000006d6f6e74686c790296000000000000000104000000657665720104000000657665720684030000000000000000	\N	named:anna	\\xa600bc65a8cf1c499e365546c0f12681810205a7c35201c2616293906385a137
qc	37	1	10	forum	10	b3	\\x9c6e6a3dcc192a4a2bb9d9e763cd0d504ac5db543d6eea50ed0a5bd12a8ae6c6	emil	0	1	3	100	1522627500000000	17623	1522627200000000	\N	2	answers	100	\N	\\x02019cffffffffffffff036400000000000000	\\x02010f000000616e737765725f616363657074656400000001020000007131000100080000007175657374696f6e00010000000107000000616e73776572736400000000000000640000000000000002000000070000006d6f6e74686c79d644000000640000000000000064000000000000000400000065766572c606f5ff006400000000000000640000000000000064000000000000006400000000000000100e00000000000000000000000000000000000000000000000000000000	\N	named:anna	\\xe98b15ba219265292687f84cc58de9b02a4ca9a89ce7334c9648c083f57d9718
qc	38	1	16	forum	10	\N	\N	dora	36	3	1	100	1522627500000000	17623	1522627200000000	35	2	answers	0	\N	\\x0201ceffffffffffffff023200000000000000	\\x030105000000666f72756d020000006232010f000000616e737765725f61636365707465640000000000000000000100010000000107000000616e73776572730000000000000000000000000000000002000000070000006d6f6e74686c79d6440000009cffffffffffffff9cffffffffffffff0400000065766572c606f5ff009cffffffffffffffceffffffffffffff9cffffffffffffffceffffffffffffff0000000000000000000000000000000000000000000000000000000000000000000000	\N	named:anna	\\x78e450249708a99992588238112d266dba0581ec62b287191c1422825fcba2ce
qc	39	1	17	forum	10	\N	\N	dora	38	1	2	50	1522627500000000	17623	1522627200000000	35	2	answers	0	\N	\\x02019cffffffffffffff026400000000000000	\\x030105000000666f72756d020000006232010f000000616e737765725f61636365707465640000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000	\N	named:anna	\\x8647b924d3c4333e57221cd1871c0ff47a1e116da945f1fc9384be9acdcb677e
qc	41	1	10	forum	10	b4	\\x6ba11c608fc1535e59f7588d89e0e66a4a71cdc0e5e150cb7d751f08024e7ba7	emil	37	1	2	500	1522627500000000	17623	1522627200000000	\N	2	friends	500	\N	\\x0301a8fdffffffffffff02f401000000000000036400000000000000	\\x020106000000667269656e64000000000000010143385440720500010000000107000000667269656e64730000000000000000f401000000000000000000000000000000000000f401000000000000100e00000000000000000000000000000000000000000000000000000000	\N	named:anna	\\xc82191026fa6142f7bfbfe5727410b6b74139938dea4a697267b31677165f72c
qc	46	1	10	forum	10	b7	\\x60e9ec93bd6f53d928e0a2d0010f2db414ea1bf8ddcf2358cb77e079b39e8240	dora	40	1	3	50	1522627500000000	17623	1522627200000000	\N	2	recruits	50	\N	\\x030192ffffffffffffff023c00000000000000033200000000000000	\\x02010700000072656372756974000000010200000071310001010700000072656372756974000100000001080000007265637275697473320000000000000032000000000000000000000032000000000000003200000000000000100e00000000000000000000000000000000000000000000000000000000	\N	named:anna	\\x2e176af4a16a896ee906c1d488e29ed015c5eed1b6bd68e4b3b8a9174f66c7ec
qc	50	1	10	forum	10	b9	\\x73f240bb450b226d7d9172050977a99a74bcde40c8b69e1cc8292e526c10eafa	dora	48	1	3	66	1522627500000000	17623	1522627200000000	\N	2	bottles	71	\N	\\x030182ffffffffffffff023c00000000000000034200000000000000	\\x0201050000006372617465000001f60900000000000000000000030000000107000000626f74746c6573140000000000000014000000000000000200000006000000686f75726c79d74400000101140000000000000014000000000000000400000065766572c606f5ff000f000000000000000f000000000000000f000000000000000f000000000000000105000000737465707319000000000000001900000000000000000000001900000000000000190000000000000001050000006c617267651a000000000000001a00000000000000000000001a000000000000001a00000000000000100e00000000000000000000010c000000000000000000000000000000000000000000000000	\N	named:anna	\\x6187304f641b0ee51f20ac1f63c4a6b412eca0e0c1851478fca81303b5820f94
qc	51	1	13	forum	12	c6	\\xcbde133fbb4b386d50395c59d74f58bc4ac34f3db20655ac55232848e25e1cc9	dora	50	3	1	42	1522627500000000	17623	1522627200000000	50	2	bottles	0	\N	\\x0301acffffffffffffff023c00000000000000031800000000000000	\\x030105000000666f72756d020000006239010500000063726174656400000000000000010100a06145d268050000434357d268050001f609000000000000000300000007000000626f74746c65730200000006000000686f75726c79d744000001010400000065766572c606f5ff001400000000000000140000000000000000050000007374657073000000001900000000000000190000000000000000050000006c61726765000000001a000000000000001a000000000000000000010c00000000000000000000030000000107000000626f74746c6573000000000000000000000000000000000200000006000000686f75726c79d74400000101ecffffffffffffffecffffffffffffff0400000065766572c606f5ff00f1fffffffffffffff1fffffffffffffff1fffffffffffffff1ffffffffffffff010500000073746570731800000000000000180000000000000000000000ffffffffffffffffffffffffffffffff01050000006c617267650000000000000000000000000000000000000000e6ffffffffffffffe6ffffffffffffff00000000000000000b0000000000000000000000000000000000000000000000000000	\N	named:anna	\\x1ef1dab8d5e0303cc6a283887fa08401300f7e1858280731b07310e60d136af0
qc	57	1	27	goodturn	29	j2	\\x873798dadad103c87f0adc03823352ec14baa8bb1564ff1dd5617cba100e4b73	dora	56	1	3	5000	1483228800000000	17167	1525132800000000	55	0	\N	0	\N	\\x020130eaffffffffffff03d015000000000000	\\x0b01020000006a32881300000000000003	\N	named:ben	\\x6c9b67d388e0aa8735b699e473c97f6bcc78161c61ca205749b9518fea2d3af4
qc	60	1	30	goodturn	30	s1	\\xe1520e4bd6344672483d28d9a657b8e8cf78f9d1dc79f5cdeb34119cfcdd86bd	dora	59	\N	\N	\N	1525132800000000	17652	1525132800000000	\N	0	\N	0	\N	\\x020188ecffffffffffff037813000000000000	\\x0d010101	\N	named:anna	\\xb2717c6c3d7f1f39d0b6afd52a4b875b4c7c4718b3bc97e5cf78065eb618dd04
qc	64	1	32	goodturn	32	s1	\\x3e07893fefdd715668d14ba65433f9e8f57e35e6a7af2f0adcd587e619c42526	dora	63	\N	\N	\N	1525132800000000	17652	1525132800000000	\N	0	\N	0	\N	\\x020188ecffffffffffff037813000000000000	\\x0d010104	\N	named:anna	\\x42455d2ca8e66b159ce8a7b605c938f710db2f79acee7369fc630dc1c25240eb
qc	69	1	20	shop	20	h2	\\x183a2603da9185978154a31ee2b02c51952953202a98901a847c7535f570f558	emil	68	3	4	20	1525132800000000	17652	1525132800000000	\N	0	\N	0	\N	\\x030171fdffffffffffff033f02000000000000045000000000000000	\\x0f010400000073686f700200000068320000e09ec42d6b05000000000000000000000000000000000000000000	\N	named:anna	\\x75aa2bbda01ddc43fb099536ba36637e026c6b3c1e5efbc63f3add7d3b5d0df3
qc	74	1	24	shop	24	r1	\\xce1bf3e2065e0a76594407736fe14969359d385218e62f2fae7154bfebc33fe2	emil	73	3	6	30	1525132800000000	17652	1525132800000000	\N	0	\N	0	\N	\\x040171fdffffffffffff033f02000000000000040a00000000000000064600000000000000	\\x10010400000073686f700200000072310000000000000000000000000000	\N	named:anna	\\x20e066641c747f5f9e1fc3b7f7b2fd12ec0a1b05c2ed0d558afe063b1f5dff8e
qc	78	1	2	goodturn	2	3	\\x895430450e5823d0d653959f320796aac40234c98ad7185c37d55c2b6d606c5f	\N	0	\N	\N	\N	1525222800000000	17653	1525222800000000	\N	0	\N	0	\N	\\x00	\\x0101030000000028c6712f6b0500010000000107000000616e73776572730f000000616e737765725f616363657074656400640000000000000000000000000000000000000000010100010000001e00000000000000	\N	named:anna	\\x7de97a86b6f1295c462dea95170e76ee6ca8f17d09922d8999bd42eca5347666
qc	84	1	34	goodturn	34	2019-01-01:emil	\\xbfeefaf2069e721b3591810ac86a40fc376193276e1d0d32e8e22a53002ad56e	\N	0	\N	\N	\N	1546300800000000	17897	1546344000000000	\N	0	\N	0	\N	\\x00	\\x110101e945000000ca450000ca45000000e803000000000000	\N	own	\\x972df6e47f839ebe508625c3e8dbd9cb20fc4ba5733137f67b129a61359eadce
qc	90	1	35	goodturn	35	87:complete	\\xb064ab02a4b82210ab411a89e9a9e40e60d6fc6aa5cf40118645f0a402fb0877	gina	89	\N	\N	\N	1546344000000000	17897	1546344000000000	87	0	\N	0	\N	\\x00	\\x0d0100	\N	own	\\x7a6cc17c4523fb4dbf7d3537681909ced6a77f9798afd6424fab86f350c8465d
qc	93	1	130	goodturn	130	l2	\\xc87b0d9fcb7c45f73e16c9316a29ecee7de94e3de7cd629953be7a7bbece7012	gina	92	\N	\N	\N	1546344000000000	17897	1546344000000000	87	0	\N	0	\N	\\x00	\\x0d0100	\N	named:anna	\\x161c90dbd6b8dc458fb70843936e04cd2fe67e16970ca773589960d38ae12a8b
qc	109	1	42	goodturn	42	s2	\\x18ca337fa5b4065affcf69936e85b924f8758c18862bcb9f259ee2540efb2d46	\N	0	\N	\N	\N	1546344000000000	17897	1546344000000000	\N	0	\N	0	\N	\\x00	\\x05020000007332	\\x96ca1f99480a27b51ff95c2eb4ef607c8efb29c687fe08c83ecd8de8bd59c20b	named:ben	\\xfabcf0797d0a1a8c7921db807c1f7042b5feda94e43a17f61743526823a1a736
qc	113	1	80	goodturn	80	k1+k2	\\xddf4aa7e269ae0dc297c4341cac1bf0604d93f8956a60d4da80790c29e6b220b	\N	0	\N	\N	\N	1546344000000000	17897	1546344000000000	\N	0	\N	0	\N	\\x00	\\x1301a96d2354762e0aab432ec98124a5dfa47a8962b57900994308cea356c5942a5e02000000	\N	named:ben	\\xb3e3505ca0f7266ac00b2de9ab269971527da98c363685bf36b893d01e98dd82
qc	30	1	51	goodturn	58	q	\\xd68b25946124d225615459a7cf2cd77cec2db61c6ef8eba0032c461202a95ce2	\N	0	\N	\N	\N	1522627200000000	17623	1522627200000000	24	0	\N	0	\N	\\x00	\\x0701010000007104000000636c656f	\N	named:anna	\\xbd9521d28c7ddf39126933519200c664fc48488b1fce0d0d1e0db2498e9df52c
qc	31	1	60	goodturn	58	\N	\N	cleo	28	5	3	100	1522627200000000	17623	1522627200000000	24	0	\N	0	\N	\\x050138ffffffffffffff03640000000000000009640000000000000021ceffffffffffffff223200000000000000	\\x090100000071	\N	named:anna	\\x96ec24e83a12db95b2057dd682a8dc46c80d0eb6ee7d1e16267269a4e74242e0
qc	43	1	14	forum	13	c2	\\x91c71f89957438c2a6d6972c282a74fcae92811bc5963982339a2b86aac9b36d	emil	42	2	3	500	1522627500000000	17623	1522627200000000	41	2	friends	0	\N	\\x0201a3fdffffffffffff035d02000000000000	\\x030105000000666f72756d0200000062340106000000667269656e640000000000000000000000010000000107000000667269656e6473f401000000000000f40100000000000000000000f40100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000	\N	named:anna	\\xcd959baedd5b7f8a10a03a768abeecab74ac8e88f9bb379dc3e5b801e66721db
qc	45	1	10	forum	10	b6	\\x4726e2acb1aaebe68186d33d42e1fbcc3caaa8c60f7fd685a792baba97fd2998	emil	43	\N	\N	\N	1522627500000000	17623	1522627200000000	\N	2	friends	500	20	\\x0201a3fdffffffffffff035d02000000000000	\\x020106000000667269656e6400000000000000010000000107000000667269656e6473000000000000000000000000000000000000000000000000000000000000000000000000100e00000000000000000000000000000000000000000000000000000000	\N	named:anna	\\xf49d10f45e4cf9883936e490f84624e047c5cb10ff25375a62f5d0593d152f4e
qc	52	1	13	forum	12	c7	\\xb6392b76eb79899c838d5f46702f1a89f86cb7c4578a231e928710efb8402a4f	dora	51	\N	\N	\N	1522627500000000	17623	1522627200000000	50	2	bottles	0	\N	\\x0301acffffffffffffff023c00000000000000031800000000000000	\\x030105000000666f72756d020000006239010500000063726174650000000000000000000000030000000107000000626f74746c6573000000000000000000000000000000000200000006000000686f75726c79d74400000101000000000000000000000000000000000400000065766572c606f5ff0000000000000000000000000000000000000000000000000000000000000000000105000000737465707318000000000000001800000000000000000000000000000000000000000000000000000001050000006c617267650000000000000000000000000000000000000000000000000000000000000000000000000000000000000000020000000000000001000000000000000000000000000000000000	\N	named:anna	\\x14e0433b41607d4708cdffbd7b86969c01b921ff1f449745b2163480bbf46c54
qc	58	1	28	goodturn	28	j3	\\x62c88ab562a23d2735079be09ade53d77803e8374c2b21cd53847f2f6a5d6be0	dora	57	\N	\N	\N	1525132800000000	17652	1525132800000000	56	0	\N	0	\N	\\x020130eaffffffffffff03d015000000000000	\\x0b01020000006a3378ecffffffffffff03	\N	named:ben	\\x5687ccf6416dfb5e7ef1adb1f828a14e3c1eb8d6d79212fac22154adf892a4b2
qc	59	1	27	goodturn	26	j4	\\x54fe5b29fd338f40636549e3feb484953d1b1d4291e573759a51233713a0d9c4	dora	58	3	1	600	1483228800000000	17167	1525132800000000	\N	0	\N	0	\N	\\x020188ecffffffffffff037813000000000000	\\x0b01020000006a34a8fdffffffffffff03	\N	named:anna	\\x92cd84e793b8609a82bb58d54c2147eb1f1df5a45430d2597b34f6802d9c2660
qc	61	1	31	goodturn	31	s1	\\xa90cae2674cdb6ed37e7937c0fe07ac8c9d5a6813941f2983c2d9518940fbd29	dora	60	\N	\N	\N	1525132800000000	17652	1525132800000000	\N	0	\N	0	\N	\\x020188ecffffffffffff037813000000000000	\\x0d0100	\N	named:anna	\\x4c9ff366fef1dcc6e9ea7076d5f3681c2d126b84e0a92c7e3ef872b4580ff009
qc	65	1	29	goodturn	27	1:revoke:1	\\xead13cd986d24ce3231eb2d044999b3b05ccb278ec82635a429b42d8f8aa063a	dora	64	3	1	500	1483228800000000	17167	1525132800000000	54	0	\N	0	22	\\x02017ceeffffffffffff038411000000000000	\\x0b01020000006a31f40100000000000003	\N	named:anna	\\x57545fcaa94811c0f6ef9230d8175ad7143373f705475b5a9f3cb0f51166547f
qc	66	1	29	goodturn	27	1:revoke:2	\\x88993974c1166e16631ada7fc1ec00d5283d432a6dfb7edece4deecc5a36a49e	dora	65	3	1	4534	1483228800000000	17167	1525132800000000	57	0	\N	0	22	\\x0201320000000000000003ceffffffffffffff	\\x0b01020000006a32881300000000000003	\N	named:anna	\\xd2e74803e116c7f7e44a623701225db643f6542dc260ef29a7c16e16dfef0702
qc	67	1	12	goodturn	27	\N	\N	dora	66	8	1	466	1483228800000000	17167	1525132800000000	57	0	\N	0	22	\\x0301040200000000000003ceffffffffffffff082efeffffffffffff	\\x0c0101020000006a3288130000000000000300	\N	named:anna	\\x270b90d175d12f88cce47e2a4d0a9681f3516bcaba932700c269819d94ebb752
qc	68	1	20	shop	20	h1	\\x322c80691c9e32ae6cc60ab89ab710f8510946bd6a46e26d5aede73c29befd3c	emil	49	3	4	60	1525132800000000	17652	1525132800000000	\N	0	\N	0	\N	\\x030171fdffffffffffff035302000000000000043c00000000000000	\\x0f010400000073686f7002000000683101080000006f726465722d313700e09ec42d6b05000000000000000000000000000000000000000000	\N	named:anna	\\xa10b52c5c931ad6def0926409474cc7677e85ab8df86ee24f4cd6473aebd5b43
qc	71	1	21	shop	21	h1	\\x2317a46d267eaf16f6af44ed0b941a5b3f609fde053a7f20daf8ed84b2337ef0	emil	70	4	6	40	1525132800000000	17652	1525132800000000	68	0	\N	0	\N	\\x040171fdffffffffffff033502000000000000043200000000000000062800000000000000	\\x0f010400000073686f7002000000683101080000006f726465722d313700e09ec42d6b05001400000000000000000000000000000000000000	\N	named:anna	\\x89802277580a40453c29de589cbcb65f88917df2dd8325f5bfecdbb25ab2cc98
qc	72	1	17	shop	21	\N	\N	emil	71	4	3	20	1525132800000000	17652	1525132800000000	68	0	\N	0	\N	\\x040171fdffffffffffff034902000000000000041e00000000000000062800000000000000	\\x0f010400000073686f7002000000683101080000006f726465722d313700e09ec42d6b05001400000000000000000000000000000000000000	\N	named:anna	\\x4c28a207eadc2d7aa1b13d50ac5b925a2fe066516ead135b74ce324039a844ae
qc	76	1	25	shop	25	f2	\\x480dab9835d2bc7b7a952b78295ee48177888562ab7b08df568e9d1217b3107f	emil	75	6	3	40	1525132800000000	17652	1525132800000000	71	0	\N	0	\N	\\x040171fdffffffffffff037102000000000000040a00000000000000061400000000000000	\\x10010400000073686f700200000068310101080000006f726465722d3137000000000000000000000000	\N	named:anna	\\x0a61214f70fb8c849538756ee48543a5d6934f7e8623d9272f8d71047a9aaa00
qc	79	1	34	goodturn	34	2018-12-01	\\xd257235a69538b1db37803d054d964cd72fd3a85f977335142952ff218f560c6	\N	0	\N	\N	\N	1543622400000000	17866	1543665600000000	\N	0	\N	0	\N	\\x00	\\x110101ca45000000ac450000ab4500000104000000656d696ce803000000000000	\N	own	\\xf9eaf98fa52b35d23970e5e73914ba5e1b735c963c07972d9f4c67ca9687f778
qc	80	1	19	goodturn	34	\N	\N	emil	77	3	7	80	1543622400000000	17866	1543665600000000	\N	0	\N	0	\N	\\x040171fdffffffffffff032b02000000000000061400000000000000075000000000000000	\\x1201ca45000000ac450000ab450000	\N	own	\\xf262dcce73e3ab4453c0a0da842c376ca207207b6da753bd5019216b0fbec0a0
qc	85	1	10	forum	10	a9	\\x8e822416e27cee391e200110f00f47f84fb1c68cab3e5d7dfd84a3f3609122f7	gina	0	1	3	100	1522584000000000	17622	1546344000000000	\N	1	answers	100	\N	\\x02019cffffffffffffff036400000000000000	\\x02010f000000616e737765725f6163636570746564010500000061736b657200000000000000000000100e00000000000000000000000000000000000000000000000000000000	\\x9895162637d188fb91f91e77de5fc6527eb33c12ff41cf7e7dff8c360fc05e3c	named:anna	\\x11ac7e5cb6cc9e6e0dd93340a2ccb0c9f11150c65ac50a0dad005cc28f841705
qc	86	1	27	goodturn	26	g1	\\x1a6ac66dd6f3d05052b6d2b1426af3b6dbcc660e26253186ccac98f38a2b3915	gina	85	1	3	7	1546344000000000	17897	1546344000000000	\N	0	\N	0	\N	\\x020195ffffffffffffff036b00000000000000	\\x0b01020000006731070000000000000001	\N	named:anna	\\x9e8a69e0b3db9e31da55936ac467546886bc29eba26aa2092d450ab05c264bab
qc	87	1	32	goodturn	32	s2	\\x1d4f6c8bf09a64c3a48021103568b872c29525a8eff224df206a6b43bcaa9742	gina	86	\N	\N	\N	1546344000000000	17897	1546344000000000	\N	0	\N	0	\N	\\x020195ffffffffffffff036b00000000000000	\\x0d010102	\N	named:anna	\\x00f5dfd5a55945ed8d908de546208dc6f4dfe4612deee612bc7f2d59b0d361ac
qc	88	1	111	goodturn	16	87:revoke:85	\\x555d69e7a72d4f439661556346153ac7264334081c464cb5716e460b0b82c80b	gina	87	3	1	100	1546344000000000	17622	1546344000000000	85	1	answers	0	\N	\\x0201f9ffffffffffffff030700000000000000	\\x030105000000666f72756d020000006139010f000000616e737765725f6163636570746564000000000000000001010010d244647e050000f07536c868050000000100000007000000616e73776572730000000064000000000000006400000000000000000000000000010000000107000000616e737765727300000000000000000000000000000000000000009cffffffffffffff9cffffffffffffff0000000000000000000000000000000000000000000000000100000000000000000000	\N	named:anna	\\x773c6adc6d65dc218418877aa1f653ff814156e6e7f4c9fa12f144d9ec68c3bb
qc	92	1	131	goodturn	132	l1	\\x690ab2713292224257e1e90fb80d468afc24f57b215123545880428c842bc01d	gina	91	\N	\N	\N	1546344000000000	17897	1546344000000000	91	0	\N	0	\N	\\x00	\\x0d0100	\N	named:ben	\\xb0abd0ad48bdf6d81d255e6070bedfcb1514e5b49e636db8013f9bcd49cc4e8f
qc	96	1	120	goodturn	120	94:reinstate:86	\\xc33b3d941d82c1d56e250adf6d34b440cc415590f21e498311867a153cfd9849	gina	95	1	3	7	1546344000000000	17897	1546344000000000	86	0	\N	0	\N	\\x020195ffffffffffffff036b00000000000000	\\x0b01020000006731070000000000000001	\N	named:ben	\\xaff1c03cb853d6756ab39d675e886c15050fc348b6a5e2b481fef90bf4ac8a24
qc	100	1	37	goodturn	33	m2	\\xc52e6942b1ca97aa9d74f9728427498f1b58e762c0b7c76adfffe4b43b770435	cleo	31	\N	\N	\N	1546344000000000	17897	1546344000000000	\N	0	\N	0	\N	\\x050138ffffffffffffff03640000000000000009640000000000000021ceffffffffffffff223200000000000000	\\x1401020000006d3204000000636c656f0400000068616e6100	\N	named:anna	\\x83c889e2046fc88a1ac29844e327d7d7012dd92ea2439dae0ba921ec77e8ef28
qc	112	1	26	goodturn	26	k3	\\x7a2d35b24962f2b0c298ab2e0aed5376f33e70a332c2163052f045c72fcf7feb	ida	111	\N	\N	\N	1546344000000000	17897	1546344000000000	\N	0	\N	0	\N	\\x00	\\x0b01020000006b33d00700000000000001	\N	named:anna	\\x23c1744748b828873a84f4900e925cf63435fdbb7d8866c6f1d3a1479c7d0141
qc	32	1	61	goodturn	59	q	\\xb675e9c778ae8c7e71f361bffe65a2af4c9e40d4bc5fbd8354cdeff957827fa4	\N	0	\N	\N	\N	1522627200000000	17623	1522627200000000	24	0	\N	0	\N	\\x00	\\x090100000071	\N	named:anna	\\xe9ef878fb7952739745c727af2c5c718db1fb9662edfe5c053a28e00058ea4f6
qc	35	1	10	forum	10	b2	\\x13653d5b7014b6bd7026f5ff1de2d5aac860b1693c6b48df1509dfed3199445f	dora	34	2	3	50	1522627500000000	17623	1522627200000000	\N	2	answers	100	\N	\\x03019cffffffffffffff023200000000000000033200000000000000	\\x02010f000000616e737765725f616363657074656400000001020000007131000100080000007175657374696f6e00010000000107000000616e73776572736400000000000000640000000000000002000000070000006d6f6e74686c79d644000000640000000000000064000000000000000400000065766572c606f5ff006400000000000000320000000000000064000000000000003200000000000000100e00000000000000000000000000000000000000000000000000000000	\N	named:anna	\\xd2127b713f8e46b6e538147c3e633984ce7dfaafe59d0da2eff873cff37ee02d
qc	36	1	17	forum	10	\N	\N	dora	35	1	3	50	1522627500000000	17623	1522627200000000	\N	2	answers	0	\N	\\x03016affffffffffffff023200000000000000036400000000000000	\\x030105000000666f72756d020000006232010f000000616e737765725f61636365707465640000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000	\N	named:anna	\\x11bbb8f7f0e291867b60a3fc0e79edd8cb865b8329a6649b86ff4d2011e3ef99
qc	70	1	20	shop	20	h3	\\x755c285f2fabcd9c8136f59efc19ece77abd4fe89ad9825302dd0a5557b08b96	emil	69	3	4	10	1525132800000000	17652	1525132800000000	\N	0	\N	0	\N	\\x030171fdffffffffffff033502000000000000045a00000000000000	\\x0f010400000073686f700200000068330000e09ec42d6b05000000000000000000000000000000000000000000	\N	named:anna	\\xca2c5d5853d799cabd0694f5dec3c58612ade6549e2dced030ab6e970181c0dd
qc	75	1	25	shop	25	f1	\\x772d062ac77137541d14a6c743a1a2c53607917874c93ffc0daa204c53073cf4	emil	74	6	3	10	1525132800000000	17652	1525132800000000	74	0	\N	0	\N	\\x040171fdffffffffffff034902000000000000040a00000000000000063c00000000000000	\\x10010400000073686f700200000072310000000000000000000000000000	\N	named:anna	\\xcfc0f3fc55e609a0b3096a6f129c88aaefef01fae8f3eb6a6a5928809afae4fe
qc	81	1	34	goodturn	34	2018-12-01:emil	\\xb2fab12eddcdc467b7c89df2a51d233dc066360ae3767e4deff9cd32d160ce98	\N	0	\N	\N	\N	1543622400000000	17866	1543665600000000	\N	0	\N	0	\N	\\x00	\\x110101ca45000000ac450000ab45000000e803000000000000	\N	own	\\x9999187001e4af1578c4e96cdbe018e0f0ad050a0210c3190015418c574d05e3
qc	91	1	130	goodturn	130	l1	\\x7cb34d1efea3030bcb78466a15f677b3c39e5c49cb6ad3b884682d359b17657a	gina	90	\N	\N	\N	1546344000000000	17897	1546344000000000	87	0	\N	0	\N	\\x00	\\x0d0100	\N	named:anna	\\x9ada7a43704f1000cedf4e0d57fdb22423b7011342150288e41c860fd70242e5
qc	94	1	132	goodturn	131	l2	\\xa5c1280037331fa3d2889e7d053d9cf13686a479552dd96b69c9523b5dbaaaed	gina	93	\N	\N	\N	1546344000000000	17897	1546344000000000	93	0	\N	0	\N	\\x00	\\x0d0100	\N	named:ben	\\xf95303d5610c444dceff31784fc44eadd2abacf037756b930f4099cf1ecc74f1
qc	95	1	112	goodturn	17	94:reinstate:85	\\x9ec78f457e8386e70bba8d177edef64a21f53b6367413990996918f5a16519d2	gina	94	1	3	100	1546344000000000	17622	1546344000000000	85	1	answers	0	\N	\\x02019cffffffffffffff036400000000000000	\\x030105000000666f72756d020000006139010f000000616e737765725f61636365707465640000000000000000000000010000000107000000616e73776572736400000000000000640000000000000000000000640000000000000064000000000000000000000000000000000000000000000000000000000000000000000000000000000000	\N	named:ben	\\x54fbd0375f6cfd95e5dc9de963d07d054ad2a53e13b3fbd82687a7a9e9edab40
qc	115	1	27	goodturn	29	k2	\\xccd7a3f23f672f9f12d37d188126f1fa481ff182036d3918a01436c3314fe95f	ida	114	1	3	2000	1546344000000000	17897	1546344000000000	111	0	\N	0	\N	\\x020160f0ffffffffffff03a00f000000000000	\\x0b01020000006b32d00700000000000001	\N	named:ben	\\xc6352061500741fdd6c94a1b1d97390e23a9778a5cb8e65706e73cf5e89ddb86
qc	131	1	93	goodturn	93	c5	\\xbf969c4eb5aec4c6ac2c66596f0e75eaee2c09695c30941a55b401a0fefbf8da	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	130	0	\N	0	\N	\\x00	\\x16010200000063350403000000702d3191ae69c3de31327886c1077953a7ff9c60c1f56f6ef97a862cefc29fde506df3	\N	person:p-2	\\xe596c505a4d4ea667dfc0a5974ee70495f48dac1b9def5c113f34727a66d48ba
qc	132	1	91	goodturn	91	c6	\\x25a67858ca45bdbf5b12f8c0addb7331e62bcb92265338c5dfcd46b020f6547c	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x00	\\x16010200000063360501030000006b337905000000666f72756d070707070707070707070707070707070707070707070707070707070707070708080808080808080200000003080100000005000000666f72756d0040fac1089b0500	\N	person:p-1	\\x1d87392b23d62fd8bb925afc40a59445bb3467be9c885a60edcfd8615cfff6ad
qc	133	1	91	goodturn	91	c7	\\x75d45d8451ff3647b231c4b2ce1feffd08327b2c021a47892e9157fb8a770ca2	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x00	\\x160102000000633706030000006b3379	\N	person:p-1	\\x8ba46e7eeb7f47cc254998f336b6f8e2eb073ab7022b7fbef837c17d51dbaec5
qc	134	1	91	goodturn	91	c8	\\x5d54a57eda90929c8039fd2eef98bb8af7a21adee6deb7d7c8253ff5262a3bad	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x00	\\x16010200000063380103000000702d33	\N	person:p-1	\\xfad52906efd2cf8b90a025b2db958efa0680464c9788253a2b6af0b7395942b4
qc	137	1	134	goodturn	38	u2	\\xc3dc4dca993268509cbb168f782d66c12386582bcff9075d9669f3d44a7b2421	nina	0	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x00	\\x1701000200000005000000626f617264050000007374616666	\N	named:anna	\\x7a32bb1e16ebd1fc379ecc22c8ea64e874ffcf7d5b8ac2a1b0b47fbe4c2193f6
qc	138	1	92	goodturn	91	d1	\\xbd38532d351760ab12e057b99be87acfdd86b1f80de5925aa1403f1aa53b259e	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x00	\\x16010200000064310203000000702d310100000006	\N	person:p-1	\\x572ad09aa49de0d083b301fed2793360a412fe0411c738ccd562b3c2f952a6aa
qc	142	1	40	goodturn	40	s3	\\x611e1e440e46bad80c8aac0de0812bcefd9e51749769266a89fa2de6b3cda034	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x00	\\x0401020000007333c04400002445000001000000010200000000000000e80300000000000020a10700000000000a00000000000000000000000000000090d0030000000000	\N	person:p-1	\\x630482fb53eaba8d05261b48ce25f5184a5d122f0d9539497b72dbfc74f30710
qc	146	1	10	forum	10	mo0	\\xef1055cf2ef55aefda186ea02ca36e5bacb89d096c76091617b2913092c11899	pia	0	1	3	100	1522584000000000	17622	1554033600000000	\N	1	answers	100	\N	\\x02019cffffffffffffff036400000000000000	\\x02010f000000616e737765725f6163636570746564010500000061736b657200000000000000000000100e00000000000000000000000000000000000000000000000000000000	\\xdc35ca714fec9c7067ca39eb2778710c46657e8a2c16b98a5d3daa36a7d09f68	named:anna	\\xc8531dd22700f9537a750eb1baa544de4bebfac49db874fb52ca3168ffaa3205
qc	148	1	10	forum	10	mo2	\\x1c9d9fc61a5c575754a1ae037f75fda987b05e3f263a1949f26372587b90a498	quin	147	1	3	100	1522584000000000	17622	1554033600000000	\N	1	answers	100	\N	\\x020138ffffffffffffff03c800000000000000	\\x02010f000000616e737765725f6163636570746564010500000061736b657200000000000000000000100e00000000000000000000000000000000000000000000000000000000	\\x9be17321a7884de27cd1e25f8c478d1b2db5bd35046695dee345798f30d47333	named:anna	\\x21d4cf67e584b3f0f37a6e2e600a16f8ba3c8d583f80f1f346f264fe50b5b99e
qc	150	1	10	forum	10	mo4	\\x63b1f5a745d66417d22d23a88bd8bb115ba63d9fd504e60dd9e04327144f1d2b	rhea	0	1	3	100	1522584000000000	17622	1554033600000000	\N	1	answers	100	\N	\\x02019cffffffffffffff036400000000000000	\\x02010f000000616e737765725f6163636570746564010500000061736b657200000000000000000000100e00000000000000000000000000000000000000000000000000000000	\\xd877354f312560aa7bf6300f63756f1f3a0085bf78003cdf3bce724dc7e0234b	named:anna	\\x7f956c790c7401b83ba36fe31066dc7af0221493bd646360c18c5306ddea7ffa
qc	156	1	64	goodturn	52	m	\\x085e3436233b4eda133260206ba6934c1bfd48bdc2b862d158027b67b4c83a46	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	152	0	\N	0	\N	\\x00	\\x09010000006d	\N	person:p-1	\\x5a82806235e602f0974304bec5384a6d9059e921f53822185e4e340b914c77ae
qc	160	1	63	goodturn	63	m	\\x4592137a0eabc5d83223667ab409c98a046a5baf7cc68e32d934a85a21a1fb6f	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	152	0	\N	0	\N	\\x00	\\x09010000006d	\\x944bb7976e60eb117b893459e889f824aac34cdfcf6cddc26fd49f6bd10cc0d0	person:p-2	\\xf0dd60029ec4d3b2323d3f7d70c07a0158c3a9524773b8bff13776a3e90dff81
qc	164	1	50	goodturn	50	l1	\\x269aa53aadc48e1c4df4578023e98739c9c60b96d8bacd9227de93146880dbc2	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x00	\\x0602020000006c31020000007333244500000392010000000000000000000000000000000000000000000001040000000000000004000000000000000600000072656c6965660100d089c276850500000000000000000000e803000000000000010000000600000072656c69656640420f0000000000102700000000000000	\N	person:p-1	\\x171c15e7901d23c2a178627053b46495a81d123bf0056cbf3f12ab0771cd1777
qc	172	1	55	goodturn	54	l1	\\xa8c7b0eac45c5adf9db8e312a2c996476e211c5a7d5bbdb9fd8ee87cb7a9165a	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	164	0	\N	0	\N	\\x00	\\x09020000006c31	\N	person:p-1	\\x9193963f719b49fd1c8c7fd9bede439c96987ec2eb97d08690b6c02bd1cfd322
qc	186	1	71	goodturn	71	l1:aa3fb57f671e3647cd8a8f67b8ad89f78524d47b079e3bc6d1b9ae1fb494d90e	\\x9d8b27466a524c22261001abe8a64f0219ac605cf370d54594361aaa7571d860	\N	0	\N	\N	\N	1554120001000000	17987	1554120001000000	164	0	\N	0	\N	\\x00	\\x1c01020000006c31b900000000000000aa3fb57f671e3647cd8a8f67b8ad89f78524d47b079e3bc6d1b9ae1fb494d90e01000000000000006400000000000000000000000000000000000000000000000100000000000000640000000000000001000000000000006400000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000010000000600000072656c69656602000000000000006600000000000000	\N	person:p-1	\\xe2f401e329c56fbb676cab67e20d1fa5f3b44ca41e08601e9e8776ee6ef8925c
qc	34	1	10	forum	10	b1	\\xe974024178aa90f1a3f9dad511a505552319c03d6209488fc855e9a1b7bcb93b	dora	0	1	2	100	1522627500000000	17623	1522627200000000	\N	2	orders	100	\N	\\x02019cffffffffffffff026400000000000000	\\x0201050000006f72646572000001a8610000000000000000000101830af9eb6905000100000001060000006f72646572730000000000000000640000000000000002000000070000006d6f6e74686c79d644000000000000000000000064000000000000000400000065766572c606f5ff000000000000000000640000000000000000000000000000006400000000000000100e00000000000000000000000000000000000000000000000000000000	\N	named:anna	\\x385eb22ee13ac8e5f246eefa4fde805f08cbefe7929cfd0b9af64424297cbee7
qc	40	1	13	forum	12	c1	\\x1c831b2c647ec55fb3c29d93e9fc826f34e7cd384150a46eeaaf41ca1c5033ec	dora	39	2	1	40	1522627500000000	17623	1522627200000000	34	2	orders	0	\N	\\x0201c4ffffffffffffff023c00000000000000	\\x030105000000666f72756d02000000623101050000006f72646572102700000000000000000101830af9eb6905000100000001060000006f726465727300000000000000003c0000000000000002000000070000006d6f6e74686c79d6440000000000000000000000d8ffffffffffffff0400000065766572c606f5ff000000000000000000d8ffffffffffffff0000000000000000d8ffffffffffffff0000000000000000000000000000000000000000000000000000000000000000000000	\N	named:anna	\\xb190078bc5dd39b6009cc23ff51271574ec20e099232cfc78233c11ebeb9ffa6
qc	42	1	10	forum	10	b5	\\x73137a13ce66d361380d1771836f8c6d5762e6583b5b1ed2dd60fc0c04087982	emil	41	1	3	5	1522627500000000	17623	1522627200000000	\N	2	top-ups	5	\N	\\x0301a3fdffffffffffff02f401000000000000036900000000000000	\\x020106000000746f705f75700000000001020000006234000000000000100e00000000000000000000000000000000000000000000000000000000	\N	named:anna	\\x2bdeb3e1a73cac597d32d7c9db8f54a990a4bd14ebb133113b0704e8534c44a5
qc	44	1	11	forum	11	c3	\\xe996a38562dc7aba191a1e2888cde47619885ee8af99f7a35a746722b8e10e23	\N	0	\N	\N	\N	1522627500000000	17623	1522627200000000	\N	0	\N	0	20	\\x00	\\x030105000000666f72756d020000006236000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000	\N	named:anna	\\xb5283113cfa01a3c984d56e21fe5be29191a8a155ada3dd8e895aa8c501c2ed8
qc	47	1	10	forum	10	b8	\\x721eee9dd1a46e8a5cb9e6ca71c3b37d43ccb11ed5e05a1d0cff9081e8201b5e	emil	45	\N	\N	\N	1522627500000000	17623	1522627200000000	\N	2	recruits	50	8	\\x0201a3fdffffffffffff035d02000000000000	\\x02010700000072656372756974000000010200000071310001010700000072656372756974000100000001080000007265637275697473000000000000000000000000000000000000000000000000000000000000000000000000100e00000000000000000000000000000000000000000000000000000000	\N	named:anna	\\x29df34234ae20d894ba3533819b58ab2b9a2a77d4e66fc7e067f715bd0c56c35
qc	48	1	11	forum	11	c5	\\x925bc8469eb4e3e4d9032e2ca871ccd3da6bfa439468f6f16d861b4071f9e428	dora	46	3	1	50	1522627500000000	17623	1522627200000000	46	2	recruits	0	22	\\x0201c4ffffffffffffff023c00000000000000	\\x030105000000666f72756d020000006237010700000072656372756974000000000000000000000001000000010800000072656372756974730000000000000000000000000000000000000000ceffffffffffffffceffffffffffffff0000000000000000000000000000000000000000000000000001000000000000000000	\N	named:anna	\\x8f8b3bfb9e0684761a63712b810703f316baf101276026a5e161cb27baed3235
qc	49	1	18	forum	11	\N	\N	emil	47	1	3	50	1522627500000000	17623	1522627200000000	47	2	recruits	0	\N	\\x020171fdffffffffffff038f02000000000000	\\x030105000000666f72756d020000006238010700000072656372756974000000000000000000000001000000010800000072656372756974733200000000000000320000000000000000000000320000000000000032000000000000000000000000000000000000000000000000000000000000000000000000000000000000	\N	named:anna	\\xdda99fd851fa6bab46ebb249ada893a5a3451b04ec0b13183c4cc8c524d5abc3
qc	53	1	15	forum	14	c4	\\xc335b99c8e3363a3e62c791d015110e98ee1b186c598da03c2d00f906cd02e57	dora	52	2	3	60	1525132800000000	17623	1525132800000000	34	2	orders	0	\N	\\x0201acffffffffffffff035400000000000000	\\x030105000000666f72756d02000000623101050000006f7264657200000000000000000000000100000001060000006f72646572733c000000000000003c0000000000000002000000070000006d6f6e74686c79d6440000003c0000000000000000000000000000000400000065766572c606f5ff003c0000000000000000000000000000003c0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000	\N	named:anna	\\xcaba0b759a679fbe78c9a47bdb4e36df48eb73010a8fddb28d8749a703fd7e94
qc	54	1	27	goodturn	26	j1	\\xab2c63bb642a820120cd04ce9f74aa8a31def26d8672054da38cf96935e385e2	dora	53	1	3	500	1483228800000000	17167	1525132800000000	\N	0	\N	0	\N	\\x0201b8fdffffffffffff034802000000000000	\\x0b01020000006a31f40100000000000003	\N	named:anna	\\xb85ca71ff7b95819f808433b37cddfc8179301d0133959be8ee3f8cbd729c1e4
qc	55	1	26	goodturn	26	j2	\\xd655713cd8ceb5d4bb223d0f8c5659eaa193636e9dec0dd24ce997173b714a7c	dora	54	\N	\N	\N	1483228800000000	17167	1525132800000000	\N	0	\N	0	\N	\\x0201b8fdffffffffffff034802000000000000	\\x0b01020000006a32881300000000000003	\N	named:anna	\\x86c1295b9ef7741e52f0b2e90ea61b914f01919df55b5fdac483ec2d87f8ce28
qc	56	1	26	goodturn	26	j3	\\xf7cea7e86337770e0040ee419a0cb6b57aea085dfe57931aae7df5f1748b4308	dora	55	\N	\N	\N	1483228800000000	17167	1525132800000000	\N	0	\N	0	\N	\\x0201b8fdffffffffffff034802000000000000	\\x0b01020000006a3378ecffffffffffff03	\N	named:anna	\\x2945310fdbd7dcaeb0e28262a75e65ba584419cf84fb4be9b5f6dcdcc0d530d6
qc	62	1	33	goodturn	33	m1	\\x49f92be36c38c1529b521c083e31c2e8df3d5421c9dbe5c8d4a0952ce94239d1	frank	0	\N	\N	\N	1525132800000000	17652	1525132800000000	\N	0	\N	0	\N	\\x00	\\x0e01050000006672616e6b04000000646f7261	\N	named:anna	\\x0efcb49a1dfddd17d94468b87d5a1f0d0b03c1cd4cecc4c73ce07ffeeb04da1a
qc	63	1	33	goodturn	33	\N	\N	dora	61	\N	\N	\N	1525132800000000	17652	1525132800000000	\N	0	\N	0	\N	\\x020188ecffffffffffff037813000000000000	\\x0e01050000006672616e6b04000000646f7261	\N	named:anna	\\xc00ae59fed6b83e720f1cc20f8e9e927c05e567b52b6ceeb6ff717a843f9aaa2
qc	73	1	22	shop	22	h2	\\xe16a88e1f06cd2864cd358cfbedd62bd9318715d2600aaa2612ceacfafa7e689	emil	72	4	3	20	1525132800000000	17652	1525132800000000	69	0	\N	0	\N	\\x040171fdffffffffffff035d02000000000000040a00000000000000062800000000000000	\\x0f010400000073686f700200000068320000e09ec42d6b05000000000000000000000000000000000000000000	\N	named:anna	\\xa9c3ed9a70ab443ab84efb66753e0ab8f798b011f5dccb46358f0141110024d6
qc	77	1	23	goodturn	23	70	\\xe93e64e146e1de63c81ce4387c14ccbc9e61278cef8c703c976ea5d2b401490e	emil	76	4	3	10	1525219200000000	17653	1525222800000000	70	0	\N	0	\N	\\x030171fdffffffffffff037b02000000000000061400000000000000	\\x0f010400000073686f700200000068330000e09ec42d6b05000000000000000000000000000000000000000000	\N	own	\\xb42a2ca4d3984552dbc4fc322d17b537d419c4bc05d086f33346674e8d306f6d
qc	82	1	34	goodturn	34	2019-01-01	\\xf9cd166f088f15e0157c746c6b6862c881831738636cddc540f68da5a68a9870	\N	0	\N	\N	\N	1546300800000000	17897	1546344000000000	\N	0	\N	0	\N	\\x00	\\x110101e945000000ca450000ca4500000104000000656d696ce803000000000000	\N	own	\\x84516f68f4003b451b2fdfcfbb76ab7c485feafc3785166415e58c33c25a932a
qc	83	1	19	goodturn	34	\N	\N	emil	80	3	7	10	1546300800000000	17897	1546344000000000	\N	0	\N	0	\N	\\x040171fdffffffffffff032102000000000000061400000000000000075a00000000000000	\\x1201e945000000ca450000ca450000	\N	own	\\xcd6e510953360b419f2245045ca5290ded6d1e0ecdc41b02d337859c6a699cbf
qc	89	1	29	goodturn	27	87:revoke:86	\\xd78d833402af7d28784784bb7a24619595dfe520a44ee6673673fd4704fe9a99	gina	88	3	1	7	1546344000000000	17897	1546344000000000	86	0	\N	0	22	\\x00	\\x0b01020000006731070000000000000001	\N	named:anna	\\xd1af5278b8121a79cbd98ebe1a811a1cb75b5c1cb4546b8fd32de8d79eae6f96
qc	97	1	133	goodturn	133	94:complete	\\xafef727cee461bd16f8c53be8a88afe5ac4ec412f1920deb00c47cc88ba42a2f	gina	96	\N	\N	\N	1546344000000000	17897	1546344000000000	94	0	\N	0	\N	\\x020195ffffffffffffff036b00000000000000	\\x0d0100	\N	own	\\x6898d7eb8d798b322470c1dd89a185b315b34c53242cd65f3bbe1d3842fb0979
qc	98	1	110	forum	15	c6	\\x7e6a9a9d4c9197b6abdc3fa2bfc34afee7a43457190e732fa32e8cda4ee7ff88	dora	67	1	3	50	1522627501000000	17623	1546344000000000	46	2	recruits	0	\N	\\x0201d201000000000000082efeffffffffffff	\\x030105000000666f72756d020000006237010700000072656372756974000000000000000000000001000000010800000072656372756974733200000000000000320000000000000000000000320000000000000032000000000000000000000000000000000000000000000000000000000000000000000000000000000000	\N	named:anna	\\x6e37534b05ddb51d8620cc8ec178e0f67751092dd914eda5b0354ab1cbb7e85d
qc	99	1	16	forum	15	\N	\N	emil	83	7	1	50	1522627501000000	17623	1546344000000000	47	2	recruits	0	\N	\\x0401a3fdffffffffffff032102000000000000061400000000000000072800000000000000	\\x030105000000666f72756d020000006238010700000072656372756974000000000000000000010001000000010800000072656372756974730000000000000000000000000000000000000000ceffffffffffffffceffffffffffffff0000000000000000000000000000000000000000000000000000000000000000000000	\N	named:anna	\\x7975b9ddf59b3895e5adc34b788198ce4cb3cedc6bbaae27271101c30e5751fc
qc	108	1	40	goodturn	40	s2	\\x114d8cd29aee8faeb68fb89eac43b8c73bb02fcdddc430d11c0dde3aa95f7d2e	\N	0	\N	\N	\N	1546344000000000	17897	1546344000000000	\N	0	\N	0	\N	\\x00	\\x0401020000007332c04400002445000001000000010200000000000000e80300000000000020a10700000000000a00000000000000000000000000000090d0030000000000	\\x3fe15aefc3430997f8c3af6e79ee03511f1dad2762c6b505da6b67e8d6a234e4	named:anna	\\x1cdab50c5122796e8d6920494d8eb4a1c184262f75601be0ffde1833471d01da
qc	110	1	26	goodturn	26	k1	\\x5f8d1d40366feb8ddbf37bda9ee981853a7bbec7d9de4770161e1935ef9c6dfa	ida	0	\N	\N	\N	1546344000000000	17897	1546344000000000	\N	0	\N	0	\N	\\x00	\\x0b01020000006b31d00700000000000001	\N	named:anna	\\x53833427248968092594a34cb036037cb31b047b054f7c3bb594b92b75e15c28
qc	111	1	26	goodturn	26	k2	\\xbc35ccf30fc7c991b3350034c190079608f83e17bd4e3268c752f6c038337165	ida	110	\N	\N	\N	1546344000000000	17897	1546344000000000	\N	0	\N	0	\N	\\x00	\\x0b01020000006b32d00700000000000001	\N	named:anna	\\x6586aabaf1d49b6b3f3d3a6a3dad3ebbf6ac57a206b9510717945f728fcd207a
qc	101	1	38	goodturn	36	m2	\\xc158622365a64da2902a2c0185bc9da39fd80b2176ecab7a6f205249412d0540	cleo	100	\N	\N	\N	1546344000000000	17897	1546344000000000	100	0	\N	0	\N	\\x050138ffffffffffffff03640000000000000009640000000000000021ceffffffffffffff223200000000000000	\\x1401020000006d3204000000636c656f0400000068616e6101b8d58911555f9d13686a1a38174547db223f03da11f4f8357b4084f5f17214f3	\N	named:ben	\\xed451259df7d12b1846eb1835760474135bbe8e2dbefa757b2dd415ef2440570
qc	102	1	33	goodturn	36	\N	\N	cleo	101	3	10	100	1546344000000000	17897	1546344000000000	\N	0	\N	0	\N	\\x050138ffffffffffffff0964000000000000000a640000000000000021ceffffffffffffff223200000000000000	\\x0e0104000000636c656f0400000068616e61	\N	named:ben	\\xe881607031f3b5e958743584f00bf39db8282be97923f6e327c13f2c739f7842
qc	103	1	33	goodturn	36	\N	\N	hana	0	10	3	100	1546344000000000	17897	1546344000000000	\N	0	\N	0	\N	\\x020364000000000000000a9cffffffffffffff	\\x0e0104000000636c656f0400000068616e61	\N	named:ben	\\xe0a22226769b79db5bab004b42f052348854fb87a7390522d9b8ae9e9daaf4d2
qc	104	1	17	goodturn	36	\N	\N	cleo	102	9	10	100	1546344000000000	17897	1546344000000000	\N	0	\N	0	\N	\\x040138ffffffffffffff0ac80000000000000021ceffffffffffffff223200000000000000	\\x0e0104000000636c656f0400000068616e61	\N	named:ben	\\x731b414ffd5b3bd8ee0ae38e516df9f642483e02a95a67b84e51ba2f020da135
qc	105	1	17	goodturn	36	\N	\N	hana	103	10	9	100	1546344000000000	17897	1546344000000000	\N	0	\N	0	\N	\\x030364000000000000000964000000000000000a38ffffffffffffff	\\x0e0104000000636c656f0400000068616e61	\N	named:ben	\\xfd45b74fa0bdd44c4b031b38d6ef75b744e3f2101bec644e0b5a9079efb9d41d
qc	106	1	36	goodturn	36	\N	\N	cleo	104	34	41	50	1546344000000000	17897	1546344000000000	\N	0	\N	0	\N	\\x040138ffffffffffffff0ac80000000000000021ceffffffffffffff293200000000000000	\\x0e0104000000636c656f0400000068616e61	\N	named:ben	\\xf7d8210deabb318ef9f6e04fb4fc9fed9b5f328ebd5bef68af7b26efc908c4a1
qc	107	1	36	goodturn	36	\N	\N	hana	105	41	34	50	1546344000000000	17897	1546344000000000	\N	0	\N	0	\N	\\x050364000000000000000964000000000000000a38ffffffffffffff22320000000000000029ceffffffffffffff	\\x0e0104000000636c656f0400000068616e61	\N	named:ben	\\x69faa27f1b91a99b2f1a978ddbb29a02bc02072295a1d9d5fa407bb580c530fa
qc	114	1	27	goodturn	29	k1	\\xa71129d2fdb474814d7ba4bd4155bc9e2b6716f8ab4981eb892ddcd0333f11dc	ida	112	1	3	2000	1546344000000000	17897	1546344000000000	110	0	\N	0	\N	\\x020130f8ffffffffffff03d007000000000000	\\x0b01020000006b31d00700000000000001	\N	named:ben	\\xbfefec2b6b9aecd981ba1fb4776f1717472962511e02dc0e7fcda049a3c35bad
qc	117	1	28	goodturn	28	k3	\\xcec23892abaa2f5c8ebc04c727f0b23c4a92421198f0351ee40cb993fab256e8	ida	115	\N	\N	\N	1546344000000000	17897	1546344000000000	112	0	\N	0	\N	\\x020160f0ffffffffffff03a00f000000000000	\\x0b01020000006b33d00700000000000001	\\x046ecea96393a4fde5d94b7b66d8922234ed512eeda326a5fa1cc530b1e4ae92	named:ben	\\x756d2923db048f8c54517843b0ac77a3f8a6b982a78f787f29e4c74c341871f5
qc	118	1	37	goodturn	33	m3	\\x0b7a44ff0f54f9f60a8d25e9a25e5f75637511e8209dbdd73e7e4156f7b00c3f	ida	117	\N	\N	\N	1546344000000000	17897	1546344000000000	\N	0	\N	0	\N	\\x020160f0ffffffffffff03a00f000000000000	\\x1401020000006d33030000006964610400000068616e6100	\N	named:anna	\\x312b69fcebfd63883afefacf83df17e55d1048494457dd9a8ab1586ee1b84617
qc	128	1	91	goodturn	92	c3	\\xe0dd81c971b5e5f377b6a9c7492719867ab7d058d3013969364514b3d325ffa7	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	127	0	\N	0	\N	\\x00	\\x16010200000063330203000000702d330100000007	\N	person:p-2	\\x41b13526581bfc5901ab9f91fb3685c0633552e5dd6c5b79c599f3a110d8dfc5
qc	129	1	91	goodturn	91	c4	\\x23be52859300aa44ba0024606acba9c1bc0bb9fbc983fcd1c807c314666897f3	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x00	\\x16010200000063340303000000702d330100000008	\N	person:p-2	\\x3a2a610f0e65f6ff07742b92237e207a209d71a8e32e679308de3ff9b0d2d6e0
qc	130	1	92	goodturn	91	c5	\\x27f7377b2bd2655f3118f24033b0c87d2f0d22e5288411eb06236638e922d009	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x00	\\x16010200000063350403000000702d3191ae69c3de31327886c1077953a7ff9c60c1f56f6ef97a862cefc29fde506df3	\N	person:p-1	\\xf2a58d0efc528e84469f103cc00dd0cdb91e10c622f3013d9811b65dc35c0c15
qc	139	1	91	goodturn	92	d1	\\x8895a47d59f727ef21cfab21bd305b5140ed76b8113d09130862e3ad864de71b	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	138	0	\N	0	\N	\\x00	\\x16010200000064310203000000702d310100000006	\N	person:p-2	\\x82605acf6265f275d51843eec1ee2814320115e6e74c8c620a7c7768b8c51571
qc	140	1	92	goodturn	91	d2	\\xd4de23dd9f3849bb3268fab65a3c535d8a2cc4dad6f173c560ad34c4ab0853f6	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x00	\\x16010200000064320203000000702d320100000007	\N	person:p-1	\\x28136714165415022357bcfd83c3110284736b150701b6543657b6ad06fd6041
qc	144	1	43	goodturn	43	s3:2	\\xadaa00e480fe79b619a68690d86c962667f997c8b291d25262619da4b1021684	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	142	0	\N	0	\N	\\x00	\\x0401020000007333c04400002445000001000000010200000000000000e80300000000000020a10700000000000a00000000000000000000000000000040420f0000000000	\\x944bb7976e60eb117b893459e889f824aac34cdfcf6cddc26fd49f6bd10cc0d0	person:p-1	\\xd0c23b557a931879e466fa5ccb8274b4aeb73667a61e6762e19af26d5c52414e
qc	152	1	50	goodturn	50	m	\\x3d2d5c8c04ff5d7488c5c962d5f68b2b6849fb64ce7f50f345be331ab74a7dcf	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x00	\\x0602010000006d02000000733324450000016400000000000000000000000000000032000000000000000000	\N	person:p-1	\\xe45af5c4b5f60a5544ec2d46301d3d1a7bbdb4a88cde0652f4c1d7bc637ab888
qc	153	1	51	goodturn	51	m	\\x142b4dbc568c5e85d8c945c85de0f25f5302876e6faa715cf94c6fdde5fd39d5	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	152	0	\N	0	\N	\\x00	\\x0701010000006d030000007a6f65	\N	person:p-1	\\xa57e5e3318632eba7ce164a98db66de169682e7f1397c63862d5b3c6028aa129
qc	154	1	52	goodturn	51	\N	\N	pia	146	3	5	100	1554033600000000	17986	1554033600000000	152	0	\N	0	\N	\\x02019cffffffffffffff056400000000000000	\\x09010000006d	\N	person:p-1	\\x7d300a817f276ce20db8f3ea0f0bb1816c9c2653d08e6056b9f486bb300f7151
qc	155	1	52	goodturn	51	\N	\N	quin	149	3	5	300	1554033600000000	17986	1554033600000000	152	0	\N	0	\N	\\x0201d4feffffffffffff052c01000000000000	\\x09010000006d	\N	person:p-1	\\xe67bf9604bc07da61f0e90117b4736edfdd5d598119314f1b1bb4892c885c627
qc	161	1	51	goodturn	58	m	\\xcc331a3197e18255b512102589d6775afff00f66b19c37854ec317ec24ca1e54	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	152	0	\N	0	\N	\\x00	\\x0701010000006d040000007175696e	\N	person:p-2	\\xe6804abfbacbadda421c8eec84929ea998a25b623c3897c18bdc143a93376558
qc	162	1	60	goodturn	58	\N	\N	quin	155	5	3	300	1554033600000000	17986	1554033600000000	152	0	\N	0	\N	\\x0201d4feffffffffffff032c01000000000000	\\x09010000006d	\N	person:p-2	\\x91a1391d4ed416f8c4e3fc671dc3e56192a7ceb2562bbbc57f41e35d11c88bfe
qc	170	1	53	goodturn	52	l1	\\x15bb276d0cb42d0331b40f6e1f1965f53ee2a323447db18057e9cddd64fc33e7	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	164	0	\N	0	\N	\\x00	\\x0801020000006c31330115ff9d823b1b6c54428ad66b32f3da3957e77f914d85f1bc0b77bfbcbe0d	\N	person:p-1	\\x19d8f63642fd4414a623b115ce34c8622a8c04d3dbdf2aec39f922009a2492d4
qc	179	1	58	goodturn	56	l1	\\x504e6281e7f7ae14a9eb68dba1c83e754dc4d899272695ff3676b95b9abb0592	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	164	0	\N	0	\N	\\x00	\\x09020000006c31	\N	person:p-1	\\x5bb26318d9ff78b8c04632542e8553c9b9908b314c425c6913541bcfb99e73c9
qc	180	1	70	goodturn	70	pia:c	\\x26c5152a343bd0a35d8ed996ecb63f9ab800df54d20f3bb32b09c4d54039d60d	pia	174	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x04019cffffffffffffff036400000000000000219cffffffffffffff226400000000000000	\\x19010100	\N	person:p-1	\\xd226749ad378b93491c69959bab4071d8dadee1bcda69c10183df15e7f2600f7
qc	181	1	70	goodturn	70	quin:c	\\xe7c4fc7938d3c470bc46555d31b4452a63d25519bbe63bb3c57ee44d7c09892f	quin	175	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x0401d4feffffffffffff032c01000000000000219cffffffffffffff226400000000000000	\\x19010101	\N	person:p-1	\\x1a05dde2de2da99748dbd1b55355cbd5acf8b25233455d64e652db98c3d0b815
qc	182	1	70	goodturn	70	rhea:c	\\x9a9d5818c34e7d343da05b2eadd56c1e3f4b2ace2a35b392a3e8a49c93ae94b3	rhea	177	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x04019cffffffffffffff036400000000000000219cffffffffffffff226400000000000000	\\x190101020600000072656c696566	\N	person:p-1	\\xe241aa9edc8b7dde31d9e0ddbbe22f25cfc8039ac08e609533b045536d7219b7
qc	183	1	70	goodturn	70	sam:c	\\xdd141fc1595118ac1df2f276416015c8ce28911d50a59431fdc9f805e8f66c05	sam	178	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x04019cffffffffffffff036400000000000000219cffffffffffffff226400000000000000	\\x190100	\N	person:p-1	\\xd50beebcd6da7b60867e1184a3e02a6f2c90e2966cc591f2ebdce98699a682b3
qc	200	1	53	goodturn	52	l2	\\xa92d461b955def02413ad1a8ea85e7010224ee8121395a1a4c5a0de81fc430f3	\N	0	\N	\N	\N	1554120001000000	17987	1554120001000000	197	0	\N	0	\N	\\x00	\\x0801020000006c326b5a731c18493f4fe9156f13a4e8dc4415c80ddc5664dbe093b15286ab7ebb90	\N	person:p-1	\\xb55da5ec8a5962228ba647578543c91b62bad7a9ca383d663e43c5803a15f192
qc	116	1	81	goodturn	81	k3	\\xb6e61294a2e644131c6d1caeecb1d494d80bddedb23f1efa72c739da98d52d04	\N	0	\N	\N	\N	1546344000000000	17897	1546344000000000	\N	0	\N	0	\N	\\x00	\\x1301cfb46197e61e402e75fefe3c38935795ef2b72fd5968150bc55e02b1a3f7ce4001000000	\N	named:ben	\\xda7d0340e8ef7204737d02cb31f64d512de38a7094007da967522204d0b6525e
qc	120	1	2	goodturn	2	4	\\x8e9721360fc5eee85f135888ee6b0365d47d0cde54e6ea215ac3a657d8772134	\N	0	\N	\N	\N	1546344000000000	17897	1546344000000000	\N	0	\N	0	\N	\\x00	\\x01010400000000c0bd536e7e0500010000000107000000616e73776572730f000000616e737765725f616363657074656400640000000000000000000000000000000000000000010102010000000000000002000000031f091e	\N	named:anna	\\xfa0c5d6a687b4e76f7ab37a806819772c0f2cd826f8d5ea8ac4a16b5ec1e7752
qc	121	1	34	goodturn	34	2019-03-31	\\xdef4b42273bf3c2123ea71d02de7a20c8ed71324a13f1e03e6bf5c4a626df2ae	\N	0	\N	\N	\N	1553990400000000	17986	1554033600000000	\N	0	\N	0	\N	\\x00	\\x110101424600000123460000414600000103000000696461e803000000000000	\N	own	\\x918ca5ba14c1e23e9d3abb02eb633dd508607beb11072032dc6042064d87f401
qc	122	1	19	goodturn	34	\N	\N	ida	119	3	7	4000	1553990400000000	17986	1554033600000000	\N	0	\N	0	\N	\\x020160f0ffffffffffff07a00f000000000000	\\x120142460000012346000041460000	\N	own	\\x3de6d10f4ad4d06a880c721038c7d23afcc01634ffabaad3220ffcfb2103912d
qc	143	1	41	goodturn	41	s3:1	\\x2f291d4e33bfc4cac92df486958f6122be320dd194c2b770692f7e6d7ff6c9ff	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x00	\\x1801020000007333c47c45e36c93e2b871e5e1abee6bbc1bd6a6d8d6a482a7f263165404ee88fd2f	\N	person:p-2	\\x8ce6e2a936ea6b1ec4a1dad6af4241a603052cc3cf7afa5cd3020a6128792bc7
qc	147	1	10	forum	10	mo1	\\x356f572bdbb4d29ca271310ec59f3c73971e36dd720b9ae5ba5456dea8a0b21a	quin	0	1	3	100	1522584000000000	17622	1554033600000000	\N	1	answers	100	\N	\\x02019cffffffffffffff036400000000000000	\\x02010f000000616e737765725f6163636570746564010500000061736b657200000000000000000000100e00000000000000000000000000000000000000000000000000000000	\\xc3cb8cf6af43d6ee46e73aee363eaf699ad62c86345b5a4ec666a4aa188d169b	named:anna	\\x6c3b7c5054966a8aaa851f297f9a8a5b247e443aed8e6548fb14a04ac134adb2
qc	151	1	10	forum	10	mo5	\\xc564aface88e99b73b00d01672b0d2ec59fd5334ec026b7290e1e9d5992ab48e	sam	0	1	3	100	1522584000000000	17622	1554033600000000	\N	1	answers	100	\N	\\x02019cffffffffffffff036400000000000000	\\x02010f000000616e737765725f6163636570746564010500000061736b657200000000000000000000100e00000000000000000000000000000000000000000000000000000000	\\x528ee4a854219e9d8cd4cd4f34b8f8dc4f3b71c5c6e524975c73c153c6c6cea9	named:anna	\\xf71b4166fc128c36843616a792901cd52056301cb5ce10c7ff46517391ca0dae
qc	157	1	51	goodturn	65	m:released:	\\x8c054c16cb650b3b240663e0155d71c0a40f77a6be1009f3561ddffed9dc05b0	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	152	0	\N	0	\N	\\x00	\\x0701010000006d03000000706961	\N	person:p-1	\\x5d639c1502350349047670cafad9aaa63f40d29ce505860a23b0b9dfdf06e70d
qc	158	1	65	goodturn	65	\N	\N	pia	154	5	3	100	1554033600000000	17986	1554033600000000	152	0	\N	0	\N	\\x02019cffffffffffffff036400000000000000	\\x09010000006d	\N	person:p-1	\\x9c2eee1f1834d975089cedd52dd4542f7d07195805d1dcff5174edb409bf6550
qc	163	1	61	goodturn	59	m	\\x32d71af45ad8ada453daba8bebffb8b9d37b422f0ba9f66badff67f889fe5ecf	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	152	0	\N	0	\N	\\x00	\\x09010000006d	\N	person:p-2	\\xc6ef22aed5d06212d2dd7e987829208182c44074f885813d92e531f8e692ee8e
qc	171	1	54	goodturn	53	l1:x	\\x2e91cd2c6f8bf86d198ffc19bb13f79c7c4489105205c0e4f9126daac09f713a	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	164	0	\N	0	\N	\\x00	\\x0801020000006c31330115ff9d823b1b6c54428ad66b32f3da3957e77f914d85f1bc0b77bfbcbe0d	\N	person:p-2	\\x69674a459b529b65d41d830d9b8768a0224a604d8931f4060b039f47d47383ca
qc	173	1	51	goodturn	55	l1	\\x13f63a3a8769e3ea145c2ea06c849629c8e288a7af3fe4c9d5e280ee476cd6c6	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	164	0	\N	0	\N	\\x00	\\x0701020000006c310300000073616d	\N	person:p-1	\\xf478ae70f3b93fa42c5029a04806a7fb9764022c1ac1e5c30e6c60e526e2e068
qc	174	1	57	goodturn	55	\N	\N	pia	166	33	34	100	1554033600000000	17986	1554033600000000	164	0	\N	0	\N	\\x04019cffffffffffffff036400000000000000219cffffffffffffff226400000000000000	\\x1a01020000006c31030000007069610100000000000000	\N	person:p-1	\\x990b220008862b16a968267bf1463d8efcdaf4b872f16b4279be86c34088e210
qc	175	1	57	goodturn	55	\N	\N	quin	167	33	34	100	1554033600000000	17986	1554033600000000	164	0	\N	0	\N	\\x0401d4feffffffffffff032c01000000000000219cffffffffffffff226400000000000000	\\x1a01020000006c31040000007175696e0100000000000000	\N	person:p-1	\\xd9b3ea297e7f5fc8dbedcf4e358becff8b165fdee0d488ac246272260f837265
qc	176	1	57	goodturn	55	\N	\N	relief	0	33	34	2	1554033600000000	17986	1554033600000000	164	0	\N	0	\N	\\x0221feffffffffffffff220200000000000000	\\x1a01020000006c310600000072656c6965660000000000000000	\N	person:p-1	\\x7f5d9ee603904c78c754b942fe026c5f47f2400bdb53792578468ca4b0a5bbbe
qc	177	1	57	goodturn	55	\N	\N	rhea	168	33	34	100	1554033600000000	17986	1554033600000000	164	0	\N	0	\N	\\x04019cffffffffffffff036400000000000000219cffffffffffffff226400000000000000	\\x1a01020000006c3104000000726865610100000000000000	\N	person:p-1	\\x8e8d06180fae01b960e9d4ffb20173003fb2b5b4755456f47d7b6c128018caa2
qc	178	1	57	goodturn	55	\N	\N	sam	169	33	34	100	1554033600000000	17986	1554033600000000	164	0	\N	0	\N	\\x04019cffffffffffffff036400000000000000219cffffffffffffff226400000000000000	\\x1a01020000006c310300000073616d0100000000000000	\N	person:p-1	\\x09de07b69035f2c52da08f4aca5f858f6ef71cf3c33d00bc7425d8b59494a4ba
qc	185	1	73	goodturn	73	l1:ae10ec78fab916b8995eb7e3eccce81daa1220e35f5ab840d24ce55acd1a89f9	\\xb38bc96d5113804729c296fc39df116ca88ce7d75b7ddcdeaf22114dfd70929a	\N	0	\N	\N	\N	1554120001000000	17987	1554120001000000	184	0	\N	0	\N	\\x00	\\x09020000006c31	\\x944bb7976e60eb117b893459e889f824aac34cdfcf6cddc26fd49f6bd10cc0d0	person:p-2	\\xec61ea43acd994927b016e163f79c5405a59814c2af8d7153526bf6b76c6fb37
qc	197	1	50	goodturn	50	l2	\\x91c376212b3322b2d67082c21af45dea2f472508d58e6ddac26f3df2ea1107c4	\N	0	\N	\N	\N	1554120001000000	17987	1554120001000000	\N	0	\N	0	\N	\\x00	\\x0602020000006c32020000007333244500000392010000000000000000000000000000000000000000000001010000000000000001000000000000000600000072656c69656601003061e08a850500000000000000000000e803000000000000010000000600000072656c69656640420f0000000000102700000000000001	\N	person:p-1	\\x3dd1df739793fd4c1ba4ab965775ddbd05cae40b734e612792fec9cbf4061ee7
qc	201	1	54	goodturn	53	l2:x	\\x9ceb29192939081a169300ef9158ab7e3ae0d6a969d5e5f5f18f0a564107cefd	\N	0	\N	\N	\N	1554120001000000	17987	1554120001000000	197	0	\N	0	\N	\\x00	\\x0801020000006c326b5a731c18493f4fe9156f13a4e8dc4415c80ddc5664dbe093b15286ab7ebb90	\N	person:p-2	\\x5e45892682d69613c976c425ec272aec212bc7c388997587a1284d5e352e2984
qc	205	1	58	goodturn	56	l2	\\x712c4a44d7027f01d57f05a7ea3104fb122840a7bf03ebf25b5bb1fef590e484	\N	0	\N	\N	\N	1554120001000000	17987	1554120001000000	197	0	\N	0	\N	\\x00	\\x09020000006c32	\N	person:p-1	\\x87ac74ab8c870ddfce79cfdaafde9e4d98230a30d9cd8e31f00d1d6052931aae
qc	206	1	71	goodturn	71	l2:b0de3bcb049ab5c53584dcca3161022f322f9b2a180a0fa9f85a78f24ea98623	\\xa4fb850cfbf19fab10d378ddf809a8d6f60bc816edf2760423f261a4eb939f80	\N	0	\N	\N	\N	1554206401000000	17988	1554206401000000	197	0	\N	0	\N	\\x00	\\x1c01020000006c32cd00000000000000b0de3bcb049ab5c53584dcca3161022f322f9b2a180a0fa9f85a78f24ea986230000000000000000000000000000000000000000000000000000000000000000010000000000000064000000000000000100000000000000920100000000000000000000000000000000000000000000000000000000000000000000000000000100000000000000640000000000000000000000	\N	person:p-1	\\xa7997927bb6d0a226c3812de30354f24f2f2de4d9ae51ba9a86bcd5dbdb5f475
qc	213	1	30	goodturn	30	sus	\\xd1a09b78476b80480d390acbc49bc57ee9ca0d8854ce2eeb0a9c97c0e2433d45	pia	189	\N	\N	\N	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x04019cffffffffffffff036400000000000000219cffffffffffffff226400000000000000	\\x0d010103	\N	person:p-1	\\x3574a275e7cbfc408e32ca5a362f0666f602ae6acd387447b56c752c60dd54c3
qc	214	1	171	goodturn	30	\N	\N	pia	213	34	36	100	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x04019cffffffffffffff036400000000000000219cffffffffffffff246400000000000000	\\x1b01020000006c310300000070696101640000000000000000	\N	person:p-1	\\xdad1ae4f6f8ccf4e6ef511d4ee5d2ad2615afea949405035582c9c87b6bed90b
qc	220	1	4	goodturn	4	u8:x	\\x80a97c101640f5ea10d707c72245711338b610e6e483abe797412fe06b0f0e69	\N	0	\N	\N	\N	1554206401000000	17988	1554206401000000	219	0	\N	0	\N	\\x00	\\x1d01020000007538013c0000000000000001d007000000000000	\N	person:p-2	\\xc3f602e2d9daa44bbd07f2a8e309eabed552354a866720fb482dae256df7eb84
qc	229	1	180	goodturn	180	b1	\\xd225b9fa5d9462f7cdb2c1365648ba940078151124762bfde59f21aef54096a2	\N	0	\N	\N	\N	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x00	\\x1f0102000000623104090000005468616e6b20796f750162460000010800000041636d65204c74640f0000003230343531342d383736353433323100000000	\N	person:p-1	\\xb55449f1a74649a65b02247fb4a45e427d08848024271303ea455c346fe4f430
qc	230	1	181	goodturn	181	b1:	\\xc7686dcff2e1d6c6e99655617bda4a7c2cca65aecde70ed699209ab4a84b4d7e	\N	0	\N	\N	\N	1554206401000000	17988	1554206401000000	229	0	\N	0	\N	\\x00	\\x20010200000062310400000068616e61	\N	person:p-1	\\xa5443e49c0fa6bb9d874859206b955e724c0a8876391d85828ecec25d93ed518
qc	119	1	39	goodturn	37	m3	\\xdb599d42a122c44e05abdab7a8e161e79f113b990f237d15d4e045b5fbf27f7c	ida	118	\N	\N	\N	1546344000000000	17897	1546344000000000	118	0	\N	0	\N	\\x020160f0ffffffffffff03a00f000000000000	\\x1401020000006d33030000006964610400000068616e6100	\N	named:ben	\\xce93ce8644986ee61e72358c8c68f958cb349afddc44a8391b01b2890de49229
qc	123	1	34	goodturn	34	2019-03-31:ida	\\x225e303f19dbea2821887eacc57d0d582de60d0e4f7a6d3106e715e6d1b88c04	\N	0	\N	\N	\N	1553990400000000	17986	1554033600000000	\N	0	\N	0	\N	\\x00	\\x1101014246000001234600004146000000e803000000000000	\N	own	\\x5e0b9c69654cd1ff30b994f0ff0d7471658a49d6f963e4142e7d5eff679c0552
qc	124	1	90	goodturn	90	qc	\\xb2c8afe35faa97282ec7d04ebd551eef27ae253a46d2615b6aed3558db3c8ea6	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x00	\\x15010200000003000000702d3125c56a4832acf768dc30a480e26a083ef7281aa505dd3eea85691e7e887d064303000000702d3209c707f8ff138c5e5c9a85a9c345dc1a644cfd630f5fdad72f1fb253c3ce65f0	\\x8cb0a7c691ae0b2561aa0906dd0d0e808f74b18d70187b8c0f53311ab90df378	named:anna	\\x9e23f009cf1167be67d302e1705d145df3944c6bd0575bee651730dd5899f63f
qc	125	1	91	goodturn	91	c1	\\x03b6ad36a5dd02f9d04938fde8c1dd99e69b2c3534ce4aba6760aae72a797682	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x00	\\x16010200000063310003000000702d3391ae69c3de31327886c1077953a7ff9c60c1f56f6ef97a862cefc29fde506df3	\N	person:p-1	\\x6d1b0adc467a6cc1db9f44d6c5418e0ccd70e2820af2763d01f865e415985e2a
qc	126	1	91	goodturn	91	c2	\\x4a522c6ad1a62fec29f3b237eebdb9f303014f08e959dddb0f72b9fbc4a89457	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x00	\\x16010200000063320203000000702d330100000008	\N	person:p-1	\\x4a9019c6b66f3e726c0965e9948c98524bfbf5ecc65d77c29b0db4734bd653f8
qc	127	1	92	goodturn	91	c3	\\x33720cc2f7655a6b5f9b4863a96afa14f073115e0a061278b4c5aead811ccfd3	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x00	\\x16010200000063330203000000702d330100000007	\N	person:p-1	\\xa8a7e0f4c380f14ce110145d72951df6ffd7359d84b1927846462157f496070f
qc	135	1	94	goodturn	94	r1	\\x8ee0b8da04b462ee7e793c7f30460cbf78f4a5db9dc51e4bdf3d8df0e446e738	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x00	\\x15010100000003000000702d3391ae69c3de31327886c1077953a7ff9c60c1f56f6ef97a862cefc29fde506df3	\N	own	\\x9812dcd2c113f7ccffe3ef564bff97a5074292e07a18888cd774e27f1e31e2b6
qc	136	1	134	goodturn	38	u1	\\x95cc1963c21af0e8b1be39a95f1a527ebeef21e83dfd395045e637a0212c5b70	ben	21	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x0503ceffffffffffffff08ceffffffffffffff09640000000000000021cdffffffffffffff223300000000000000	\\x17010100000000	\N	named:anna	\\x65bbea953ea75bf0a1f9cb2185b494f16f8d351f0b36724563111171c5109a45
qc	141	1	91	goodturn	92	d2	\\x4a39631f97f13f1294544aa4670251c5256fc31ba9b163e6b6a52689a701c5de	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	140	0	\N	0	\N	\\x00	\\x16010200000064320203000000702d320100000007	\N	person:p-2	\\xf890dc7219f813b3a02394320e6efd7beca9e7309491fa9b1d84c957577cc243
qc	145	1	41	goodturn	41	s3:x	\\x1b21a9baae7099b8fa285c15fffe9f1262b8b4c5d2892a0ef456cba12b2524be	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	\N	0	\N	0	\N	\\x00	\\x1801020000007333f5e63c811ae114a7378a14072f70ecf801870828b2768c1f7f141b60852285f2	\N	person:p-2	\\x7ea371e67b5e76417d869da62a55a9287a998d89aab24ca29fb0babf30ca86eb
qc	149	1	10	forum	10	mo3	\\xbb9ebb95024e047d6088a52a42cb449fa13c31c78567a6918d1dbca07804d07d	quin	148	1	3	100	1522584000000000	17622	1554033600000000	\N	1	answers	100	\N	\\x0201d4feffffffffffff032c01000000000000	\\x02010f000000616e737765725f6163636570746564010500000061736b657200000000000000000000100e00000000000000000000000000000000000000000000000000000000	\\x0c300d453c1610ab1d4bcdecde964e35b185005a2e5753c5f621ab6f215b1605	named:anna	\\x18e4764d2700e3cc1682ebbf7271efb3bd5a668e74e32fb52fc0bc8cc4d4ef77
qc	159	1	53	goodturn	52	m:released:pia	\\x673221732f0469294928624059b1d15e6742168522ca0b31169edece19b9a45b	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	152	0	\N	0	\N	\\x00	\\x0801010000006df50c5783a6e8a2383679b64498de231ca9b7952347235d80784687eace4b1c9a	\N	person:p-1	\\x56a1ac78980d6ce1d4edcb88d8772083724feaeb430256f6a392802ff6fd5015
qc	165	1	51	goodturn	66	l1	\\x8d2287fdb224dae60d5baee341cb878ca02bd1de2e288a8231e31df6d2dbdd87	\N	0	\N	\N	\N	1554033600000000	17986	1554033600000000	164	0	\N	0	\N	\\x00	\\x0701020000006c310300000073616d	\N	person:p-1	\\x1ffebdd7a0ca459f7c43bdd2780174fe688b6f50a69ca1092ae5a33764db402c
qc	166	1	66	goodturn	66	\N	\N	pia	158	\N	\N	\N	1554033600000000	17986	1554033600000000	164	0	\N	0	\N	\\x02019cffffffffffffff036400000000000000	\\x1a01020000006c31030000007069610100000000000000	\N	person:p-1	\\xe4febf3a60741d7bacbe02d696299a9802a19d44b5a47ae09329ff8ca11ba405
qc	167	1	66	goodturn	66	\N	\N	quin	162	\N	\N	\N	1554033600000000	17986	1554033600000000	164	0	\N	0	\N	\\x0201d4feffffffffffff032c01000000000000	\\x1a01020000006c31040000007175696e0100000000000000	\N	person:p-1	\\x00c7d9f4f0021663f3140853978e8d4a1c12c640aa1101c674d2bdf003eab525
qc	168	1	66	goodturn	66	\N	\N	rhea	150	\N	\N	\N	1554033600000000	17986	1554033600000000	164	0	\N	0	\N	\\x02019cffffffffffffff036400000000000000	\\x1a01020000006c3104000000726865610100000000000000	\N	person:p-1	\\x1c8b25ab8fba68001c9ca63ebd4d06593f0474f9274bf09bcf71368897cedd5f
qc	169	1	66	goodturn	66	\N	\N	sam	151	\N	\N	\N	1554033600000000	17986	1554033600000000	164	0	\N	0	\N	\\x02019cffffffffffffff036400000000000000	\\x1a01020000006c310300000073616d0100000000000000	\N	person:p-1	\\x6138a878b8ca2ccb9555fd916c5c04495f41a60840672c6f0e9586d7b4dc49aa
qc	187	1	72	goodturn	72	l1:aa3fb57f671e3647cd8a8f67b8ad89f78524d47b079e3bc6d1b9ae1fb494d90e	\\xfcfb53cc3f79587ac6545fd40ef80f978f3aeb031b977518fde13d0e901db6a2	\N	0	\N	\N	\N	1554120001000000	17987	1554120001000000	186	0	\N	0	\N	\\x00	\\x0801020000006c31aa3fb57f671e3647cd8a8f67b8ad89f78524d47b079e3bc6d1b9ae1fb494d90e	\N	person:p-2	\\xd0e7413248c773f08f350ab27470b4f901ed6f115cd4ff73593699a3ce594dbe
qc	188	1	74	goodturn	74	l1:186:	\\xd112e34e47bd8237e02ee75fadf91eff2f54e7ef2f281519312745bd15c1a857	\N	0	\N	\N	\N	1554120001000000	17987	1554120001000000	186	0	\N	0	\N	\\x00	\\x0701020000006c310300000073616d	\N	person:p-2	\\xdb3c8f657ec0bd54319787111b1ce3ea6186156493b8e344e5175514fcaf1663
qc	189	1	76	goodturn	74	\N	\N	pia	180	\N	\N	\N	1554120001000000	17987	1554120001000000	\N	0	\N	0	\N	\\x04019cffffffffffffff036400000000000000219cffffffffffffff226400000000000000	\\x1b01020000006c310300000070696101640000000000000001020000006c310000	\N	person:p-2	\\x4ef8b1325750570cd3a00d595323de931f36fa18482af80ddf75c4060c31a33c
qc	190	1	77	goodturn	74	\N	\N	quin	181	34	35	100	1554120001000000	17987	1554120001000000	\N	0	\N	0	\N	\\x0401d4feffffffffffff032c01000000000000219cffffffffffffff236400000000000000	\\x1b01020000006c31040000007175696e01640000000000000001020000006c3101	\N	person:p-2	\\x5c9102d3e3e2d8f389bec793ac50f57a3fdb91601b02cf078774237bc0987713
qc	191	1	79	goodturn	74	\N	\N	relief	176	34	40	2	1554120001000000	17987	1554120001000000	\N	0	\N	0	\N	\\x0221feffffffffffffff280200000000000000	\\x1b01020000006c310600000072656c69656601020000000000000001020000006c31060600000072656c696566	\N	person:p-2	\\x8f9e353212702763d4f6ae01dd34c878e530df86abbff875608b987c421cc77b
qc	192	1	79	goodturn	74	\N	\N	rhea	182	34	40	100	1554120001000000	17987	1554120001000000	\N	0	\N	0	\N	\\x04019cffffffffffffff036400000000000000219cffffffffffffff286400000000000000	\\x1b01020000006c31040000007268656101640000000000000001020000006c31060600000072656c696566	\N	person:p-2	\\xe6165f86ecacd4b80802423773468a076dd5a6739f0235ebf3f62aa21c108615
qc	193	1	77	goodturn	74	\N	\N	sam	183	34	35	100	1554120001000000	17987	1554120001000000	\N	0	\N	0	\N	\\x04019cffffffffffffff036400000000000000219cffffffffffffff236400000000000000	\\x1b01020000006c310300000073616d01640000000000000001020000006c3104	\N	person:p-2	\\xab983c8d69dd14d21effe593f3a167ddeabb07f44bba137711b175d5094e8f97
qc	198	1	51	goodturn	66	l2	\\x260eba7b77382628c6b0893637db1cec502287529c2c61df4679889f75832549	\N	0	\N	\N	\N	1554120001000000	17987	1554120001000000	197	0	\N	0	\N	\\x00	\\x0701020000006c320300000073616d	\N	person:p-1	\\xf6fff137ab8acfc2d707549f38fcde3072d725f5b88da89361b85dd59d689647
qc	199	1	66	goodturn	66	\N	\N	sam	193	\N	\N	\N	1554120001000000	17987	1554120001000000	197	0	\N	0	\N	\\x04019cffffffffffffff036400000000000000219cffffffffffffff236400000000000000	\\x1a01020000006c320300000073616d0100000000000000	\N	person:p-1	\\x41b2b3144a93b5cb6b1a6aecd0a6001c01d98836b4c2a64b84c24304c477a54d
qc	208	1	74	goodturn	74	l2:206:	\\x703e4c8deb1117e2c7707d293c664b5711d960983f5a17c5f3d5e71d88f770ac	\N	0	\N	\N	\N	1554206401000000	17988	1554206401000000	206	0	\N	0	\N	\\x00	\\x0701020000006c320300000073616d	\N	person:p-2	\\x65ad2901a499b14ec056b2efe1ee4f71c0e4a825b871f01bf937172fa195b64d
qc	209	1	77	goodturn	74	\N	\N	quin	190	\N	\N	\N	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x0401d4feffffffffffff032c01000000000000219cffffffffffffff236400000000000000	\\x1b01020000006c31040000007175696e01640000000000000001020000006c3201	\N	person:p-2	\\x48a59db1fde7b98820032f85b8cc24ac8e2d2e3ba4eca4a52faba858d63c80db
qc	210	1	78	goodturn	74	\N	\N	sam	204	35	39	100	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x05019cffffffffffffff036400000000000000210afeffffffffffff229201000000000000276400000000000000	\\x1b01020000006c310300000073616d01640000000000000001020000006c3205	\N	person:p-2	\\x4a71f5322e595436e76a3d2e422f1e8218a325d9972fac0cdde5624c2b2e8da8
qc	184	1	71	goodturn	71	l1:ae10ec78fab916b8995eb7e3eccce81daa1220e35f5ab840d24ce55acd1a89f9	\\x5806716a01b3cb5d49c2566b22ef8894d404abfd781a64a14ed0e82d8fc2f906	\N	0	\N	\N	\N	1554120001000000	17987	1554120001000000	164	0	\N	0	\N	\\x00	\\x1c01020000006c31b700000000000000ae10ec78fab916b8995eb7e3eccce81daa1220e35f5ab840d24ce55acd1a89f901000000000000006400000000000000000000000000000000000000000000000100000000000000640000000000000001000000000000006400000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000010000000600000072656c69656602000000000000006600000000000000	\N	person:p-1	\\x2b223aea9a335841471c2d079182d409923f31aee2fba85d4a7ae722fac1023d
qc	194	1	75	goodturn	75	l1:186:sam	\\x3c08377d552bab1397995164bd5bcf6b045fe9cbf529c4e892a8d2c5728cc0e9	\N	0	\N	\N	\N	1554120001000000	17987	1554120001000000	186	0	\N	0	\N	\\x00	\\x09020000006c31	\N	person:p-2	\\xe86a9ddadcbff64f79b2096b2d0bda2bc8f514759217e324a7bd861b81c1f2d7
qc	195	1	176	goodturn	75	\N	\N	relief	191	43	34	102	1554120001000000	17987	1554120001000000	\N	0	\N	0	\N	\\x0421feffffffffffffff2266000000000000002802000000000000002b9affffffffffffff	\\x1b01020000006c310600000072656c69656602660000000000000000	\N	person:p-2	\\xd6e2df8a4597f4a9858f45b139e5fd10a2accf047c5e301c75b5a9d4601dc1b9
qc	196	1	170	goodturn	75	\N	\N	relief	195	33	34	102	1554120001000000	17987	1554120001000000	\N	0	\N	0	\N	\\x042198ffffffffffffff22cc000000000000002802000000000000002b9affffffffffffff	\\x1b01020000006c310600000072656c69656603660000000000000000	\N	person:p-2	\\x6603ff12f0991fb517739d314d05371c4f1b7f4238c71be4510685ad66182210
qc	202	1	55	goodturn	54	l2	\\x3c45ae71012deea0469e779e68f73804b13401cf320ee5a67b2f8a2ae60f7d8a	\N	0	\N	\N	\N	1554120001000000	17987	1554120001000000	197	0	\N	0	\N	\\x00	\\x09020000006c32	\N	person:p-1	\\x21f5d4f9f48cbb99a95dd58e3b37bd89102818b589b3eb3f2578ecf4c877e384
qc	207	1	72	goodturn	72	l2:b0de3bcb049ab5c53584dcca3161022f322f9b2a180a0fa9f85a78f24ea98623	\\x8401594061a6b8b8f1e89617b2a493ae861af477fbd6da7634ec6e623fd91258	\N	0	\N	\N	\N	1554206401000000	17988	1554206401000000	206	0	\N	0	\N	\\x00	\\x0801020000006c32b0de3bcb049ab5c53584dcca3161022f322f9b2a180a0fa9f85a78f24ea98623	\N	person:p-2	\\x63f03a9d733240639f25d8eaed189cc9ac43473d041b5a6960332c1aafe3bbac
qc	215	1	31	goodturn	31	rei	\\xcf6f3e5361064507f4b64d95a9e23d52d1cf539f24fd5c0115345cd411259ee7	pia	214	\N	\N	\N	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x04019cffffffffffffff036400000000000000219cffffffffffffff246400000000000000	\\x0d0100	\N	person:p-1	\\xea9e72ab8319abd4b689357292c072f058986aa04679c881e2ae9454bd359e77
qc	216	1	172	goodturn	31	\N	\N	pia	215	36	34	100	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x04019cffffffffffffff036400000000000000219cffffffffffffff226400000000000000	\\x1b01020000006c310300000070696101640000000000000000	\N	person:p-1	\\xe7d7599eab9cc6b6e1e7d8f1df0903ca63e79ced1971a788b3706bfd17f6e1ab
qc	219	1	3	goodturn	3	u8	\\x5f4628967d64a739b50bafa84a08ec89080c54edff485cfc29778cf407a114a0	\N	0	\N	\N	\N	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x00	\\x1d01020000007538013c0000000000000001d007000000000000	\\x944bb7976e60eb117b893459e889f824aac34cdfcf6cddc26fd49f6bd10cc0d0	person:p-1	\\x9eb496a18a19fe96071f999c5498cc8d7202a12320e297096099ae2b4fa0d052
qc	225	1	173	goodturn	76	c9	\\xeed1b1aea11b93d26f06710ab2799eff7f363b6780b2d0f1e8ef5be1a93bb0ff	pia	224	\N	\N	\N	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x04019cffffffffffffff036400000000000000219cffffffffffffff246400000000000000	\\x1e010200000063390100000000000000640000000000000000	\\x944bb7976e60eb117b893459e889f824aac34cdfcf6cddc26fd49f6bd10cc0d0	person:p-1	\\x01def80a0e3604ea5bf38520ea264dd3786a10cd13614d03932a335d6e3c5e1b
qc	233	1	183	goodturn	183	b1:x	\\x93d7822f52df1b59fe1f32c7ccb5efdfd7df1f5aa3541d74b029cc9103eb998a	\N	0	\N	\N	\N	1554206401000000	17988	1554206401000000	229	0	\N	0	\N	\\x00	\\x2101020000006231fa530fba4973b06364524515aa185f9c9e70646c7d74a83922c0876cea8e271b01000000000000003200000000000000	\N	person:p-2	\\x184f0541fc737a9553c9a4106202999f9fea752836ad705e871c47979b9cfaf6
qc	238	1	191	goodturn	191	r-u	\\x3f356c1df7db01c9338b172064e39ccdfe477006be67c4bfcefdddc327f14d31	hana	236	\N	\N	\N	1554206401000000	17988	1554206401000000	229	0	\N	0	\N	\\x050364000000000000000964000000000000000a38ffffffffffffff25320000000000000029ceffffffffffffff	\\x2401020000006231010000000300000000000000000100000075000000000163460000	\N	person:p-1	\\x631a0538daaa6e4aa91dcb0c23baa45e962f961e1c4b7e2c9e619cacc4d8e456
qc	247	1	182	goodturn	182	b2	\\xc91b417c24adbe26b2dbc41e81ffdae328396f3317d3c775d7f680436fbd606c	\N	0	\N	\N	\N	1554206401000000	17988	1554206401000000	244	0	\N	0	\N	\\x00	\\x21010200000062328c32f0b0008a90b71c61c6dc0ceddd3915ccc489973be9cd0284e8a230d80d8501000000000000003200000000000000	\N	person:p-1	\\xb7063007ee850d79a41b9c8ede229790bef98b2a72b32be90dd2a9e810ed9890
qc	252	1	195	goodturn	195	removed	\\xbbc7c4c4102cdaf2ec6a8a1a33d21ed1144180fba35317a326c6482eacfa5f0f	hana	250	\N	\N	\N	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x050364000000000000000964000000000000000a38ffffffffffffff22320000000000000029ceffffffffffffff	\\x2501000000000001000000e400000000000000	\N	person:p-1	\\x41d6a94dd9bf2af66ee1aa907bc9b06e5f7450ce9366b43ac1f9f0f653c8ed74
qc	203	1	51	goodturn	55	l2	\\x051a88dbdec21e6cbd544d1b7be299cab1286b92ce83fb32f1658cf01865a9c8	\N	0	\N	\N	\N	1554120001000000	17987	1554120001000000	197	0	\N	0	\N	\\x00	\\x0701020000006c320300000073616d	\N	person:p-1	\\x06f80df6d826a43ec9f9920536f7d2536e0463f00b4e42dc51b239bb7245f39b
qc	204	1	57	goodturn	55	\N	\N	sam	199	33	34	402	1554120001000000	17987	1554120001000000	197	0	\N	0	\N	\\x05019cffffffffffffff036400000000000000210afeffffffffffff229201000000000000236400000000000000	\\x1a01020000006c320300000073616d0100000000000000	\N	person:p-1	\\xd7d4afb697dfb66c876587bb870c159b4b007cb5bd5a4ef18c3af1abe109cd24
qc	212	1	75	goodturn	75	l2:206:sam	\\xdd934c22a0b595728a29f191daa68b180ea1c61d5e28f635030524d42798d6ee	\N	0	\N	\N	\N	1554206401000000	17988	1554206401000000	206	0	\N	0	\N	\\x00	\\x09020000006c32	\N	person:p-2	\\xee74a0fffde1ffae97252d747d4f6156dfd81be0b908a932fb76bcd020017e14
qc	218	1	5	goodturn	5	u7	\\xb7e74ef22d1218b08906ac25f077780c76a96da260e6364aad4a97f7211b0ade	\N	0	\N	\N	\N	1554206401000000	17988	1554206401000000	217	0	\N	0	\N	\\x00	\\x1d01020000007537013c0000000000000000	\\x944bb7976e60eb117b893459e889f824aac34cdfcf6cddc26fd49f6bd10cc0d0	person:p-2	\\x5008169d05fd27c08f6007c3157803968808f9fc256282518f89e957a2aacd7d
qc	221	1	32	goodturn	32	ban-pia	\\xf4712bab29e836b58c3d5642bbd640760f8fbece6e4cd66b2cf64ce9b3c298e3	pia	216	\N	\N	\N	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x04019cffffffffffffff036400000000000000219cffffffffffffff226400000000000000	\\x0d010104	\N	person:p-1	\\x36f30fa696687d429d94c6e47679fd930122f4080c6457495e62d67492a8928b
qc	222	1	171	goodturn	32	\N	\N	pia	221	34	36	100	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x04019cffffffffffffff036400000000000000219cffffffffffffff246400000000000000	\\x1b01020000006c310300000070696101640000000000000000	\N	person:p-1	\\xf6b299fc188a741894627ab2821f9f7a3ab097394d8d93e2d36f939937ce57a4
qc	223	1	173	goodturn	76	c8	\\x582459897799e0227f782ebd56761f3bfff47b1e839df061d90a01e910119f76	pia	222	\N	\N	\N	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x04019cffffffffffffff036400000000000000219cffffffffffffff246400000000000000	\\x1e010200000063380100000000000000640000000000000000	\\x944bb7976e60eb117b893459e889f824aac34cdfcf6cddc26fd49f6bd10cc0d0	person:p-1	\\x11ad1c3b42b7d7c33144414a701bf0597a152894a6215453475e5e7d15decaa9
qc	226	1	174	goodturn	77	c9	\\xb6ca2504592ab89aded9293a2ed0ed9529bac122dc9e3df2bb745ed8b2c58b84	pia	225	\N	\N	\N	1554206401000000	17988	1554206401000000	225	0	\N	0	\N	\\x04019cffffffffffffff036400000000000000219cffffffffffffff246400000000000000	\\x1e0102000000633901000000000000006400000000000000017d41ed656c3f026567e3d47a2467392b74ab61382e05ced0be107892af0126de	\N	person:p-2	\\xffb4eb9a4908548955dd3793976372371b142e43e37d70281af822119668b0bd
qc	227	1	78	goodturn	77	\N	\N	pia	226	36	39	100	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x04019cffffffffffffff036400000000000000219cffffffffffffff276400000000000000	\\x1b01020000006c310300000070696101640000000000000000	\N	person:p-2	\\x8b5dc347f4cc74e63ca31bafb52c1c311a9bf3b4a43ccf2097518a0fa1e2c112
qc	228	1	194	goodturn	194	set-1	\\x1ab86f05331ec7fd737228b494eb9f19f973d16cd398b82b14619a0102022b87	hana	107	\N	\N	\N	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x050364000000000000000964000000000000000a38ffffffffffffff22320000000000000029ceffffffffffffff	\\x2501010207070707070707070707070707070707070707070707070707070707070707070000000000000000	\\x29a5fdc4c0e58f7fcf04b989f4d2e4be862088cad381224ff3f94cf15eea1b21	person:p-1	\\x654333ba4fb5300caefcdb27df8f4f411a626a1076959f0f9e144abedc4a0a07
qc	234	1	184	goodturn	184	b1	\\xc7f0f777abea89a83de19a6011e447c8c635a429b00c5ec911b579cc372530e9	\N	0	\N	\N	\N	1554206401000000	17988	1554206401000000	229	0	\N	0	\N	\\x00	\\x22020000006231	\N	person:p-1	\\x413838df994503223917b5568a583f23f92ff20a6a633d8cd3c6f38974553354
qc	239	1	191	goodturn	191	r-p	\\x8f72a44d892d41925dc6e9cfcf6d045c668d1cf5235d9fcafb80d77edef89938	hana	238	\N	\N	\N	1554206401000000	17988	1554206401000000	229	0	\N	0	\N	\\x050364000000000000000964000000000000000a38ffffffffffffff25320000000000000029ceffffffffffffff	\\x2401020000006231010000000000000000000000000100000070000000000163460000	\N	person:p-1	\\x5dfc6ada2ab413cd8ff4e94ae043738c3b60da9daceaf08bc295a31bcbe10729
qc	240	1	192	goodturn	191	\N	\N	hana	239	37	38	50	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x050364000000000000000964000000000000000a38ffffffffffffff26320000000000000029ceffffffffffffff	\\x230102000000623101000000010000007004000000636c656f01320000000000000000	\N	person:p-1	\\x1c25026b7e16967539075cef3c96a864c99bbb2291a57ffcdfe0af1e3e19a500
qc	244	1	180	goodturn	180	b2	\\x336fec8f7ff280d9eccaa8eaaab7c888b277b7009407cb6d53a74a718ccbd796	\N	0	\N	\N	\N	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x00	\\x1f0102000000623204090000005468616e6b20796f750162460000010800000041636d65204c74640f0000003230343531342d383736353433323100000000	\N	person:p-1	\\x2019c943ac0c7bd82943f30373233d813fc4cdf65eb462a617832d25e928a353
qc	245	1	181	goodturn	181	b2:	\\x91a44782e60157f1d5eee05affbf403eb8451c610e5e524dfb661c8d2b1039a2	\N	0	\N	\N	\N	1554206401000000	17988	1554206401000000	244	0	\N	0	\N	\\x00	\\x20010200000062320400000068616e61	\N	person:p-1	\\xbc5e2afc3376408bff6f789fe706cf07ad170293a6e409c0b397e8a16d89c17e
qc	246	1	188	goodturn	181	\N	\N	hana	243	34	42	50	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x050364000000000000000964000000000000000a38ffffffffffffff29ceffffffffffffff2a3200000000000000	\\x230102000000623201000000010000007004000000636c656f01320000000000000001e4000000000000000707070707070707070707070707070707070707070707070707070707070707	\N	person:p-1	\\x8db4613af75eefe52b16a290fdd847a08f19457fbc44dc4fd18802e5078cf9e4
qc	249	1	181	goodturn	189	b2:	\\xb0a138a28270e790182589015a13f4d45a554eacefd5788b6570e5762b993ec8	\N	0	\N	\N	\N	1554206401000000	17988	1554206401000000	244	0	\N	0	\N	\\x00	\\x20010200000062320400000068616e61	\N	person:p-1	\\xb95455bc30abd2b7c62c5e2b6700b89e221a65f8c2a89af7ab5edd8eac2dd259
qc	250	1	189	goodturn	189	\N	\N	hana	246	42	34	50	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x050364000000000000000964000000000000000a38ffffffffffffff22320000000000000029ceffffffffffffff	\\x230102000000623201000000010000007004000000636c656f01320000000000000000	\N	person:p-1	\\xe563dd9ab113ec90a1318f8cc6270b3e159e3b87b4640ee4a5edf88be0b9ac3b
qc	254	1	195	goodturn	197	expired	\\x011f98bc425b0f95ae0df01bfa1c099b61ba2af8aef06dc2c73d16e3c81f44a9	hana	253	\N	\N	\N	1562068801000000	18079	1562068801000000	\N	0	\N	0	\N	\\x050364000000000000000964000000000000000a38ffffffffffffff22320000000000000029ceffffffffffffff	\\x2501000000000001000000fd00000000000000	\N	own	\\x3349375c12ba8e1fbbfa40d7d27c2c6e9f2f0698665ff3ffead5a2637989cd16
qc	211	1	77	goodturn	74	\N	\N	sam	210	34	35	402	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x05019cffffffffffffff036400000000000000210afeffffffffffff239201000000000000276400000000000000	\\x1b01020000006c320300000073616d01920100000000000001020000006c3204	\N	person:p-2	\\x612306aa603f13568e4e2e7c05e8af425c6173660788af7e55849afb9658649b
qc	217	1	3	goodturn	3	u7	\\xaee84440cb52813f83ad5be22496cec0d157123b49b7f12489313023ef30df05	\N	0	\N	\N	\N	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x00	\\x1d01020000007537013c0000000000000000	\\x944bb7976e60eb117b893459e889f824aac34cdfcf6cddc26fd49f6bd10cc0d0	person:p-1	\\x767e74f2063c23673818c46b2c6e775a4438a51c6ab0b4dde0208892a46cc393
qc	224	1	175	goodturn	78	c8	\\xfdcfa4185a5a3043fedeb33b6ce853f3bb765b358a215d0e0fc586022109f2ca	pia	223	\N	\N	\N	1554206401000000	17988	1554206401000000	223	0	\N	0	\N	\\x04019cffffffffffffff036400000000000000219cffffffffffffff246400000000000000	\\x1e010200000063380100000000000000640000000000000000	\\x944bb7976e60eb117b893459e889f824aac34cdfcf6cddc26fd49f6bd10cc0d0	person:p-2	\\x2f26441fb8b340e0ddebdbd8c608b888b945ffb548630742c9efd901dc07e9d5
qc	232	1	182	goodturn	182	b1	\\x81d2d5db39516f5542dcb68d1db7de0daa01f0a75270134df4d4aa0f32f446ed	\N	0	\N	\N	\N	1554206401000000	17988	1554206401000000	229	0	\N	0	\N	\\x00	\\x2101020000006231fa530fba4973b06364524515aa185f9c9e70646c7d74a83922c0876cea8e271b01000000000000003200000000000000	\N	person:p-1	\\xe34acad7fd9c3732a8a2d3783d65dafaee52e8fef89021a7ab30b4987154be03
qc	235	1	181	goodturn	190	b1:	\\x69ff90d50f572bd8c31716f56dfd8054ecd99c000592be602b7b7b3eb723e031	\N	0	\N	\N	\N	1554206401000000	17988	1554206401000000	229	0	\N	0	\N	\\x00	\\x20010200000062310400000068616e61	\N	person:p-1	\\x2b6488f64867e0c5c912e6db711e8facdf6743d7fbfdcdc864e44e4bce76ec40
qc	236	1	190	goodturn	190	\N	\N	hana	231	42	37	50	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x050364000000000000000964000000000000000a38ffffffffffffff25320000000000000029ceffffffffffffff	\\x230102000000623101000000010000007004000000636c656f01320000000000000000	\N	person:p-1	\\x3625d1994b3aca19ed08479a573f8c83a87984255be7e773855b9e9f05291f63
qc	241	1	191	goodturn	191	r-b	\\xc8cdce383349d59dc578c89286c20570366a71733c310f917d9c7630a44a3287	hana	240	\N	\N	\N	1554206401000000	17988	1554206401000000	229	0	\N	0	\N	\\x050364000000000000000964000000000000000a38ffffffffffffff26320000000000000029ceffffffffffffff	\\x24010200000062310100000002010100000000000000010000006204000000414330340163460000	\N	person:p-1	\\x14afebf9a5369ff2c57f55a1e1a61bad05d9714f1734a08638c7bb2a462a9355
qc	242	1	193	goodturn	191	\N	\N	hana	241	38	34	50	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x050364000000000000000964000000000000000a38ffffffffffffff22320000000000000029ceffffffffffffff	\\x230102000000623101000000010000007004000000636c656f01320000000000000000	\N	person:p-1	\\x83deeb3d54c5b9eba111c18791fb152d5ff518ebee8b9b99d4bdcef0f6a76336
qc	248	1	186	goodturn	186	b2	\\x9284b5f076675460d7faef965b365e7b745fd4c4bf6b18ce353b62f1750d1d8d	\N	0	\N	\N	\N	1554206401000000	17988	1554206401000000	244	0	\N	0	\N	\\x00	\\x22020000006232	\N	person:p-2	\\x94608c7216ffa0c5cbd02c45cfc3c236f5d409db0337b6d0bb15bbdb80abbcc2
qc	253	1	194	goodturn	194	set-2	\\x53ea2fd4aaaf077c8e1e6568751c945489945c599017d83f7902bb9b29e3d3ec	hana	252	\N	\N	\N	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x050364000000000000000964000000000000000a38ffffffffffffff22320000000000000029ceffffffffffffff	\\x2501010207070707070707070707070707070707070707070707070707070707070707070000000000000000	\\x29a5fdc4c0e58f7fcf04b989f4d2e4be862088cad381224ff3f94cf15eea1b21	person:p-1	\\xba154073da15f2907453e8792122e08e35196371acf17496c6a67ee2e19b462a
qc	231	1	188	goodturn	181	\N	\N	hana	228	34	42	50	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x050364000000000000000964000000000000000a38ffffffffffffff29ceffffffffffffff2a3200000000000000	\\x230102000000623101000000010000007004000000636c656f01320000000000000001e4000000000000000707070707070707070707070707070707070707070707070707070707070707	\N	person:p-1	\\xf567d82abddf70fa0ca3e9810030e976841b6b109b54c42ba6301a03bef33263
qc	237	1	185	goodturn	185	b1	\\x696387cdc06e56e6700ca1961330859eab3459c744a2802ed85f05838c7062aa	\N	0	\N	\N	\N	1554206401000000	17988	1554206401000000	229	0	\N	0	\N	\\x00	\\x22020000006231	\N	person:p-1	\\x1b52adb52abf9c7b1a9fc7e6d58afdb22279d619fd3d66b3d671f48dbfd0463a
qc	243	1	196	goodturn	196	retry	\\x34b5204385c789f4cad4ea73c68886783658751addc028f198c93c4fc300f3fc	hana	242	\N	\N	\N	1554206401000000	17988	1554206401000000	\N	0	\N	0	\N	\\x050364000000000000000964000000000000000a38ffffffffffffff22320000000000000029ceffffffffffffff	\\x2602000000623101000000	\N	person:p-1	\\xdb36fe4132764a23867488f8408133d1d379d60a0e1ff7c68a8be7ad50463827
qc	251	1	187	goodturn	187	b2	\\xc915a8e4256288abfae431716a03407e4a5ba186b8b360aeb6a6a38ee725894f	\N	0	\N	\N	\N	1554206401000000	17988	1554206401000000	244	0	\N	0	\N	\\x00	\\x22020000006232	\N	person:p-1	\\x2096f708f6357a00d44916446fb58f61112e76a20219ebe96386095cc64fcef3
\.


--
-- Data for Name: log_head; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.log_head (program_id, head_seq, head_at, epoch, format, tree) FROM stdin;
qc	254	1562068801000000	6	1	\\xfe0000000000000007000000c44977aafd05ecfacef52229524f072e0cd6effb42d790760e9a0f780f9630d1bd518cafd240db890fd5d6f681d8bedf87193733bbad8e3dd334fe79dafc63ce4d21d8a8b5a0b8b5335d6353e67c9a730f12e19e3ad88d5588001dccde3c571e6f82c1b7189484629ef8967e796eab0db0af45300a4207d1db569577dec6efab829cd00e06fff3fa5e808416354d72e8c5f5d716d6c2ed502bfa6c2a8b3f99fc8dc5920e6fb699c27ce7cb2d09f05b845410ddb38dbd0098c881a3e81efd00a61d5f1c4cf19d52d5eceff690a01b4b51585eacd4a172263152916f909e6c81af
\.


--
-- Data for Name: note; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.note (program_id, seq, salt, text) FROM stdin;
qc	3	\\x03030303030303030303030303030303	\\x6131
qc	4	\\x03030303030303030303030303030303	\\x6132
qc	5	\\x05050505050505050505050505050505	\\x010100000007000000616e7377657273080000007469636b65742037
qc	22	\\x03030303030303030303030303030303	\\x6133
qc	23	\\x03030303030303030303030303030303	\\x6134
qc	85	\\x03030303030303030303030303030303	\\x6139
qc	108	\\x06060606060606060606060606060606	\\x010100000007000000616e7377657273080000007469636b65742037
qc	109	\\x07070707070707070707070707070707	\\x636f756e746564207477696365
qc	117	\\x08080808080808080808080808080808	\\x6e6f
qc	124	\\x09090909090909090909090909090909	\\x0100000000010000001500000068747470733a2f2f6c6f67696e2e6578616d706c6503000000702d3104000000416e6e61
qc	144	\\x09090909090909090909090909090909	\\x776879
qc	146	\\x03030303030303030303030303030303	\\x6d6f30
qc	147	\\x03030303030303030303030303030303	\\x6d6f31
qc	148	\\x03030303030303030303030303030303	\\x6d6f32
qc	149	\\x03030303030303030303030303030303	\\x6d6f33
qc	150	\\x03030303030303030303030303030303	\\x6d6f34
qc	151	\\x03030303030303030303030303030303	\\x6d6f35
qc	160	\\x09090909090909090909090909090909	\\x776879
qc	185	\\x09090909090909090909090909090909	\\x776879
qc	217	\\x09090909090909090909090909090909	\\x776879
qc	218	\\x09090909090909090909090909090909	\\x776879
qc	219	\\x09090909090909090909090909090909	\\x776879
qc	223	\\x09090909090909090909090909090909	\\x776879
qc	224	\\x09090909090909090909090909090909	\\x776879
qc	225	\\x09090909090909090909090909090909	\\x776879
\.


--
-- Data for Name: program; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.program (program_id, secret) FROM stdin;
qc	\\x0707070707070707070707070707070707070707070707070707070707070707
\.


--
-- Data for Name: record; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.record (program_id, key, seq, due_at, state) FROM stdin;
qc	hold/shop/h2	73	\N	\\x010a45000000000000000080c7a6196b050004000000656d696c1400000000000000000000000000e09ec42d6b0500010149000000000000000080c7a6196b050000
qc	rule_set/0000000001	2	\N	\\x0101010100000000c0b6d22b670500010000000107000000616e73776572730f000000616e737765725f61636365707465640064000000000000000000000000000000000000000000020000000000000000a06145d26805000104000000616e6e61
qc	waiting/a4	57	\N	\\x011100000000
qc	activity/forum/b2	38	\N	\\x0102230000000000000000a06145d268050004000000646f72610f000000616e737765725f616363657074656400434357d2680500d74400000002000000000100000007000000616e737765727302000000070000006d6f6e74686c79d6440000000400000065766572c606f5ff00000000000000000000000000000000000001080000007175657374696f6e020000007131000000000000000000000001000100a06145d268050000000000000000000000
qc	activity/forum/b3	37	\N	\\x0102250000000000000000a06145d268050004000000656d696c0f000000616e737765725f616363657074656400434357d2680500d74400000002000000000100000007000000616e737765727302000000070000006d6f6e74686c79d6440000000400000065766572c606f5ff00640000000000000064000000000000000001080000007175657374696f6e020000007131000000000000000000000000000100a06145d268050000000000000000000000
qc	claim/question/q1	37	\N	\\x010400434357d268050005000000666f72756d020000006233
qc	activity/forum/b9	52	\N	\\x0102320000000000000000a06145d268050004000000646f726105000000637261746500434357d2680500d744000001f60900000000000002000000000300000007000000626f74746c65730200000006000000686f75726c79d744000001010400000065766572c606f5ff000000000000000000000000000000000000050000007374657073000000001800000000000000180000000000000000050000006c6172676500000000000000000000000000000000000000000000000064000000000000000000000100a06145d26805000d0000000000000000010c00000000000000
qc	reservations/ben	15	\N	\\x010900000000
qc	member/dora	64	1525132805000000	\\x010e01000000010080c7a6196b0500010080c7a6196b05000104000000616e6e613c0000000000000001040080c7a6196b0500000104000000616e6e614000000000000000000000
qc	lots/ben	16	\N	\\x011b0100000001000000700300000062656e013300000000000000220000000010000000000000000000000000000000
qc	payout/p	19	\N	\\x010801010000007001000000732445000001650000000000000005070000000000000000a06145d26805000104000000616e6e610b0000000000000001010300000062656e00a06145d2680500000200000000000000c8000000000000003a817000a34dc735ea067efaa8248f4fd94964be2cbe3b49daefb063055d2cd40a00000000000000c80000000000000065000000000000000000000000000000000000000000000000
qc	activity/forum/a1	20	\N	\\x0102030000000000000000a06145d26805000300000062656e0f000000616e737765725f616363657074656400f07536c8680500d64400000001000000000100000007000000616e737765727300000000000000000000000000000000000000000000000100a06145d26805000200000061310116140000000000000000000000000000000000000100a06145d268050000000000000000000000
qc	takings/ben	21	\N	\\x01100100000015000000000000000005000000666f72756d0200000061310300000062656e00000000320000000000000000000000
qc	cap/emil/ever/0001-01-01	37	\N	\\x010664000000000000006400000000000000
qc	cap/emil/monthly/2018-04-01	37	\N	\\x010664000000000000006400000000000000
qc	adjustment/j3	58	\N	\\x010d04000000646f726178ecffffffffffff0300a0be1dfd4405000f4300000338000000000000000080c7a6196b05000104000000616e6e6101010300000062656e3a0000000000000000
qc	activity/forum/a4	27	\N	\\x0102170000000000000000a06145d268050004000000636c656f0f000000616e737765725f616363657074656400f07536c8680500d64400000001000000000100000007000000616e737765727300000000000000000000000000000000000000000000000100a06145d268050002000000613401161b0000000000000000000000000000000000000100a06145d268050000000000000000000000
qc	cap/dora/hourly/2018-04-02/01	52	\N	\\x010600000000000000000000000000000000
qc	waiting/e7	58	\N	\\x011100000000
qc	activity/forum/b4	43	\N	\\x0102290000000000000000a06145d268050004000000656d696c06000000667269656e6400434357d2680500d74400000002000000000100000007000000667269656e647300000000f401000000000000f4010000000000000000000000000000000000000100434357d268050000000100a06145d268050000000000000000000000
qc	reservations/cleo	31	\N	\\x010900000000
qc	statement/s	32	\N	\\x0107010100000073c04400002445000001000000010200000000000000e80300000000000020a10700000000000a00000000000000000000000000000090d0030000000000010000007113eeda33f6d86b7d3291e5191cb647e18d49c59e78c22bffea6bd7292aa44505000000000000000104000000616e6e6100a06145d26805000201010300000062656e060000000000000065000000000000000001000000
qc	payout/q	32	\N	\\x010801010000007101000000732445000001920000000000000007180000000000000000a06145d26805000104000000616e6e6100000000000000000000a06145d26805000001000000000000006400000000000000950fbbcf724c746d70a99fed4a6362220b9caf927e5031ded37aeae94fee71ac1c00000000000000000000000000000000000000000000000000000000000000000000000000000000
qc	activity/forum/b1	53	\N	\\x0102220000000000000000a06145d268050004000000646f7261050000006f7264657200434357d2680500d744000001a861000000000000020000000001000000060000006f726465727302000000070000006d6f6e74686c79d6440000000400000065766572c606f5ff003c000000000000003c00000000000000000000001027000000000000000000010080c7a6196b050000000000000000000000
qc	rule_set/0000000002	33	\N	\\x0101010200000000434357d2680500080000000107000000616e73776572730f000000616e737765725f61636365707465640064000000000000000001070000006d6f6e74686c790001080000007175657374696f6e01000100434357d268050000000001060000006f7264657273050000006f72646572010200000000000000f401000000000000010113000000616d6f756e745f6d696e6f72203e3d2035303001070000006d6f6e74686c7901010e0000000000000000000107000000667269656e647306000000667269656e6400f4010000000000000000010078000000000000010060e6355a7e050000000107000000746f702d75707306000000746f705f7570000500000000000000000000000107000000667269656e64737800000000000000000108000000726563727569747307000000726563727569740032000000000000000000000107000000726563727569740200000000000107000000626f74746c65730500000063726174650205000000000000000200000000000000000106000000686f75726c790000000000011400000000000000000105000000737465707305000000637261746501010000000000000064000000000000000300000000000000000001050000006c61726765050000006372617465010100000000000000640000000000000002000000000000000001c409000000000000030000000106000000686f75726c79070f0000000000000001040000006576657201070000006d6f6e74686c790296000000000000000104000000657665720104000000657665720684030000000000000000210000000000000000a06145d26805000104000000616e6e61
qc	cap/dora/ever/0001-01-01	53	\N	\\x01063c000000000000003c00000000000000
qc	adjustment/j4	59	\N	\\x010d04000000646f7261a8fdffffffffffff0300a0be1dfd4405000f430000023b000000000000000080c7a6196b05000104000000616e6e610000
qc	activity/forum/b6	45	\N	\\x01022d0000000000000000a06145d268050004000000656d696c06000000667269656e6400434357d2680500d7440000000200000001140100000007000000667269656e647300000000000000000000000000000000000000000000000100434357d268050002000000633301142c0000000000000000000000000000000000000100a06145d268050000000000000000000000
qc	early/forum/b6	45	\N	\\x0103010000002c00000000000000020000006333001400434357d268050000a06145d2680500012d00000000000000
qc	claim/recruit/q1	47	\N	\\x01050200000000434357d268050005000000666f72756d02000000623700434357d268050005000000666f72756d020000006238
qc	access	141	\N	\\x01147c000000000000000300000000000000030000000000000000000000000000000000000000000000
qc	member/cleo	102	\N	\\x010e0000000000010400000068616e610010d244647e0500010300000062656e6600000000000000
qc	adjustment/j1	65	\N	\\x010d04000000646f7261f4010000000000000300a0be1dfd4405000f4300000436000000000000000080c7a6196b05000104000000616e6e610000
qc	cap/dora/monthly/2018-04-01	53	\N	\\x01063c000000000000003c00000000000000
qc	adjustment/j2	66	\N	\\x010d04000000646f726188130000000000000300a0be1dfd4405000f4300000437000000000000000080c7a6196b05000104000000616e6e6101010300000062656e390000000000000000
qc	takings/dora	67	\N	\\x011001000000430000000000000001020000006a32d20100000000000000000000
qc	member/frank	62	\N	\\x010e00000000000104000000646f72610080c7a6196b05000104000000616e6e613e00000000000000
qc	member/gina	97	\N	\\x010e0000000001020010d244647e0500010010d244647e05000104000000616e6e615700000000000000010010d244647e050001020000006c320104000000616e6e615d000000000000000301010300000062656e5e00000000000000010010d244647e050000
qc	hold/shop/h1	76	\N	\\x010a44000000000000000080c7a6196b050004000000656d696c3c0000000000000001080000006f726465722d31370000000000e09ec42d6b0500010047000000000000000080c7a6196b05000147000000000000000080c7a6196b0500280000000000000028000000000000004c00000000000000
qc	redemption/shop/r1	75	\N	\\x010b04000000656d696c00000000004a000000000000000080c7a6196b05001e000000000000000a000000000000004b00000000000000
qc	hold/shop/h3	77	\N	\\x010a46000000000000000080c7a6196b050004000000656d696c0a00000000000000000000000000e09ec42d6b050001024d000000000000000084329b2e6b050000
qc	holds/emil	77	\N	\\x010c00000000
qc	rule_set/0000000003	78	\N	\\x010101030000000028c6712f6b0500010000000107000000616e73776572730f000000616e737765725f616363657074656400640000000000000000000000000000000000000000010100010000001e000000000000004e000000000000000084329b2e6b05000104000000616e6e61
qc	program	220	\N	\\x010001030000004742500d0000004575726f70652f4c6f6e646f6e3c00000000000000d007000000000000010000000000000000a06145d2680500040000000100c0bd536e7e0500000000000000000005000000000000000000000000000000
qc	activity/forum/a9	95	\N	\\x010255000000000000000010d244647e05000400000067696e610f000000616e737765725f616363657074656400f07536c8680500d64400000001000000000100000007000000616e73776572730000000064000000000000006400000000000000000000000000000000000000000000010010d244647e050000000000000000000000
qc	adjustment/g1	96	\N	\\x010d0400000067696e610700000000000000010010d244647e0500e94500000256000000000000000010d244647e05000104000000616e6e610000
qc	activity/forum/b7	98	\N	\\x01022e0000000000000000a06145d268050004000000646f7261070000007265637275697400434357d2680500d744000000020000000001000000080000007265637275697473000000003200000000000000320000000000000000010700000072656372756974020000007131000140855257d26805000200000063360062000000000000000000000000000000000000010010d244647e050000000000000000000000
qc	merger/m2	101	\N	\\x011204000000636c656f0400000068616e610264000000000000000104000000616e6e610001010300000062656e6500000000000000
qc	lots/cleo	102	\N	\\x011b000000000000000000000000
qc	expiry	123	1569798000000000	\\x010f020000000028c6712f6b0500010100010000001e0000000000000000c0bd536e7e0500010102010000000000000002000000031f091e000001424600000100ca450000ca4500000100bc2814b9930500
qc	person/p-1	139	\N	\\x011502000000020600010000007c0000000000000000000000
qc	activity/forum/b8	99	\N	\\x01022f0000000000000000a06145d268050004000000656d696c070000007265637275697400434357d2680500d7440000000200000001080100000008000000726563727569747300000000000000000000000000000000000000000001070000007265637275697402000000713100000000000000000000000100010010d244647e050000000000000000000000
qc	takings/emil	99	\N	\\x0110000000000100000063000000000000000005000000666f72756d02000000623804000000656d696c000000003200000000000000
qc	statement/s2	109	\N	\\x010701020000007332c04400002445000001000000010200000000000000e80300000000000020a10700000000000a00000000000000000000000000000090d003000000000001000000ef74b305e40d964bc0da180513e9ef6ad88eb1b1a8857638d540f0d5c6749ebd6c000000000000000104000000616e6e610010d244647e05000301010300000062656e6d0000000000000000000000000000000001000000
qc	adjustment/k1	114	\N	\\x010d03000000696461d007000000000000010010d244647e0500e9450000026e000000000000000010d244647e05000104000000616e6e6101010300000062656e720000000000000000
qc	waiting/6a	114	\N	\\x011100000000
qc	adjustment/k2	115	\N	\\x010d03000000696461d007000000000000010010d244647e0500e9450000026f000000000000000010d244647e05000104000000616e6e6101010300000062656e730000000000000000
qc	waiting/01	115	\N	\\x011100000000
qc	adjustment/k3	117	\N	\\x010d03000000696461d007000000000000010010d244647e0500e94500000370000000000000000010d244647e05000104000000616e6e6101010300000062656e750000000000000000
qc	waiting/2f	117	\N	\\x011100000000
qc	rule_set/0000000004	120	\N	\\x0101010400000000c0bd536e7e0500010000000107000000616e73776572730f000000616e737765725f616363657074656400640000000000000000000000000000000000000000010102010000000000000002000000031f091e78000000000000000010d244647e05000104000000616e6e61
qc	reached/ida	122	\N	\\x0113010000007a0000000000000041460000
qc	closing/l2	212	\N	\\x011e01020000006c32cd00000000000000b0de3bcb049ab5c53584dcca3161022f322f9b2a180a0fa9f85a78f24ea986230000000000000000000000000000000000000000000000000000000000000000010000000000000064000000000000000100000000000000920100000000000000000000000000000000000000000000000000000000000000000000000000000100000000000000640000000000000000000000030203000000702d31ce00000000000000407270e08a850500010203000000702d32cf00000000000000407270e08a850500010300000073616d0000000000000000000000000000000000000000000000000000000000000000010000000000000064000000000000000100000000000000920100000000000000000000000000000000000000000000000000000000000000000000000000000100000000000000640000000000000000000000d400000000000000
qc	lots/rhea	192	\N	\\x011b01000000020000006c310400000072686561016400000000000000280001020000006c31060600000072656c6965660000c0000000000000000000000000000000
qc	batch/b1	241	\N	\\x01210102000000623104090000005468616e6b20796f750162460000010800000041636d65204c74640f0000003230343531342d383736353433323100000000050203000000702d31e500000000000000407270e08a850500407270e08a85050000fa530fba4973b06364524515aa185f9c9e70646c7d74a83922c0876cea8e271b0100000000000000320000000000000000000000010203000000702d32407270e08a850500e900000000000000010203000000702d31407270e08a850500ea0000000000000000010000000000000032000000000000000000000000000000000000000000000000000000000000000000000000000000010000000000000032000000000000000100000000000000
qc	lots/relief	196	\N	\\x011b03000000020000006c310600000072656c696566010200000000000000280001020000006c31060600000072656c6965660000bf00000000000000020000006c310600000072656c6965660266000000000000002200000000c300000000000000020000006c310600000072656c6965660366000000000000002200000000c4000000000000000000000000000000
qc	payment/b1/00000001	241	\N	\\x01220400000068616e61320000000000000001e40000000000000007070707070707070707070707070707070707070707070707070707070707070006f100000000000000407270e08a8505000101000000620101040000004143303401634600000100000000000000
qc	member/pia	221	1554206406000000	\\x010e0100000003407270e08a85050001407270e08a8505000203000000702d31d5000000000000000104407270e08a850500000203000000702d31dd00000000000000000000
qc	payout/l2	205	\N	\\x010802020000006c32020000007333244500000392010000000000000000000000000000000000000000000001010000000000000001000000000000000600000072656c69656601003061e08a850500000000000000000000e803000000000000010000000600000072656c69656640420f000000000010270000000000000105c500000000000000401299c2768505000203000000702d31c800000000000000010203000000702d32401299c27685050000010000000000000001000000000000006b5a731c18493f4fe9156f13a4e8dc4415c80ddc5664dbe093b15286ab7ebb90c700000000000000010000000000000092010000000000000000000000000000000000000000000000
qc	lots/quin	209	\N	\\x011b01000000020000006c31040000007175696e016400000000000000230001020000006c32010000d1000000000000000000000000000000
qc	lots/sam	211	\N	\\x011b02000000020000006c310300000073616d016400000000000000270001020000006c32050100d200000000000000020000006c320300000073616d019201000000000000230001020000006c32040100d3000000000000000000000000000000
qc	lots/pia	227	\N	\\x011b01000000020000006c3103000000706961016400000000000000270001020000006c3100000000e300000000000000e300000000000000
qc	merger/m3	119	\N	\\x0112030000006964610400000068616e610376000000000000000104000000616e6e610001010300000062656e7700000000000000
qc	access_change/c4	129	\N	\\x01190303000000702d3301000000080281000000000000000070b2a4628505000203000000702d320000
qc	access_change/c5	131	\N	\\x01190403000000702d3191ae69c3de31327886c1077953a7ff9c60c1f56f6ef97a862cefc29fde506df30382000000000000000070b2a4628505000203000000702d3100010203000000702d328300000000000000
qc	access_change/d2	141	\N	\\x01190203000000702d320100000007028c000000000000000070b2a4628505000203000000702d3100010203000000702d328d00000000000000
qc	reservations/pia	158	\N	\\x010900000000
qc	reservations/quin	162	\N	\\x010900000000
qc	payout/m	163	\N	\\x010802010000006d020000007333244500000164000000000000000000000000000000320000000000000000000898000000000000000070b2a4628505000203000000702d319f00000000000000000070b2a4628505000001000000000000002c01000000000000f50c5783a6e8a2383679b64498de231ca9b7952347235d80784687eace4b1c9a9e0000000000000000000000000000000000000000000000010203000000702d32a00000000000000000000000000000009001000000000000
qc	choices/pia	180	\N	\\x011c0100000001000070b2a462850500b400000000000000
qc	choices/quin	181	\N	\\x011c0100000001010070b2a462850500b500000000000000
qc	update/u8	220	\N	\\x011f01020000007538013c0000000000000001d00700000000000002db000000000000000203000000702d3101944bb7976e60eb117b893459e889f824aac34cdfcf6cddc26fd49f6bd10cc0d0010203000000702d32dc00000000000000
qc	choices/rhea	182	\N	\\x011c0100000001020600000072656c6965660070b2a462850500b600000000000000
qc	choices/sam	183	\N	\\x011c01000000000070b2a462850500b700000000000000
qc	open_runs	227	\N	\\x011d00000000e300000000000000e20000000000000000000000
qc	lots/hana	250	\N	\\x011b01000000010000007004000000636c656f0132000000000000002200000000fa000000000000006600000000000000
qc	closing/l1	194	\N	\\x011e01020000006c31b900000000000000aa3fb57f671e3647cd8a8f67b8ad89f78524d47b079e3bc6d1b9ae1fb494d90e01000000000000006400000000000000000000000000000000000000000000000100000000000000640000000000000001000000000000006400000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000010000000600000072656c69656602000000000000006600000000000000030203000000702d31ba00000000000000401299c276850500010203000000702d32bb00000000000000401299c276850500010300000073616d01000000000000006400000000000000000000000000000000000000000000000100000000000000640000000000000001000000000000006400000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000010000000600000072656c69656602000000000000006600000000000000c200000000000000
qc	login/09c707f8ff138c5e5c9a85a9c345dc1a644cfd630f5fdad72f1fb253c3ce65f0	124	\N	\\x011603000000702d32
qc	login/25c56a4832acf768dc30a480e26a083ef7281aa505dd3eea85691e7e887d0643	124	\N	\\x011603000000702d31
qc	login/91ae69c3de31327886c1077953a7ff9c60c1f56f6ef97a862cefc29fde506df3	125	\N	\\x011603000000702d33
qc	access_change/c1	125	\N	\\x01190003000000702d3391ae69c3de31327886c1077953a7ff9c60c1f56f6ef97a862cefc29fde506df3027d000000000000000070b2a4628505000203000000702d310000
qc	access_change/c2	126	\N	\\x01190203000000702d330100000008027e000000000000000070b2a4628505000203000000702d310000
qc	access_change/c3	128	\N	\\x01190203000000702d330100000007027f000000000000000070b2a4628505000203000000702d3100010203000000702d328000000000000000
qc	person/p-3	135	\N	\\x0115010000000200010000007d0000000000000000000000
qc	profile/ben	136	\N	\\x011a010100000000
qc	person/p-2	141	\N	\\x011502000000020700010000007c0000000000000001000000
qc	update/u7	218	\N	\\x011f01020000007537013c000000000000000003d9000000000000000203000000702d3101944bb7976e60eb117b893459e889f824aac34cdfcf6cddc26fd49f6bd10cc0d0010203000000702d32da00000000000000
qc	service/forum	132	\N	\\x011801000000030000006b3379
qc	access_change/c6	132	\N	\\x01190501030000006b337905000000666f72756d070707070707070707070707070707070707070707070707070707070707070708080808080808080200000003080100000005000000666f72756d0040fac1089b05000284000000000000000070b2a4628505000203000000702d310000
qc	key/k3y	133	\N	\\x011701030000006b337905000000666f72756d070707070707070707070707070707070707070707070707070707070707070708080808080808080200000003080100000005000000666f72756d0040fac1089b05008400000000000000018500000000000000
qc	access_change/c7	133	\N	\\x011906030000006b33790285000000000000000070b2a4628505000203000000702d310000
qc	access_change/c8	134	\N	\\x01190103000000702d330286000000000000000070b2a4628505000203000000702d310000
qc	profile/nina	137	\N	\\x011a01000200000005000000626f617264050000007374616666
qc	access_change/d1	139	\N	\\x01190203000000702d310100000006028a000000000000000070b2a4628505000203000000702d3100010203000000702d328b00000000000000
qc	payment/b2/00000001	250	\N	\\x01220400000068616e61320000000000000001e40000000000000007070707070707070707070707070707070707070707070707070707070707070002fa00000000000000407270e08a85050000
qc	batch/b2	251	\N	\\x01210102000000623204090000005468616e6b20796f750162460000010800000041636d65204c74640f0000003230343531342d383736353433323100000000070203000000702d31f400000000000000407270e08a850500407270e08a850500008c32f0b0008a90b71c61c6dc0ceddd3915ccc489973be9cd0284e8a230d80d8501000000000000003200000000000000000000000000010203000000702d32407270e08a850500f800000000000000000000000000000000000000000000000100000000000000320000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
qc	payout/l1	179	\N	\\x010802020000006c31020000007333244500000392010000000000000000000000000000000000000000000001040000000000000004000000000000000600000072656c6965660100d089c276850500000000000000000000e803000000000000010000000600000072656c69656640420f000000000010270000000000000005a4000000000000000070b2a4628505000203000000702d31aa00000000000000010203000000702d320070b2a4628505000004000000000000000400000000000000330115ff9d823b1b6c54428ad66b32f3da3957e77f914d85f1bc0b77bfbcbe0da900000000000000040000000000000092010000000000000000000000000000000000000000000000
qc	statement/s3	197	\N	\\x010701020000007333c04400002445000001000000010200000000000000e80300000000000020a10700000000000a00000000000000000000000000000040420f000000000002000000f5e63c811ae114a7378a14072f70ecf801870828b2768c1f7f141b60852285f290000000000000000203000000702d310070b2a46285050002010203000000702d32910000000000000024030000000000000002000000
qc	payee/hana	254	\N	\\x0123000107070707070707070707070707070707070707070707070707070707070707070000000000000000000000004092ff7bb18c0500
qc	lapse/pia	226	\N	\\x01200200000063390100000000000000640000000000000002e1000000000000000203000000702d317d41ed656c3f026567e3d47a2467392b74ab61382e05ced0be107892af0126de010203000000702d32e200000000000000
\.


--
-- Data for Name: span; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.span (program_id, through_seq, format, leaf_hash, first_day, last_day, people, totals_digest, digest, totals) FROM stdin;
\.


--
-- Name: _sqlx_migrations _sqlx_migrations_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public._sqlx_migrations
    ADD CONSTRAINT _sqlx_migrations_pkey PRIMARY KEY (version);


--
-- Name: account account_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (program_id, member_id);


--
-- Name: entry entry_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.entry
    ADD CONSTRAINT entry_pkey PRIMARY KEY (program_id, seq);


--
-- Name: log_head log_head_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.log_head
    ADD CONSTRAINT log_head_pkey PRIMARY KEY (program_id);


--
-- Name: note note_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.note
    ADD CONSTRAINT note_pkey PRIMARY KEY (program_id, seq);


--
-- Name: program program_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.program
    ADD CONSTRAINT program_pkey PRIMARY KEY (program_id);


--
-- Name: record record_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.record
    ADD CONSTRAINT record_pkey PRIMARY KEY (program_id, key);


--
-- Name: span span_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.span
    ADD CONSTRAINT span_pkey PRIMARY KEY (program_id, through_seq);


--
-- Name: entry_name; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX entry_name ON public.entry USING btree (program_id, source, command, request_id) WHERE (request_id IS NOT NULL);


--
-- Name: record_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX record_due ON public.record USING btree (program_id, due_at, key) WHERE (due_at IS NOT NULL);


--
-- Name: entry entry_is_never_changed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER entry_is_never_changed BEFORE DELETE OR UPDATE ON public.entry FOR EACH ROW EXECUTE FUNCTION public.goodturn_refuse();


--
-- Name: entry entry_is_never_truncated; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER entry_is_never_truncated BEFORE TRUNCATE ON public.entry FOR EACH STATEMENT EXECUTE FUNCTION public.goodturn_refuse();


--
-- Name: log_head head_is_never_deleted; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER head_is_never_deleted BEFORE DELETE ON public.log_head FOR EACH ROW EXECUTE FUNCTION public.goodturn_refuse();


--
-- Name: log_head head_is_never_truncated; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER head_is_never_truncated BEFORE TRUNCATE ON public.log_head FOR EACH STATEMENT EXECUTE FUNCTION public.goodturn_refuse();


--
-- Name: log_head head_never_goes_back; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER head_never_goes_back BEFORE UPDATE ON public.log_head FOR EACH ROW WHEN (((new.head_seq < old.head_seq) OR (new.epoch < old.epoch) OR (new.format < old.format) OR (new.program_id <> old.program_id))) EXECUTE FUNCTION public.goodturn_refuse();


--
-- Name: program program_is_never_changed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER program_is_never_changed BEFORE DELETE OR UPDATE ON public.program FOR EACH ROW EXECUTE FUNCTION public.goodturn_refuse();


--
-- Name: program program_is_never_truncated; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER program_is_never_truncated BEFORE TRUNCATE ON public.program FOR EACH STATEMENT EXECUTE FUNCTION public.goodturn_refuse();


--
-- Name: log_head log_head_program_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.log_head
    ADD CONSTRAINT log_head_program_id_fkey FOREIGN KEY (program_id) REFERENCES public.program(program_id);


--
-- PostgreSQL database dump complete
--

\unrestrict Ao2OnzXwZuOtEHiWfVkF21W5TBJ5D2uG2rexI9e6qhuZM9YMKuIREHVqjvbSg9L

