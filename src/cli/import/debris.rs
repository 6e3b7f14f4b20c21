//! Debris of spreadsheets and programs, in the place of an id: two members must not become one because a spreadsheet
//! has shortened both their numbers, and none is called `NULL`.

/// Texts that programs write where there is nothing.
const NOTHINGS: [&str; 16] = [
    "NULL",
    "Null",
    "null",
    "NaN",
    "nan",
    "NAN",
    "None",
    "NA",
    "N/A",
    "n/a",
    "#N/A",
    "<NA>",
    "NaT",
    "<null>",
    "\\N",
    "undefined",
];

/// The advice where there is nothing.
pub(super) const NOTHING: &str = "which programs write where there is nothing; leave it empty";

/// The switch that takes such ids.
const SWITCH: &str = "if that is the id, import with --ids-as-they-are";

/// Returns what is wrong with a text as an id, if it is debris, and how to mend the file.
///
/// A plain whole number, as `12345`, is an ordinary id: nothing in it shows that digits were lost.
pub(super) fn found_in(id: &str) -> Option<String> {
    let what = if is_nothing(id) {
        NOTHING
    } else if is_rounded(id) {
        "a number of which a spreadsheet has cut off digits; export the file anew, and do not open it in one, or import its columns as text there"
    } else if is_with_point(id) {
        "a whole number behind which a program has put a point; export the file anew, with the column as text"
    } else {
        return None;
    };
    Some(format!("is {id:?}, {what}; {SWITCH}"))
}

/// True when a text stands for nothing, or is an error of a spreadsheet, as `#REF!`.
pub(super) fn is_nothing(text: &str) -> bool {
    let error = text.strip_prefix('#').and_then(|rest| rest.strip_suffix(['!', '?']));
    NOTHINGS.contains(&text) || error.is_some_and(|name| !name.is_empty())
}

/// True for a number with an exponent, as `9.06E+17` and `1E+05`. Without a point or a sign it may be an id, as `12e45`.
fn is_rounded(id: &str) -> bool {
    let Some((number, exponent)) = id.split_once(['e', 'E']) else { return false };
    let unsigned = exponent.strip_prefix(['+', '-']);
    let is_scientific = unsigned.is_some() || number.contains('.');
    is_scientific
        && is_digits(unsigned.unwrap_or(exponent))
        && is_digits(&number.strip_prefix('-').unwrap_or(number).replacen('.', "", 1))
}

/// True for a whole number with a point and zeros, as `12345.0`.
fn is_with_point(id: &str) -> bool {
    id.split_once('.').is_some_and(|(whole, zeros)| {
        is_digits(whole.strip_prefix('-').unwrap_or(whole))
            && !zeros.is_empty()
            && zeros.bytes().all(|byte| byte == b'0')
    })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debris_is_told_from_ids() {
        let rounded = ["9.06E+17", "1.2E+05", "1E+17", "9.06e+17", "1e-05", "-9.06E+17", "9.06E17"];
        let pointed = ["12345.0", "12345.00", "-1.0"];
        let nothing =
            ["NULL", "#N/A", "nan", "None", "n/a", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "NA", "undefined"];
        for (ids, told) in [(&rounded[..], "cut off digits"), (&pointed, "put a point"), (&nothing, "there is nothing")]
        {
            for id in ids {
                let found = found_in(id).unwrap_or_else(|| panic!("{id} is debris"));
                assert!(found.contains(told) && found.ends_with(SWITCH), "{found}");
            }
        }
        let ids =
            ["12345", "007", "-5", "12e45", "1e3", "v1.0", "1.5", "1.0.0", "1.0-rc", "e5", "nana", "none", "null-7"];
        for id in ids.into_iter().chain(["2018.12", "a.0", "NaN1", "#", "#x", "9.06E+", "E+5", "1.2.3E+05", ""]) {
            assert_eq!(found_in(id), None, "{id}");
        }
    }
}
