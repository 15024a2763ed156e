//! Lists as tables: a heading, then one line per thing, or a few lines on a narrow terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table as Grid};

use crate::safe_text::{self, Page};

/// How far the lines below the first one of a row are indented.
const INDENT: usize = 4;
/// The columns between two cells.
const GAP: usize = 2;

/// A table under construction. Cells are escaped as they come in, so that their widths are right.
#[derive(Debug)]
pub(crate) struct Table {
    /// The heading, then the rows; as many cells in each as there are columns.
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub(crate) fn new(columns: &[&str]) -> Self {
        Self { rows: vec![columns.iter().map(|column| column.to_uppercase()).collect()] }
    }

    /// Adds one line; as many cells as there are columns.
    pub(crate) fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(|cell| safe_text::value(cell.as_ref())).collect());
    }

    /// Puts the table on a page. Cells are there to be copied, so none is broken as long as it fits on a line
    /// of its own: where the terminal is too narrow, the last columns go on below the first.
    pub(crate) fn put(&self, page: &mut Page) {
        let Some(width) = page.width() else {
            page.lines(&grid(self.rows.iter().map(Vec::as_slice)));
            return;
        };
        let groups = self.groups(width);
        let grids: Vec<String> = groups
            .iter()
            .map(|(from, to)| grid(self.rows.iter().map(|row| row.get(*from..*to).unwrap_or_default())))
            .collect();
        let mut lines: Vec<_> = grids.iter().map(|grid| grid.lines()).collect();
        for _ in &self.rows {
            for (at, line) in lines.iter_mut().filter_map(Iterator::next).enumerate() {
                let indent = if at == 0 { 0 } else { INDENT };
                page.line(format!("{:indent$}{}", "", line.trim_end()));
            }
        }
    }

    /// The columns that stand beside each other, as ranges from one to before another.
    fn groups(&self, width: usize) -> Vec<(usize, usize)> {
        let columns = self.rows.first().map_or(0, Vec::len);
        let mut groups = Vec::new();
        let (mut from, mut used) = (0, 0_usize);
        for column in 0..columns {
            let widest =
                self.rows.iter().filter_map(|row| row.get(column)).map(|cell| columns_of(cell)).max();
            let widest = widest.unwrap_or_default();
            if column > from && used.saturating_add(widest) > width {
                groups.push((from, column));
                (from, used) = (column, INDENT);
            }
            used = used.saturating_add(widest).saturating_add(GAP);
        }
        groups.push((from, columns));
        groups
    }
}

/// At most so many columns of a terminal are taken by a text.
fn columns_of(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

/// Cells in columns as wide as they need, one line for each row.
fn grid<'a>(rows: impl Iterator<Item = &'a [String]>) -> String {
    let mut grid = Grid::new();
    grid.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    for row in rows {
        grid.add_row(row);
    }
    for column in grid.column_iter_mut() {
        column.set_padding((0, u16::try_from(GAP).unwrap_or(u16::MAX)));
    }
    grid.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_terminal_breaks_rows_and_no_cells() {
        let mut table = Table::new(&["serial", "ca", "subject"]);
        table.row(["44CB0DE7084698F3", "root", "CN=a"]);
        table.row(["01", "issuing", "CN=www.example.test"]);
        let put = |width| {
            let mut page = Page::of_width(width);
            table.put(&mut page);
            page.as_str().to_owned()
        };
        let wide = "SERIAL            CA       SUBJECT\n\
                    44CB0DE7084698F3  root     CN=a\n\
                    01                issuing  CN=www.example.test\n";
        assert_eq!(put(None), wide);
        assert_eq!(put(Some(46)), wide);
        let narrow = "SERIAL            CA\n    SUBJECT\n\
                      44CB0DE7084698F3  root\n    CN=a\n\
                      01                issuing\n    CN=www.example.test\n";
        assert_eq!(put(Some(45)), narrow);
    }
}
