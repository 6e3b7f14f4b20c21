//! Drawings: their frame, and their pieces.

/// Width of every drawing, in pixels.
pub const WIDTH: f64 = 1000.0;

/// The free space at the sides, in pixels.
pub const MARGIN: f64 = 20.0;

/// The frame of a drawing. It is readable on white and on black paper.
pub struct Frame {
    /// A description of the drawing, for those who cannot see it.
    pub label: &'static str,
    /// The line above it.
    pub title: String,
    /// The line below the title.
    pub subtitle: String,
    /// The height, in pixels.
    pub height: f64,
    /// Style of further kinds of text.
    pub texts: &'static str,
    /// Style of the shapes.
    pub shapes: &'static str,
    /// Style of small text, and of the shapes, on black paper.
    pub dark: &'static str,
}

impl Frame {
    /// Returns the drawing that holds these pieces.
    pub fn around(&self, pieces: &str) -> String {
        let Self { label, title, subtitle, height, texts, shapes, dark } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
             role=\"img\" aria-label=\"{label}\">\n\
             <style>\n  \
             svg {{ font: 13px system-ui, sans-serif; background: #ffffff }}\n  \
             text {{ fill: #1f2328 }} .soft {{ fill: #57606a; font-size: 11px }} {texts}\
             .title {{ font-size: 16px; font-weight: 600 }}\n  \
             .key {{ font-weight: 600 }} {shapes}\n  \
             @media (prefers-color-scheme: dark) {{\n    \
             svg {{ background: #0d1117 }} text {{ fill: #e6edf3 }} {dark}\n  \
             }}\n\
             </style>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"none\"/>\n{}{}{pieces}</svg>\n",
            text(MARGIN, 30.0, "title", "start", title),
            text(MARGIN, 50.0, "soft", "start", subtitle),
        )
    }
}

/// Draws a line between two places.
pub fn line(x1: f64, y1: f64, x2: f64, y2: f64, class: &str) -> String {
    format!("<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>\n")
}

/// Draws a text that starts, ends or is centred at a place.
pub fn text(x: f64, y: f64, class: &str, anchor: &str, content: &str) -> String {
    let content = content.replace('&', "&amp;").replace('<', "&lt;");
    format!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{content}</text>\n")
}

/// Draws a bar, given its upper left corner.
pub fn bar(x: f64, y: f64, width: f64, height: f64, class: &str) -> String {
    format!(
        "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"2\"/>\n"
    )
}
