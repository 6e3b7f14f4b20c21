//! The scan: it lets through only texts that the parser of `cel` reads within bounded stack and time.
//!
//! The scan reads a smaller language than CEL. Both agree where a text, a number or a bracket begins and ends, so the
//! scan counts exactly what the parser meets. The scan looks up functions, too. The parser expands macros such as `all`
//! as it goes. An expansion panics when its call has no position, and a call that the parser repaired may have none.
//! And it reads the decimals, exactly: the parser would read them as floats.

use std::collections::BTreeMap;

use crate::terms::condition::bounds::{DEPTH_MAX, TEXT_BYTES_MAX};
use crate::terms::condition::error::{ConditionError, Problem};
use crate::terms::condition::tree::FUNCTIONS;
use crate::value::number::Number;

/// The numbers with a point in a text, without their signs, each by the byte at which it begins.
pub(super) type Decimals = BTreeMap<usize, Number>;

/// Refuses a text that the parser should not see. Returns its decimals.
pub(super) fn check(text: &str) -> Result<Decimals, ConditionError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(ConditionError { problem: Problem::TooLong(text.len()), column: None });
    }
    let (chars, decimals) = (text.chars().collect(), Decimals::new());
    let mut scan = Scan { chars, at: 0, open: Vec::new(), depth: 0, decimals };
    while let Some(c) = scan.peek(0) {
        let begin = scan.at;
        scan.step(c).map_err(|problem| problem.at(begin + 1))?;
    }
    match scan.open.last() {
        Some(open) => Err(Problem::Bracket.at(open.at + 1)),
        None => Ok(scan.decimals),
    }
}

struct Scan {
    chars: Vec<char>,
    at: usize,
    open: Vec<Open>,
    /// Number of open brackets, and of ternaries within them.
    depth: usize,
    decimals: Decimals,
}

/// A bracket that is still open.
struct Open {
    closes_with: char,
    at: usize,
    /// The depth outside the bracket.
    outside: usize,
}

impl Scan {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn take_while(&mut self, wanted: fn(char) -> bool) -> String {
        let taken: String = self.chars.iter().skip(self.at).copied().take_while(|&c| wanted(c)).collect();
        self.at += taken.len();
        taken
    }

    /// Moves past one word or sign, which begins with `c`.
    fn step(&mut self, c: char) -> Result<(), Problem> {
        match c {
            'a'..='z' | 'A'..='Z' | '_' => return self.word(),
            '0'..='9' => return self.number(),
            '"' | '\'' => return self.text(c),
            '(' | '[' => {
                let closes_with = if c == '(' { ')' } else { ']' };
                self.open.push(Open { closes_with, at: self.at, outside: self.depth });
                self.deeper()?;
            }
            ')' | ']' => match self.open.pop() {
                Some(open) if open.closes_with == c => self.depth = open.outside,
                _ => return Err(Problem::Bracket),
            },
            // `a ? b : c ? d : e`: the second ternary is within the first.
            '?' => self.deeper()?,
            '.' if self.peek(1).is_some_and(|next| next.is_ascii_digit()) => return Err(Problem::NumberForm),
            '/' if self.peek(1) == Some('/') => return Err(Problem::Comment),
            ' ' | '.' | '/' | '!' | '=' | '<' | '>' | '&' | '|' | '+' | '-' | '*' | '%' | ':' | ',' => {}
            _ => return Err(Problem::Character(c)),
        }
        self.at += 1;
        // The second sign of `&&`, `||`, `==`, `!=`, `<=` or `>=` belongs to the first.
        let pair =
            matches!((c, self.peek(0)), ('&', Some('&')) | ('|', Some('|')) | ('=' | '!' | '<' | '>', Some('=')));
        self.at += usize::from(pair);
        Ok(())
    }

    fn deeper(&mut self) -> Result<(), Problem> {
        self.depth += 1;
        if self.depth > DEPTH_MAX { Err(Problem::TooDeep) } else { Ok(()) }
    }

    fn word(&mut self) -> Result<(), Problem> {
        let word = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
        if matches!(self.peek(0), Some('"' | '\'')) {
            return Err(Problem::TextForm);
        }
        let next = self.chars.iter().skip(self.at).find(|&&c| c != ' ');
        // `in` is an operator. A bracket may follow it.
        if next == Some(&'(') && word != "in" && word != "has" && !FUNCTIONS.contains(&word.as_str()) {
            return Err(Problem::of_function(&word));
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Problem> {
        let begin: usize = self.chars[..self.at].iter().map(|c| c.len_utf8()).sum();
        let mut number = self.take_while(|c| c.is_ascii_digit());
        if self.peek(0) == Some('.') {
            self.at += 1;
            number = number + "." + &self.take_while(|c| c.is_ascii_digit());
            let exact = Number::parse(&number).map_err(|why| Problem::Decimal(number, why))?;
            self.decimals.insert(begin, exact);
        }
        match self.peek(0) {
            Some('.' | '_' | 'a'..='z' | 'A'..='Z') => Err(Problem::NumberForm),
            _ => Ok(()),
        }
    }

    fn text(&mut self, quote: char) -> Result<(), Problem> {
        self.at += 1;
        loop {
            let c = self.peek(0).ok_or(Problem::OpenText)?;
            self.at += 1;
            match c {
                '\\' if matches!(self.peek(0), Some('\\' | '"' | '\'')) => self.at += 1,
                '\\' => return Err(Problem::TextForm),
                _ if c == quote => break,
                _ if c.is_control() => return Err(Problem::Character(c)),
                _ => {}
            }
        }
        // Three quotes in a row would begin a text of another form.
        if matches!(self.peek(0), Some('"' | '\'')) { Err(Problem::TextForm) } else { Ok(()) }
    }
}
