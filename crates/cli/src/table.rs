//! Plain tables whose columns line up also with Japanese text.

/// A table under construction.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
    /// Widths of rows that were taken: later ones stay in line with them where they fit.
    widths: Vec<usize>,
}

impl Table {
    /// A table with these headings.
    pub fn new(headings: Vec<String>) -> Self {
        Self { rows: vec![headings], widths: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Number of rows that were added and not taken, the headings included.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The lines of the table: columns two spaces apart, no trailing spaces.
    pub fn lines(mut self) -> Vec<String> {
        self.take_lines()
    }

    /// The same, leaving the table empty, so that a long one can be printed piece by piece.
    pub fn take_lines(&mut self) -> Vec<String> {
        let rows = std::mem::take(&mut self.rows);
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        self.widths.resize(columns.max(self.widths.len()), 0);
        for row in &rows {
            for (wide, cell) in self.widths.iter_mut().zip(row) {
                *wide = (*wide).max(width(cell));
            }
        }
        let line = |row: &Vec<String>| {
            let padded = |(cell, wide): (&String, &usize)| format!("{cell}{}", " ".repeat(wide - width(cell)));
            row.iter().zip(&self.widths).map(padded).collect::<Vec<_>>().join("  ").trim_end().to_string()
        };
        rows.iter().map(line).collect()
    }
}

/// Terminal columns of a text.
pub fn width(text: &str) -> usize {
    text.chars().map(character_width).sum()
}

/// Terminal columns of a character: East Asian wide characters take two. Ranges from Unicode's
/// EastAsianWidth.txt, joined to the blocks that our texts and Japanese file names use.
pub fn character_width(character: char) -> usize {
    let is_wide = matches!(u32::from(character), 0x1100..=0x115f | 0x2e80..=0x303e | 0x3041..=0x33ff | 0x3400..=0x4dbf
        | 0x4e00..=0x9fff | 0xa000..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60
        | 0xffe0..=0xffe6 | 0x1f300..=0x1f64f | 0x20000..=0x3fffd);
    if is_wide { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_with_wide_characters() {
        let mut table = Table::new(vec!["名前".into(), "n".into()]);
        table.row(vec!["abcdef".into(), "1".into()]);
        assert_eq!(table.lines(), ["名前    n", "abcdef  1"]);
    }

    #[test]
    fn pieces_of_a_table_stay_in_line() {
        let mut table = Table::new(vec!["a".into(), "b".into()]);
        table.row(vec!["long".into(), "1".into()]);
        assert_eq!(table.take_lines(), ["a     b", "long  1"]);
        table.row(vec!["x".into(), "2".into()]);
        assert_eq!((table.rows(), table.take_lines()), (1, vec!["x     2".to_string()]));
    }
}
