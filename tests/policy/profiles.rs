//! What a profile says of itself, and its hash.

use std::collections::BTreeSet;

use keyrite::policy::Profile;

use super::fixture::{edited, text};
use super::soundness::TEXTS;

/// A profile of the name and text that no change of the built-in ones touches, edited.
fn profile(name: &str, edits: &[(&str, &str)]) -> Profile {
    Profile::parse(name, &edited(text(name), edits)).unwrap()
}

#[test]
fn the_hash_changes_with_every_rule_and_with_nothing_else() {
    // Each of them changes one rule.
    let rules: [(&str, &str); 24] = [
        ("kind = \"end-entity\"", "kind = \"end-entity\""),
        ("other_attributes = \"refuse\"", "other_attributes = \"drop\""),
        ("common_name_in_alt_names = true", "common_name_in_alt_names = false"),
        ("CN = \"optional\"", "CN = \"required\""),
        ("CN = \"optional\"", "CN = { fixed = \"a\" }"),
        ("\"ec-p256\", ", ""),
        ("default = \"90d\"", "default = \"89d\""),
        ("maximum = \"100d\"", "maximum = \"99d\""),
        ("backdating = \"1d\"", ""),
        ("other_extensions = \"drop\"", "other_extensions = \"refuse\""),
        ("critical = true", "critical = false"),
        ("\"serverAuth\"", "\"serverAuth\", \"clientAuth\""),
        ("\"2.23.140.1.2.1\"", "\"2.23.140.1.2.1 http://x.test/\""),
        ("from_request = true", "from_request = false"),
        ("wildcards = true", "wildcards = false"),
        ("urls = \"if-configured\"", "urls = \"required\""),
        ("ocsp = \"if-configured\"", ""),
        ("urls = \"if-configured\"", "urls = [\"http://x.test/{ca}\"]"),
        (
            "[extensions.authorityInfoAccess]",
            "[extensions.\"1.2.3\"]\nfrom_request = \"null\"\n[extensions.authorityInfoAccess]",
        ),
        ("backdating = \"1d\"", "backdating = \"1d\"\nbeyond_issuer = true"),
        ("[subject]", "[subject]\norder = \"as-listed\""),
        ("kind = ", "document = \"CPS 1.0\"\nkind = "),
        ("kind = ", "waivable = [\"POL-VALIDITY-MAXIMUM\"]\nkind = "),
        (
            "[extensions.authorityInfoAccess]",
            "[extensions.\"1.2.3\"]\nnull = true\n[extensions.authorityInfoAccess]",
        ),
    ];
    let hashes: BTreeSet<[u8; 32]> =
        rules.iter().map(|edit| profile("tls-server", &[*edit]).sha256()).collect();
    assert_eq!(hashes.len(), rules.len());
    let original = profile("tls-server", &[]).sha256();
    assert_eq!(profile("tls-server", &[("# tls-server: a", "# A")]).sha256(), original);
    assert_eq!(profile("tls-server", &[("description = \"TLS", "description = \"A")]).sha256(), original);
    let renamed = Profile::parse("other", text("tls-server")).unwrap();
    assert_ne!(renamed.sha256(), original);
}

#[test]
fn the_hash_of_a_profile_is_the_same_for_ever() {
    // Audit records hold these hashes: if one changes although its profile did not, the canonical form did, and
    // then its number has to change with it.
    let names = ["root", "intermediate", "tls-server", "tls-client"];
    let hashes: Vec<(&str, String)> = names
        .map(|name| (name, text(name)))
        .into_iter()
        .chain(TEXTS)
        .map(|(name, text)| (name, hex::encode(Profile::parse(name, text).unwrap().sha256())))
        .collect();
    let golden: Vec<(&str, String)> = include_str!("../golden/profile-hashes.txt")
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, hash)| (name, hash.to_owned()))
        .collect();
    assert_eq!(hashes, golden);
}

#[test]
fn rows_say_every_rule_in_words() {
    let rows: Vec<String> =
        profile("tls-server", &[]).rows().iter().map(|row| format!("{}: {}", row.key, row.value)).collect();
    assert_eq!(
        rows,
        [
            "name: tls-server",
            "document: none",
            "kind: end-entity",
            "standards: rfc5280",
            "waivable: none",
            "key.algorithms: ec-p256 ec-p384 ec-p521 rsa-2048 rsa-3072 rsa-4096 ed25519 ed448 ml-dsa-44 ml-dsa-65 \
             ml-dsa-87 slh-dsa-sha2-128s slh-dsa-sha2-128f slh-dsa-sha2-192s slh-dsa-sha2-192f slh-dsa-sha2-256s \
             slh-dsa-sha2-256f slh-dsa-shake-128s slh-dsa-shake-128f slh-dsa-shake-192s slh-dsa-shake-192f \
             slh-dsa-shake-256s slh-dsa-shake-256f",
            "validity.default: 90d",
            "validity.maximum: 100d",
            "validity.backdating: 1d",
            "validity.beyond_issuer: false",
            "subject.attributes.CN: optional, at most 1, UTF8String",
            "subject.order: as-asked",
            "subject.other_attributes: refuse",
            "subject.common_name_in_alt_names: true",
            "request.other_extensions: drop",
            "extensions.authorityKeyIdentifier: not critical, the issuer's subjectKeyIdentifier",
            "extensions.subjectKeyIdentifier: not critical, from the key (RFC 7093 method 1)",
            "extensions.keyUsage: critical, digitalSignature",
            "extensions.keyUsage.usages_rsa: digitalSignature",
            "extensions.extKeyUsage: not critical, serverAuth",
            "extensions.certificatePolicies: not critical, 2.23.140.1.2.1",
            "extensions.subjectAltName: critical where the subject is empty",
            "extensions.subjectAltName.types: dns ip",
            "extensions.subjectAltName.from_request: true",
            "extensions.subjectAltName.minimum: 1",
            "extensions.subjectAltName.maximum: 100",
            "extensions.subjectAltName.wildcards: true",
            "extensions.cRLDistributionPoints: not critical, if-configured",
            "extensions.authorityInfoAccess.ocsp: not critical, if-configured",
            "extensions.authorityInfoAccess.ca_issuers: not critical, if-configured",
        ]
    );
}

#[test]
fn name_constraints_and_path_lengths_stand_in_the_rows_of_a_ca() {
    let edit = "[extensions.nameConstraints]\npermitted = [\"dns:example.test\"]\nexcluded = [\"ip:0.0.0.0/0\"]\n\n[extensions.extKeyUsage]";
    let rows = profile("intermediate", &[("[extensions.extKeyUsage]", edit)]).rows();
    let value = |key: &str| rows.iter().find(|row| row.key == key).map(|row| row.value.as_str());
    assert_eq!(value("extensions.basicConstraints"), Some("critical, CA, path length 0"));
    let constraints = "critical, permitted dns:example.test; excluded ip:0.0.0.0/0";
    assert_eq!(value("extensions.nameConstraints"), Some(constraints));
}
