//! Tree: CAs and who has certified whom, as a picture.

use std::collections::BTreeSet;

use super::{Html, quoted};

/// A box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// What it is.
    pub(crate) title: String,
    /// What there is to know of it.
    pub(crate) lines: Vec<String>,
}

/// A line from the box of who certifies to the box of who is certified, both by their places in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// A further certificate for the same CA: drawn broken, and of no weight for the order.
    pub(crate) is_cross: bool,
}

/// Boxes and lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    pub(crate) edges: Vec<Edge>,
}

/// Width and height of a box, and the room between boxes, in units of the picture.
const WIDTH: usize = 250;
const HEIGHT: usize = 78;
const GAP: (usize, usize) = (24, 46);
/// How many characters of a line fit into a box.
const FITS: usize = 30;

impl Tree {
    /// The picture, with a text for those who do not see it.
    pub(crate) fn draw(&self, html: &mut Html) {
        let places = self.places();
        let columns = places.iter().map(|(column, _)| column.saturating_add(1)).max().unwrap_or(0);
        let rows = places.iter().map(|(_, row)| row.saturating_add(1)).max().unwrap_or(0);
        let x = |column: usize| column.saturating_mul(WIDTH.saturating_add(GAP.0)).saturating_add(1);
        let y = |row: usize| row.saturating_mul(HEIGHT.saturating_add(GAP.1)).saturating_add(1);
        html.raw(&format!(
            "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"who has certified whom\" width=\"{}\">\n",
            x(columns).max(1),
            y(rows).max(1),
            x(columns)
        ));
        for edge in &self.edges {
            let (Some(from), Some(to)) = (places.get(edge.from), places.get(edge.to)) else { continue };
            let half = WIDTH / 2;
            let (x1, y1) = (x(from.0).saturating_add(half), y(from.1).saturating_add(HEIGHT));
            let (x2, y2) = (x(to.0).saturating_add(half), y(to.1));
            let middle = y1.saturating_add(y2) / 2;
            let class = if edge.is_cross { " stroke-dasharray=\"5 4\"" } else { "" };
            html.raw(&format!("<path{class} fill=\"none\" stroke=\"#555\" stroke-width=\"1.3\" d=\"M{x1} {y1} C{x1} {middle} {x2} {middle} {x2} {y2}\"/>\n"));
        }
        for (node, (column, row)) in self.nodes.iter().zip(&places) {
            let (left, top) = (x(*column), y(*row));
            html.raw(&format!(
                "<rect x=\"{left}\" y=\"{top}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"4\" fill=\"#f6f6f2\" stroke=\"#333\"/>\n"
            ));
            let texts =
                std::iter::once(("title", &node.title)).chain(node.lines.iter().map(|line| ("", line)));
            for (number, (weight, text)) in (1..=3).zip(texts) {
                let baseline = top.saturating_add(22_usize.saturating_mul(number));
                html.raw(&format!(
                    "<text font-size=\"13\" font-weight=\"{weight}\" x=\"{}\" y=\"{baseline}\">{}</text>\n",
                    left.saturating_add(12),
                    quoted(&shortened(text))
                ));
            }
        }
        html.raw("</svg>\n");
    }

    /// Column and row of each box: whoever is certified stands below, and children beside one another.
    fn places(&self) -> Vec<(usize, usize)> {
        let mut places = vec![(0, 0); self.nodes.len()];
        let mut seen = BTreeSet::new();
        let mut column = 0_usize;
        let is_below = |node: usize| self.edges.iter().any(|edge| !edge.is_cross && edge.to == node);
        let roots = (0..self.nodes.len()).filter(|node| !is_below(*node));
        // Whoever is left after the roots is in a circle, which certificates may form.
        for root in roots.chain(0..self.nodes.len()) {
            let mut open = vec![(root, 0_usize)];
            while let Some((node, row)) = open.pop() {
                if !seen.insert(node) {
                    continue;
                }
                let below: Vec<usize> = self
                    .edges
                    .iter()
                    .filter(|edge| edge.from == node && !edge.is_cross && !seen.contains(&edge.to))
                    .map(|edge| edge.to)
                    .collect();
                if let Some(place) = places.get_mut(node) {
                    *place = (column, row);
                }
                if below.is_empty() {
                    column = column.saturating_add(1);
                }
                open.extend(below.into_iter().rev().map(|child: usize| (child, row.saturating_add(1))));
            }
        }
        places
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= FITS {
        return text.to_owned();
    }
    text.chars().take(FITS.saturating_sub(1)).chain(std::iter::once('…')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(title: &str) -> Node {
        Node { title: title.to_owned(), lines: Vec::new() }
    }

    fn edge(from: usize, to: usize) -> Edge {
        Edge { from, to, is_cross: false }
    }

    #[test]
    fn children_stand_below_and_beside_one_another_and_no_circle_is_endless() {
        let nodes = vec![node("root"), node("a"), node("b"), node("c"), node("other root")];
        let edges = vec![edge(0, 1), edge(0, 2), edge(2, 3), Edge { from: 4, to: 0, is_cross: true }];
        let tree = Tree { nodes, edges };
        assert_eq!(tree.places(), [(0, 0), (0, 1), (1, 1), (1, 2), (2, 0)]);
        let circle = Tree { nodes: vec![node("a"), node("b")], edges: vec![edge(0, 1), edge(1, 0)] };
        assert_eq!(circle.places(), [(0, 0), (0, 1)]);
        let mut html = Html::default();
        Tree { nodes: vec![node("<x>")], edges: Vec::new() }.draw(&mut html);
        assert!(html.0.contains(">&lt;x&gt;</text>"), "{}", html.0);
    }
}
