//! What the log tells of: one variant per kind of event, in words that need no database to be read.
//!
//! Everything is text, so that an entry means the same to who has nothing but the log: serial numbers in upper-case hex, CRL
//! numbers in decimal, times in RFC 3339, hashes in lower-case hex. Variants and fields are only ever added.

use serde::{Deserialize, Serialize};

use super::condition::{Conditions, LinterRun, Waiver};
use super::key_end::KeyEnd;
use super::object::{Failure, Kind, Object, Outcome};
use super::ocsp::{OcspFailed, OcspGroup, OcspRefused, OcspSigned, OcspSigning};
use super::{ceremony::Ceremony, exchanged::Bundle, fingerprint::Fingerprint, objection::Objection};
use super::{signed_checkpoint::SignedCheckpoint, source::Source};

/// One event. `event` in the encoding is the variant's name in kebab case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// The home came into being; always the first entry.
    HomeCreated {
        /// The version of the program that made it.
        version: String,
        /// A random number in hex that no other home has, so that no two logs begin alike.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
    },
    /// The configuration in use is another than at the last command that signed.
    ConfigurationChanged {
        /// SHA-256 over the configuration file.
        sha256: Fingerprint,
    },
    /// The text of a profile is another than when something was last made by it.
    ProfileChanged {
        /// The profile.
        profile: String,
        /// SHA-256 over it as it was.
        before: Fingerprint,
        /// SHA-256 over it as it is from now on.
        sha256: Fingerprint,
    },
    /// A key pair was generated on a token.
    KeyGenerated {
        /// Its URI (RFC 7512).
        key: String,
        /// Its algorithm, such as `ec-p256`.
        algorithm: String,
        /// SHA-256 over the SubjectPublicKeyInfo.
        public_key_sha256: Fingerprint,
        /// What the token says of the key that a CA's key had better not have, such as that it may also decrypt.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        doubts: Vec<String>,
    },
    /// The attestation of a key by its device was verified up to a root that the operator supplied.
    KeyAttested {
        /// The key's URI.
        key: String,
        /// SHA-256 over the SubjectPublicKeyInfo.
        public_key_sha256: Fingerprint,
        /// The kind of device, where the attestation says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<String>,
        /// The serial number of the device in decimal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device_serial: Option<String>,
        /// The version of its firmware.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        firmware: Option<String>,
        /// Where the key comes from: `generated`, or `unknown` where the attestation does not say.
        origin: String,
        /// When the device wants the PIN.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pin_policy: Option<String>,
        /// When the device wants to be touched.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        touch_policy: Option<String>,
        /// SHA-256 over the attestation and each certificate above it, the root's last.
        path_sha256: Vec<Fingerprint>,
    },
    /// A key is about to be destroyed on a token.
    KeyDoomed(KeyEnd),
    /// A key was destroyed on a token, or part of it.
    KeyDestroyed(KeyEnd),
    /// A token was initialised: whatever was in it before is destroyed.
    TokenInitialised {
        /// Its new label.
        label: String,
        /// Its serial number afterwards; absent where the token was not found again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        serial: Option<String>,
        /// Its manufacturer.
        manufacturer: String,
        /// Its model.
        model: String,
        /// The URI of the token that it was before, where it was not blank.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        erased: Option<String>,
        /// The CAs of this home whose keys were in it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        cas: Vec<String>,
        /// What went wrong after that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        problem: Option<String>,
    },
    /// A token was examined with keys that live for the examination alone: each is destroyed again.
    TokenTried {
        /// The URI of the token.
        token: String,
        /// The algorithms of the key pairs that were generated.
        generated: Vec<String>,
        /// What is left of them in the token, where something is.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left: Vec<String>,
    },
    /// A CA was added, which has no certificate yet.
    CaCreated {
        /// The CA's name in this home.
        ca: String,
        /// The URI of its key.
        key: String,
        /// Its profile.
        profile: String,
        /// SHA-256 over the profile.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile_sha256: Option<Fingerprint>,
        /// Its distinguished name.
        subject: String,
        /// SHA-256 over the SubjectPublicKeyInfo.
        public_key_sha256: Fingerprint,
    },
    /// A CA received the certificate by which it issues.
    CaInstalled {
        /// The CA's name in this home.
        ca: String,
        /// SHA-256 over the certificate.
        sha256: Fingerprint,
        /// SHA-256 over each further certificate of its path, the issuer's first.
        path_sha256: Vec<Fingerprint>,
    },
    /// A CA that existed before was taken over with its key.
    CaAdopted {
        /// The CA's name in this home.
        ca: String,
        /// The URI of its key.
        key: String,
        /// SHA-256 over the certificate.
        sha256: Fingerprint,
        /// SHA-256 over each further certificate of its path, the issuer's first.
        path_sha256: Vec<Fingerprint>,
    },
    /// A certificate or CRL made elsewhere was taken into the ledger.
    Imported {
        /// The object.
        #[serde(flatten)]
        object: Object,
        /// SHA-256 over it.
        sha256: Fingerprint,
    },
    /// A serial number or CRL number that was used elsewhere is taken, without the object that has it.
    NumberTaken {
        /// The object.
        #[serde(flatten)]
        object: Object,
    },
    /// Policy refused a request: nothing was reserved and nothing signed.
    RequestRefused {
        /// The CA that was asked.
        ca: String,
        /// The profile that was asked for.
        profile: String,
        /// SHA-256 over the profile.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile_sha256: Option<Fingerprint>,
        /// SHA-256 over the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_sha256: Option<Fingerprint>,
        /// Who asked, as far as the program was told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        requester: Option<String>,
        /// From what the certificate was to be made.
        #[serde(flatten)]
        source: Source,
        /// The id of every rule that the request does not keep, once.
        violations: Vec<String>,
        /// Every violation with what was found and what was wanted, as far as there is room for them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        objections: Vec<Objection>,
        /// The rules that somebody tried to override.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        overrides: Vec<Waiver>,
    },
    /// What was built has a finding of severity error: nothing was reserved and nothing signed.
    LintRefused {
        /// What was built.
        kind: Kind,
        /// The CA that was asked.
        ca: String,
        /// The profile.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile: Option<String>,
        /// SHA-256 over the profile.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile_sha256: Option<Fingerprint>,
        /// SHA-256 over the octets that would have been signed.
        tbs_sha256: Fingerprint,
        /// The id of every finding.
        findings: Vec<String>,
    },
    /// A linter of the profile, a program outside, did not pass what was built: nothing was signed.
    LinterRefused {
        /// What was built.
        kind: Kind,
        /// The CA that was asked.
        ca: String,
        /// The profile.
        profile: String,
        /// SHA-256 over the profile.
        profile_sha256: Fingerprint,
        /// SHA-256 over the octets that would have been signed, but for the serial number.
        tbs_sha256: Fingerprint,
        /// The linter.
        #[serde(flatten)]
        linter: LinterRun,
    },
    /// The token is about to be asked for this signature: from here on the object may exist.
    Signing {
        /// The object.
        #[serde(flatten)]
        object: Object,
        /// SHA-256 over the octets that get signed.
        tbs_sha256: Fingerprint,
        /// The profile, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile: Option<String>,
        /// SHA-256 over the profile's text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile_sha256: Option<Fingerprint>,
        /// SHA-256 over the request that led to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_sha256: Option<Fingerprint>,
        /// Who asked, as far as the program was told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        requester: Option<String>,
        /// From what a certificate is made.
        #[serde(flatten)]
        source: Source,
        /// On what conditions.
        #[serde(flatten)]
        conditions: Conditions,
    },
    /// The object was signed, its signature verified, and it stands in the ledger.
    Signed {
        /// The object.
        #[serde(flatten)]
        object: Object,
        /// SHA-256 over the whole signed object.
        sha256: Fingerprint,
    },
    /// No usable signature came back. The number stays burned.
    SigningFailed {
        /// The object.
        #[serde(flatten)]
        object: Object,
        /// How it failed.
        failure: Failure,
        /// What was said about it.
        reason: String,
    },
    /// An open reservation was settled by a person.
    Settled {
        /// The object.
        #[serde(flatten)]
        object: Object,
        /// How.
        outcome: Outcome,
        /// SHA-256 over the signed object, when it was found.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sha256: Option<Fingerprint>,
    },
    /// A certificate was revoked, or its revocation changed to a graver reason.
    Revoked {
        /// The CA.
        ca: String,
        /// The serial number.
        serial: String,
        /// The reason in RFC 5280's words; absent means unspecified.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// revocationDate.
        date: String,
        /// invalidityDate.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        invalidity_date: Option<String>,
    },
    /// A certificate on hold was released.
    Unheld {
        /// The CA.
        ca: String,
        /// The serial number.
        serial: String,
    },
    /// An object was written out of the ledger.
    Published {
        /// The object.
        #[serde(flatten)]
        object: Object,
        /// SHA-256 over it.
        sha256: Fingerprint,
        /// Where to: a file name.
        to: String,
    },
    /// Something that is on record was written out for others.
    Exported {
        /// What: `certificate`, `audit-log`, `ceremony`, `bundle`, `home` or `openssl-directory`.
        what: String,
        /// The CA, where it is one CA's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ca: Option<String>,
        /// The number of the object, where it is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<String>,
        /// How many certificates or entries, where it is many.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        count: Option<u64>,
        /// SHA-256 over the object, where it is one; of the audit log, the root of its tree.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sha256: Option<Fingerprint>,
        /// Where to: a file or directory.
        to: String,
    },
    /// A copy of the whole ledger was made.
    BackedUp {
        /// Where to: a file.
        to: String,
        /// SHA-256 over it.
        sha256: Fingerprint,
        /// How many entries its log has.
        entries: u64,
        /// The head of its log.
        head: Fingerprint,
    },
    /// The ledger was put in place from a copy of an earlier state: what was signed after that is on no record here.
    Restored {
        /// From where: a file or directory.
        from: String,
        /// SHA-256 over it, where it is a file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sha256: Option<Fingerprint>,
        /// When the copy was made, where it says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        made_at: Option<String>,
        /// How many entries the log had in it.
        entries: u64,
        /// The head that the log had in it.
        head: Fingerprint,
        /// By what it was shown how far the home had come: such as `head` or `crl`.
        shown_by: String,
        /// The entries that the log had when the copy was replaced, as far as known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lost_entries: Option<u64>,
        /// How many numbers were given up, since they may have been used after the copy was made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        skipped: Option<u64>,
    },
    /// Somebody looked after what a crash or a failing token had left open.
    Recovered {
        /// How many reservations were open.
        open: u64,
        /// How many of them were given up.
        abandoned: u64,
        /// Of how many the signed object was found.
        found: u64,
    },
    /// The token is about to be asked to sign a checkpoint, of this log or as a witness: it may exist from here on.
    CheckpointSigning {
        /// The checkpoint, and the key.
        #[serde(flatten)]
        checkpoint: SignedCheckpoint,
        /// The signature algorithm.
        algorithm: String,
        /// SHA-256 over the octets that get signed.
        message_sha256: Fingerprint,
    },
    /// A checkpoint was signed, and the signature verified.
    CheckpointSigned {
        /// The checkpoint, and the key.
        #[serde(flatten)]
        checkpoint: SignedCheckpoint,
        /// SHA-256 over the signature.
        signature_sha256: Fingerprint,
    },
    /// No usable signature of a checkpoint came back.
    CheckpointFailed {
        /// The checkpoint, and the key.
        #[serde(flatten)]
        checkpoint: SignedCheckpoint,
        /// How it failed.
        failure: Failure,
        /// What was said about it.
        reason: String,
    },
    /// The records of another program were taken over; each object has an entry of its own.
    Migrated {
        /// The CA's name in this home.
        ca: String,
        /// From what: `openssl`, or `certificates` where there was nothing but these and CRLs.
        source: String,
        /// From where: a directory.
        from: String,
        /// How many certificates came with their octets.
        certificates: u64,
        /// How many serial numbers came without.
        numbers: u64,
        /// How many of these are revoked.
        revoked: u64,
        /// How many CRLs.
        crls: u64,
        /// How many things disagreed, and were taken over as the operator chose.
        doubts: u64,
        /// The kinds of disagreement that had to be accepted, and whose word that was.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        accepted: Vec<Waiver>,
    },
    /// How often the token was asked for a signature by one run of the program, beside what the log accounts for.
    SignaturesCounted {
        /// The URI of the token.
        token: String,
        /// SHA-256 over the SubjectPublicKeyInfo of the key.
        public_key_sha256: Fingerprint,
        /// How often the module was called to sign, by the worker's count.
        calls: u64,
        /// How many of the calls failed.
        failed: u64,
        /// How many signatures came back over objects that the log tells of.
        objects: u64,
        /// How many came back over random challenges, to see that the key is there.
        challenges: u64,
        /// How many more were asked for and an error came back: there may be a signature that nobody received.
        unsure: u64,
    },
    /// The signatures by a key that a device or its vendor's program counts, beside those that the log accounts for.
    Reconciled {
        /// SHA-256 over the SubjectPublicKeyInfo of the key.
        public_key_sha256: Fingerprint,
        /// After which entry both counts begin; 0 is the beginning.
        since_entry: u64,
        /// What the device counts.
        counted: u64,
        /// The fewest that the log accounts for.
        least: u64,
        /// The most that it accounts for, with signatures that may or may not exist.
        most: u64,
    },
    /// A token did not accept the PIN.
    LoginFailed {
        /// The URI of the token.
        token: String,
        /// What the token said.
        reason: String,
    },
    /// The clock differs from what the log had seen, and a person confirmed it.
    ClockConfirmed {
        /// The time of the entry before.
        before: String,
        /// The time that was confirmed.
        now: String,
        /// Why the clock is right.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Who confirmed it, as far as the program was told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// What was built as an OCSP response has a finding of severity error: nothing was reserved and nothing signed.
    OcspRefused(OcspRefused),
    /// The token is about to be asked to sign a group of OCSP responses: from here on they may exist.
    OcspSigning(OcspSigning),
    /// Responses of a group were signed, their signatures verified, and they stand in the ledger.
    OcspSigned(OcspSigned),
    /// Of responses of a group no usable signature came back.
    OcspFailed(OcspFailed),
    /// A group that a crash had left open was given up.
    OcspGivenUp(OcspGroup),
    /// A ceremony, with the transcript as far as it was written.
    Ceremony(Ceremony),
    /// A bundle of requests that came over an air gap.
    Bundle(Bundle),
}
