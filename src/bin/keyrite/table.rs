//! Lists as tables: a heading, then one line per thing.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table as Grid};

use crate::safe_text::{self, Page};

/// A table under construction. Cells are escaped as they come in, so that their widths are right.
#[derive(Debug)]
pub(crate) struct Table {
    grid: Grid,
}

impl Table {
    /// A table with these columns.
    pub(crate) fn new(columns: &[&str]) -> Self {
        let mut grid = Grid::new();
        grid.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        grid.set_header(columns.iter().map(|column| column.to_uppercase()));
        for column in grid.column_iter_mut() {
            column.set_padding((0, 2));
        }
        Self { grid }
    }

    /// Adds one line; as many cells as there are columns.
    pub(crate) fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.grid.add_row(cells.into_iter().map(|cell| safe_text::value(cell.as_ref())));
    }

    /// Puts the table on a page.
    pub(crate) fn put(&self, page: &mut Page) {
        let mut grid = self.grid.clone();
        if let Some(width) = page.width().and_then(|width| u16::try_from(width).ok()) {
            grid.set_width(width).set_content_arrangement(ContentArrangement::Dynamic);
        }
        page.lines(&grid.to_string());
    }
}
