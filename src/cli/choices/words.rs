//! Choices as the command line and files write them: `credit`, `cash`, `charity:ID` and `none`.

use std::fmt;

use goodturn::domain::terms::choice::Choice;
use goodturn::domain::value::ids::MemberId;
use goodturn::pb;
use goodturn::pb::PayoutMethod;

/// How the choice of a charity begins.
const CHARITY: &str = "charity:";

/// How a member wants money. None takes the choice before back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Wanted(pub(in crate::cli) Option<Choice>);

impl Wanted {
    /// Reads a choice.
    ///
    /// # Errors
    /// Says how to write one, as the end of a sentence that begins with its name.
    pub(in crate::cli) fn parse(text: &str) -> Result<Self, String> {
        let choice = match text {
            "credit" => Some(Choice::Credit),
            "cash" => Some(Choice::Cash),
            "none" => None,
            _ => {
                let id = text.strip_prefix(CHARITY);
                let id = id.ok_or_else(|| format!("is {text:?}; give credit, cash, {CHARITY}ID or none"))?;
                let id = MemberId::parse(id).map_err(|why| format!("names a charity whose id {why}"))?;
                Some(Choice::Charity(id))
            }
        };
        Ok(Self(choice))
    }

    /// Returns the choice as the API takes it.
    pub(in crate::cli) fn to_api(&self) -> Option<pb::Choice> {
        self.0.as_ref().map(|choice| {
            let (method, charity_id) = match choice {
                Choice::Credit => (PayoutMethod::Credit, String::new()),
                Choice::Cash => (PayoutMethod::Cash, String::new()),
                Choice::Charity(id) => (PayoutMethod::Charity, id.to_string()),
            };
            pb::Choice { method: method.into(), charity_id }
        })
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str("none"),
            Some(Choice::Credit) => f.write_str("credit"),
            Some(Choice::Cash) => f.write_str("cash"),
            Some(Choice::Charity(id)) => write!(f, "{CHARITY}{id}"),
        }
    }
}

/// Says how money is given by a choice of the API.
pub(in crate::cli) fn told(choice: &pb::Choice) -> String {
    match choice.method() {
        PayoutMethod::Credit => "as credit".to_owned(),
        PayoutMethod::Cash => "in cash".to_owned(),
        PayoutMethod::Charity => format!("given to {}", choice.charity_id),
        PayoutMethod::Unspecified => "unknown here; use the server's own version of goodturn".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_read_as_it_is_written() {
        for word in ["credit", "cash", "none", "charity:shelter", "charity:=1+1"] {
            assert_eq!(Wanted::parse(word).map(|wanted| wanted.to_string()).as_deref(), Ok(word));
        }
        let api = |word: &str| Wanted::parse(word).expect(word).to_api();
        assert_eq!(api("none"), None);
        assert_eq!(api("cash").map(|choice| told(&choice)).as_deref(), Some("in cash"));
        assert_eq!(api("charity:shelter").map(|choice| told(&choice)).as_deref(), Some("given to shelter"));
    }

    #[test]
    fn what_is_no_choice_is_told_with_how_to_write_one() {
        for odd in ["", "Credit", "cash ", "shelter", "charity", "None"] {
            let expected = format!("is {odd:?}; give credit, cash, charity:ID or none");
            assert_eq!(Wanted::parse(odd), Err(expected));
        }
        let told = Wanted::parse("charity:").expect_err("there is no id");
        assert_eq!(told, "names a charity whose id is empty; give 1 to 128 characters");
        assert!(Wanted::parse("charity:a b").expect_err("a blank").starts_with("names a charity whose id has ' ' at"));
    }
}
