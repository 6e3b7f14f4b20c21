//! Elements of XML, in the few shapes that the message has.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// Writes XML. Text is escaped; elements are opened and closed by who uses this, as a file is written in parts.
pub(super) struct Xml<W> {
    writer: Writer<W>,
}

impl<W: io::Write> Xml<W> {
    pub(super) fn new(out: W) -> Self {
        Self { writer: Writer::new(out) }
    }

    /// Opens a document.
    pub(super) fn begin(&mut self, namespace: &str) -> io::Result<()> {
        self.writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        self.line_break()?;
        self.writer.write_event(Event::Start(BytesStart::new("Document").with_attributes([("xmlns", namespace)])))?;
        self.open("CstmrCdtTrfInitn")?;
        self.line_break()
    }

    /// Closes a document.
    pub(super) fn end(&mut self) -> io::Result<()> {
        self.line_break()?;
        self.close("CstmrCdtTrfInitn")?;
        self.close("Document")?;
        self.line_break()
    }

    pub(super) fn open(&mut self, element: &str) -> io::Result<()> {
        self.writer.write_event(Event::Start(BytesStart::new(element)))
    }

    pub(super) fn close(&mut self, element: &str) -> io::Result<()> {
        self.writer.write_event(Event::End(BytesEnd::new(element)))
    }

    /// Writes an element that has a text.
    pub(super) fn leaf(&mut self, element: &str, text: &str) -> io::Result<()> {
        self.nested(&[element], text)
    }

    /// Writes elements within each other, the innermost of which has a text.
    pub(super) fn nested(&mut self, elements: &[&str], text: &str) -> io::Result<()> {
        for element in elements {
            self.open(element)?;
        }
        self.writer.write_event(Event::Text(BytesText::new(text)))?;
        for element in elements.iter().rev() {
            self.close(element)?;
        }
        Ok(())
    }

    /// Writes an amount of a currency.
    pub(super) fn amount(&mut self, element: &str, currency: &str, amount: &str) -> io::Result<()> {
        self.writer.write_event(Event::Start(BytesStart::new(element).with_attributes([("Ccy", currency)])))?;
        self.writer.write_event(Event::Text(BytesText::new(amount)))?;
        self.close(element)
    }

    /// Writes a line break. Between these elements it means nothing; people and `diff` read lines.
    pub(super) fn line_break(&mut self) -> io::Result<()> {
        self.writer.get_mut().write_all(b"\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_elements_are_closed_from_within() {
        let mut out = Vec::new();
        let mut xml = Xml::new(&mut out);
        xml.nested(&["A", "B"], "<&>'\"").expect("written");
        xml.amount("C", "EUR", "1.00").expect("written");
        let expected = "<A><B>&lt;&amp;&gt;&apos;&quot;</B></A><C Ccy=\"EUR\">1.00</C>";
        assert_eq!(String::from_utf8(out).expect("text"), expected);
    }
}
