//! Messages of ISO 20022: read piece by piece, so that memory is bounded by one transaction and not by the file.
//!
//! Elements are told by their local names; which message it is, and of which version, is told by the body and its
//! namespace. No document type is read, so nothing expands and nothing is fetched.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::{Format, UNDERSTOOD, cells};
use crate::domain::value::money::Currency;

/// Deepest nesting that is read: twice that of a camt.053, whose taxes stand about 20 levels deep.
const DEPTH_MAX: usize = 40;

/// Most elements that are held at once: a transaction has at most a few hundred, and what stands around them (balances,
/// sums) a few thousand.
const HELD_MAX: usize = 100_000;

/// Elements in which the body of a message has to begin: an envelope of a bank has about 30 in front.
const HEAD_MAX: usize = 200;

/// The body of each message, its kind, its name, and the oldest version that is read: older ones have other elements.
const BODIES: [(&str, Format, &str, u32); 4] = [
    ("CstmrPmtStsRpt", Format::Pain002, "pain.002.001.", 3),
    ("BkToCstmrDbtCdtNtfctn", Format::Camt054, "camt.054.001.", 2),
    ("BkToCstmrStmt", Format::Camt054, "camt.053.001.", 2),
    ("BkToCstmrAcctRpt", Format::Camt054, "camt.052.001.", 2),
];

/// An element of a message.
#[derive(Debug, Default)]
pub(super) struct Element {
    name: String,
    /// The attribute `Ccy`, the only one that has a meaning in these messages.
    currency: String,
    text: String,
    children: Vec<Element>,
    /// Number of elements in it, with itself.
    size: usize,
}

impl Element {
    fn opened(tag: &BytesStart<'_>) -> Result<Self, String> {
        let mut currency = String::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| format!("is no XML: {error}"))?;
            if attribute.key.as_ref() == "Ccy" {
                attribute.value.trim().clone_into(&mut currency);
            }
        }
        Ok(Self { name: tag.local_name().as_ref().to_owned(), currency, size: 1, ..Self::default() })
    }

    /// Returns the local name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the children of a name, in their order.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Returns the first element at a path.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        let Some((name, rest)) = path.split_first() else { return Some(self) };
        self.children.iter().filter(|child| child.name == *name).find_map(|child| child.at(rest))
    }

    /// Returns the text at a path, without spaces around it; empty where there is none.
    pub(super) fn text(&self, path: &[&str]) -> &str {
        self.at(path).map_or("", |element| element.text.trim())
    }

    /// Returns the first text of several paths that is not empty.
    pub(super) fn first_text(&self, paths: &[&[&str]]) -> &str {
        paths.iter().map(|path| self.text(path)).find(|text| !text.is_empty()).unwrap_or_default()
    }

    /// Reads the amount that this element is, in minor units.
    ///
    /// # Errors
    /// It is in another currency, or no amount.
    pub(super) fn money(&self, currency: Currency) -> Result<i64, String> {
        if self.currency != currency.code() {
            return Err(format!("is in {:?}, and the program's currency is {}", self.currency, currency.code()));
        }
        cells::iso_money(currency, self.text.trim())
    }
}

/// Tells which message a text is.
///
/// # Errors
/// It is none that is understood.
pub(super) fn format_of(text: &str) -> Result<Format, String> {
    let mut reader = Reader::from_str(text);
    let mut schema = String::new();
    let mut elements = 0;
    while elements < HEAD_MAX {
        let tag = match event(&mut reader)? {
            Event::Start(tag) | Event::Empty(tag) => tag,
            Event::Eof => break,
            _ => continue,
        };
        elements += 1;
        for attribute in tag.attributes().flatten() {
            if attribute.key.as_ref().starts_with("xmlns") && attribute.value.contains(".001.") {
                schema = attribute.value.into_owned();
            }
        }
        let name = tag.local_name();
        if let Some((_, format, message, oldest)) = BODIES.iter().find(|(body, ..)| *body == name.as_ref()) {
            return match version(&schema, message) {
                Some(version) if version < *oldest => {
                    Err(format!("is {message}{version:02}; {message}{oldest:02} and newer are understood"))
                }
                _ => Ok(*format),
            };
        }
    }
    let what = if schema.is_empty() { "is XML of no known kind".to_owned() } else { format!("is {schema}") };
    Err(format!("{what}; {UNDERSTOOD}"))
}

/// Returns the version of a message by the name of its schema: 10 of `urn:iso:std:iso:20022:tech:xsd:pain.002.001.10`.
fn version(schema: &str, message: &str) -> Option<u32> {
    let (_, rest) = schema.split_once(message)?;
    rest.get(..2)?.parse().ok()
}

/// Cuts elements of some names out of a text, and hands each over as it ends, with the elements that it stands in, as
/// far as they were read. What was cut out is not held in them.
///
/// # Errors
/// The text is not well formed, ends in the middle, has a document type, or is nested or large as no message is.
pub(super) fn cut(text: &str, names: &[&str], mut each: impl FnMut(&[Element], &Element)) -> Result<(), String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let (mut open, mut held, mut is_over) = (Vec::<Element>::new(), 0_usize, false);
    loop {
        match event(&mut reader)? {
            Event::Start(_) if is_over => {
                return Err("holds more than one message; make a file of each".to_owned());
            }
            Event::Start(tag) => {
                held += 1;
                if open.len() >= DEPTH_MAX || held > HELD_MAX {
                    return Err(format!(
                        "is no message: it is too deep or too wide at byte {}",
                        reader.buffer_position()
                    ));
                }
                open.push(Element::opened(&tag)?);
            }
            Event::End(_) => {
                let element = open.pop().expect("the reader refuses an end without its start");
                if names.contains(&element.name.as_str()) {
                    held = held.saturating_sub(element.size);
                    each(&open, &element);
                } else if let Some(parent) = open.last_mut() {
                    parent.size += element.size;
                    parent.children.push(element);
                }
                is_over = open.is_empty();
            }
            Event::Text(text) => add(&mut open, &text),
            Event::CData(text) => add(&mut open, &text),
            Event::GeneralRef(reference) => add(&mut open, &resolved(&reference)?),
            Event::Eof => break,
            _ => {}
        }
    }
    if is_over { Ok(()) } else { Err("ends in the middle; get the whole file again".to_owned()) }
}

/// Returns the next event.
fn event<'a>(reader: &mut Reader<&'a [u8]>) -> Result<Event<'a>, String> {
    match reader.read_event() {
        Ok(Event::DocType(_)) => Err("has a document type, which no message has".to_owned()),
        Ok(event) => Ok(event),
        Err(error) => Err(format!("is no XML at byte {}: {error}", reader.error_position())),
    }
}

fn add(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// Returns the character of a reference, as `&amp;` or `&#38;`.
fn resolved(reference: &BytesRef<'_>) -> Result<String, String> {
    if let Ok(Some(c)) = reference.resolve_char_ref() {
        return Ok(c.to_string());
    }
    let predefined = quick_xml::escape::resolve_predefined_entity(reference);
    predefined.map(str::to_owned).ok_or_else(|| format!("uses the entity {:?}, which no message has", &**reference))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cuts `b` out of a text; returns what stands in each, and its parents.
    fn cut_b(text: &str) -> Result<Vec<String>, String> {
        let mut found = Vec::new();
        cut(text, &["b"], |parents, element| {
            let path: Vec<&str> = parents.iter().map(Element::name).collect();
            found.push(format!("{} {}", path.join("/"), element.first_text(&[&["x"], &["c", "d"]])));
        })?;
        Ok(found)
    }

    #[test]
    fn elements_are_cut_out_by_their_local_names() {
        let text = "<?xml version='1.0'?><n:a xmlns:n='u'><b><x> </x><c><d> 1&amp;&#50; </d></c></b>\
                    <!-- b --><e><b><c/><c><d><![CDATA[<3>]]></d></c></b></e><n:b/></n:a>\n";
        assert_eq!(cut_b(text).expect("well formed"), ["a 1&2", "a/e <3>", "a "]);
    }

    #[test]
    fn what_is_not_whole_or_not_well_formed_is_refused() {
        let told = |text: &str| cut_b(text).expect_err(text);
        assert!(told("<a><b></b>").contains("ends in the middle"));
        assert!(told("<a><b></a>").starts_with("is no XML at byte "));
        assert!(told("<a/><a/>").contains("more than one message"));
        assert!(told("<a><b").starts_with("is no XML"));
        assert!(told("").contains("ends in the middle"));
    }

    #[test]
    fn nothing_expands() {
        let bomb = "<!DOCTYPE a [<!ENTITY l \"lol\"><!ENTITY m \"&l;&l;&l;\">]><a>&m;</a>";
        assert!(cut_b(bomb).expect_err("a document type").contains("document type"));
        assert!(format_of(bomb).expect_err("a document type").contains("document type"));
        assert!(cut_b("<a>&m;</a>").expect_err("an entity").contains("entity \"m\""));
    }

    #[test]
    fn neither_depth_nor_width_is_without_bound() {
        let deep = |levels: usize| format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels));
        assert!(cut_b(&deep(DEPTH_MAX)).is_ok());
        assert!(cut_b(&deep(DEPTH_MAX + 1)).expect_err("deep").contains("too deep"));
        let wide = |name: &str, number: usize| format!("<a>{}</a>", format!("<{name}/>").repeat(number));
        assert!(cut_b(&wide("c", HELD_MAX)).expect_err("wide").contains("too wide"));
        assert_eq!(cut_b(&wide("b", HELD_MAX + 1)).expect("cut out").len(), HELD_MAX + 1);
    }

    #[test]
    fn the_version_is_told_by_the_namespace() {
        let message = |body: &str, schema: &str| {
            format!(
                "<Envelope><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:{schema}\"><{body}/></Document></Envelope>"
            )
        };
        for (body, schema, format) in [
            ("CstmrPmtStsRpt", "pain.002.001.03", Format::Pain002),
            ("CstmrPmtStsRpt", "pain.002.001.14", Format::Pain002),
            ("BkToCstmrDbtCdtNtfctn", "camt.054.001.02", Format::Camt054),
            ("BkToCstmrStmt", "camt.053.001.12", Format::Camt054),
            ("BkToCstmrAcctRpt", "camt.052.001.08", Format::Camt054),
        ] {
            assert_eq!(format_of(&message(body, schema)), Ok(format), "{schema}");
        }
        let old = format_of(&message("BkToCstmrStmt", "camt.053.001.01"));
        assert_eq!(old, Err("is camt.053.001.01; camt.053.001.02 and newer are understood".to_owned()));
        let six = "<d:Document xmlns:d='http://www.six-interbank-clearing.com/de/pain.002.001.03.ch.02.xsd'>\
                   <d:CstmrPmtStsRpt/></d:Document>";
        assert_eq!(format_of(six), Ok(Format::Pain002));
        let other = format_of(&message("FIToFIPmtStsRpt", "pacs.002.001.10")).expect_err("another message");
        assert!(other.contains("pacs.002.001.10"), "{other}");
    }

    #[test]
    fn an_amount_has_to_be_in_the_currency() {
        let mut found = Vec::new();
        let text = "<a><b Ccy='GBP'> 10.5 </b><b Ccy='EUR'>10.5</b><b>1</b><b Ccy='GBP'>ten</b></a>";
        let pound = Currency::from_code("GBP").expect("pounds");
        cut(text, &["b"], |_, element| found.push(element.money(pound))).expect("well formed");
        assert_eq!(found[0], Ok(1_050));
        assert_eq!(found[1], Err("is in \"EUR\", and the program's currency is GBP".to_owned()));
        assert!(found[2].is_err() && found[3].is_err());
    }
}
