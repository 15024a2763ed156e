//! pkilint and our lints over the same objects: each disagreement about a rule that both have is listed with its reason.

use std::collections::{BTreeMap, BTreeSet};

use keyrite::lint::{self, CATALOGUE, Severity};

use super::collection::{self, Kind, Object};
use super::list::{self, Linter, List, Pair};
use super::pkilint::{self, Task, Verdict};

/// What a linter finds about an object: each code with its greatest weight.
type Found = BTreeMap<String, Severity>;

struct Judged {
    name: String,
    kind: Kind,
    pkilint: Found,
    keyrite: Found,
}

fn judged() -> Vec<Judged> {
    let objects: Vec<Object> =
        collection::objects().into_iter().filter(|object| object.kind != Kind::Request).collect();
    let task = |object: &Object| match object.kind {
        Kind::Crl => ("crl", "CRL PKIX"),
        Kind::Ocsp => ("ocsp", ""),
        Kind::Certificate | Kind::Request => ("pkix", ""),
    };
    let tasks: Vec<_> = objects
        .iter()
        .map(|object| {
            let (linter, kind) = task(object);
            Task { linter, kind, der: &object.der }
        })
        .collect();
    let verdicts = pkilint::lint(&tasks);
    let judged = objects.iter().zip(verdicts).map(|(object, verdict)| Judged {
        name: object.name.clone(),
        kind: object.kind,
        pkilint: theirs(verdict),
        keyrite: ours(object),
    });
    judged.collect()
}

fn theirs(verdict: Verdict) -> Found {
    let mut found = Found::new();
    let Ok(findings) = verdict else {
        return [("unreadable".to_owned(), Severity::Error)].into();
    };
    for (severity, code) in findings {
        let severity = match severity.as_str() {
            "NOTICE" => Severity::Notice,
            "WARNING" => Severity::Warning,
            "ERROR" | "FATAL" => Severity::Error,
            other => panic!("severity {other}"),
        };
        let greatest = found.entry(code).or_insert(severity);
        *greatest = severity.max(*greatest);
    }
    found
}

fn ours(object: &Object) -> Found {
    let report = match object.kind {
        Kind::Crl => lint::inspect_crl(&object.der, None, &[]),
        Kind::Ocsp => lint::inspect_ocsp(&object.der, None, &[]),
        Kind::Certificate | Kind::Request => lint::inspect_certificate(&object.der, None, None, &[]),
    };
    let mut found = Found::new();
    for finding in report.findings {
        let greatest = found.entry(finding.id.to_owned()).or_insert(finding.severity);
        *greatest = finding.severity.max(*greatest);
    }
    found
}

/// The greatest weight with which any of the codes is found.
fn weight(found: &Found, codes: &[String]) -> Option<Severity> {
    codes.iter().filter_map(|code| found.get(code)).max().copied()
}

/// What is not as the list says, a line each.
fn differences(judged: &[Judged], list: &List) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for pair in &list.pair {
        compare(pair, judged, &mut lines);
    }
    let mut seen = BTreeSet::new();
    for object in judged {
        for (by, found) in [(Linter::Pkilint, &object.pkilint), (Linter::Keyrite, &object.keyrite)] {
            for code in found.keys() {
                let paired =
                    list.pair.iter().any(|pair| pair.of == object.kind && codes(pair, by).contains(code));
                let alone = list
                    .alone
                    .iter()
                    .any(|alone| alone.of == object.kind && alone.by == by && alone.codes.contains(code));
                if paired && alone {
                    lines.insert(format!("{:?} {code} of {by:?} is both in a pair and alone", object.kind));
                } else if !paired && !alone {
                    lines.insert(format!(
                        "{:?} {code} of {by:?} is in no pair and not listed as alone: {}",
                        object.kind, object.name
                    ));
                }
                seen.insert((object.kind, by, code.as_str()));
            }
        }
    }
    for alone in &list.alone {
        for code in &alone.codes {
            if !seen.contains(&(alone.of, alone.by, code.as_str())) {
                lines.insert(format!(
                    "{:?} {code} of {:?} is listed as alone and never found",
                    alone.of, alone.by
                ));
            }
        }
    }
    lines
}

fn codes(pair: &Pair, by: Linter) -> &[String] {
    match by {
        Linter::Pkilint => &pair.pkilint,
        Linter::Keyrite => &pair.keyrite,
    }
}

fn compare(pair: &Pair, judged: &[Judged], lines: &mut BTreeSet<String>) {
    let rule = format!("{:?} {} = {}", pair.of, pair.pkilint.join("/"), pair.keyrite.join("/"));
    let mut found = BTreeSet::new();
    let mut weights = BTreeSet::new();
    for object in judged.iter().filter(|object| object.kind == pair.of) {
        match (weight(&object.pkilint, &pair.pkilint), weight(&object.keyrite, &pair.keyrite)) {
            (Some(_), None) => _ = found.insert((Linter::Pkilint, object.name.as_str())),
            (None, Some(_)) => _ = found.insert((Linter::Keyrite, object.name.as_str())),
            (Some(theirs), Some(ours)) => _ = weights.insert((theirs, ours)),
            (None, None) => {}
        }
    }
    let differ = weights.iter().any(|(theirs, ours)| theirs != ours);
    if differ != pair.severity.is_some() {
        lines.insert(format!(
            "{rule}: severities, theirs and ours, are {weights:?}; explained: {:?}",
            pair.severity
        ));
    }
    if weights.is_empty() && found.is_empty() {
        lines.insert(format!("{rule}: neither finds anything"));
    }
    let mut listed = BTreeSet::new();
    for only in &pair.only {
        assert!(!only.reason.is_empty(), "{rule}");
        for file in &only.files {
            assert!(listed.insert((only.by, file.as_str())), "{rule}: {file} is listed twice");
        }
    }
    for only in pair.only.iter().filter(|only| only.count.is_some()) {
        let rest: Vec<_> = found.difference(&listed).filter(|(by, _)| *by == only.by).copied().collect();
        if only.count != Some(rest.len()) {
            lines.insert(format!(
                "{rule}: only {:?} finds it in {} further objects, not {:?}",
                only.by,
                rest.len(),
                only.count
            ));
        }
        found.retain(|one| !rest.contains(one));
    }
    for (by, file) in found.difference(&listed) {
        lines.insert(format!("{rule}: only {by:?} finds it in {file}, which is not listed"));
    }
    for (by, file) in listed.difference(&found) {
        lines.insert(format!("{rule}: only {by:?} was to find it in {file}, which is no longer so"));
    }
}

#[test]
fn every_disagreement_with_pkilint_is_listed_with_its_reason() {
    let judged = judged();
    let lines = differences(&judged, &list::read());
    let lines: Vec<_> = lines.into_iter().collect();
    assert!(lines.is_empty(), "tests/foreign/divergences.toml is not what is found:\n{}", lines.join("\n"));
    let count = |kind| judged.iter().filter(|object| object.kind == kind).count();
    println!(
        "{} certificates, {} CRLs, {} OCSP responses",
        count(Kind::Certificate),
        count(Kind::Crl),
        count(Kind::Ocsp)
    );
}

#[test]
fn the_list_names_lints_of_the_catalogue() {
    for id in list::read().pair.iter().flat_map(|pair| &pair.keyrite) {
        assert!(CATALOGUE.iter().copied().flatten().any(|lint| lint.id == id), "{id}");
    }
}
