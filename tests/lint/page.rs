//! docs/lints.md says what the catalogue and the fixtures say.

use std::fmt::Write as _;

use keyrite::lint::CATALOGUE;

use crate::fixtures::{self, Fixture};
use crate::rules::{self, Held, Rule};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/lints.md");
const BEGIN: &str =
    "<!-- begin of the table that a test writes: KEYRITE_WRITE_DOCS=1 cargo test --test lint -->\n";
const RULES_BEGIN: &str =
    "<!-- begin of the rules that a test writes: KEYRITE_WRITE_DOCS=1 cargo test --test lint -->\n";
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

/// Writes what stands between two marks, if that is asked for, and holds the page to it.
fn written(begin: &str, wanted: &str) {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(begin).expect("the mark before the table");
    let (found, after) = rest.split_once(END).expect("the mark after the table");
    if found != wanted && std::env::var_os("KEYRITE_WRITE_DOCS").is_some() {
        let page = [before, begin, wanted, END, after].concat();
        std::io::Write::write_all(&mut std::fs::File::create(PAGE).unwrap(), page.as_bytes()).unwrap();
        return;
    }
    assert!(
        found == wanted,
        "docs/lints.md is old: KEYRITE_WRITE_DOCS=1 cargo test --test lint writes it anew"
    );
}

#[test]
fn the_page_lists_the_catalogue_and_every_rule() {
    written(BEGIN, &table());
    written(RULES_BEGIN, &every_rule());
}

/// The first fixture that a lint fires on, and the first that it lets pass.
fn evidence(lint: &str) -> (String, String) {
    let own = || fixtures::all().filter(|fixture| fixture.lint == lint);
    let name = |found: Option<&Fixture>| found.map_or_else(String::new, |one| format!("{lint}/{}", one.name));
    (name(own().find(|one| one.is_firing())), name(own().find(|one| one.fires.is_empty())))
}

/// Where a rule is held, what it refuses and what it lets pass, in the words of the page.
fn row(rule: &Rule, held: &Held) -> Vec<[String; 3]> {
    let case =
        |id: &&str, file: &str| [format!("`{id}`"), file.to_owned(), "the nearest, beside it".to_owned()];
    match held {
        Held::Lints => CATALOGUE
            .iter()
            .copied()
            .flatten()
            .filter(|lint| lint.rule() == rule.id)
            .map(|lint| {
                let (firing, passing) = evidence(lint.id);
                [format!("`{}`", lint.id), firing, passing]
            })
            .collect(),
        Held::Policy(ids) => ids.iter().map(|id| case(id, "tests/policy/rules.rs")).collect(),
        Held::Profile(ids) => ids.iter().map(|id| case(id, "tests/policy/documents.rs")).collect(),
        Held::Test(file, name) => {
            let shown = format!("tests/{file}: {}", name.replace('_', " "));
            vec![["a test of its own".to_owned(), shown, "in the same test".to_owned()]]
        }
        Held::Shape(words) => vec![["the types".to_owned(), (*words).to_owned(), String::new()]],
        Held::Not(reason) => vec![["not here".to_owned(), (*reason).to_owned(), String::new()]],
    }
}

fn every_rule() -> String {
    let mut table = String::from(
        "| rule | what it wants | source | held by | refuses | lets pass |\n|---|---|---|---|---|---|\n",
    );
    for rule in rules::RULES.iter().copied().flatten() {
        for (at, [by, firing, passing]) in rule.held.iter().flat_map(|held| row(rule, held)).enumerate() {
            let head = if at == 0 { [rule.id, rule.words, rule.source] } else { [""; 3] };
            writeln!(table, "| {} | {by} | {firing} | {passing} |", head.join(" | ")).unwrap();
        }
    }
    table
}

/// Every way in which a rule is said to be held exists.
fn lacks(rule: &Rule, held: &Held) -> Option<String> {
    let read = |path: String| std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{path} is there"));
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/");
    match held {
        Held::Lints => {
            let all = CATALOGUE.iter().copied().flatten().filter(|lint| lint.rule() == rule.id);
            let bare: Vec<&str> = all
                .clone()
                .map(|lint| lint.id)
                .filter(|id| evidence(id).0.is_empty() || evidence(id).1.is_empty())
                .collect();
            (all.count() == 0 || !bare.is_empty()).then(|| format!("lints with evidence, but for {bare:?}"))
        }
        // That each of these has a case is what tests/policy/rules.rs sees to.
        Held::Policy(ids) => {
            let unknown =
                ids.iter().find(|id| !keyrite::policy::Rule::ALL.iter().any(|known| known.id() == **id));
            unknown.map(|id| format!("the rule of policy {id}"))
        }
        Held::Profile(ids) => {
            // That each of these has a text is what tests/policy/documents.rs sees to.
            let unknown = ids.iter().find(|id| !keyrite::policy::profile::problem_ids::ALL.contains(id));
            unknown.map(|id| format!("the problem of profiles {id}"))
        }
        Held::Test(file, name) => {
            let text = read(format!("{tests}{file}"));
            let plain = format!("#[test]\nfn {name}()");
            let found = text.contains(&plain) || text.contains(&format!("    fn {name}("));
            (!found).then(|| format!("the test {name} in {file}"))
        }
        Held::Shape(_) | Held::Not(_) => None,
    }
}

#[test]
fn no_rule_is_without_evidence_or_a_reason() {
    let mut wrong = Vec::new();
    for rule in rules::RULES.iter().copied().flatten() {
        wrong.extend(
            rule.held
                .iter()
                .filter_map(|held| lacks(rule, held))
                .map(|lack| format!("{}: no {lack}", rule.id)),
        );
        if rule.held.is_empty() {
            wrong.push(format!("{}: held nowhere", rule.id));
        }
        // The rules that concern profile, request, key, issuer or octets are held here, or the reason is one of
        // the few that this list names.
        let elsewhere = ["V05"];
        let reasons = rule.held.iter().all(|held| matches!(held, Held::Not(_)));
        if reasons && !elsewhere.contains(&rule.id) {
            wrong.push(format!("{}: only a reason", rule.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_rules_are_numbered_without_a_gap() {
    let ids: Vec<&str> = rules::RULES.iter().copied().flatten().map(|rule| rule.id).collect();
    let counts = [
        ('C', 20),
        ('N', 11),
        ('E', 8),
        ('A', 5),
        ('U', 17),
        ('O', 11),
        ('K', 12),
        ('Q', 6),
        ('S', 6),
        ('V', 5),
        ('L', 15),
        ('R', 5),
        ('T', 8),
    ];
    let wanted: Vec<String> = counts
        .iter()
        .flat_map(|(letter, last)| (1..=*last).map(move |number| format!("{letter}{number:02}")))
        .collect();
    assert_eq!(ids, wanted);
}

#[test]
fn every_lint_belongs_to_a_rule_of_the_page() {
    for lint in CATALOGUE.iter().copied().flatten() {
        let rule = rules::RULES.iter().copied().flatten().find(|rule| rule.id == lint.rule());
        let held = rule.is_some_and(|rule| rule.held.iter().any(|held| matches!(held, Held::Lints)));
        assert!(held, "{} is of no rule that lints hold", lint.id);
    }
}
