//! Events for tests: one of each kind, optional fields once with and once without.

use super::event::Event;
use super::{
    Bundle, Ceremony, CeremonyState, Conditions, Failure, Fingerprint, KeyEnd, Kind, LinterRun, Object,
    Objection, OcspFailed, OcspGroup, OcspRefused, OcspSigned, OcspSigning, Origin, Outcome,
    SignedCheckpoint, Source, Waiver,
};

fn object(kind: Kind) -> Object {
    Object { kind, ca: "root".to_owned(), number: "4A01".to_owned() }
}

fn waiver() -> Waiver {
    Waiver { rule: text(), reason: text(), by: text() }
}

fn run(program_sha256: Option<Fingerprint>) -> LinterRun {
    LinterRun { linter: text(), program: text(), program_sha256, status: text() }
}

fn checkpoint() -> SignedCheckpoint {
    let root = Fingerprint([0xcd; 32]);
    SignedCheckpoint { origin: text(), size: 7, root, key: text(), key_name: text(), public_key_sha256: root }
}

fn ocsp_group() -> OcspGroup {
    OcspGroup { ca: text(), group: 7, count: 2, key: text(), public_key_sha256: Fingerprint([0xcd; 32]) }
}

fn ocsp_signing(responder_sha256: Option<Fingerprint>) -> OcspSigning {
    OcspSigning {
        group: ocsp_group(),
        responder_sha256,
        this_update: text(),
        next_update: text(),
        good: 1,
        revoked: 1,
        unknown: 0,
        tbs_sha256: Fingerprint([0xab; 32]),
    }
}

fn text() -> String {
    "text".to_owned()
}

/// All of them.
pub(super) fn events() -> Vec<Event> {
    let hash = Fingerprint([0xab; 32]);
    vec![
        Event::HomeCreated { version: text(), id: Some(text()) },
        Event::HomeCreated { version: text(), id: None },
        Event::ConfigurationChanged { sha256: hash },
        Event::ProfileChanged { profile: text(), before: hash, sha256: hash },
        Event::KeyGenerated { key: text(), algorithm: text(), public_key_sha256: hash, doubts: Vec::new() },
        Event::KeyGenerated { key: text(), algorithm: text(), public_key_sha256: hash, doubts: vec![text()] },
        Event::KeyAttested {
            key: text(),
            public_key_sha256: hash,
            device: Some(text()),
            device_serial: Some(text()),
            firmware: Some(text()),
            origin: text(),
            pin_policy: Some(text()),
            touch_policy: Some(text()),
            path_sha256: vec![hash, hash],
        },
        Event::KeyAttested {
            key: text(),
            public_key_sha256: hash,
            device: None,
            device_serial: None,
            firmware: None,
            origin: text(),
            pin_policy: None,
            touch_policy: None,
            path_sha256: vec![hash, hash],
        },
        Event::KeyDoomed(KeyEnd {
            key: text(),
            algorithm: Some(text()),
            public_key_sha256: Some(hash),
            cas: vec![text()],
            problem: None,
        }),
        Event::KeyDestroyed(KeyEnd {
            key: text(),
            algorithm: Some(text()),
            public_key_sha256: Some(hash),
            cas: vec![text()],
            problem: Some(text()),
        }),
        Event::KeyDestroyed(KeyEnd {
            key: text(),
            algorithm: None,
            public_key_sha256: None,
            cas: Vec::new(),
            problem: None,
        }),
        Event::TokenInitialised {
            label: text(),
            serial: Some(text()),
            manufacturer: text(),
            model: text(),
            erased: Some(text()),
            cas: vec![text()],
            problem: Some(text()),
        },
        Event::TokenInitialised {
            label: text(),
            serial: None,
            manufacturer: text(),
            model: text(),
            erased: None,
            cas: Vec::new(),
            problem: None,
        },
        Event::TokenTried { token: text(), generated: vec![text()], left: vec![text()] },
        Event::TokenTried { token: text(), generated: Vec::new(), left: Vec::new() },
        Event::CaCreated {
            ca: text(),
            key: text(),
            profile: text(),
            profile_sha256: Some(hash),
            subject: text(),
            public_key_sha256: hash,
        },
        Event::CaInstalled { ca: text(), sha256: hash, path_sha256: vec![hash, hash] },
        Event::CaAdopted { ca: text(), key: text(), sha256: hash, path_sha256: Vec::new() },
        Event::Imported { object: object(Kind::Crl), sha256: hash },
        Event::NumberTaken { object: object(Kind::Certificate) },
        Event::RequestRefused {
            ca: text(),
            profile: text(),
            profile_sha256: Some(hash),
            request_sha256: Some(hash),
            requester: Some("Zoë \"Z\"\\\n\u{7}\u{202e}".to_owned()),
            source: Source {
                origin: Some(Origin::Renewal),
                origin_serial: Some(text()),
                origin_sha256: Some(hash),
                possession: Some(text()),
            },
            violations: vec![text()],
            objections: vec![Objection::new("POL", "subject", "\u{202e}", "none")],
            overrides: vec![waiver()],
        },
        Event::LinterRefused {
            kind: Kind::Certificate,
            ca: text(),
            profile: text(),
            profile_sha256: hash,
            tbs_sha256: hash,
            linter: run(None),
        },
        Event::LintRefused {
            kind: Kind::Request,
            ca: text(),
            profile: None,
            profile_sha256: None,
            tbs_sha256: hash,
            findings: vec![text()],
        },
        Event::Signing {
            object: object(Kind::Certificate),
            tbs_sha256: hash,
            profile: Some(text()),
            profile_sha256: None,
            request_sha256: None,
            requester: None,
            source: Source::default(),
            conditions: Conditions::default(),
        },
        Event::Signing {
            object: object(Kind::Certificate),
            tbs_sha256: hash,
            profile: None,
            profile_sha256: None,
            request_sha256: None,
            requester: None,
            source: Source { origin: Some(Origin::PublicKey), possession: Some(text()), ..Source::default() },
            conditions: Conditions {
                overrides: vec![waiver(), waiver()],
                exclusions: vec![waiver()],
                linters: vec![run(Some(hash))],
            },
        },
        Event::Signed { object: object(Kind::Certificate), sha256: hash },
        Event::SigningFailed { object: object(Kind::Crl), failure: Failure::NotAttempted, reason: text() },
        Event::Settled { object: object(Kind::Crl), outcome: Outcome::Abandoned, sha256: None },
        Event::Revoked {
            ca: text(),
            serial: text(),
            reason: Some(text()),
            date: text(),
            invalidity_date: None,
        },
        Event::Unheld { ca: text(), serial: text() },
        Event::Published { object: object(Kind::Request), sha256: hash, to: text() },
        Event::LoginFailed { token: text(), reason: text() },
        Event::Exported {
            what: text(),
            ca: Some(text()),
            number: Some(text()),
            count: Some(7),
            sha256: Some(hash),
            to: text(),
        },
        Event::Exported { what: text(), ca: None, number: None, count: None, sha256: None, to: text() },
        Event::BackedUp { to: text(), sha256: hash, entries: 7, head: hash },
        Event::Restored {
            from: text(),
            sha256: Some(hash),
            made_at: Some(text()),
            entries: 7,
            head: hash,
            shown_by: text(),
            lost_entries: Some(1),
            skipped: Some(0),
        },
        Event::Restored {
            from: text(),
            sha256: None,
            made_at: None,
            entries: 7,
            head: hash,
            shown_by: text(),
            lost_entries: None,
            skipped: None,
        },
        Event::Recovered { open: 2, abandoned: 1, found: 1 },
        Event::CheckpointSigning { checkpoint: checkpoint(), algorithm: text(), message_sha256: hash },
        Event::CheckpointSigned { checkpoint: checkpoint(), signature_sha256: hash },
        Event::CheckpointFailed { checkpoint: checkpoint(), failure: Failure::Token, reason: text() },
        Event::Migrated {
            ca: text(),
            source: text(),
            from: text(),
            certificates: 3,
            numbers: 2,
            revoked: 1,
            crls: 1,
            doubts: 0,
            accepted: Vec::new(),
        },
        Event::Migrated {
            ca: text(),
            source: text(),
            from: text(),
            certificates: 3,
            numbers: 2,
            revoked: 1,
            crls: 1,
            doubts: 1,
            accepted: vec![waiver()],
        },
        Event::SignaturesCounted {
            token: text(),
            public_key_sha256: hash,
            calls: 3,
            failed: 0,
            objects: 2,
            challenges: 1,
            unsure: 0,
        },
        Event::Reconciled { public_key_sha256: hash, since_entry: 0, counted: 3, least: 3, most: 4 },
        Event::ClockConfirmed { before: text(), now: text(), reason: Some(text()), by: Some(text()) },
        Event::ClockConfirmed { before: text(), now: text(), reason: None, by: None },
        Event::OcspRefused(OcspRefused { ca: text(), tbs_sha256: hash, findings: vec![text()] }),
        Event::OcspSigning(ocsp_signing(Some(hash))),
        Event::OcspSigning(ocsp_signing(None)),
        Event::OcspSigned(OcspSigned { group: ocsp_group(), signed: 1, sha256: hash }),
        Event::OcspFailed(OcspFailed {
            group: ocsp_group(),
            failed: 1,
            wrong: 0,
            not_attempted: 0,
            reason: text(),
        }),
        Event::OcspGivenUp(ocsp_group()),
        Event::Ceremony(Ceremony {
            state: CeremonyState::UnderWay,
            plan: hash,
            records: 3,
            transcript: hash,
        }),
        Event::Bundle(Bundle::Received {
            bundle: text(),
            manifest_sha256: hash,
            ca: text(),
            requester: text(),
            requests: 2,
        }),
        Event::Bundle(Bundle::Refused { bundle: text(), asked: text(), reasons: vec![text()] }),
        Event::Bundle(Bundle::Answered {
            bundle: text(),
            manifest_sha256: hash,
            answer_sha256: hash,
            issued: 1,
            refused: 1,
            crls: vec![text()],
        }),
        Event::Bundle(Bundle::Sealed { bundle: text(), size: 7, line: text() }),
    ]
}
