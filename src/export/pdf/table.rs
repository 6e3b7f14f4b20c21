//! Tables to rows on pages.

use std::num::NonZeroU32;

use krilla::tagging::{TableHeaderScope, Tag, kind};

use super::layout::{Layout, Part};
use super::style::{BOTTOM, CELL, GUTTER, HEAD, LABEL, LEFT, RIGHT, ROW_PAD, Style, TOP, TOTAL, WORD_MAX};
use super::tags::NodeId;
use super::wrap::{Line, Reading, Widths, measure, wrap};
use super::{PdfError, Table};

/// A column at its place.
struct Slot {
    x: f32,
    width: f32,
    is_number: bool,
}

/// A row whose text is split into lines.
#[derive(Clone)]
struct Row {
    cells: Vec<Vec<Line>>,
    styles: Vec<Style>,
}

/// The space that a column asks for, and what it gets.
struct Wish {
    widths: Widths,
    is_number: bool,
    width: f32,
}

/// Sets labels and values: a table whose rows have heads.
pub(super) fn facts(layout: &mut Layout<'_>, facts: &[(String, String)]) {
    if facts.is_empty() {
        return;
    }
    layout.skip(10.0);
    let clean = |text: &String| layout.setter.clean(text);
    let facts: Vec<[String; 2]> = facts.iter().map(|(label, value)| [clean(label), clean(value)]).collect();
    let longest = facts.iter().map(|[label, _]| measure(layout.setter, label, &LABEL).whole).fold(0.0, f32::max);
    // At least a quarter of the line, so that short labels do not crowd the values; at most a half of it.
    let label = longest.clamp((RIGHT - LEFT) * 0.25, (RIGHT - LEFT) * 0.5);
    let x = LEFT + label + GUTTER;
    let slots = [Slot { x: LEFT, width: label, is_number: false }, Slot { x, width: RIGHT - x, is_number: false }];
    let table = layout.tags.add(None, Tag::<kind::Table>::Table);
    let body = layout.tags.add(Some(table), Tag::<kind::TBody>::TBody);
    for fact in &facts {
        let row = split(layout, fact, &slots, &[LABEL, CELL]);
        let line = layout.tags.add(Some(body), Tag::<kind::TR>::TR);
        let head = layout.tags.add(Some(line), Tag::TH(TableHeaderScope::Row));
        let value = layout.tags.add(Some(line), Tag::<kind::TD>::TD);
        place(layout, row, &slots, &[Part::Node(head), Part::Node(value)], None, 0.0);
        layout.rule(false);
    }
}

/// Sets a table; one without columns is left out.
pub(super) fn table(layout: &mut Layout<'_>, table: &Table) -> Result<(), PdfError> {
    let columns = table.columns.len();
    if let Some(row) = table.rows.iter().chain(&table.total).find(|row| row.len() != columns) {
        return Err(PdfError::RowLength { cells: row.len(), columns });
    }
    if columns == 0 {
        return Ok(());
    }
    let clean = |row: &Vec<String>| row.iter().map(|cell| layout.setter.clean(cell)).collect::<Vec<String>>();
    let titles = clean(&table.columns.iter().map(|column| column.title.clone()).collect());
    let rows: Vec<Vec<String>> = table.rows.iter().map(clean).collect();
    let total = table.total.as_ref().map(clean);

    let slots = slots(layout, table, &titles, &rows, total.as_deref());
    let head = split(layout, &titles, &slots, &vec![HEAD; columns]);
    let total = total.map(|total| split(layout, &total, &slots, &vec![TOTAL; columns]));
    let first = rows.first().map_or(0.0, |row| split(layout, row, &slots, &vec![CELL; columns]).height());
    layout.skip(10.0);
    if layout.overflows(head.height() + first) || layout.overflows(head.height()) {
        layout.turn();
    }
    let node = layout.tags.add(None, Tag::<kind::Table>::Table);
    let group = layout.tags.add(Some(node), Tag::<kind::THead>::THead);
    let cells =
        tags(layout, group, columns, |layout, row| layout.tags.add(Some(row), Tag::TH(TableHeaderScope::Column)));
    if head.is_repeated() {
        place_head(layout, &head, &slots, &cells);
    } else {
        place(layout, head.clone(), &slots, &cells, None, 0.0);
        layout.rule(true);
    }

    let body = layout.tags.add(Some(node), Tag::<kind::TBody>::TBody);
    if rows.is_empty() && total.is_none() {
        nothing(layout, body, columns);
    }
    let last = rows.len().saturating_sub(1);
    for (index, row) in rows.iter().enumerate() {
        let row = split(layout, row, &slots, &vec![CELL; columns]);
        let cells = tags(layout, body, columns, |layout, row| layout.tags.add(Some(row), Tag::<kind::TD>::TD));
        // The last row takes the total with it: a total alone on a page says nothing.
        let keep = if index == last { total.as_ref().map_or(0.0, Row::height) } else { 0.0 };
        place(layout, row, &slots, &cells, Some(&head), keep);
        layout.rule(index == last && total.is_some());
    }
    if let Some(total) = total {
        let cells = tags(layout, body, columns, |layout, row| layout.tags.add(Some(row), Tag::<kind::TD>::TD));
        place(layout, total, &slots, &cells, Some(&head), 0.0);
    }
    Ok(())
}

/// Says that a table has no rows, in one cell below all columns.
fn nothing(layout: &mut Layout<'_>, body: NodeId, columns: usize) {
    let slots = [Slot { x: LEFT, width: RIGHT - LEFT, is_number: false }];
    let span = u32::try_from(columns).ok().and_then(NonZeroU32::new);
    let row = layout.tags.add(Some(body), Tag::<kind::TR>::TR);
    let cell = layout.tags.add(Some(row), Tag::<kind::TD>::TD.with_col_span(span));
    let none = split(layout, &["None.".to_owned()], &slots, &[LABEL]);
    place(layout, none, &slots, &[Part::Node(cell)], None, 0.0);
}

/// Adds a row and its cells to what a screen reader is told.
fn tags(
    layout: &mut Layout<'_>,
    parent: NodeId,
    columns: usize,
    cell: impl Fn(&mut Layout<'_>, NodeId) -> NodeId,
) -> Vec<Part> {
    let row = layout.tags.add(Some(parent), Tag::<kind::TR>::TR);
    (0..columns).map(|_| Part::Node(cell(layout, row))).collect()
}

/// Gives each column its place.
fn slots(
    layout: &Layout<'_>,
    table: &Table,
    titles: &[String],
    rows: &[Vec<String>],
    total: Option<&[String]>,
) -> Vec<Slot> {
    let gaps: f32 = titles.iter().skip(1).map(|_| GUTTER).sum();
    let mut wishes: Vec<Wish> = table
        .columns
        .iter()
        .map(|column| Wish { widths: Widths::default(), is_number: column.is_number, width: 0.0 })
        .collect();
    let cells = rows.iter().map(|row| (row.as_slice(), &CELL));
    let all = std::iter::once((titles, &HEAD)).chain(cells).chain(total.map(|total| (total, &TOTAL)));
    for (row, style) in all {
        for (wish, cell) in wishes.iter_mut().zip(row) {
            let Widths { whole, word } = measure(layout.setter, cell, style);
            wish.widths = Widths { whole: wish.widths.whole.max(whole), word: wish.widths.word.max(word) };
        }
    }
    share(&mut wishes, RIGHT - LEFT - gaps);
    let mut x = LEFT;
    let mut slots = Vec::with_capacity(wishes.len());
    for Wish { width, is_number, .. } in wishes {
        slots.push(Slot { x, width, is_number });
        x += width + GUTTER;
    }
    slots
}

/// Shares a width among columns: first what each must have, then equal shares until each has what it wants, then the
/// rest in equal shares.
fn share(wishes: &mut [Wish], available: f32) {
    for wish in &mut *wishes {
        wish.width =
            if wish.is_number { wish.widths.whole } else { wish.widths.word }.min(WORD_MAX).min(wish.widths.whole);
    }
    let needed: f32 = wishes.iter().map(|wish| wish.width).sum();
    if needed > available {
        for wish in wishes {
            wish.width *= available / needed;
        }
        return;
    }
    let mut rest = available - needed;
    // Each round satisfies a column, or is the last.
    for _ in 0..wishes.len() {
        let open = |wish: &Wish| wish.width < wish.widths.whole;
        let equal = rest / counted(wishes.iter().filter(|wish| open(wish)).count()).max(1.0);
        let mut is_last = true;
        for wish in wishes.iter_mut().filter(|wish| open(wish) && wish.widths.whole - wish.width <= equal) {
            rest -= wish.widths.whole - wish.width;
            wish.width = wish.widths.whole;
            is_last = false;
        }
        if is_last {
            for wish in wishes.iter_mut().filter(|wish| open(wish)) {
                wish.width += equal;
                rest -= equal;
            }
            break;
        }
    }
    let equal = rest.max(0.0) / counted(wishes.len());
    for wish in wishes {
        wish.width += equal;
    }
}

/// Splits the text of a row into lines.
fn split(layout: &Layout<'_>, texts: &[String], slots: &[Slot], styles: &[Style]) -> Row {
    let cells = texts
        .iter()
        .zip(slots)
        .zip(styles)
        .map(|((text, slot), style)| wrap(layout.setter, text.trim(), style, slot.width, Reading::Own))
        .collect();
    Row { cells, styles: styles.to_vec() }
}

/// Places the head of a table, with the rule below.
fn place_head(layout: &mut Layout<'_>, head: &Row, slots: &[Slot], parts: &[Part]) {
    let height = head.height();
    for ((cell, style), (slot, part)) in head.cells.iter().zip(&head.styles).zip(slots.iter().zip(parts)) {
        // Its lines end together, above the rule.
        let mut below = height - ROW_PAD - cell.iter().map(|_| style.leading).sum::<f32>();
        for line in cell {
            layout.place(line.clone(), slot.begin(line), below, style, *part);
            below += style.leading;
        }
    }
    layout.down(height);
    layout.rule(true);
}

/// Places a row on the page, else on the next one below the head; one taller than a page begins here and goes on there.
fn place(layout: &mut Layout<'_>, row: Row, slots: &[Slot], parts: &[Part], head: Option<&Row>, keep: f32) {
    let (height, leading) = (row.height(), row.leading());
    let above = head.filter(|head| head.is_repeated()).map_or(0.0, Row::height);
    let mut is_fresh = false;
    let mut cells: Vec<_> = row.cells.into_iter().map(|cell| cell.into_iter().peekable()).collect();
    if height + keep > layout.room() && above + height + keep <= BOTTOM - TOP {
        turn(layout, slots, head);
    }
    layout.down(ROW_PAD);
    while cells.iter_mut().any(|cell| cell.peek().is_some()) {
        // On a fresh page one line is placed whatever its height, or there would be no end.
        if leading + ROW_PAD > layout.room() && !is_fresh {
            turn(layout, slots, head);
            layout.down(ROW_PAD);
            is_fresh = true;
            continue;
        }
        is_fresh = false;
        for ((cell, style), (slot, part)) in cells.iter_mut().zip(&row.styles).zip(slots.iter().zip(parts)) {
            if let Some(line) = cell.next() {
                let x = slot.begin(&line);
                layout.place(line, x, 0.0, style, *part);
            }
        }
        layout.down(leading);
    }
    layout.down(ROW_PAD);
}

/// Begins the next page with the head of the table, which is not read again.
fn turn(layout: &mut Layout<'_>, slots: &[Slot], head: Option<&Row>) {
    layout.turn();
    if let Some(head) = head.filter(|head| head.is_repeated()) {
        place_head(layout, head, slots, &vec![Part::Repeated; slots.len()]);
    }
}

impl Slot {
    /// Returns where a line begins: numbers end at the column's right edge.
    fn begin(&self, line: &Line) -> f32 {
        if self.is_number { self.x + self.width - line.width } else { self.x }
    }
}

impl Row {
    /// Returns whether it stands on each page as the head of a table: one that takes a third of it would leave rows no
    /// room.
    fn is_repeated(&self) -> bool {
        self.height() * 3.0 < BOTTOM - TOP
    }

    /// Returns the distance of its lines.
    fn leading(&self) -> f32 {
        self.styles.iter().map(|style| style.leading).fold(0.0, f32::max)
    }

    /// Returns its height.
    fn height(&self) -> f32 {
        let lines = self.cells.iter().map(Vec::len).max().unwrap_or(0);
        counted(lines) * self.leading() + 2.0 * ROW_PAD
    }
}

/// Returns a count as a number to draw by; no page has 65,535 of anything.
fn counted(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}
