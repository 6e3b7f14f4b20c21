//! Measures and looks: every number a page is drawn by. Lengths are in points, 72 an inch.

/// Width of a page: A4, 210 mm.
pub(super) const PAGE_WIDTH: f32 = 595.28;

/// Height of a page: A4, 297 mm.
pub(super) const PAGE_HEIGHT: f32 = 841.89;

/// Where text begins: 20 mm from the edge.
pub(super) const LEFT: f32 = 56.7;

/// Where text ends.
pub(super) const RIGHT: f32 = PAGE_WIDTH - LEFT;

/// Where the first line of a page begins.
pub(super) const TOP: f32 = 56.7;

/// Where the last line of a page ends; the footer has the rest.
pub(super) const BOTTOM: f32 = PAGE_HEIGHT - 72.0;

/// Where the footer begins.
pub(super) const FOOT: f32 = PAGE_HEIGHT - 50.0;

/// Width kept for the page's number: `Page 1,000 of 1,000` and a gap.
pub(super) const NUMBER: f32 = 90.0;

/// Free space between the columns of a table.
pub(super) const GUTTER: f32 = 14.0;

/// Free space above and below the text of a row.
pub(super) const ROW_PAD: f32 = 2.6;

/// Free space kept below a heading, so that it does not end a page: a table's head and a row of four lines.
pub(super) const KEEP: f32 = 84.0;

/// What a column of words asks for at most before others get more than they must have: some 16 letters. Without this
/// bound one long identifier would starve its neighbours.
pub(super) const WORD_MAX: f32 = 84.0;

/// Weight of the letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Running text.
    Regular,
    /// Headings, totals.
    Bold,
}

/// Colour of the letters; both have a contrast above 4.5 on white, as WCAG 1.4.3 asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// Nearly black.
    Strong,
    /// Grey, for what the eye may pass over.
    Soft,
}

impl Ink {
    /// Returns red, green and blue.
    pub(super) const fn rgb(self) -> (u8, u8, u8) {
        match self {
            Self::Strong => (0x1f, 0x23, 0x28),
            Self::Soft => (0x57, 0x60, 0x6a),
        }
    }
}

/// How a line of text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// Size of the letters.
    pub(super) size: f32,
    /// From one line to the next.
    pub(super) leading: f32,
    /// Weight of the letters.
    pub(super) weight: Weight,
    /// Their colour.
    pub(super) ink: Ink,
}

impl Style {
    /// Returns how far below the top of a line its letters stand. 0.35 of their size puts the middle of the capitals in
    /// the middle of the line.
    pub(super) fn baseline(&self) -> f32 {
        self.leading * 0.5 + self.size * 0.35
    }
}

/// The document's title.
pub(super) const TITLE: Style = Style { size: 19.0, leading: 25.0, weight: Weight::Bold, ink: Ink::Strong };

/// The heading of a part.
pub(super) const HEADING: Style = Style { size: 13.0, leading: 18.0, weight: Weight::Bold, ink: Ink::Strong };

/// The heading of a part of a part.
pub(super) const SUBHEADING: Style = Style { size: 10.5, leading: 15.0, weight: Weight::Bold, ink: Ink::Strong };

/// The heading of the smallest part.
pub(super) const MINOR: Style = Style { size: 9.5, leading: 14.0, weight: Weight::Bold, ink: Ink::Soft };

/// Running text.
pub(super) const BODY: Style = Style { size: 9.5, leading: 14.0, weight: Weight::Regular, ink: Ink::Strong };

/// A cell.
pub(super) const CELL: Style = Style { size: 9.0, leading: 12.5, weight: Weight::Regular, ink: Ink::Strong };

/// The head of a column.
pub(super) const HEAD: Style = Style { size: 8.5, leading: 12.5, weight: Weight::Bold, ink: Ink::Soft };

/// A cell of the last row.
pub(super) const TOTAL: Style = Style { size: 9.0, leading: 12.5, weight: Weight::Bold, ink: Ink::Strong };

/// The label of a fact.
pub(super) const LABEL: Style = Style { size: 9.0, leading: 12.5, weight: Weight::Regular, ink: Ink::Soft };

/// The foot of a page.
pub(super) const FOOTER: Style = Style { size: 7.5, leading: 10.0, weight: Weight::Regular, ink: Ink::Soft };
