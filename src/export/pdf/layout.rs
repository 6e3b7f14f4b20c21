//! Blocks to pages.

use std::mem;
use std::num::NonZeroU16;

use krilla::tagging::{Tag, kind};

use super::style::{
    BODY, BOTTOM, FOOT, FOOTER, HEADING, KEEP, LEFT, MINOR, NUMBER, RIGHT, SUBHEADING, Style, TITLE, TOP,
};
use super::tags::{NodeId, Tags};
use super::text::Typesetter;
use super::wrap::{Line, Reading, wrap};
use super::{Block, Document, Level, PdfError, table};

/// A document's pages, and what a screen reader is told of them.
pub(super) struct Sheets {
    /// The pages; there is one at least.
    pub(super) pages: Vec<Page>,
    /// Headings, paragraphs and tables.
    pub(super) tags: Tags,
    /// The headings, in reading order; the first is the title.
    pub(super) outline: Vec<Entry>,
}

/// A page.
#[derive(Default)]
pub(super) struct Page {
    /// The lines of text.
    pub(super) texts: Vec<Text>,
    /// The drawn lines.
    pub(super) rules: Vec<Rule>,
}

/// A line of text at its place.
pub(super) struct Text {
    /// The line.
    pub(super) line: Line,
    /// Where its first letter stands, from the left.
    pub(super) x: f32,
    /// Where its letters stand, from the top.
    pub(super) y: f32,
    /// How it looks.
    pub(super) style: Style,
    /// Whom it is told to.
    pub(super) part: Part,
}

/// The part of the document that a line of text belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A node of the tree, which is read.
    Node(NodeId),
    /// The head of a table once more, which is not.
    Repeated,
    /// The foot of the page, which is not.
    Footer,
}

/// A level line.
pub(super) struct Rule {
    /// Where it begins, from the left.
    pub(super) from: f32,
    /// Where it ends.
    pub(super) to: f32,
    /// Where it lies, from the top.
    pub(super) y: f32,
    /// Whether it is the one below a head or above a total; the others only guide the eye.
    pub(super) is_strong: bool,
}

/// A heading in the outline.
pub(super) struct Entry {
    /// How deep it lies; the title is at 1.
    pub(super) depth: u16,
    /// What it says.
    pub(super) text: String,
    /// Its page, from 0.
    pub(super) page: usize,
    /// Its upper edge there.
    pub(super) y: f32,
}

/// Pages being filled.
pub(super) struct Layout<'a> {
    /// What sets the text.
    pub(super) setter: &'a Typesetter,
    /// What a screen reader is told so far.
    pub(super) tags: Tags,
    full: Vec<Page>,
    page: Page,
    y: f32,
    outline: Vec<Entry>,
    /// The levels of the headings that the next one may lie below.
    open: Vec<u16>,
}

/// Sets a document on pages.
pub(super) fn arrange(setter: &Typesetter, document: &Document) -> Result<Sheets, PdfError> {
    let title = setter.label(&document.title);
    if title.trim().is_empty() {
        return Err(PdfError::NoTitle);
    }
    let (full, outline, open) = (Vec::new(), Vec::new(), Vec::new());
    let mut layout = Layout { setter, tags: Tags::default(), full, page: Page::default(), y: TOP, outline, open };
    layout.heading(1, &document.title, &TITLE, 0.0);
    for block in &document.blocks {
        match block {
            Block::Heading { level, text } => match level {
                Level::One => layout.heading(2, text, &HEADING, 20.0),
                Level::Two => layout.heading(3, text, &SUBHEADING, 14.0),
                Level::Three => layout.heading(4, text, &MINOR, 10.0),
            },
            Block::Paragraph(text) => layout.paragraph(text),
            Block::Facts(facts) => table::facts(&mut layout, facts),
            Block::Table(table) => table::table(&mut layout, table)?,
        }
    }
    Ok(layout.finish(&document.footer))
}

impl Layout<'_> {
    /// Returns the free height of the page.
    pub(super) fn room(&self) -> f32 {
        BOTTOM - self.y
    }

    /// Returns whether something of this height should rather begin the next page: it fits there and does not fit here.
    pub(super) fn overflows(&self, height: f32) -> bool {
        height > self.room() && height <= BOTTOM - TOP
    }

    /// Begins the next page.
    pub(super) fn turn(&mut self) {
        self.full.push(mem::take(&mut self.page));
        self.y = TOP;
    }

    /// Leaves space, but none at the top of a page.
    pub(super) fn skip(&mut self, height: f32) {
        if self.y > TOP {
            self.y += height;
        }
    }

    /// Goes down the page.
    pub(super) fn down(&mut self, height: f32) {
        self.y += height;
    }

    /// Places a line of text, so many points below where the page is filled to.
    pub(super) fn place(&mut self, line: Line, x: f32, below: f32, style: &Style, part: Part) {
        let y = self.y + below + style.baseline();
        self.page.texts.push(Text { line, x, y, style: *style, part });
    }

    /// Draws a line across, where the page is filled to.
    pub(super) fn rule(&mut self, is_strong: bool) {
        self.page.rules.push(Rule { from: LEFT, to: RIGHT, y: self.y, is_strong });
    }

    /// Sets running text; a blank one is left out.
    fn paragraph(&mut self, text: &str) {
        let lines = self.lines(text, &BODY, RIGHT - LEFT);
        if lines.is_empty() {
            return;
        }
        self.skip(8.0);
        let node = self.tags.add(None, Tag::<kind::P>::P);
        self.stack(lines, &BODY, node);
    }

    /// Sets a heading together with what follows; a blank one is left out.
    fn heading(&mut self, level: u16, text: &str, style: &Style, gap: f32) {
        let lines = self.lines(text, style, RIGHT - LEFT);
        if lines.is_empty() {
            return;
        }
        let height: f32 = lines.iter().map(|_| style.leading).sum();
        if self.overflows(gap + height + KEEP) {
            self.turn();
        }
        self.skip(gap);
        // A reader of headings must not meet one two levels below the last: a level that is skipped does not count.
        while self.open.pop_if(|last| *last >= level).is_some() {}
        self.open.push(level);
        let depth =
            u16::try_from(self.open.len()).expect("four levels are open at most: each is greater than the last");
        let text = self.setter.label(text);
        self.outline.push(Entry { depth, text: text.clone(), page: self.full.len(), y: self.y });
        let depth = NonZeroU16::new(depth).unwrap_or(NonZeroU16::MIN);
        let node = self.tags.add(None, Tag::Hn(depth, Some(text)));
        self.stack(lines, style, node);
    }

    /// Splits a text in English into lines; a blank one has none.
    fn lines(&self, text: &str, style: &Style, limit: f32) -> Vec<Line> {
        let text = self.setter.clean(text);
        if text.trim().is_empty() {
            return Vec::new();
        }
        wrap(self.setter, text.trim(), style, limit, Reading::English)
    }

    /// Places lines below each other, on as many pages as they need.
    fn stack(&mut self, lines: Vec<Line>, style: &Style, node: NodeId) {
        for line in lines {
            if self.overflows(style.leading) {
                self.turn();
            }
            self.place(line, LEFT, 0.0, style, Part::Node(node));
            self.y += style.leading;
        }
    }

    /// Adds the foot of each page.
    fn finish(mut self, footer: &str) -> Sheets {
        self.turn();
        let count = self.full.len();
        // The page's number has the right end of the line to itself.
        let footer = self.lines(footer, &FOOTER, RIGHT - LEFT - NUMBER);
        for (index, page) in self.full.iter_mut().enumerate() {
            let mut y = FOOT + FOOTER.baseline();
            let number = format!("Page {} of {count}", index + 1);
            for line in wrap(self.setter, &number, &FOOTER, NUMBER, Reading::English) {
                page.texts.push(Text { x: RIGHT - line.width, line, y, style: FOOTER, part: Part::Footer });
            }
            for line in &footer {
                page.texts.push(Text { line: line.clone(), x: LEFT, y, style: FOOTER, part: Part::Footer });
                y += FOOTER.leading;
            }
        }
        Sheets { pages: self.full, tags: self.tags, outline: self.outline }
    }
}
