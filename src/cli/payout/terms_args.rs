//! The terms of a payout as options of the command line.
//!
//! The limits are those of the API, looked at here too: so everything that is wrong is told at once.

use std::path::{Path, PathBuf};

use anyhow::bail;
use jiff::civil;

use super::list::List;
use crate::cli::choices::words::Wanted;
use crate::cli::finance::{Finance, date, member_id, statement_id};
use goodturn::domain::terms::choice::{CHARITIES_MAX, Choice, MATCH_MAX};
use goodturn::domain::value::ids::{MemberId, StatementId};
use goodturn::domain::value::money::{Currency, MONEY_MAX};
use goodturn::domain::value::number::Number;
use goodturn::domain::value::time::{Day, Micros, time_zone};
use goodturn::google::r#type::Money;
use goodturn::pb;
use goodturn::wire::{money, time};

/// The heading in `--help` above the options for choices.
const ASKING: &str = "Asking members how they want their money";

/// Word for the default of members without a choice that carries their money once.
const CARRY_ONCE: &str = "carry-once";

/// The way in which a pool becomes shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Mode {
    /// In proportion to points; all of the pool is shared out.
    Pool,
    /// So much money for each point, rounded down; what is left goes back to the statement.
    FixedRate,
    /// In proportion to the weights of a list; points do not count and stay as they are.
    List,
}

/// The terms of a payout.
#[derive(Debug, clap::Args)]
pub(super) struct TermsArgs {
    /// The savings statement that is paid from.
    #[arg(long, value_name = "ID", value_parser = statement_id)]
    statement: StatementId,
    /// Last day that counts, inclusive: points of activities after it are left for another payout.
    #[arg(long, value_name = "DATE")]
    last_day: civil::Date,
    /// Money to share out, as 5000.00 [default: all that the statement has left].
    #[arg(long, value_name = "AMOUNT")]
    pool: Option<String>,
    /// How the pool becomes shares [default: pool].
    #[arg(long, value_enum)]
    mode: Option<Mode>,
    /// With --mode fixed-rate: money for each point in the main unit, as 0.01.
    #[arg(long, value_name = "DECIMAL", requires = "mode", required_if_eq("mode", "fixed-rate"))]
    rate: Option<String>,
    /// Least share, as 1.00: whoever would get less is left out, and keeps the points.
    #[arg(long, value_name = "AMOUNT", conflicts_with = "list")]
    minimum_share: Option<String>,
    /// With --mode list: file of CSV with the columns member,weight.
    #[arg(
        long, value_name = "FILE", requires_all = ["mode", "remainder_to"], required_if_eq("mode", "list"),
        conflicts_with = "rate"
    )]
    list: Option<PathBuf>,
    /// With --mode list: the account that gets what rounding down leaves, as that of a charity.
    #[arg(long, value_name = "MEMBER", requires = "list", value_parser = member_id)]
    remainder_to: Option<MemberId>,
    #[command(flatten)]
    choices: ChoicesArgs,
}

/// The terms on which members are asked how they want their money.
#[derive(Debug, clap::Args)]
struct ChoicesArgs {
    /// Last moment whose choice counts: a time, as 2018-12-31T18:00:00Z, or a day, which means its end in the
    /// programme's time zone. Without it nobody is asked.
    #[arg(long, value_name = "TIME", help_heading = ASKING)]
    choose_by: Option<String>,
    /// What becomes of the money of members who have not chosen by then: it is carried to a later payout, once, and
    /// then lapses (carry-once), is paid as credit, or is given to one of the charities [default: carry-once].
    #[arg(long, value_name = "carry-once|credit|charity:ID", requires = "choose_by", help_heading = ASKING)]
    without_choice: Option<String>,
    /// Least sum that is given as credit; less is carried.
    #[arg(long, value_name = "AMOUNT", requires = "choose_by", help_heading = ASKING)]
    minimum_credit: Option<String>,
    /// Least sum that is paid in cash; less is carried.
    #[arg(long, value_name = "AMOUNT", requires = "choose_by", help_heading = ASKING)]
    minimum_cash: Option<String>,
    /// Account of a charity that members may choose; may be given several times.
    #[arg(long = "charity", value_name = "ID", requires = "choose_by", help_heading = ASKING)]
    charities: Vec<String>,
    /// What the company adds to donations, as a part of them: 1 for pound for pound.
    #[arg(long, value_name = "DECIMAL", requires_all = ["charities", "match_cap"], help_heading = ASKING)]
    match_rate: Option<String>,
    /// Most that the company adds in all.
    #[arg(long, value_name = "AMOUNT", requires = "match_rate", help_heading = ASKING)]
    match_cap: Option<String>,
    /// Decides money that earlier payouts carried together with this payout's.
    #[arg(long, requires = "choose_by", help_heading = ASKING)]
    takes_carried: bool,
}

impl TermsArgs {
    /// Returns the file of the list, and the account that gets what rounding leaves.
    pub(super) fn list(&self) -> Option<(&Path, &MemberId)> {
        self.list.as_deref().zip(self.remainder_to.as_ref())
    }

    /// Makes the payout of this name, with the list that was read.
    ///
    /// # Errors
    /// Lists every option that is wrong.
    pub(super) fn payout(&self, name: String, finance: &Finance, list: Option<&List>) -> anyhow::Result<pb::Payout> {
        Ok(pb::Payout {
            name,
            savings_statement: finance.statement_name(self.statement.as_str()),
            list: list.map(List::terms),
            ..self.terms(finance.currency, &finance.time_zone)?
        })
    }

    /// Makes the terms that options alone tell.
    ///
    /// # Errors
    /// As above.
    pub(super) fn terms(&self, currency: Currency, zone: &str) -> anyhow::Result<pb::Payout> {
        let mut wrong = Wrong(Vec::new());
        let mode = self.mode.unwrap_or(Mode::Pool);
        let only = |option: &str, mode: &str| format!("{option} is only for --mode {mode}");
        if let Some(rate) = self.rate.as_deref() {
            if mode == Mode::FixedRate {
                wrong.check_rate(rate, currency);
            } else {
                wrong.note(only("--rate", "fixed-rate"));
            }
        }
        if self.list.is_some() && mode != Mode::List {
            wrong.note(only("--list", "list"));
        }
        let payout = pb::Payout {
            last_day: Some(date(self.last_day)),
            pool: wrong.amount("--pool", self.pool.as_deref(), currency),
            // A pool is what a payout shares out that says nothing of it, as it was before there were other ways.
            mode: match mode {
                Mode::Pool => pb::PayoutMode::Unspecified,
                Mode::FixedRate => pb::PayoutMode::FixedRate,
                Mode::List => pb::PayoutMode::List,
            }
            .into(),
            rate: self.rate.clone().unwrap_or_default(),
            minimum_share: wrong.amount("--minimum-share", self.minimum_share.as_deref(), currency),
            choices: self.choices.terms(&mut wrong, currency, zone),
            ..pb::Payout::default()
        };
        wrong.refuse()?;
        Ok(payout)
    }
}

impl ChoicesArgs {
    /// Makes the terms; `None` where nobody is asked.
    fn terms(&self, wrong: &mut Wrong, currency: Currency, zone: &str) -> Option<pb::ChoiceTerms> {
        let by = wrong.of("--choose-by", deadline(self.choose_by.as_deref()?, zone));
        let default = self.without_choice.as_deref().map(|word| self.without(word));
        let default = default.and_then(|default| wrong.of("--without-choice", default)).flatten();
        self.check_charities(wrong);
        if let Some(rate) = self.match_rate.as_deref() {
            let millionths = Number::parse(rate).ok().and_then(|rate| rate.in_places(6));
            if !millionths.is_some_and(|millionths| (0..=MATCH_MAX).contains(&millionths)) {
                wrong.note(format!(
                    "--match-rate is {rate:?}; give a decimal from 0 to 10 with at most 6 places, as 0.5"
                ));
            }
        }
        Some(pb::ChoiceTerms {
            deadline: by.map(time),
            default_choice: default.and_then(|choice| Wanted(Some(choice)).to_api()),
            minimum_credit: wrong.amount("--minimum-credit", self.minimum_credit.as_deref(), currency),
            minimum_cash: wrong.amount("--minimum-cash", self.minimum_cash.as_deref(), currency),
            charity_ids: self.charities.clone(),
            match_rate: self.match_rate.clone().unwrap_or_default(),
            match_cap: wrong.amount("--match-cap", self.match_cap.as_deref(), currency),
            takes_carried: self.takes_carried,
        })
    }

    /// Reads what counts for members without a choice; `None` where their money is carried once.
    fn without(&self, word: &str) -> Result<Option<Choice>, String> {
        if word == CARRY_ONCE {
            return Ok(None);
        }
        match Wanted::parse(word) {
            Ok(Wanted(Some(Choice::Credit))) => Ok(Some(Choice::Credit)),
            Ok(Wanted(Some(Choice::Charity(id)))) if self.charities.iter().any(|charity| charity == id.as_str()) => {
                Ok(Some(Choice::Charity(id)))
            }
            Ok(Wanted(Some(Choice::Charity(id)))) => {
                Err(format!("gives to {id}, which is no charity of this payout; add --charity {id}"))
            }
            Ok(Wanted(Some(Choice::Cash) | None)) | Err(_) => {
                Err(format!("is {word:?}; give {CARRY_ONCE}, credit or charity:ID"))
            }
        }
    }

    fn check_charities(&self, wrong: &mut Wrong) {
        let charities = &self.charities;
        for (at, id) in charities.iter().enumerate() {
            if let Err(why) = MemberId::parse(id) {
                wrong.note(format!("--charity {why}"));
            } else if charities.iter().take(at).any(|before| before == id) {
                wrong.note(format!("--charity {id} is given twice"));
            }
        }
        if charities.len() > CHARITIES_MAX {
            wrong.note(format!("--charity is given {} times; at most {CHARITIES_MAX} are allowed", charities.len()));
        }
    }
}

/// What is wrong with options.
struct Wrong(Vec<String>);

impl Wrong {
    fn note(&mut self, problem: String) {
        self.0.push(problem);
    }

    /// Takes a value, or notes what is wrong with it.
    fn of<T>(&mut self, option: &str, read: Result<T, String>) -> Option<T> {
        read.map_err(|why| self.note(format!("{option} {why}"))).ok()
    }

    /// Reads an amount, if there is one.
    fn amount(&mut self, option: &str, text: Option<&str>, currency: Currency) -> Option<Money> {
        let text = text?;
        let minor = currency.parse(text).map_err(|why| why.to_string()).and_then(|minor| {
            let is_right = (0..=MONEY_MAX).contains(&minor);
            if is_right { Ok(minor) } else { Err(format!("is {text}; give 0 to {}", currency.format(MONEY_MAX))) }
        });
        self.of(option, minor).map(|minor| money(minor, currency))
    }

    /// Checks a rate: at most a millionth of the smallest unit more exact than money.
    fn check_rate(&mut self, rate: &str, currency: Currency) {
        let places = 6 + currency.digits();
        let rate_in_places = |places: u8| Number::parse(rate).ok().and_then(|rate| rate.in_places(places));
        if u8::try_from(places).ok().and_then(rate_in_places).is_none_or(|rate| rate <= 0) {
            self.note(format!("--rate is {rate:?}; give a decimal above 0 with at most {places} places, as 0.01"));
        }
    }

    fn refuse(self) -> anyhow::Result<()> {
        match &self.0[..] {
            [] => Ok(()),
            [problem] => bail!("{problem}"),
            problems => {
                let listed: String = problems.iter().map(|problem| format!("\n  {problem}")).collect();
                bail!("{} options are wrong:{listed}", problems.len())
            }
        }
    }
}

/// Reads the last moment whose choice counts: a time, or the last of a day.
fn deadline(text: &str, zone: &str) -> Result<Micros, String> {
    let day = text.parse::<civil::Date>().ok().filter(|day| day.year() >= 1 && day.to_string() == text);
    let Some(day) = day else {
        return Micros::from_rfc3339(text).map_err(|why| format!("is {text:?}, {why}, or a day, as 2018-12-31"));
    };
    let zone = time_zone(zone).map_err(|why| format!("needs a time, as 2018-12-31T18:00:00Z: {why}"))?;
    let next = Day::new(Day::from_date(day).get() + 1).ok_or_else(|| format!("is {text}, the last day there is"))?;
    Ok(next.start_in(&zone).plus(-1))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use goodturn::wire::micros;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        terms: TermsArgs,
    }

    /// Reads options behind those that are always required.
    fn parsed(options: &str) -> Result<TermsArgs, clap::Error> {
        let line = format!("payout --statement h2 --last-day 2018-11-30 {options}");
        Line::try_parse_from(line.split_whitespace()).map(|line| line.terms)
    }

    fn terms(options: &str) -> anyhow::Result<pb::Payout> {
        parsed(options).expect(options).terms(Currency::from_code("GBP").expect("pounds"), "Europe/London")
    }

    #[test]
    fn options_that_do_not_go_together_are_refused() {
        for wrong in [
            "--mode fixed-rate",
            "--rate 0.01",
            "--mode list",
            "--mode list --list f.csv",
            "--list f.csv --remainder-to shelter",
            "--remainder-to shelter",
            "--mode list --list f.csv --remainder-to shelter --minimum-share 1.00",
            "--mode list --list f.csv --remainder-to shelter --rate 0.01",
            "--mode shares",
            "--without-choice credit",
            "--minimum-cash 5.00",
            "--charity shelter",
            "--takes-carried",
            "--choose-by 2018-12-31 --match-rate 1 --match-cap 5.00",
            "--choose-by 2018-12-31 --charity shelter --match-rate 1",
            "--choose-by 2018-12-31 --charity shelter --match-cap 5.00",
        ] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
        let told = |options: &str| terms(options).expect_err(options).to_string();
        assert_eq!(told("--mode pool --rate 0.01"), "--rate is only for --mode fixed-rate");
        let list = "--mode pool --list f.csv --remainder-to shelter";
        assert_eq!(told(list), "--list is only for --mode list");
        let whole = parsed("--mode list --list f.csv --remainder-to shelter").expect("they go together");
        assert_eq!(whole.list().map(|(path, to)| (path.to_owned(), to.as_str())), Some(("f.csv".into(), "shelter")));
    }

    #[test]
    fn a_payout_of_a_pool_says_nothing_that_it_does_not_need_to_say() {
        let plain = pb::Payout { last_day: terms("").expect("right").last_day, ..pb::Payout::default() };
        assert_eq!(terms("").expect("right"), plain);
        assert_eq!(terms("--mode pool").expect("right"), plain);
    }

    #[test]
    fn options_become_the_terms_of_the_api() {
        let payout = terms(
            "--mode fixed-rate --rate 0.01 --minimum-share 1.00 --choose-by 2018-12-31 --without-choice charity:b \
             --charity b --charity a --match-rate 0.5 --match-cap 500.00 --minimum-cash 10 --takes-carried",
        );
        let payout = payout.expect("right");
        assert_eq!((payout.mode(), payout.rate.as_str()), (pb::PayoutMode::FixedRate, "0.01"));
        let pounds = |money: &Option<Money>| money.as_ref().map(|money| money.units);
        assert_eq!(pounds(&payout.minimum_share), Some(1));
        let choices = payout.choices.expect("they are asked");
        let default = choices.default_choice.as_ref().map(|choice| (choice.method(), choice.charity_id.as_str()));
        assert_eq!(default, Some((pb::PayoutMethod::Charity, "b")));
        assert_eq!((choices.charity_ids, choices.match_rate.as_str()), (vec!["b".to_owned(), "a".to_owned()], "0.5"));
        let sums = [&choices.match_cap, &choices.minimum_cash, &choices.minimum_credit].map(pounds);
        assert_eq!((sums, choices.takes_carried), ([Some(500), Some(10), None], true));
        let carried = terms("--choose-by 2018-12-31T18:00:00Z --without-choice carry-once").expect("right").choices;
        assert_eq!(carried.expect("they are asked").default_choice, None);
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let told = terms(
            "--pool 5,000 --mode fixed-rate --rate 0 --minimum-share 1.005 --choose-by tomorrow --without-choice cash \
             --charity a|b --charity c --charity c --match-rate 11 --match-cap 99999999999.00",
        );
        let told = told.expect_err("much is wrong").to_string();
        let lines: Vec<&str> = told.lines().collect();
        let begins = [
            "9 options are wrong:",
            "  --rate is \"0\"; give a decimal above 0 with at most 8 places, as 0.01",
            "  --pool is \"5,000\"; give a decimal in GBP",
            "  --minimum-share is \"1.005\"; give a decimal in GBP",
            "  --choose-by is \"tomorrow\", no time of RFC 3339; give one as 2018-03-12T09:30:00Z, or a day, as 2018-",
            "  --without-choice is \"cash\"; give carry-once, credit or charity:ID",
            "  --charity has '|' at byte 1",
            "  --charity c is given twice",
            "  --match-rate is \"11\"; give a decimal from 0 to 10",
            "  --match-cap is 99999999999.00; give 0 to 10000000000.00",
        ];
        assert_eq!(lines.len(), begins.len(), "{told}");
        assert!(lines.iter().zip(begins).all(|(line, begin)| line.starts_with(begin)), "{told}");
        let charity = terms("--choose-by 2018-12-31 --without-choice charity:x").expect_err("it is not offered");
        assert!(charity.to_string().ends_with("add --charity x"), "{charity}");
    }

    #[test]
    fn a_day_lasts_to_its_end_in_the_programmes_zone() {
        let by =
            |text: &str| terms(&format!("--choose-by {text}")).expect("right").choices.and_then(|asked| asked.deadline);
        let told = |text: &str| by(text).as_ref().and_then(micros).map(Micros::to_rfc3339);
        assert_eq!(told("2018-12-31").as_deref(), Some("2018-12-31T23:59:59.999999Z"));
        assert_eq!(told("2018-06-30").as_deref(), Some("2018-06-30T22:59:59.999999Z"), "in summer");
        assert_eq!(told("2018-06-30T18:00:00+01:00").as_deref(), Some("2018-06-30T17:00:00Z"));
    }
}
