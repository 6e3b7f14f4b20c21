//! Text to lines.

use super::style::Style;
use super::text::{Cluster, Typesetter, reads_rtl};

/// A line of text.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// What it says, with the space at its end, which tells a screen reader that a word ended.
    pub(super) text: String,
    /// Whether it reads from right to left.
    pub(super) is_rtl: bool,
    /// Its width in points, without that space.
    pub(super) width: f32,
    /// Width of that space.
    pub(super) hang: f32,
}

/// Who decides whether a text reads from left to right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// English: left to right, whatever name it begins with.
    English,
    /// Its own first letter.
    Own,
}

/// Widths of a text, in points.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Widths {
    /// On one line.
    pub(super) whole: f32,
    /// Of its longest word.
    pub(super) word: f32,
}

/// Measures a cleaned text.
pub(super) fn measure(setter: &Typesetter, text: &str, style: &Style) -> Widths {
    let (mut widths, mut word) = (Widths::default(), 0.0);
    for Cluster { place, width } in setter.clusters(text, style.weight, reads_rtl(text)) {
        let width = width * style.size;
        widths.whole += width;
        let piece = &text[place];
        word = if piece == " " { 0.0 } else { word + width };
        widths.word = widths.word.max(word);
        if ends_word(piece) {
            word = 0.0;
        }
    }
    widths
}

/// Splits a cleaned text into lines no wider than `limit` points: after a space, else between two ideographs, else
/// within the word. There is one line at least, and none without a cluster: a text that says nothing gives a space.
pub(super) fn wrap(setter: &Typesetter, text: &str, style: &Style, limit: f32, reading: Reading) -> Vec<Line> {
    let text = if text.is_empty() { " " } else { text };
    let is_rtl = reading == Reading::Own && reads_rtl(text);
    let clusters = setter.clusters(text, style.weight, is_rtl);
    let mut breaks = Vec::new();
    // Widths since the line began, and since the last place where it may end.
    let (mut width, mut tail) = (0.0, 0.0);
    let (mut begin, mut last) = (0, None);
    for (index, cluster) in clusters.iter().enumerate() {
        let piece = &text[cluster.place.clone()];
        let advance = cluster.width * style.size;
        while piece != " " && index > begin && width + advance > limit + 0.01 {
            (begin, width) = last.take().map_or((index, 0.0), |last| (last, tail));
            tail = width;
            breaks.push(begin);
        }
        width += advance;
        tail += advance;
        if ends_word(piece) {
            (last, tail) = (Some(index + 1), 0.0);
        }
    }
    let starts = std::iter::once(0).chain(breaks.iter().copied());
    let ends = breaks.iter().copied().chain(std::iter::once(clusters.len()));
    starts.zip(ends).map(|(start, end)| line(text, &clusters[start..end], style, is_rtl)).collect()
}

/// Joins clusters to a line.
fn line(text: &str, clusters: &[Cluster], style: &Style, is_rtl: bool) -> Line {
    let spaces = clusters.iter().rev().take_while(|cluster| &text[cluster.place.clone()] == " ").count();
    let (letters, spaces) = clusters.split_at(clusters.len() - spaces);
    let wide = |clusters: &[Cluster]| clusters.iter().map(|cluster| cluster.width).sum::<f32>() * style.size;
    let start = clusters.first().map_or(0, |cluster| cluster.place.start);
    let end = clusters.last().map_or(text.len(), |cluster| cluster.place.end);
    Line { text: text[start..end].to_owned(), is_rtl, width: wide(letters), hang: wide(spaces) }
}

/// Returns whether a line may end after this cluster: a space, an ideograph, kana, a syllable of Thai, which has no
/// spaces.
fn ends_word(piece: &str) -> bool {
    piece == " "
        || piece.chars().next().is_some_and(|c| {
            matches!(c, '\u{e01}'..='\u{e5b}' | '\u{2e80}'..='\u{2fff}' | '\u{3001}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
        })
}
