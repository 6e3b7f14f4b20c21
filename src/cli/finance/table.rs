//! Tables as text.

/// The side of its column on which a cell stands.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) enum Side {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// Writes rows under a heading, in columns as wide as their widest cells.
pub(in crate::cli) fn columns(head: &[(&str, Side)], rows: &[Vec<String>]) -> String {
    let width = |at: usize, title: &str| {
        let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
        cells.chain([title.chars().count()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = head.iter().enumerate().map(|(at, (title, _))| width(at, title)).collect();
    let line = |cells: Vec<&str>| {
        let placed = cells.into_iter().zip(head).zip(&widths).map(|((cell, (_, side)), &width)| match side {
            Side::Left => format!("{cell:<width$}"),
            Side::Right => format!("{cell:>width$}"),
        });
        format!("  {}\n", placed.collect::<Vec<String>>().join("  ").trim_end())
    };
    let mut text = line(head.iter().map(|(title, _)| *title).collect());
    for row in rows {
        text += &line(row.iter().map(String::as_str).collect());
    }
    text
}

/// Writes facts, each beside its name.
pub(in crate::cli) fn facts(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    rows.iter().map(|(name, fact)| format!("  {name:<width$}  {fact}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cells() {
        let rows = [vec!["a".to_owned(), "1,000".to_owned()], vec!["Zoë".to_owned(), "5".to_owned()]];
        let text = columns(&[("id", Side::Left), ("sum", Side::Right)], &rows);
        assert_eq!(text, "  id     sum\n  a    1,000\n  Zoë      5\n");
        assert_eq!(facts(&[("pool", "5".into()), ("members", "7".into())]), "  pool     5\n  members  7\n");
    }
}
