//! Words of numbers, and numbers at their limits: rows that no server would write, and the views' words for them.

use goodturn::domain::entry::adjustment::{AdjustmentFact, AdjustmentMove};
use goodturn::domain::entry::batch::{PaymentName, PaymentPart};
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::earning::{ActivityFact, EarningFact};
use goodturn::domain::entry::fact::Fact;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::entry::member::MemberFact;
use goodturn::domain::entry::money::{ListedWeight, LotFact, LotName};
use goodturn::domain::entry::payout::PayoutReduction;
use goodturn::domain::terms::adjustment::AdjustmentReason;
use goodturn::domain::terms::member::ShutOutReason;
use goodturn::domain::terms::program::ProgramTerms;
use goodturn::domain::value::bucket::Bucket;
use goodturn::domain::value::encoding::encode;
use goodturn::domain::value::ids::{
    ActivityId, ActivityKind, AdjustmentId, BatchId, MemberId, PayoutId, SourceId, Subject,
};
use goodturn::domain::value::money::Currency;
use goodturn::domain::value::reason::Reason;

use super::asked::{Store, both};
use super::expected::{row, unit_name};

/// An entry: its kind, command, reason and buckets have one number.
struct Odd {
    program: String,
    seq: usize,
    number: u8,
    reason: Option<u8>,
    fact: Vec<u8>,
    occurred_at: i64,
    day: i32,
}

impl Odd {
    fn with(program: &str, seq: usize, fact: &Fact) -> Self {
        Self { program: program.into(), seq, number: 10, reason: None, fact: encode(fact), occurred_at: 0, day: 0 }
    }
}

async fn insert_entries(store: &mut Store, entries: &[Odd]) {
    let (empty, hash) = (store.bytes(&[0]), store.bytes(&[7; 32]));
    let values = entries.iter().map(|Odd { program, seq, number, reason, fact, occurred_at, day }| {
        let (reason, fact) = (reason.map_or("null".to_owned(), |reason| reason.to_string()), store.bytes(fact));
        format!(
            "('{program}', {seq}, 1, {number}, 's', {number}, 0, {number}, {number}, 1, {occurred_at}, {day}, 0, 0, 0, \
             {reason}, {empty}, {fact}, 'own', {hash})"
        )
    });
    let values: Vec<String> = values.collect();
    let into = "insert into entry (program_id, seq, format, kind, source, command, prev_seq, from_bucket, to_bucket, \
                amount, occurred_at, local_day, recorded_at, rule_version, raw_points, reason, balance_after, fact, \
                principal, leaf_hash)";
    store.run(&format!("{into} values {}", values.join(", "))).await;
}

/// Writes accounts of a programme, each with what stands in some buckets.
async fn insert_accounts(store: &mut Store, accounts: &[(String, Vec<(u8, i64)>)]) {
    let values = accounts.iter().map(|(member, balances)| {
        let mut bytes = vec![u8::try_from(balances.len()).unwrap()];
        for (bucket, amount) in balances {
            bytes.push(*bucket);
            bytes.extend(amount.to_le_bytes());
        }
        format!("('words', '{member}', 1, {}, 0, 0)", store.bytes(&bytes))
    });
    let values: Vec<String> = values.collect();
    let into = "insert into account (program_id, member_id, last_seq, balances, credited, credited_seq)";
    store.run(&format!("{into} values {}", values.join(", "))).await;
}

/// Puts every number that a code can have into a store.
async fn insert_every_number(store: &mut Store) {
    let fact = || vec![5, 0, 0, 0, 0];
    let odd = |number: u8| Odd {
        program: "words".into(),
        seq: usize::from(number) + 2,
        number,
        reason: Some(number),
        fact: fact(),
        occurred_at: 0,
        day: 0,
    };
    let entries: Vec<Odd> = (0..=u8::MAX).map(odd).collect();
    insert_entries(store, &entries).await;
    let accounts: Vec<_> = (0..=u8::MAX).map(|number| (format!("b{number:03}"), vec![(number, 1)])).collect();
    insert_accounts(store, &accounts).await;
}

/// Returns the rows with another word than the program has, and with a word for a number that means nothing.
async fn wrong_words(store: &mut Store) -> Vec<String> {
    let word = |name: Option<&'static str>| name.unwrap_or_default();
    let mut expected = Vec::new();
    for number in 0..=u8::MAX {
        let bucket = Bucket::from_number(number);
        let unit = bucket.map_or(if number < 33 { "points" } else { "money" }, |bucket| unit_name(bucket.unit()));
        let bucket = word(bucket.map(Bucket::name));
        expected.push(row(&[
            &(usize::from(number) + 2),
            &word(EntryKind::from_number(number).map(EntryKind::name)),
            &word(CommandKind::from_number(number).map(CommandKind::name)),
            &word(Reason::from_number(number).map(Reason::name)),
            &bucket,
            &bucket,
            &unit,
        ]));
        expected.push(row(&[&format!("b{number:03}"), &bucket, &unit]));
    }
    let columns = "seq kind command reason from_bucket to_bucket unit";
    let mut found = store.rows("(select * from goodturn_entries where program_id = 'words') w", columns).await;
    found.extend(store.rows("goodturn_balances", "member_id bucket unit").await);
    assert_eq!(found.len(), 512);
    found.retain(|row| !expected.contains(row));
    found
}

#[tokio::test]
async fn every_number_has_the_word_of_the_program_on_both_stores() {
    let (_folder, stores) = both(None).await;
    for (mut store, _) in stores {
        insert_every_number(&mut store).await;
        assert_eq!(wrong_words(&mut store).await, [""; 0]);
    }
}

/// Faults that are planted are found.
#[tokio::test]
async fn a_wrong_word_and_a_missing_kind_are_found() {
    let (_folder, [(mut file, _), _]) = both(None).await;
    insert_every_number(&mut file).await;
    let view = file.text("select sql from sqlite_schema where name = 'goodturn_entries'").await.remove(0);
    for (right, wrong, found) in [
        ("when 56 then 'payout_paid'", "when 56 then 'paid'", "58|paid|complete_execution||||money"),
        ("when 196 then 'payment_retried'", "", "198||retry_payment||||money"),
        ("when 22 then 'fraud'", "when 23 then 'fraud'", "24|hold_released|release_hold||||points"),
    ] {
        assert_eq!(view.matches(right).count(), 1, "{right}");
        file.run(&format!("drop view goodturn_entries; {}", view.replace(right, wrong))).await;
        let wrong_words = wrong_words(&mut file).await;
        assert!(wrong_words.iter().any(|row| row.starts_with(found)), "{wrong}: {wrong_words:?}");
    }
}

#[tokio::test]
async fn reasons_of_acts_are_words_too() {
    let id = || AdjustmentId::parse("a".repeat(128).as_str()).unwrap();
    let fact = |reason: AdjustmentReason| AdjustmentFact { id: id(), points: -1, reason };
    let adjusted = AdjustmentReason::ALL.iter().map(|reason| (Fact::Adjustment(fact(*reason)), reason.name()));
    let moved =
        |reason: AdjustmentReason| Fact::AdjustmentMove(Box::new(AdjustmentMove { of: fact(reason), payout: None }));
    let moved = AdjustmentReason::ALL.iter().map(|reason| (moved(*reason), reason.name()));
    let shut_out = |reason: ShutOutReason| Fact::Member(MemberFact { reason: Some(reason) });
    let shut_out = ShutOutReason::ALL.iter().map(|reason| (shut_out(*reason), reason.name()));
    let all: Vec<(Fact, &str)> = adjusted.chain(moved).chain(shut_out).collect();
    let entries: Vec<Odd> = all.iter().zip(2..).map(|((fact, _), seq)| Odd::with("words", seq, fact)).collect();
    let mut expected: Vec<String> = all.iter().zip(2..).map(|((_, name), seq)| row(&[&seq, name])).collect();
    expected.sort();
    let (_folder, stores) = both(None).await;
    for (mut store, _) in stores {
        insert_entries(&mut store, &entries).await;
        assert_eq!(store.rows("goodturn_entries", "seq reason").await, expected);
    }
}

/// Each fact that names a kind of activity, a counterparty or a payout, with ids as long as may be, and what it names.
fn facts_of_long_ids() -> Vec<(Fact, [String; 3])> {
    let (label, opaque) = ("l".repeat(63), "o".repeat(128));
    let (kind, payout) = (ActivityKind::parse(&label).unwrap(), PayoutId::parse(&label).unwrap());
    let (source, activity) = (SourceId::parse(&label).unwrap(), ActivityId::parse(&opaque).unwrap());
    let member = MemberId::parse(&opaque).unwrap();
    let done = |counterparty| ActivityFact {
        kind: kind.clone(),
        counterparty,
        subject: Some(Subject::parse(&opaque).unwrap()),
        amount_minor: None,
        exclusive_key: None,
        follows: None,
        claims: None,
        due_at: None,
        parts: Vec::new(),
        utc_offset_s: 0,
        excess_minor: 0,
        quantity: None,
        excess_quantity: 0,
        is_revoked: false,
        given_back: 0,
    };
    let told = EarningFact::about(&source, &activity, &kind, false);
    let reduced = PayoutReduction { payout: payout.clone(), source, activity, kind: kind.clone(), is_penalty: false };
    let of =
        AdjustmentFact { id: AdjustmentId::parse(&opaque).unwrap(), points: 1, reason: AdjustmentReason::Correction };
    let lot = || LotName::of_share(payout.clone(), member.clone());
    let payment = PaymentName { batch: BatchId::parse(&label).unwrap(), number: 7 };
    let (kind, payout_id, none) = (label.clone(), label, String::new());
    let boxed = |moved| Fact::AdjustmentMove(Box::new(moved));
    vec![
        (Fact::Activity(Box::new(done(Some(member.clone())))), [kind.clone(), opaque.clone(), none.clone()]),
        (Fact::Activity(Box::new(done(None))), [kind.clone(), none.clone(), none.clone()]),
        (Fact::Earning(Box::new(told.clone())), [kind.clone(), none.clone(), none.clone()]),
        (Fact::Earning(Box::new(EarningFact { kind: None, ..told })), [none.clone(), none.clone(), none.clone()]),
        (Fact::PayoutReduction(Box::new(reduced)), [kind, none.clone(), payout_id.clone()]),
        (
            boxed(AdjustmentMove { of: of.clone(), payout: Some(payout.clone()) }),
            ["correction".into(), none.clone(), payout_id.clone()],
        ),
        (boxed(AdjustmentMove { of, payout: None }), ["correction".into(), none.clone(), none.clone()]),
        (Fact::PayoutAct(payout.clone()), [none.clone(), none.clone(), payout_id.clone()]),
        (
            Fact::Listed(Box::new(ListedWeight { payout: payout.clone(), of: member.clone(), weight: 1 })),
            [none.clone(), none.clone(), payout_id.clone()],
        ),
        (
            Fact::Lot(Box::new(LotFact { lot: lot(), minor: 1, decided: None })),
            [none.clone(), none.clone(), payout_id.clone()],
        ),
        (
            Fact::Part(Box::new(PaymentPart { payment, lot: lot(), minor: 1, to: None })),
            [none.clone(), none, payout_id],
        ),
    ]
}

#[tokio::test]
async fn ids_are_read_at_their_longest() {
    let facts = facts_of_long_ids();
    let entries: Vec<Odd> = facts.iter().zip(2..).map(|((fact, _), seq)| Odd::with("words", seq, fact)).collect();
    let shown = |((_, [kind, other, payout]), seq): (&(Fact, [String; 3]), i32)| row(&[&seq, kind, other, payout]);
    let mut expected: Vec<String> = facts.iter().zip(2..).map(shown).collect();
    expected.sort();
    let (_folder, stores) = both(None).await;
    for (mut store, _) in stores {
        insert_entries(&mut store, &entries).await;
        let columns = "seq activity_kind counterparty_id payout_id";
        assert_eq!(store.rows("goodturn_entries", columns).await, expected);
    }
}

#[tokio::test]
async fn sums_times_and_days_are_exact_up_to_their_limits() {
    let sums = [
        i64::MIN,
        i64::MIN + 1,
        -(1 << 48),
        -65_537,
        -65_536,
        -256,
        -1,
        1,
        255,
        65_535,
        65_536,
        1 << 24,
        1 << 31,
        1 << 47,
        10_i64.pow(15),
        i64::MAX,
    ];
    let account = |(number, sum): (usize, &i64)| (format!("m{number:02}"), vec![(3, *sum), (34, *sum)]);
    let mut accounts: Vec<_> = sums.iter().enumerate().map(account).collect();
    let full = Bucket::ALL.iter().zip(1..).map(|(bucket, sum)| (bucket.number(), sum)).collect();
    accounts.push(("full".into(), full));
    let mut balances: Vec<String> = Bucket::ALL
        .iter()
        .zip(1..)
        .map(|(bucket, sum)| row(&[&"full", &bucket.name(), &unit_name(bucket.unit()), &sum]))
        .collect();
    for (number, sum) in sums.iter().enumerate() {
        for (bucket, unit) in [("available", "points"), ("due", "money")] {
            balances.push(row(&[&format!("m{number:02}"), &bucket, &unit, sum]));
        }
    }
    balances.sort();

    let moments = [
        (-62_135_596_800_000_000, -719_162, "0001-01-01T00:00:00.000000Z|0001-01-01"),
        (-1_000_001, -1, "1969-12-31T23:59:58.999999Z|1969-12-31"),
        (-1, 0, "1969-12-31T23:59:59.999999Z|1970-01-01"),
        (1_530_401_400_123_457, 17_713, "2018-06-30T23:30:00.123457Z|2018-07-01"),
        (253_402_300_799_999_999, 2_932_896, "9999-12-31T23:59:59.999999Z|9999-12-31"),
    ];
    let odd = |(seq, (occurred_at, day, _)): (usize, &(i64, i32, &str))| {
        let (program, fact) = ("words".into(), vec![5, 0, 0, 0, 0]);
        Odd { program, seq, number: 10, reason: None, fact, occurred_at: *occurred_at, day: *day }
    };
    let entries: Vec<Odd> = (2..).zip(&moments).map(odd).collect();
    let mut times: Vec<String> = moments.iter().map(|(_, _, shown)| (*shown).to_owned()).collect();
    times.sort();

    let (_folder, stores) = both(None).await;
    for (mut store, _) in stores {
        insert_accounts(&mut store, &accounts).await;
        assert_eq!(store.rows("goodturn_balances", "member_id bucket unit amount").await, balances);
        insert_entries(&mut store, &entries).await;
        assert_eq!(store.rows("goodturn_entries", "occurred_at local_date").await, times);
    }
}

#[tokio::test]
async fn every_currency_has_as_many_minor_units_as_the_program_reckons_with() {
    let letters = || (b'A'..=b'Z').map(char::from);
    let pairs = letters().flat_map(|a| letters().map(move |b| [a, b]));
    let codes = pairs.flat_map(|[a, b]| letters().map(move |c| String::from_iter([a, b, c])));
    let currencies: Vec<Currency> = codes.filter_map(|code| Currency::from_code(&code)).collect();
    assert!(currencies.len() > 150, "{}", currencies.len());
    let time_zone = "America/Argentina/ComodRivadavia";
    let program = |currency: &Currency| currency.code().to_lowercase();
    let entry = |currency: &Currency| {
        let terms = ProgramTerms {
            currency: *currency,
            time_zone: time_zone.into(),
            debt_limit_points: -1,
            adjustment_limit_points: 0,
        };
        Odd { number: 1, ..Odd::with(&program(currency), 1, &Fact::Program(terms)) }
    };
    let entries: Vec<Odd> = currencies.iter().map(entry).collect();
    let shown =
        |currency: &Currency| row(&[&program(currency), &currency.code(), &currency.minor_per_main(), &time_zone]);
    let mut expected: Vec<String> = currencies.iter().map(shown).collect();
    expected.sort();

    let (_folder, stores) = both(None).await;
    for (mut store, _) in stores {
        let (secret, tree) = (store.bytes(&[7; 32]), store.bytes(&[0]));
        let rows = |row: &dyn Fn(&str) -> String| -> String {
            currencies.iter().map(|currency| row(&program(currency))).collect::<Vec<_>>().join(", ")
        };
        let programs = rows(&|program| format!("('{program}', {secret})"));
        let heads = rows(&|program| format!("('{program}', 1, 0, 0, 1, {tree})"));
        store.run(&format!("insert into program (program_id, secret) values {programs}")).await;
        let into = "insert into log_head (program_id, head_seq, head_at, epoch, format, tree)";
        store.run(&format!("{into} values {heads}")).await;
        insert_entries(&mut store, &entries).await;
        let columns = "program_id currency_code minor_per_main time_zone";
        assert_eq!(store.rows("goodturn_programs", columns).await, expected);
    }
}
