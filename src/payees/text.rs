//! Text that every payment format can carry: the basic set of SEPA, which the UK takes too.

/// The characters, as errors show them.
const BASIC: &str = "a-z A-Z 0-9 / - ? : ( ) . , ' + and spaces";

/// Most characters that one error names. A name in another script has more; ten show what is meant.
const NAMED_MAX: usize = 10;

/// Returns all that is wrong with a text of at most `length_max` characters.
pub(crate) fn problems(text: &str, length_max: usize) -> Vec<String> {
    let length = text.chars().count();
    let too_long = (length > length_max).then(|| format!("has {length} characters; at most {length_max} are allowed"));
    too_long.into_iter().chain(form_problems(text)).collect()
}

/// Returns all that is wrong with a text of any length; nothing when it can stand in every format.
///
/// The set, and that no text begins with a slash or has two in a row, are of the European Payments Council's guidelines
/// for customer-to-bank messages. Nothing is spelled another way here: who gave the text decides how.
pub(crate) fn form_problems(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let mut strange: Vec<char> = Vec::new();
    for c in text.chars().filter(|&c| !is_basic(c)) {
        if !strange.contains(&c) {
            strange.push(c);
        }
    }
    if !strange.is_empty() {
        let named: Vec<String> = strange.iter().take(NAMED_MAX).map(|c| format!("{c:?}")).collect();
        let more = if strange.len() > NAMED_MAX { " and others" } else { "" };
        problems.push(format!("has {}{more}; write it with {BASIC} only", named.join(" ")));
    }
    if text.starts_with('/') {
        problems.push("begins with a slash; leave the slash out".to_owned());
    }
    if text.contains("//") {
        problems.push("has two slashes in a row; write one".to_owned());
    }
    if text.contains("  ") {
        problems.push("has two spaces in a row; write one".to_owned());
    }
    if text.starts_with(' ') || text.ends_with(' ') {
        problems.push("has a space at its beginning or end; leave the space out".to_owned());
    }
    problems
}

fn is_basic(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '?' | ':' | '(' | ')' | '.' | ',' | '\'' | '+' | ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_the_basic_set_is_taken_and_no_other_of_the_first_two_thousand() {
        let basic = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ";
        for c in (0..2_000).filter_map(char::from_u32) {
            assert_eq!(problems(&format!("a{c}a"), 3).is_empty(), basic.contains(c), "{c:?}");
        }
    }

    #[test]
    fn other_letters_are_named_once_each_and_at_most_ten_of_them() {
        assert_eq!(
            problems("Zoë Łoś Łoś", 70),
            ["has 'ë' 'Ł' 'ś'; write it with a-z A-Z 0-9 / - ? : ( ) . , ' + and spaces only"]
        );
        let told = problems("абвгдежзийк", 70).join("");
        assert!(told.contains("'й' and others; "), "{told}");
        assert!(!told.contains('к'), "{told}");
        assert!(!problems("абвгдежзий", 70).join("").contains("others"));
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(problems(&"a".repeat(70), 70).is_empty());
        assert_eq!(problems(&"a".repeat(71), 70), ["has 71 characters; at most 70 are allowed"]);
        assert_eq!(problems("éé", 2).len(), 1, "two letters, though four bytes");
    }

    #[test]
    fn slashes_and_spaces_stand_where_they_may() {
        assert!(problems("c/o A. B", 70).is_empty());
        for (text, count) in [("/a", 1), ("a//b", 1), ("a  b", 1), (" a", 1), ("a ", 1), ("//", 2)] {
            assert_eq!(problems(text, 70).len(), count, "{text:?}");
        }
    }
}
