//! The fixtures run, and the catalogue is covered by them.

use std::collections::BTreeSet;

use keyrite::lint::CATALOGUE;

use crate::fixtures;

fn ids() -> Vec<&'static str> {
    CATALOGUE.iter().copied().flatten().map(|lint| lint.id).collect()
}

#[test]
fn every_fixture_gives_exactly_the_findings_that_it_names() {
    let mut wrong = Vec::new();
    for fixture in fixtures::all() {
        let report = (fixture.report)();
        let found: BTreeSet<_> = report.ids().into_iter().collect();
        if found != fixture.fires.iter().copied().collect() {
            let (lint, name, fires) = (fixture.lint, fixture.name, fixture.fires);
            wrong.push(format!("{lint}/{name}: wanted {fires:?}, found:\n{report}\n"));
        }
    }
    assert!(wrong.is_empty(), "{} fixtures:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_lint_has_a_firing_and_a_passing_fixture() {
    for id in ids() {
        let firing = fixtures::all().any(|fixture| fixture.lint == id && fixture.is_firing());
        let passing = fixtures::all().any(|fixture| fixture.lint == id && fixture.fires.is_empty());
        assert!(firing, "{id} has no firing fixture");
        assert!(passing, "{id} has no passing fixture");
    }
}

#[test]
fn every_fixture_is_of_a_lint_and_has_a_name_of_its_own() {
    let ids: BTreeSet<_> = ids().into_iter().collect();
    assert_eq!(ids.len(), self::ids().len(), "an id stands twice in the catalogue");
    let mut names = BTreeSet::new();
    for fixture in fixtures::all() {
        assert!(ids.contains(fixture.lint), "{} is no lint", fixture.lint);
        assert!(names.insert((fixture.lint, fixture.name)), "{}/{} twice", fixture.lint, fixture.name);
        assert!(fixture.fires.is_empty() || fixture.is_firing(), "{}/{}", fixture.lint, fixture.name);
    }
}
