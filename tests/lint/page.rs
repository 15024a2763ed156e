//! docs/lints.md says what the catalogue and the fixtures say.

use std::fmt::Write as _;

use keyrite::lint::CATALOGUE;

use crate::fixtures::{self, Fixture};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/lints.md");
const BEGIN: &str =
    "<!-- begin of the table that a test writes: KEYRITE_WRITE_DOCS=1 cargo test --test lint -->\n";
const END: &str = "<!-- end of the table -->\n";

fn names<'f>(fixtures: impl Iterator<Item = &'f Fixture>) -> String {
    fixtures.map(|fixture| fixture.name).collect::<Vec<_>>().join(", ")
}

fn table() -> String {
    let mut table = String::from(
        "| rule | id | looks at | set | severity | wanted | source | firing fixtures | passing fixtures |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    let mut lints: Vec<_> = CATALOGUE.iter().copied().flatten().collect();
    // The order of the rules, not of the alphabet.
    lints.sort_by_key(|lint| ("CNEAUOKQLR".find(&lint.id[..1]), lint.rule()));
    for lint in lints {
        let own = || fixtures::all().filter(|fixture| fixture.lint == lint.id);
        let firing = names(own().filter(|fixture| fixture.is_firing()));
        let passing = names(own().filter(|fixture| !fixture.is_firing()));
        let house = if lint.house { " (house)" } else { "" };
        writeln!(
            table,
            "| {} | {} | {} | {} | {}{house} | {} | {} | {firing} | {passing} |",
            lint.rule(),
            lint.id,
            lint.objects(),
            lint.standard,
            lint.severity,
            lint.description,
            lint.citation,
        )
        .unwrap();
    }
    table
}

#[test]
fn the_page_lists_the_catalogue() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the mark before the table");
    let (found, after) = rest.split_once(END).expect("the mark after the table");
    let wanted = table();
    if found != wanted && std::env::var_os("KEYRITE_WRITE_DOCS").is_some() {
        let page = [before, BEGIN, &wanted, END, after].concat();
        std::io::Write::write_all(&mut std::fs::File::create(PAGE).unwrap(), page.as_bytes()).unwrap();
        return;
    }
    assert!(
        found == wanted,
        "docs/lints.md is old: KEYRITE_WRITE_DOCS=1 cargo test --test lint writes it anew"
    );
}

#[test]
fn every_rule_of_the_page_is_one_of_the_catalogue_or_said_to_be_elsewhere() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let ranges = [("C", 20), ("U", 6), ("A", 5), ("E", 8), ("L", 8)];
    for (letter, last) in ranges {
        for number in 1..=last {
            let rule = format!("{letter}{number:02}");
            let linted = CATALOGUE.iter().copied().flatten().any(|lint| lint.rule() == rule);
            let elsewhere = page.contains(&format!("| {rule} | elsewhere |"));
            assert!(linted != elsewhere || page.contains(&format!("| {rule} | in part |")), "{rule}");
        }
    }
}
