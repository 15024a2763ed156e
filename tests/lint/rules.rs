//! Every rule that a CA's signer is held to, in our own words, and where keyrite holds it.
//!
//! The page is written from this table and from what the tests have: lints with their fixtures, rules of policy and
//! problems of profiles with their cases, test functions that exist. A rule without any evidence fails.

/// Where a rule is held.
pub(crate) enum Held {
    /// By the lints of this rule: `tests/lint/fixtures/` has what they refuse and what they let pass.
    Lints,
    /// By rules of the decision: `tests/policy/rules.rs` has a request that each refuses and the nearest that passes.
    Policy(&'static [&'static str]),
    /// By problems of profiles: `tests/policy/documents.rs` has a text for each.
    Profile(&'static [&'static str]),
    /// By a test of its own: the file under `tests/`, and the function.
    Test(&'static str, &'static str),
    /// By the shape of the types: what would break the rule cannot be said.
    Shape(&'static str),
    /// Not, or not yet: the reason.
    Not(&'static str),
}

use Held::{Lints, Not, Policy, Profile, Shape, Test};

/// One rule.
pub(crate) struct Rule {
    pub(crate) id: &'static str,
    pub(crate) words: &'static str,
    pub(crate) source: &'static str,
    pub(crate) held: &'static [Held],
}

const fn rule(id: &'static str, source: &'static str, words: &'static str, held: &'static [Held]) -> Rule {
    Rule { id, words, source, held }
}

pub(crate) const RULES: &[&[Rule]] =
    &[CERTIFICATE, NAMES, ALT_NAMES, IDENTIFIERS, USAGE, POLICIES, KEYS, REST];

const CERTIFICATE: &[Rule] = &[
    rule("C01", "RFC 5280 s.4.1.2.1", "certificates are of version 3", &[Lints]),
    rule(
        "C02",
        "RFC 5280 s.4.1.2.2, BR 7.1",
        "serial numbers are positive, of 20 octets at most and random",
        &[Lints, Test("x509/properties.rs", "serial_numbers_drawn_are_positive_and_read_back")],
    ),
    rule(
        "C03",
        "RFC 5280 s.4.1.2.2",
        "no serial number is used twice, whatever became of the first",
        &[
            Test("store/issuance.rs", "serials_stay_taken_whatever_became_of_them"),
            Test("store/issuance.rs", "a_taken_serial_anywhere_in_a_batch_is_named_and_nothing_is_reserved"),
        ],
    ),
    rule("C04", "RFC 5280 s.4.1.1.2", "the algorithm inside is the one outside, octet for octet", &[Lints]),
    rule(
        "C05",
        "BR 7.1.3.2",
        "the algorithm goes with the issuer's key, in its exact octets",
        &[Lints, Policy(&["POL-ISSUER-KEY"])],
    ),
    rule(
        "C06",
        "RFC 6194 s.3",
        "nothing is signed with MD2, MD4, MD5 or SHA-1",
        &[Lints, Shape("no type of a signature algorithm has a digest beside SHA-256, SHA-384 and SHA-512")],
    ),
    rule(
        "C07",
        "RFC 5280 s.4.1.2.4, BR 7.1.4.1",
        "the issuer is the subject of the CA, octet for octet",
        &[Lints],
    ),
    rule("C08", "RFC 5280 s.4.1.2.4, s.4.1.2.6", "issuers and subjects of CAs are not empty", &[Lints]),
    rule(
        "C09",
        "BR 7.1.4.1",
        "one name has one encoding in all our CA certificates",
        &[Test(
            "cli/nested.rs",
            "a_certificate_that_does_not_hold_in_its_path_is_not_installed_and_what_is_tolerated_is_told",
        )],
    ),
    rule(
        "C10",
        "RFC 5280 s.4.1.2.5",
        "times are UTCTime through 2049 and GeneralizedTime from 2050, to the second",
        &[Lints, Test("x509/bytes.rs", "times_change_their_type_between_2049_and_2050")],
    ),
    rule(
        "C11",
        "RFC 5280 s.4.1.2.5, BR 6.3.2",
        "the validity, both ends counted, is at most what is allowed",
        &[Lints, Policy(&["POL-VALIDITY-MAXIMUM", "POL-VALIDITY-RANGE"])],
    ),
    rule(
        "C12",
        "BR 7.1.2.10.1",
        "nothing begins in the future, or further back than is allowed",
        &[Lints, Policy(&["POL-NOT-BEFORE-FUTURE", "POL-NOT-BEFORE-BACKDATED"])],
    ),
    rule(
        "C13",
        "RFC 5280 s.6.1.3",
        "nothing outlives its issuer, and nothing is cut short in silence",
        &[Lints, Policy(&["POL-NOT-AFTER-ISSUER", "POL-NOT-BEFORE-ISSUER"])],
    ),
    rule("C14", "BR 7.1.2.1.1", "a root of the web is valid for 2922 to 9132 days", &[Lints]),
    rule(
        "C15",
        "RFC 5280 s.4.1.2.5",
        "99991231235959Z only where the profile says that there is no expiration",
        &[Lints, Profile(&["PRF-VALIDITY"])],
    ),
    rule("C16", "RFC 5280 s.4.1.2.8", "unique identifiers are absent", &[Lints]),
    rule(
        "C17",
        "RFC 5280 s.4.2, X.690 s.11.5",
        "no extension stands twice, no list is empty, no default written",
        &[Lints],
    ),
    rule(
        "C18",
        "RFC 3647 s.4.7.1",
        "the extensions are those of the profile, as critical as it says",
        &[Lints, Policy(&["POL-REQUEST-EXTENSION"])],
    ),
    rule("C19", "RFC 5280 s.4.1", "a second parser reads the whole and writes the same octets", &[Lints]),
    rule("C20", "X.690 s.8, s.10, s.11", "everything is DER, with nothing after it", &[Lints]),
];

const NAMES: &[Rule] = &[
    rule("N01", "BR 7.1.4.1", "one attribute in each set of a name", &[Lints, Policy(&["POL-SUBJECT-SET"])]),
    rule("N02", "BR 7.1.4.2", "attributes stand in the order of the table", &[Lints]),
    rule("N03", "RFC 5280 app. A.1", "every attribute is a string of its type", &[Lints]),
    rule(
        "N04",
        "RFC 5280 app. A.1, BR 7.1.4.2",
        "no attribute is empty or longer than its bound in characters",
        &[Lints, Policy(&["POL-SUBJECT-VALUE"])],
    ),
    rule("N05", "X.680 s.41.4", "strings have the characters of their type", &[Lints]),
    rule(
        "N06",
        "BR 7.1.4.1",
        "no attribute stands twice but where that means something",
        &[Lints, Policy(&["POL-SUBJECT-REPEATED", "POL-SUBJECT-COUNT"])],
    ),
    rule(
        "N07",
        "BR 7.1.2.10.2",
        "a CA has C, O and CN and no OU",
        &[Lints, Policy(&["POL-SUBJECT-MISSING", "POL-SUBJECT-ATTRIBUTE"])],
    ),
    rule(
        "N08",
        "RFC 8264 s.9, RFC 5198 s.3",
        "no character is invisible or turns the line round; text is in normal form",
        &[Lints, Policy(&["POL-SUBJECT-VALUE"])],
    ),
    rule("N09", "ISO 3166-1", "C is the code of a country", &[Lints]),
    rule("N10", "BR 7.1.4.3", "CN is one of the alternative names", &[Lints, Policy(&["POL-COMMON-NAME"])]),
    rule(
        "N11",
        "RFC 5280 s.4.1.2.6",
        "a mailbox stands in subjectAltName, whether in the subject or not",
        &[Lints],
    ),
];

const ALT_NAMES: &[Rule] = &[
    rule(
        "E01",
        "RFC 5280 s.4.2.1.6",
        "subjectAltName has a name, and is critical exactly if the subject is empty",
        &[Lints, Policy(&["POL-NO-NAME", "POL-SAN-COUNT", "POL-SAN-TYPE"])],
    ),
    rule(
        "E02",
        "RFC 5280 s.4.2.1.6, RFC 1034 s.3.5",
        "host names are labels of letters, digits and hyphens",
        &[Lints, Policy(&["POL-SAN-VALUE"])],
    ),
    rule(
        "E03",
        "RFC 9525 s.6.3, BR 3.2.2.6",
        "a wildcard is the whole left-most label",
        &[
            Lints,
            Policy(&["POL-SAN-WILDCARD"]),
            Not(
                "whether it stands before a public suffix: the list changes daily and its owner is asked when a name is \
             validated, which is before a request comes here; a profile says which names it allows",
            ),
        ],
    ),
    rule("E04", "RFC 5891 s.4.2.3.1", "A-labels stay the same when read and written", &[Lints]),
    rule(
        "E05",
        "RFC 5280 s.4.2.1.6, s.4.2.1.10",
        "addresses have 4 or 16 octets, ranges a mask without gaps",
        &[Lints],
    ),
    rule("E06", "RFC 5321 s.4.1.2, RFC 9598", "mailboxes are ASCII, or of the form for others", &[Lints]),
    rule("E07", "RFC 3986 s.3", "URIs are absolute and name no user where status is fetched", &[Lints]),
    rule("E08", "RFC 5280 s.4.2.1.6", "no name stands twice", &[Lints, Policy(&["POL-SAN-REPEATED"])]),
];

const IDENTIFIERS: &[Rule] = &[
    rule(
        "A01",
        "RFC 5280 s.4.2.1.2, RFC 7093 s.2",
        "a CA has an identifier of its key, derived from it",
        &[Lints],
    ),
    rule(
        "A02",
        "RFC 5280 s.4.2.1.1",
        "everything names the identifier in its issuer's certificate",
        &[Lints, Policy(&["POL-KEY-IDENTIFIER"])],
    ),
    rule("A03", "BR 7.1.2.11.1", "no issuer and serial number beside it, or both", &[Lints]),
    rule("A04", "RFC 5280 s.4.2.1.1", "key identifiers are not critical; a root's are the same", &[Lints]),
    rule(
        "A05",
        "RFC 5280 s.4.2.1.2",
        "one identifier means one key in all our CA certificates",
        &[Test(
            "cli/nested.rs",
            "a_certificate_that_does_not_hold_in_its_path_is_not_installed_and_what_is_tolerated_is_told",
        )],
    ),
];

const USAGE: &[Rule] = &[
    rule(
        "U01",
        "RFC 5280 s.4.2.1.3",
        "a CA has a critical keyUsage with keyCertSign",
        &[Lints, Profile(&["PRF-KEY-USAGE"])],
    ),
    rule("U02", "RFC 5280 s.4.2.1.9", "keyCertSign only for CAs", &[Lints, Policy(&["POL-REQUEST-CA"])]),
    rule("U03", "X.690 s.11.2.2", "keyUsage has a usage, and ends with the last one", &[Lints]),
    rule("U04", "RFC 8813 s.3, RFC 9295 s.3, RFC 9881 s.5", "usages fit the algorithm of the key", &[Lints]),
    rule(
        "U05",
        "RFC 5280 s.4.2.1.9",
        "basicConstraints of a CA are critical",
        &[Lints, Profile(&["PRF-LEAF-AS-CA"])],
    ),
    rule(
        "U06",
        "RFC 5280 s.4.2.1.9, s.6.1.4",
        "the path length is below the issuer's",
        &[Lints, Policy(&["POL-PATH-LENGTH"])],
    ),
    rule(
        "U07",
        "BR 7.1.2.1.2",
        "a root has no purposes, and nothing about itself",
        &[Lints, Profile(&["PRF-ROOT"])],
    ),
    rule("U08", "BR 7.1.2.10.6", "a CA for TLS has serverAuth, and nothing beside TLS", &[Lints]),
    rule(
        "U09",
        "BR 7.1.2.8",
        "a responder has OCSPSigning alone, is no CA and is not asked about itself",
        &[Lints, Profile(&["PRF-OCSP-RESPONDER", "PRF-PURPOSE"])],
    ),
    rule("U10", "RFC 3161 s.2.3", "timeStamping stands alone and is critical", &[Lints]),
    rule(
        "U11",
        "RFC 5280 s.4.2.1.12",
        "purposes are there, once each, and any purpose is never critical",
        &[Lints],
    ),
    rule("U12", "BR 7.1.2.10.6", "every purpose is one of the issuer's", &[Lints, Policy(&["POL-PURPOSE"])]),
    rule("U13", "RFC 5280 s.4.2.1.10", "nameConstraints only in CAs, critical, of subtrees alone", &[Lints]),
    rule(
        "U14",
        "RFC 5280 s.6.1.3 (b), (c)",
        "names keep the constraints of every CA above",
        &[Lints, Policy(&["POL-NAME-CONSTRAINT", "POL-NAME-SPACE"])],
    ),
    rule("U15", "BR 7.1.2.5.2", "a CA that counts as constrained constrains every form", &[Lints]),
    rule(
        "U16",
        "RFC 5280 s.4.2.1.11, s.4.2.1.14",
        "policyConstraints and inhibitAnyPolicy are critical, and say something",
        &[Lints],
    ),
    rule(
        "U17",
        "RFC 5280 s.4.2.1.5",
        "mappings are of policies that are there, and not of any",
        &[Lints, Policy(&["POL-POLICY-MAPPING"])],
    ),
];

const POLICIES: &[Rule] = &[
    rule("O01", "RFC 5280 s.4.2.1.4", "no policy stands twice", &[Lints, Profile(&["PRF-POLICY"])]),
    rule(
        "O02",
        "RFC 5280 s.4.2.1.4, RFC 6818 s.3",
        "qualifiers are a URI of the CPS or a short notice",
        &[Lints],
    ),
    rule(
        "O03",
        "BR 7.1.2.10.5",
        "a CA of the web has policies of the CA/Browser Forum",
        &[Lints, Policy(&["POL-POLICY-CHAIN"])],
    ),
    rule(
        "O04",
        "RFC 5280 s.4.2.2.1, BR 7.1.2.7.7",
        "information access is not critical, and by plain HTTP",
        &[Lints, Policy(&["POL-PLACES"])],
    ),
    rule(
        "O05",
        "BR 7.1.2.11.2",
        "a distribution point is a full name by plain HTTP",
        &[Lints, Policy(&["POL-PLACES"])],
    ),
    rule("O06", "BR 7.2.2.1", "the distribution point of a CRL is the one in the certificates", &[Lints]),
    rule(
        "O07",
        "RFC 5280 s.4.2.1.15",
        "freshestCRL only where there are delta CRLs, and not critical",
        &[Lints],
    ),
    rule(
        "O08",
        "RFC 9608 s.2",
        "noRevAvail only in certificates of others than CAs that name no status",
        &[Lints],
    ),
    rule("O09", "EN 319 412-5 s.4", "statements of qualified certificates are well-formed", &[Lints]),
    rule(
        "O10",
        "EN 319 412-1 s.5.1",
        "identifiers of persons have their prefix, country and reference",
        &[Lints],
    ),
    rule(
        "O11",
        "EN 319 412-2 s.4",
        "certificates of persons have the issuer, usage and status of their standard",
        &[Lints],
    ),
];

const KEYS: &[Rule] = &[
    rule(
        "K01",
        "RFC 3279 s.2.3.1, BR 7.1.3.1.1",
        "RSA keys are named by rsaEncryption with NULL",
        &[Lints, Test("x509/keys.rs", "keys_that_cannot_be_certified_are_named")],
    ),
    rule(
        "K02",
        "BR 6.1.5, 6.1.6",
        "an RSA modulus is odd, of 2048 bits at least, in steps of 8",
        &[
            Lints,
            Policy(&["POL-KEY-ALGORITHM"]),
            Test("x509/keys.rs", "rsa_numbers_out_of_range_are_refused"),
        ],
    ),
    rule(
        "K03",
        "BR 6.1.6",
        "an RSA exponent is odd, from 65537 to 2^256 - 1",
        &[Lints, Test("x509/keys.rs", "rsa_numbers_out_of_range_are_refused")],
    ),
    rule(
        "K04",
        "BR 6.1.1.3",
        "an RSA modulus has no small factor, is no power and has primes far apart",
        &[Lints, Policy(&["POL-KEY-SMALL-FACTOR", "POL-KEY-POWER", "POL-KEY-CLOSE-PRIMES"])],
    ),
    rule(
        "K05",
        "BR 6.1.1.3",
        "an RSA key is not one of a broken generator",
        &[Lints, Policy(&["POL-KEY-ROCA", "POL-KEY-LISTED"])],
    ),
    rule(
        "K06",
        "NIST SP 800-57 part 1 s.5.1",
        "an RSA key shares no prime with another one",
        &[Policy(&["POL-KEY-SHARED-PRIME"])],
    ),
    rule(
        "K07",
        "RFC 5480 s.2.1.1, SP 800-56A r3 s.5.6.2.3.3",
        "an EC key is a point of a curve that is named",
        &[
            Lints,
            Test("x509/keys.rs", "points_that_are_not_uncompressed_points_of_their_curve_are_refused"),
            Test("x509/keys.rs", "parameters_other_than_a_named_curve_are_refused"),
        ],
    ),
    rule(
        "K08",
        "RFC 8410 s.3, RFC 8032 s.5",
        "Ed25519 and Ed448 keys are points in their one encoding",
        &[Lints, Test("x509/keys.rs", "points_of_low_order_and_second_encodings_are_refused")],
    ),
    rule("K09", "RFC 9881 s.2, s.4", "ML-DSA keys have no parameters and exactly their octets", &[Lints]),
    rule("K10", "RFC 9909 s.3, s.5", "SLH-DSA keys have no parameters and exactly their octets", &[Lints]),
    rule(
        "K11",
        "BR 6.1.1.3",
        "no key of our own CAs and none revoked for compromise is certified",
        &[Policy(&["POL-KEY-OF-CA", "POL-KEY-COMPROMISED"])],
    ),
    rule(
        "K12",
        "BR 6.1.5, NIST SP 800-57 part 1 s.5.6.2",
        "a key is as strong as the profile wants, its request is not signed by SHA-1",
        &[
            Policy(&["POL-KEY-ALGORITHM", "POL-KEY-STRENGTH", "POL-SIGNATURE-STRENGTH"]),
            Test("x509/request.rs", "requests_of_other_programs_are_accepted_or_refused_for_their_one_fault"),
        ],
    ),
];

const REST: &[Rule] = &[
    rule(
        "Q01",
        "RFC 2986 s.4.1",
        "a request is of version 1, strict DER, of bounded size and depth",
        &[
            Lints,
            Test("x509/request.rs", "the_structure_is_held_to_rfc_2986"),
            Test("x509/request.rs", "size_depth_and_the_number_of_names_are_bounded"),
        ],
    ),
    rule(
        "Q02",
        "RFC 2986 s.3",
        "a request proves that its key is possessed",
        &[
            Test("x509/request.rs", "possession_is_proven_over_the_octets_as_they_came"),
            Test("x509/request.rs", "a_request_with_another_signature_is_not_proven"),
        ],
    ),
    rule(
        "Q03",
        "RFC 2985 s.5.4",
        "every attribute of a request is one that is known, once, with one value",
        &[Lints, Test("x509/request.rs", "attributes_stand_once_with_one_value")],
    ),
    rule(
        "Q04",
        "RFC 2985 s.5.4.2",
        "what is asked for is given only if the profile names it",
        &[Policy(&["POL-REQUEST-EXTENSION", "POL-REQUEST-CA"])],
    ),
    rule(
        "Q05",
        "RFC 7468 s.7",
        "a file holds one request and nothing beside it",
        &[Test("cli/bad_requests.rs", "each_is_refused_and_says_why")],
    ),
    rule(
        "Q06",
        "RFC 2986 s.3",
        "the digest of the request that came is the one that the requester told",
        &[Test("cli/intake.rs", "a_request_is_held_to_the_digest_that_the_requester_told")],
    ),
    rule(
        "S01",
        "RFC 5280 s.4.1.2.7",
        "the token's key is the one in the CA's certificate, shown by a signature",
        &[
            Test("token/keys.rs", "halves_that_do_not_belong_together_are_noticed"),
            Test("token/keys.rs", "a_key_is_found_by_the_public_key_of_a_certificate"),
        ],
    ),
    rule(
        "S02",
        "BR 6.2.6",
        "a CA's key was made in the token and never leaves it",
        &[Test("token/keys.rs", "an_extractable_key_is_not_fit")],
    ),
    rule(
        "S03",
        "RFC 7512 s.2.3",
        "exactly one key has the name that is meant",
        &[Test("token/keys.rs", "an_ambiguous_key_lists_the_candidates")],
    ),
    rule(
        "S04",
        "RFC 5280 s.6.1.3",
        "the CA is valid, not revoked, and its path holds",
        &[Policy(&[
            "POL-ISSUER-NOT-YET-VALID",
            "POL-ISSUER-EXPIRED",
            "POL-ISSUER-REVOKED",
            "POL-ISSUER-NOT-CA",
            "POL-ISSUER-KEY-USAGE",
            "POL-ISSUER-UNREADABLE",
        ])],
    ),
    rule(
        "S05",
        "BR 6.1.7",
        "a root's key signs CAs and what belongs to them",
        &[
            Policy(&["POL-KIND-ISSUER"]),
            Not(
                "which profiles a CA may issue by is named in its configuration: a root names none for end entities",
            ),
        ],
    ),
    rule(
        "S06",
        "PKCS#11 3.1 s.5.6.4",
        "no login is left behind",
        &[Test("token/faults.rs", "the_worker_closes_the_module_when_the_session_goes")],
    ),
    rule(
        "V01",
        "RFC 3279 s.2.2.3",
        "an ECDSA signature has its exact length and minimal integers",
        &[
            Test("x509/sealing.rs", "what_a_token_returns_has_the_exact_length"),
            Test("x509/sealing.rs", "ecdsa_halves_become_minimal_integers_and_zero_is_refused"),
        ],
    ),
    rule(
        "V02",
        "RFC 8017 s.8",
        "an RSA signature is as long as the modulus, its salt as the digest",
        &[
            Test("x509/sealing.rs", "what_a_token_returns_has_the_exact_length"),
            Test("x509/sealing.rs", "pss_has_the_salt_that_its_name_says"),
        ],
    ),
    rule(
        "V03",
        "RFC 5280 s.6.1.3",
        "two implementations verify the signature of what makes a CA",
        &[Test("x509/sealing.rs", "both_implementations_know_every_pair_of_key_and_digest")],
    ),
    rule(
        "V04",
        "RFC 5280 s.4.1.1.3",
        "what is recorded is what was approved, octet for octet",
        &[Test("store/issuance.rs", "signatures_over_other_octets_are_not_recorded_and_come_back")],
    ),
    rule(
        "V05",
        "FIPS 186-5 s.6.3",
        "no two signatures of a key share their random half",
        &[Not(
            "belongs to the token, which draws it: the signatures on record are not compared with one another",
        )],
    ),
    rule(
        "L01",
        "RFC 5280 s.5.1.2.3, s.5.2.1",
        "a CRL is of version 2 and names its CA octet for octet",
        &[Lints],
    ),
    rule(
        "L02",
        "RFC 5280 s.5.1.2.4, s.5.1.2.5",
        "its times are in order and do not go back",
        &[Lints, Test("store/crls.rs", "this_update_never_goes_back")],
    ),
    rule("L03", "BR 7.2", "it is not valid for longer than is allowed", &[Lints]),
    rule(
        "L04",
        "RFC 5280 s.5.2.3",
        "its number is greater than every one before",
        &[Lints, Test("store/crls.rs", "crl_numbers_grow_whatever_became_of_the_crls")],
    ),
    rule(
        "L05",
        "RFC 5280 s.5.1.2.6",
        "its entries are sorted, once each, and absent when there is none",
        &[Lints],
    ),
    rule("L06", "RFC 5280 s.5.3.1, BR 7.2.2", "its reasons are defined and meant", &[Lints]),
    rule(
        "L07",
        "RFC 5280 s.5.3.2",
        "no revocation begins after the CRL",
        &[Lints, Test("store/revocations.rs", "a_revocation_cannot_begin_later")],
    ),
    rule(
        "L08",
        "RFC 5280 s.3.3",
        "no entry leaves before a CRL after its expiry showed it",
        &[Test("store/crls.rs", "an_entry_stays_until_it_was_on_a_crl_after_expiry")],
    ),
    rule(
        "L09",
        "RFC 5280 s.5",
        "everything that is revoked is on it",
        &[
            Test("store/crls.rs", "a_crl_made_before_a_revocation_is_refused_after_it"),
            Test("store/crls.rs", "what_is_revoked_while_a_crl_is_signed_is_on_the_next_one"),
        ],
    ),
    rule("L10", "RFC 5280 s.5.2.5, BR 7.2.2.1", "a CRL of a part says critically of which", &[Lints]),
    rule("L11", "BR 7.2.2.1", "a CRL of everything names no part", &[Lints]),
    rule("L12", "RFC 5280 s.5.2.4, s.5.2.6", "a delta CRL is critical about its base", &[Lints]),
    rule("L13", "RFC 5280 s.4.2.1.3", "the CA may sign CRLs", &[Lints]),
    rule(
        "L14",
        "RFC 2585 s.3",
        "what is published is never replaced by an older one",
        &[Test("interop/publication.rs", "nothing_older_is_published_and_what_differs_is_told")],
    ),
    rule(
        "L15",
        "BR 5.8",
        "a CA that ends has a last CRL",
        &[Test("interop/crl_kinds.rs", "the_last_crl_comes_when_nothing_is_left_to_revoke")],
    ),
    rule("R01", "RFC 6960 s.4.2.2.2", "the CA answers, or one that it made a responder", &[Lints]),
    rule(
        "R02",
        "RFC 6960 s.2.2",
        "good is said only of what was issued",
        &[Lints, Test("store/ocsp.rs", "good_is_what_is_on_record_and_unknown_whatever_may_have_come_out")],
    ),
    rule(
        "R03",
        "RFC 6960 s.2.4, BR 4.9.10",
        "the times of an answer are in order and in their form",
        &[Lints],
    ),
    rule(
        "R04",
        "RFC 9654 s.2.1",
        "a nonce comes back as it was sent, of 1 to 128 octets",
        &[
            Lints,
            Test("interop/responder.rs", "a_responder_signs_live_what_the_ledger_says_and_repeats_nonces"),
        ],
    ),
    rule("R05", "BR 7.3", "a revoked CA has a reason, in its own place", &[Lints]),
    rule(
        "T01",
        "RFC 7512 s.2.3, s.2.4",
        "URIs of keys are strict, and hold no PIN",
        &[Test("policy/configuration.rs", "a_pin_in_a_key_is_not_repeated")],
    ),
    rule(
        "T02",
        "BR 4.3.1.2",
        "what will be signed is linted before it is signed",
        &[
            Shape("`Linted` is made by linting alone, and nothing else can be reserved or signed"),
            Profile(&["PRF-LINTER"]),
        ],
    ),
    rule(
        "T03",
        "BR 5.4.1",
        "every act is logged with its time and its person",
        &[
            Test("cli/home.rs", "the_audit_log_is_listed_and_escaped"),
            Test("cli/home.rs", "a_changed_entry_is_found"),
        ],
    ),
    rule(
        "T04",
        "BR 6.1.1.1",
        "CA keys are made in a ceremony by a script",
        &[Test("ceremony/whole.rs", "a_plan_is_run_bundled_verified_and_reported")],
    ),
    rule(
        "T05",
        "WebTrust for CAs 4",
        "keys have a life from storage to destruction that is logged",
        &[Test("cli/destroy.rs", "both_halves_are_destroyed_and_that_is_recorded")],
    ),
    rule(
        "T06",
        "EN 319 411-1 s.6.5.1",
        "two people control a CA's key",
        &[Test("ceremony/course.rs", "an_approval_that_is_missing_is_found")],
    ),
    rule(
        "T07",
        "RFC 9618 s.4",
        "the tree of policies does not grow without bound",
        &[Policy(&["POL-POLICY-CHAIN"])],
    ),
    rule(
        "T08",
        "BR 5.5.2",
        "records outlive the CA, and are read without the program",
        &[Test("cli/home.rs", "the_audit_log_is_verified_against_a_head_on_paper")],
    ),
];
