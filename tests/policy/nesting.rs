//! What the CAs above limit: room, names, purposes, policies and strength.

use keyrite::policy::Rule;
use keyrite::x509::algorithm::{Digest, SignatureAlgorithm};
use keyrite::x509::extension::{ExtKeyUsage, NameConstraints, Value, oid, purpose};

use super::fixture::{
    Act, By, Ca, ISSUING, critical, length, name, not_critical, policies as having, profile, raw, request_by,
};
use super::rules::Case;

pub(crate) fn nesting() -> Vec<Case> {
    let path = |limit| Ca { extensions: Ca::extensions(limit), ..Ca::root() };
    let below = |limit| Ca {
        extensions: Ca::extensions(limit),
        subject: "C=AT,O=Example,CN=Middle",
        ..Ca::issuing()
    };
    let deep = |limit: &str| {
        Act::intermediate().but(|act| act.profile = profile("intermediate", &[("path_length = 0", limit)]))
    };
    let four = |act: Act| act.but(|act| act.validity = Some(length("4y")));
    let purposes =
        |list: &[_]| Ca::issuing().with(not_critical(Value::ExtKeyUsage(ExtKeyUsage(list.to_vec()))));
    let permitted = |text: &str| {
        let permitted = vec![text.parse().unwrap()];
        Ca::root().with(critical(Value::NameConstraints(NameConstraints { permitted, excluded: vec![] })))
    };
    let excluded = |text: &str| {
        let excluded = vec![text.parse().unwrap()];
        Ca::root().with(critical(Value::NameConstraints(NameConstraints { permitted: vec![], excluded })))
    };
    let no_purpose = (
        "[extensions.extKeyUsage]\n# What the key may be used for: a name such as serverAuth, or a dotted object identifier.\ncritical = false\npurposes = [\"serverAuth\"]\n",
        "",
    );
    vec![
        Case(
            Rule::PathLength,
            Act::intermediate().under(&path(Some(0)), &[]),
            "basicConstraints pathLenConstraint: found path length 0 in \"C=AT,O=Example,CN=Example Root\", wanted \
             room for one more CA",
            Act::intermediate().under(&path(Some(1)), &[]),
        ),
        Case(
            Rule::PathLength,
            deep("path_length = 1").under(&path(Some(1)), &[]),
            "basicConstraints pathLenConstraint: found path length 1, wanted at most 0, since \
             \"C=AT,O=Example,CN=Example Root\" has path length 1",
            deep("path_length = 1").under(&path(Some(2)), &[]),
        ),
        Case(
            Rule::PathLength,
            deep("").under(&path(Some(3)), &[]),
            "basicConstraints pathLenConstraint: found no limit, wanted at most 2, since \
             \"C=AT,O=Example,CN=Example Root\" has path length 3",
            deep("").under(&path(None), &[]),
        ),
        Case(
            // The limit of a CA two levels up, used up by the one between.
            Rule::PathLength,
            four(Act::intermediate()).under(&below(None), &[path(Some(1))]),
            "basicConstraints pathLenConstraint: found path length 1 in \"C=AT,O=Example,CN=Example Root\", wanted \
             room for one more CA",
            four(Act::intermediate()).under(&below(None), &[path(Some(2))]),
        ),
        Case(
            Rule::Purpose,
            Act::server().under(&purposes(&[purpose::CLIENT_AUTH]), &[Ca::root()]),
            "extKeyUsage: found serverAuth, wanted only clientAuth, as \"C=AT,O=Example,CN=Example Issuing\" has it",
            Act::server().under(&purposes(&[purpose::CLIENT_AUTH, purpose::SERVER_AUTH]), &[Ca::root()]),
        ),
        Case(
            Rule::Purpose,
            Act::server()
                .under(&purposes(&[purpose::SERVER_AUTH]), &[Ca::root()])
                .but(|act| act.profile = profile("tls-server", &[no_purpose])),
            "extKeyUsage: found none, which means any purpose, wanted only serverAuth, as \
             \"C=AT,O=Example,CN=Example Issuing\" has it",
            Act::server()
                .under(&purposes(&[purpose::ANY]), &[Ca::root()])
                .but(|act| act.profile = profile("tls-server", &[no_purpose])),
        ),
        Case(
            // Not the issuer but the root above it limits the names.
            Rule::NameConstraint,
            Act::server().under(&Ca::issuing(), &[permitted("dns:example.org")]),
            "subjectAltName: found dns:www.example.test, wanted within dns:example.org, as \
             \"C=AT,O=Example,CN=Example Root\" permits",
            Act::server().under(&Ca::issuing(), &[permitted("dns:example.test")]),
        ),
        Case(
            // The names of a CA are held to what the CAs above permit, as those of anybody.
            Rule::NameConstraint,
            Act::intermediate().under(&permitted("dirname:C=DE"), &[]),
            "subject: found dn:C=AT,O=Example,CN=Example Issuing, wanted within dn:C=DE, as \
             \"C=AT,O=Example,CN=Example Root\" permits",
            Act::intermediate().under(&permitted("dirname:C=AT,O=Example"), &[]),
        ),
        Case(
            Rule::NameSpace,
            constrained("permitted = [\"dns:example.test\"]").under(&permitted("dns:example.org"), &[]),
            "nameConstraints permittedSubtrees: found dns:example.test, wanted something of dns:example.org, as \
             \"C=AT,O=Example,CN=Example Root\" permits",
            constrained("permitted = [\"dns:www.example.org\", \"email:example.test\"]")
                .under(&permitted("dns:example.org"), &[]),
        ),
        Case(
            Rule::NameSpace,
            constrained("permitted = [\"ip:192.0.2.0/25\"]").under(&excluded("ip:192.0.2.0/24"), &[]),
            "nameConstraints permittedSubtrees: found ip:192.0.2.0/25, wanted something outside ip:192.0.2.0/24, which \
             \"C=AT,O=Example,CN=Example Root\" excludes",
            constrained("permitted = [\"ip:192.0.2.0/24\"]").under(&excluded("ip:192.0.2.0/25"), &[]),
        ),
    ]
}

/// An intermediate with name constraints of its own.
fn constrained(constraints: &str) -> Act {
    let before = "[extensions.extKeyUsage]";
    let table = format!("[extensions.nameConstraints]\n{constraints}\n\n{before}");
    Act::intermediate().but(|act| act.profile = profile("intermediate", &[(before, &table)]))
}

pub(crate) fn policies() -> Vec<Case> {
    let above = |list: &[&str]| Ca::issuing().with(having(list));
    let demanding = || raw(oid::POLICY_CONSTRAINTS, "3003800100");
    let root = |extension| Ca::root().with(extension);
    let tls = "2.23.140.1.2.1";
    let before = "[extensions.subjectAltName]";
    let table = format!("[extensions.certificatePolicies]\npolicies = [\"{tls}\"]\n\n{before}");
    let edits = [(before, table.as_str())];
    let server = || Act::server().but(|act| act.profile = profile("tls-server", &edits));
    let webpki = || Act::server().but(|act| act.profile = profile("tls-server-webpki", &[]));
    vec![
        Case(
            Rule::PolicyChain,
            server().under(&above(&["1.2.3"]).with(demanding()), &[Ca::root()]),
            "certificatePolicies: found 2.23.140.1.2.1, wanted one of 1.2.3, which the CAs above leave; \
             \"C=AT,O=Example,CN=Example Issuing\" demands one",
            server().under(&above(&[tls, "1.2.3"]).with(demanding()), &[Ca::root()]),
        ),
        Case(
            // The demand of the root holds below a CA that has no policies itself.
            Rule::PolicyChain,
            server().under(&Ca::issuing(), &[root(raw(oid::POLICY_CONSTRAINTS, "3003800101"))]),
            "certificatePolicies: found 2.23.140.1.2.1, wanted none, since \"C=AT,O=Example,CN=Example Issuing\" has \
             no certificatePolicies; \"C=AT,O=Example,CN=Example Root\" demands one",
            server().under(&Ca::issuing(), &[root(raw(oid::POLICY_CONSTRAINTS, "3003800103"))]),
        ),
        Case(
            Rule::PolicyAbove,
            server().under(&above(&["1.2.3", "1.2.4"]), &[Ca::root()]),
            "certificatePolicies: found 2.23.140.1.2.1, wanted one of 1.2.3 1.2.4, which the CAs above leave",
            server().under(&above(&["2.5.29.32.0"]), &[Ca::root()]),
        ),
        Case(
            // The issuer has the policy, the CA above it does not.
            Rule::PolicyAbove,
            server().under(&above(&[tls]), &[root(having(&["1.2.3"]))]),
            "certificatePolicies: found 2.23.140.1.2.1, wanted none, since the CAs above have no policy in common",
            server().under(&above(&[tls]), &[root(having(&[tls]))]),
        ),
        Case(
            // What the issuer calls 1.2.3 is what those below call by the name of the Baseline Requirements.
            Rule::PolicyAbove,
            server().under(
                &above(&[tls]).with(raw(oid::POLICY_MAPPINGS, "300f300d060667810c01020106032a0309")),
                &[Ca::root()],
            ),
            "certificatePolicies: found 2.23.140.1.2.1, wanted one of 1.2.3.9, which the CAs above leave",
            server().under(
                &above(&["1.2.3"]).with(raw(oid::POLICY_MAPPINGS, "300e300c06022a03060667810c010201")),
                &[Ca::root()],
            ),
        ),
        Case(
            Rule::PolicyAbove,
            Act::intermediate().under(&root(raw(oid::INHIBIT_ANY_POLICY, "020100")), &[]),
            "certificatePolicies: found anyPolicy, wanted policies by their names, since a CA above has \
             inhibitAnyPolicy",
            Act::intermediate().under(&root(raw(oid::INHIBIT_ANY_POLICY, "020101")), &[]),
        ),
        Case(
            // An intermediate without policies makes those below worthless, which browsers' programs forbid.
            Rule::PolicyAbove,
            webpki(),
            "certificatePolicies: found 2.23.140.1.2.1, wanted none, since \"C=AT,O=Example,CN=Example Issuing\" has \
             no certificatePolicies",
            webpki().under(&above(&[tls]), &[Ca::root()]),
        ),
        Case(
            Rule::PolicyMapping,
            server().under(
                &above(&[tls]).with(raw(
                    oid::POLICY_MAPPINGS,
                    "300c300a060455 1d200006022a03".replace(' ', "").as_str(),
                )),
                &[Ca::root()],
            ),
            "policyMappings of \"C=AT,O=Example,CN=Example Issuing\": found anyPolicy, wanted policies other than \
             anyPolicy",
            server().under(&above(&[tls]), &[Ca::root()]),
        ),
    ]
}

pub(crate) fn strength() -> Vec<Case> {
    let under = |act: Act, key, signature| {
        act.under(&Ca { key, ..Ca::root() }, &[]).but(|act| {
            act.issuer = act.issuer.take().map(|issuer| keyrite::policy::IssuerView { signature, ..issuer });
        })
    };
    let p384 = SignatureAlgorithm::Ecdsa(Digest::Sha384);
    let strong = || {
        let request = request_by("ec-p384", p384, &name(ISSUING), vec![]);
        Act::intermediate().but(|act| act.by = By::Request(request))
    };
    let allowed = [("[key]\n", "[key]\nweaker_than_issuer = true\n")];
    let allowed = Act::intermediate().but(|act| act.profile = profile("intermediate", &allowed));
    vec![
        Case(
            Rule::KeyStrength,
            under(Act::intermediate(), "ec-p384", p384),
            "subjectPublicKeyInfo: found ec-p256, whose strength is 128 bits, wanted a strength of at least 192 bits, \
             as the issuer's ec-p384 has",
            under(allowed, "ec-p384", p384),
        ),
        Case(
            Rule::SignatureStrength,
            under(strong(), "rsa-8192", SignatureAlgorithm::RsaPkcs1(Digest::Sha256)),
            "signature: found RSA PKCS#1 v1.5 with SHA-256, wanted a digest with a strength of at least 192 bits, as \
             the issuer's rsa-8192 has",
            under(strong(), "rsa-8192", SignatureAlgorithm::RsaPkcs1(Digest::Sha384)),
        ),
    ]
}

/// An end entity may have any key that its profile allows, and an end entity has no path length to fit.
#[test]
fn what_limits_cas_does_not_limit_end_entities() {
    let strong = Ca { key: "ec-p384", ..Ca::issuing() };
    let act = Act::server().under(&strong, &[Ca { extensions: Ca::extensions(Some(1)), ..Ca::root() }]);
    let act = act.but(|act| {
        let signature = SignatureAlgorithm::Ecdsa(Digest::Sha384);
        act.issuer = act.issuer.take().map(|issuer| keyrite::policy::IssuerView { signature, ..issuer });
    });
    act.decide().unwrap();
}

/// The right to answer for a CA is lent by that CA alone (RFC 6960), so its own purposes do not limit it; the
/// purposes of a time-stamping authority are limited as any are.
#[test]
fn a_responder_is_not_limited_by_the_purposes_of_its_ca_and_a_time_stamper_is() {
    let tls = not_critical(Value::ExtKeyUsage(ExtKeyUsage(vec![purpose::SERVER_AUTH])));
    let under = |built_in: &str| {
        let act = Act::client().asking("C=AT,O=Example,CN=Example Service", vec![]);
        let act = act.but(|act| act.profile = profile(built_in, &[]));
        act.under(&Ca::root().with(tls.clone()), &[]).decide()
    };
    under("ocsp-responder").unwrap();
    let refusal = under("time-stamping").unwrap_err();
    assert_eq!(
        refusal.violations().iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "extKeyUsage: found timeStamping, wanted only serverAuth, as \"C=AT,O=Example,CN=Example Root\" has it \
             [POL-PURPOSE]"
        ]
    );
}
