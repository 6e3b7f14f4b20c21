//! Text to glyphs: what may be shown, in which font, in which direction, how wide.

use std::cell::RefCell;
use std::iter;
use std::ops::Range;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, Script, ShapePlan, UnicodeBuffer, shape_with_plan};
use unicode_bidi::{BidiInfo, Level};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::style::Weight;

/// Includes a vendored font.
macro_rules! font {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/fonts/", $name)).as_slice()
    };
}

/// The fonts, regular and bold, in the order in which they are asked for a character: the first that has it draws it.
const FAMILIES: [[&[u8]; 2]; 8] = [
    [font!("NotoSans-Regular.ttf"), font!("NotoSans-Bold.ttf")],
    [font!("NotoSansHebrew-Regular.ttf"), font!("NotoSansHebrew-Bold.ttf")],
    [font!("NotoSansArabic-Regular.ttf"), font!("NotoSansArabic-Bold.ttf")],
    [font!("NotoSansArmenian-Regular.ttf"), font!("NotoSansArmenian-Regular.ttf")],
    [font!("NotoSansGeorgian-Regular.ttf"), font!("NotoSansGeorgian-Regular.ttf")],
    [font!("NotoSansThai-Regular.ttf"), font!("NotoSansThai-Regular.ttf")],
    [font!("NotoSansDevanagari-Regular.ttf"), font!("NotoSansDevanagari-Regular.ttf")],
    [font!("DroidSansFallback.ttf"), font!("DroidSansFallback.ttf")],
];

/// Longest heading in an outline, in characters: some four lines there. PDF/A-2 allows a string of 32,767 bytes.
const LABEL_MAX: usize = 240;

/// Begins and ends a piece of text whose direction does not reach outside.
const ISOLATES: [char; 2] = ['\u{2068}', '\u{2069}'];

/// Wraps a name that stands in a sentence, so that a right-to-left one leaves the numbers beside it where they are.
#[must_use]
pub fn isolated(name: &str) -> String {
    let [begin, end] = ISOLATES;
    iter::once(begin).chain(name.chars().filter(|c| !ISOLATES.contains(c))).chain(iter::once(end)).collect()
}

/// A part of a line in one font and one direction.
pub(super) struct Run {
    /// Where it stands in the line, in bytes.
    pub(super) start: usize,
    /// What it says, in reading order.
    pub(super) text: String,
    /// What is drawn, from left to right; their measures are of a size of 1.
    pub(super) glyphs: Vec<KrillaGlyph>,
    /// The font.
    pub(super) font: Font,
    /// Its width at a size of 1.
    pub(super) width: f32,
}

/// The smallest part of a text that can be set apart: a letter with its marks.
pub(super) struct Cluster {
    /// Where it stands in the text, in bytes.
    pub(super) place: Range<usize>,
    /// Its width at a size of 1.
    pub(super) width: f32,
}

/// A font of one weight.
struct Face {
    face: rustybuzz::Face<'static>,
    font: Font,
}

/// How one font sets one script in one direction; costly to make, so it is kept.
struct Plan {
    face: usize,
    script: Script,
    direction: Direction,
    shape: ShapePlan,
}

/// A part of a text in one font and one direction.
struct Item {
    place: Range<usize>,
    face: usize,
    is_rtl: bool,
}

/// Sets text in the vendored fonts.
pub(super) struct Typesetter {
    faces: Vec<Face>,
    plans: RefCell<Vec<Plan>>,
}

impl Typesetter {
    /// Reads the fonts.
    pub(super) fn new() -> Self {
        let read = |data: &'static [u8]| {
            let face =
                rustybuzz::Face::from_slice(data, 0).expect("a vendored font is a font: a test sets text in each");
            let font = Font::new(data.into(), 0).expect("a vendored font is a font: a test sets text in each");
            Face { face, font }
        };
        Self { faces: FAMILIES.as_flattened().iter().map(|&data| read(data)).collect(), plans: RefCell::default() }
    }

    /// Returns what of a text can be shown, in composed form (NFC): line breaks and tabs as spaces, no control
    /// characters, U+FFFD for what no font has.
    pub(super) fn clean(&self, text: &str) -> String {
        let mut cleaned = String::with_capacity(text.len());
        for c in text.nfc() {
            match c {
                '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => cleaned.push(' '),
                '\u{200c}' | '\u{200d}' => {
                    if cleaned.chars().next_back().is_some_and(joins) {
                        cleaned.push(c);
                    }
                }
                _ if is_dropped(c) => {}
                _ if ISOLATES.contains(&c) || (!is_private(c) && self.family(c, Weight::Regular, None).is_some()) => {
                    cleaned.push(c);
                }
                _ => cleaned.push(char::REPLACEMENT_CHARACTER),
            }
        }
        cleaned
    }

    /// Returns a text as other programs show it, in an outline or in the properties of the file: its beginning, if it
    /// is long.
    pub(super) fn label(&self, text: &str) -> String {
        let text = self.clean(text).replace(ISOLATES, "");
        match text.char_indices().nth(LABEL_MAX) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }

    /// Returns a line's runs from left to right.
    pub(super) fn runs(&self, line: &str, weight: Weight, is_rtl: bool) -> Vec<Run> {
        self.items(line, weight, is_rtl).iter().map(|item| self.shape(&line[item.place.clone()], item)).collect()
    }

    /// Returns a text's clusters in reading order.
    pub(super) fn clusters(&self, text: &str, weight: Weight, is_rtl: bool) -> Vec<Cluster> {
        let mut clusters: Vec<Cluster> = Vec::new();
        for item in self.items(text, weight, is_rtl) {
            for glyph in self.shape(&text[item.place.clone()], &item).glyphs {
                let start = item.place.start + glyph.text_range.start;
                match clusters.last_mut() {
                    Some(last) if last.place.start == start => last.width += glyph.x_advance,
                    _ => {
                        let place = start..item.place.start + glyph.text_range.end;
                        clusters.push(Cluster { place, width: glyph.x_advance });
                    }
                }
            }
        }
        clusters.sort_by_key(|cluster| cluster.place.start);
        clusters
    }

    /// Splits a line into parts of one font and one direction, from left to right.
    fn items(&self, line: &str, weight: Weight, is_rtl: bool) -> Vec<Item> {
        if !is_rtl && !line.chars().any(may_turn) {
            return self.fonts(line, 0..line.len(), weight, false);
        }
        let base = if is_rtl { Level::rtl() } else { Level::ltr() };
        let info = BidiInfo::new(line, Some(base));
        let mut items = Vec::new();
        for paragraph in &info.paragraphs {
            let (levels, places) = info.visual_runs(paragraph, paragraph.range.clone());
            for place in places {
                let is_rtl = levels.get(place.start).is_some_and(Level::is_rtl);
                let mut part = self.fonts(line, place, weight, is_rtl);
                if is_rtl {
                    part.reverse();
                }
                items.append(&mut part);
            }
        }
        items
    }

    /// Splits a part of a line where the font changes, in reading order; where it reads from right to left, between
    /// words too: glyphs are told from left to right, so that only words apart can be told in reading order.
    fn fonts(&self, line: &str, place: Range<usize>, weight: Weight, is_rtl: bool) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        let mut current = None;
        for (at, c) in line[place.clone()].char_indices().map(|(at, c)| (place.start + at, c)) {
            if ISOLATES.contains(&c) {
                current = None;
                continue;
            }
            let family = self.family(c, weight, current).unwrap_or(0);
            match items.last_mut() {
                Some(last) if current == Some(family) && !(is_rtl && (c == ' ' || line[..at].ends_with(' '))) => {
                    last.place.end = at + c.len_utf8();
                }
                _ => items.push(Item { place: at..at + c.len_utf8(), face: face_index(family, weight), is_rtl }),
            }
            current = Some(family);
        }
        items
    }

    /// Returns the first family that has a character; spaces and marks stay in the font of the letter before them.
    fn family(&self, c: char, weight: Weight, current: Option<usize>) -> Option<usize> {
        let has = |family: &usize| {
            self.faces.get(face_index(*family, weight)).is_some_and(|face| face.face.glyph_index(c).is_some())
        };
        let stays = c == ' ' || matches!(c, '\u{200c}' | '\u{200d}') || (!c.is_ascii() && is_combining_mark(c));
        current.filter(|family| stays && has(family)).or_else(|| (0..FAMILIES.len()).find(has))
    }

    /// Draws a text in one font and one direction.
    fn shape(&self, text: &str, item: &Item) -> Run {
        let Face { face, font } = &self.faces[item.face];
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        let direction = if item.is_rtl { Direction::RightToLeft } else { Direction::LeftToRight };
        buffer.set_direction(direction);
        let script = buffer.script();
        let mut plans = self.plans.borrow_mut();
        let is_it = |plan: &Plan| plan.face == item.face && plan.script == script && plan.direction == direction;
        let index = plans.iter().position(is_it).unwrap_or_else(|| {
            let shape = ShapePlan::new(face, direction, Some(script), None, &[]);
            plans.push(Plan { face: item.face, script, direction, shape });
            plans.len() - 1
        });
        let shaped = shape_with_plan(face, &plans[index].shape, buffer);

        let units = font.units_per_em();
        let starts = |position: usize| shaped.glyph_infos().get(position).map(|info| index_of(info.cluster));
        let mut glyphs = Vec::with_capacity(shaped.len());
        let mut width = 0.0;
        let mut ends = cluster_ends(shaped.len(), starts, item.is_rtl, text.len());
        for (info, position) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()) {
            let place = index_of(info.cluster)..ends.next().unwrap_or(text.len());
            // Glyph 0 says that the font lacks something, which neither standard lets a file show.
            let glyph = if info.glyph_id == 0 { self.substitute(item.face) } else { info.glyph_id };
            let [advance, x, y] =
                [position.x_advance, position.x_offset, position.y_offset].map(|n| units_of(n) / units);
            glyphs.push(KrillaGlyph::new(GlyphId::new(glyph), advance, x, y, 0.0, place, None));
            width += advance;
        }
        Run { start: item.place.start, text: text.to_owned(), glyphs, font: font.clone(), width }
    }

    /// Returns a glyph that a font has for certain.
    fn substitute(&self, face: usize) -> u32 {
        let face = &self.faces[face].face;
        ['\u{fffd}', '?', ' '].iter().find_map(|&c| face.glyph_index(c)).map_or(1, |glyph| u32::from(glyph.0))
    }
}

/// Returns where in the text the cluster of each glyph ends: where the next one in reading order begins.
fn cluster_ends(
    count: usize,
    starts: impl Fn(usize) -> Option<usize>,
    is_rtl: bool,
    length: usize,
) -> impl Iterator<Item = usize> {
    let mut ends = vec![length; count];
    let order: Vec<usize> = if is_rtl { (0..count).collect() } else { (0..count).rev().collect() };
    let (mut next, mut current) = (length, None);
    for position in order {
        let start = starts(position);
        if current.is_some() && start != current {
            next = current.unwrap_or(length);
        }
        current = start;
        ends[position] = next;
    }
    ends.into_iter()
}

/// Returns the place of a family's font of a weight.
const fn face_index(family: usize, weight: Weight) -> usize {
    family * 2
        + match weight {
            Weight::Regular => 0,
            Weight::Bold => 1,
        }
}

/// Returns whether a character may be part of right-to-left text, or of a piece set apart from its neighbours.
fn may_turn(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{2068}' | '\u{2069}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// Returns whether a text reads from right to left, which its first letter with a direction decides.
pub(super) fn reads_rtl(text: &str) -> bool {
    text.chars().any(may_turn) && unicode_bidi::get_base_direction(text) == unicode_bidi::Direction::Rtl
}

/// Returns whether an invisible joiner changes how the next letter joins this one: Arabic and Devanagari.
fn joins(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{77f}' | '\u{900}'..='\u{97f}')
}

/// Returns whether a character shows nothing or only steers: controls, directions other than isolates, variants, tags.
fn is_dropped(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}')
        || matches!(c, '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{2067}' | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}')
        || matches!(c, '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}')
        || matches!(c, '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns whether nobody but two who agreed knows what a character is.
fn is_private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

/// Returns a place in a text as the index it is.
fn index_of(place: u32) -> usize {
    usize::try_from(place).expect("a place in a text in memory fits its index")
}

/// Returns a measure of a font, which its tables keep in 16 bits, as a number to draw by.
fn units_of(measure: i32) -> f32 {
    f32::from(i16::try_from(measure).unwrap_or(i16::MAX))
}
