//! Pages to the bytes of a file.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use krilla::SerializeSettings;
use krilla::color::rgb;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, SpanTag};

use super::layout::{Entry, Page, Part, Rule, Sheets, Text};
use super::style::{LEFT, PAGE_HEIGHT, PAGE_WIDTH};
use super::tags::Tags;
use super::text::Typesetter;
use super::{Document, PdfError};
use crate::domain::value::time::Micros;

/// The language of what this kit adds (`Page 1 of 3`), and so of the documents.
const LANGUAGE: &str = "en";

/// Writes pages into a file.
pub(super) fn paint(setter: &Typesetter, document: &Document, sheets: Sheets) -> Result<Vec<u8>, PdfError> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .expect("PDF/A-2 and PDF/UA-1 are both PDF 1.7");
    let settings = SerializeSettings { configuration, ..SerializeSettings::default() };
    let mut file = krilla::Document::new_with(settings);
    let Sheets { pages, mut tags, outline } = sheets;
    for page in &pages {
        let size = PageSettings::from_wh(PAGE_WIDTH, PAGE_HEIGHT).expect("A4 has a width and a height");
        let mut sheet = file.start_page_with(size);
        let mut surface = sheet.surface();
        draw(setter, &mut surface, page, &mut tags);
        surface.finish();
        sheet.finish();
    }
    file.set_outline(nested(&outline));
    file.set_tag_tree(tags.into_tree(LANGUAGE));
    let metadata = Metadata::new()
        .title(setter.label(&document.title))
        .language(LANGUAGE.to_owned())
        .document_id(document.id.clone())
        .creation_date(date(document.created));
    file.set_metadata(metadata);
    file.finish().map_err(|error| PdfError::Refused(format!("{error}: {error:?}")))
}

/// Draws a page.
fn draw(setter: &Typesetter, surface: &mut Surface<'_>, page: &Page, tags: &mut Tags) {
    draw_rules(surface, &page.rules);
    for text in &page.texts {
        let tag = match text.part {
            Part::Node(_) => ContentTag::Span(SpanTag::empty()),
            Part::Repeated => ContentTag::Artifact(Artifact::with_kind(ArtifactType::PaginationOther)),
            Part::Footer => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer)),
        };
        let line = surface.start_tagged(tag);
        draw_text(setter, surface, text);
        surface.end_tagged();
        if let Part::Node(node) = text.part {
            tags.hold(node, line);
        }
    }
}

/// Draws a line of text.
fn draw_text(setter: &Typesetter, surface: &mut Surface<'_>, text: &Text) {
    let Text { line, x, y, style, .. } = text;
    surface.set_fill(Some(fill(style.ink.rgb())));
    // The space at the end of a line that reads from right to left stands at its left.
    let mut x = if line.is_rtl { x - line.hang } else { *x };
    let mut runs = Vec::new();
    for run in setter.runs(&line.text, style.weight, line.is_rtl) {
        let width = run.width * style.size;
        runs.push((x, run));
        x += width;
    }
    // They stand from left to right, and are told in reading order.
    runs.sort_by_key(|(_, run)| run.start);
    for (x, run) in runs {
        surface.draw_glyphs(Point::from_xy(x, *y), &run.glyphs, run.font, &run.text, style.size, false);
    }
}

/// Draws a page's level lines, which say nothing.
fn draw_rules(surface: &mut Surface<'_>, rules: &[Rule]) {
    for (is_strong, thickness, colour) in [(false, 0.4, (0xd8, 0xdc, 0xe0)), (true, 0.8, (0x57, 0x60, 0x6a))] {
        let mut path = PathBuilder::new();
        for rule in rules.iter().filter(|rule| rule.is_strong == is_strong) {
            if let Some(rect) = Rect::from_xywh(rule.from, rule.y - thickness * 0.5, rule.to - rule.from, thickness) {
                path.push_rect(rect);
            }
        }
        if let Some(path) = path.finish() {
            surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
            surface.set_fill(Some(fill(colour)));
            surface.draw_path(&path);
            surface.end_tagged();
        }
    }
}

/// Returns a colour to fill with.
fn fill((red, green, blue): (u8, u8, u8)) -> Fill {
    Fill { paint: rgb::Color::new(red, green, blue).into(), ..Fill::default() }
}

/// Returns the headings as a tree.
fn nested(entries: &[Entry]) -> Outline {
    let mut outline = Outline::new();
    // The open nodes, each below the one before it.
    let mut open: Vec<(u16, OutlineNode)> = Vec::new();
    let mut close = |open: &mut Vec<(u16, OutlineNode)>, depth: u16| {
        while let Some((_, node)) = open.pop_if(|(last, _)| *last >= depth) {
            match open.last_mut() {
                Some((_, parent)) => parent.push_child(node),
                None => outline.push_child(node),
            }
        }
    };
    for entry in entries {
        close(&mut open, entry.depth);
        let place = XyzDestination::new(entry.page, Point::from_xy(LEFT, entry.y));
        open.push((entry.depth, OutlineNode::new(entry.text.clone(), place).with_open(true)));
    }
    close(&mut open, 0);
    outline
}

/// Returns a time as the metadata have it, in whole seconds.
fn date(created: Micros) -> DateTime {
    let at = Timestamp::from_microsecond(created.get()).unwrap_or(Timestamp::MAX).to_zoned(TimeZone::UTC);
    let part = |number: i8| number.unsigned_abs();
    DateTime::new(at.year().unsigned_abs())
        .month(part(at.month()))
        .day(part(at.day()))
        .hour(part(at.hour()))
        .minute(part(at.minute()))
        .second(part(at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}
