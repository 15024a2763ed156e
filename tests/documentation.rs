//! The pages list what the program says, so that whoever meets an id finds it there.

use std::path::Path;

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    std::fs::read_to_string(&path).unwrap_or_default()
}

/// The ids that stand in the first column of the page's tables.
fn listed(page: &str) -> Vec<&str> {
    page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect()
}

#[test]
fn every_reason_for_a_refusal_stands_in_the_page_on_profiles() {
    let text = page("profiles.md");
    let found: Vec<&str> = listed(&text).into_iter().filter(|id| id.starts_with("POL-")).collect();
    let known: Vec<&str> = keyrite::policy::Rule::ALL.iter().map(|rule| rule.id()).collect();
    assert_eq!(found, known, "docs/profiles.md lists the rules in their order");
}

#[test]
fn every_problem_of_a_configuration_stands_in_its_page() {
    let text = page("configuration.md");
    let found: Vec<&str> = listed(&text).into_iter().filter(|id| id.contains('-')).collect();
    let known: Vec<&str> =
        keyrite::policy::document::id::ALL.into_iter().chain(keyrite::config::id::ALL).collect();
    assert_eq!(found, known, "docs/configuration.md lists the problems in their order");
}

#[test]
fn every_built_in_profile_stands_in_the_page_on_profiles() {
    let text = page("profiles.md");
    for (name, _) in keyrite::policy::builtin::TEXTS {
        assert!(text.contains(&format!("| `{name}` |")), "docs/profiles.md does not name {name}");
    }
}
