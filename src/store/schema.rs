//! The tables of the ledger, one migration per schema version.
//!
//! Plain SQL where it can be, so that a server database could hold the same ledger one day: whole numbers,
//! text, octets; times in seconds since 1970; serial numbers and CRL numbers as octets whose order is that
//! of the numbers. No row is ever deleted: numbers stay taken, and history stays readable. What is large
//! (`*_body`) lies apart from what is searched, so that the cost of an issuance does not grow with the
//! number of certificates on record.

use rusqlite::Connection;

use super::{audit_tile, crl_octets, distribution_point, intent, known_key};

/// Says in the file's header that it is a ledger of keyrite: "kyrt".
pub(super) const APPLICATION_ID: i32 = 0x6b79_7274;

/// The steps from an empty file to the newest schema; the schema's version is how many were taken.
pub(super) const MIGRATIONS: [Migration; 8] = [
    Migration { sql: VERSION_1, fill: |_| Ok(()) },
    Migration { sql: VERSION_2, fill: |_| Ok(()) },
    Migration { sql: VERSION_3, fill: known_key::fill },
    Migration { sql: VERSION_4, fill: audit_tile::fill },
    Migration { sql: VERSION_5, fill: intent::fill },
    Migration { sql: VERSION_6, fill: distribution_point::fill },
    Migration { sql: VERSION_7, fill: |_| Ok(()) },
    Migration { sql: VERSION_8, fill: crl_octets::fill },
];

/// One step to a newer schema.
pub(super) struct Migration {
    /// Its statements.
    pub(super) sql: &'static str,
    /// What fills new columns and tables from what is on record, after them.
    pub(super) fill: fn(&Connection) -> rusqlite::Result<()>,
}

const VERSION_1: &str = "
CREATE TABLE ca (
    id            INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    key_uri       TEXT    NOT NULL,
    profile       TEXT    NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('pending', 'requested', 'active')),
    subject       BLOB    NOT NULL,
    public_key    BLOB    NOT NULL,
    installation  INTEGER NOT NULL DEFAULT 0,
    revision      INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL
) STRICT;

-- The CA's own certificate at position 0, then those of its path, each the issuer of the one before.
-- The installation with the CA's own number is in use; earlier ones are history.
CREATE TABLE ca_path (
    ca            INTEGER NOT NULL REFERENCES ca (id),
    installation  INTEGER NOT NULL,
    position      INTEGER NOT NULL,
    certificate   BLOB    NOT NULL,
    PRIMARY KEY (ca, installation, position)
) STRICT;

-- One row per serial number that was ever taken, whatever became of it.
CREATE TABLE certificate (
    id             INTEGER PRIMARY KEY,
    ca             INTEGER NOT NULL REFERENCES ca (id),
    serial         BLOB    NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('reserved', 'issued', 'imported', 'abandoned')),
    becomes_own    INTEGER NOT NULL DEFAULT 0,
    is_ca          INTEGER NOT NULL DEFAULT 0,
    subject        TEXT,
    not_before     INTEGER,
    not_after      INTEGER,
    profile        TEXT,
    profile_sha256 BLOB,
    request_sha256 BLOB,
    requester      TEXT,
    failure        TEXT,
    reserved_at    INTEGER NOT NULL,
    settled_at     INTEGER
) STRICT;
CREATE UNIQUE INDEX certificate_serial ON certificate (serial, ca);
CREATE INDEX certificate_expiry ON certificate (ca, not_after);
CREATE INDEX certificate_of_ca ON certificate (ca) WHERE is_ca = 1;
CREATE INDEX certificate_open ON certificate (id) WHERE state = 'reserved';

-- The octets that get signed until there is a signed object, which holds them from then on.
CREATE TABLE certificate_body (
    id            INTEGER PRIMARY KEY REFERENCES certificate (id),
    tbs           BLOB,
    der           BLOB,
    CHECK ((tbs IS NULL) <> (der IS NULL))
) STRICT;

-- What was said about a certificate, in force from one revision of the CA until another.
CREATE TABLE revocation (
    id              INTEGER PRIMARY KEY,
    certificate     INTEGER NOT NULL REFERENCES certificate (id),
    ca              INTEGER NOT NULL REFERENCES ca (id),
    serial          BLOB    NOT NULL,
    not_after       INTEGER,
    reason          INTEGER,
    revoked_at      INTEGER NOT NULL,
    invalidity_date INTEGER,
    recorded_at     INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    ended_revision  INTEGER,
    retired_by      INTEGER REFERENCES crl (id)
) STRICT;
CREATE UNIQUE INDEX revocation_current ON revocation (certificate) WHERE ended_revision IS NULL;
CREATE INDEX revocation_listed ON revocation (ca) WHERE ended_revision IS NULL AND retired_by IS NULL;
CREATE INDEX revocation_expiry ON revocation (ca, not_after)
    WHERE ended_revision IS NULL AND retired_by IS NULL;

CREATE TABLE crl (
    id            INTEGER PRIMARY KEY,
    ca            INTEGER NOT NULL REFERENCES ca (id),
    number        BLOB    NOT NULL CHECK (length(number) = 16),
    state         TEXT    NOT NULL CHECK (state IN ('reserved', 'issued', 'imported', 'abandoned')),
    revision      INTEGER NOT NULL,
    this_update   INTEGER NOT NULL,
    next_update   INTEGER,
    failure       TEXT,
    reserved_at   INTEGER NOT NULL,
    settled_at    INTEGER,
    UNIQUE (ca, number)
) STRICT;

CREATE TABLE crl_body (
    id            INTEGER PRIMARY KEY REFERENCES crl (id),
    tbs           BLOB,
    der           BLOB,
    CHECK ((tbs IS NULL) <> (der IS NULL))
) STRICT;

-- Certification requests for keys of ours; their number is the row's.
CREATE TABLE request (
    id            INTEGER PRIMARY KEY,
    ca            INTEGER NOT NULL REFERENCES ca (id),
    state         TEXT    NOT NULL CHECK (state IN ('reserved', 'issued', 'abandoned')),
    failure       TEXT,
    reserved_at   INTEGER NOT NULL,
    settled_at    INTEGER
) STRICT;

CREATE TABLE request_body (
    id            INTEGER PRIMARY KEY REFERENCES request (id),
    tbs           BLOB,
    der           BLOB,
    CHECK ((tbs IS NULL) <> (der IS NULL))
) STRICT;

CREATE TABLE audit_log (
    entry         INTEGER PRIMARY KEY,
    encoding      BLOB    NOT NULL,
    hash          BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- The chain shows edits to whoever knows a head; these stop the accidental ones.
CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log
BEGIN SELECT RAISE(ABORT, 'entries of the audit log are never changed'); END;
CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log
BEGIN SELECT RAISE(ABORT, 'entries of the audit log are never deleted'); END;
CREATE TRIGGER certificate_no_delete BEFORE DELETE ON certificate
BEGIN SELECT RAISE(ABORT, 'serial numbers stay taken'); END;
CREATE TRIGGER crl_no_delete BEFORE DELETE ON crl
BEGIN SELECT RAISE(ABORT, 'CRL numbers stay taken'); END;
";

const VERSION_2: &str = "
-- The forms that profiles had when something was made by them; the newest of a name was used last.
CREATE TABLE profile (
    id            INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL,
    sha256        BLOB    NOT NULL CHECK (length(sha256) = 32),
    rows          TEXT    NOT NULL,
    since         INTEGER NOT NULL
) STRICT;
CREATE INDEX profile_of_name ON profile (name);
CREATE TRIGGER profile_no_delete BEFORE DELETE ON profile
BEGIN SELECT RAISE(ABORT, 'what a profile was stays on record'); END;
";

const VERSION_3: &str = "
-- From what a certificate was made, and SHA-256 over the key that it certifies.
ALTER TABLE certificate ADD COLUMN origin TEXT;
ALTER TABLE certificate ADD COLUMN origin_sha256 BLOB;
ALTER TABLE certificate ADD COLUMN possession TEXT;
ALTER TABLE certificate ADD COLUMN key_sha256 BLOB;
CREATE INDEX certificate_key ON certificate (key_sha256) WHERE key_sha256 IS NOT NULL;

-- The keys of CAs: those of this home, and those of every path that was ever installed.
CREATE TABLE ca_key (
    sha256        BLOB    PRIMARY KEY,
    subject       TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- Every RSA modulus that was ever certified or is a CA's, once.
CREATE TABLE rsa_modulus (
    modulus       BLOB    PRIMARY KEY,
    key_sha256    BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
";

const VERSION_4: &str = "
-- The full tiles of the audit log's Merkle tree: 256 hashes each (C2SP tlog-tiles). Those that are not full are
-- computed from the entries.
CREATE TABLE audit_tile (
    level         INTEGER NOT NULL,
    tile          INTEGER NOT NULL,
    hashes        BLOB    NOT NULL CHECK (length(hashes) = 8192),
    PRIMARY KEY (level, tile)
) STRICT;
CREATE TRIGGER audit_tile_no_update BEFORE UPDATE ON audit_tile
BEGIN SELECT RAISE(ABORT, 'tiles of the audit log are never changed'); END;
CREATE TRIGGER audit_tile_no_delete BEFORE DELETE ON audit_tile
BEGIN SELECT RAISE(ABORT, 'tiles of the audit log are never deleted'); END;
";

const VERSION_5: &str = "
-- What is about to be signed, as a certificate without a signature (RFC 9925) that any program can show, and the
-- AlgorithmIdentifier that stands in the octets that get signed: with it they can be had back.
ALTER TABLE certificate_body RENAME COLUMN tbs TO unsigned;
ALTER TABLE certificate_body ADD COLUMN signature_algorithm BLOB;

-- The copies of earlier states from which this ledger was put in place.
CREATE TABLE restoration (
    entry          INTEGER PRIMARY KEY REFERENCES audit_log (entry),
    restored_at    INTEGER NOT NULL,
    made_at        INTEGER,
    entries        INTEGER NOT NULL,
    shown_by       TEXT    NOT NULL CHECK (shown_by IN ('head', 'crl', 'earlier-head'))
) STRICT;
CREATE TRIGGER restoration_no_delete BEFORE DELETE ON restoration
BEGIN SELECT RAISE(ABORT, 'that a ledger was restored stays on record'); END;
";

const VERSION_6: &str = "
-- Where the CRL is found that covers a certificate: the URIs of its cRLDistributionPoints, one a line.
CREATE TABLE distribution_point (
    id            INTEGER PRIMARY KEY,
    uris          TEXT    NOT NULL UNIQUE
) STRICT;
ALTER TABLE certificate ADD COLUMN distribution_point INTEGER;

-- What a CRL covers: its issuingDistributionPoint (absent: everything), the one distribution point whose certificates
-- it covers (absent: all), and of a delta CRL the number of the complete CRL to which it is added.
ALTER TABLE crl ADD COLUMN scope BLOB;
ALTER TABLE crl ADD COLUMN point INTEGER;
ALTER TABLE crl ADD COLUMN base BLOB CHECK (length(base) = 16);

-- What left a CRL: for the CRL of another scope, and for the delta CRLs of the same.
CREATE INDEX revocation_retired ON revocation (ca, retired_by)
    WHERE ended_revision IS NULL AND retired_by IS NOT NULL;
CREATE INDEX revocation_ended ON revocation (ca, ended_revision) WHERE ended_revision IS NOT NULL;
";

const VERSION_7: &str = "
-- OCSP responses, which are signed in groups: what is to be signed until it was (DER values, one after the other), then
-- SHA-256 of each response while any of them is the newest about its certificate.
CREATE TABLE ocsp_group (
    id               INTEGER PRIMARY KEY,
    ca               INTEGER NOT NULL REFERENCES ca (id),
    state            TEXT    NOT NULL CHECK (state IN ('reserved', 'issued', 'abandoned')),
    key_sha256       BLOB    NOT NULL CHECK (length(key_sha256) = 32),
    responder_sha256 BLOB,
    this_update      INTEGER NOT NULL,
    next_update      INTEGER NOT NULL,
    answers          INTEGER NOT NULL,
    signed           INTEGER,
    failure          TEXT,
    reserved_at      INTEGER NOT NULL,
    settled_at       INTEGER,
    tbs              BLOB,
    hashes           BLOB
) STRICT;
CREATE INDEX ocsp_group_latest ON ocsp_group (ca, this_update);
CREATE INDEX ocsp_group_open ON ocsp_group (id) WHERE state = 'reserved';
CREATE INDEX ocsp_group_kept ON ocsp_group (ca) WHERE hashes IS NOT NULL;
CREATE TRIGGER ocsp_group_no_delete BEFORE DELETE ON ocsp_group
BEGIN SELECT RAISE(ABORT, 'that responses were signed stays on record'); END;

-- The newest response about each certificate, by the hash function that names its issuer.
CREATE TABLE ocsp_answer (
    id            INTEGER PRIMARY KEY,
    ca            INTEGER NOT NULL REFERENCES ca (id),
    serial        BLOB    NOT NULL,
    hash          TEXT    NOT NULL CHECK (hash IN ('sha1', 'sha256')),
    ocsp_group    INTEGER NOT NULL REFERENCES ocsp_group (id),
    place         INTEGER NOT NULL,
    status        TEXT    NOT NULL CHECK (status IN ('good', 'revoked', 'unknown')),
    this_update   INTEGER NOT NULL,
    next_update   INTEGER NOT NULL,
    der           BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX ocsp_answer_of ON ocsp_answer (serial, ca, hash);
CREATE INDEX ocsp_answer_of_group ON ocsp_answer (ocsp_group);
";

const VERSION_8: &str = "
-- The octets of CRLs, in parts of 64 KiB: what is to be signed, and beside it, once it is signed, the signature
-- (signatureAlgorithm and signatureValue). The header of the signed CRL follows from the lengths.
ALTER TABLE crl_body RENAME TO crl_body_of_7;
CREATE TABLE crl_body (
    id            INTEGER PRIMARY KEY REFERENCES crl (id),
    octets        INTEGER NOT NULL,
    seal          BLOB
) STRICT;
CREATE TABLE crl_part (
    crl           INTEGER NOT NULL REFERENCES crl (id),
    part          INTEGER NOT NULL,
    octets        BLOB    NOT NULL,
    PRIMARY KEY (crl, part)
) STRICT;

-- What a CRL lists, in its order and with everything that it says: read from one end to the other, and nothing else.
DROP INDEX revocation_listed;
CREATE INDEX revocation_listed ON revocation (ca, length(serial), serial, reason, revoked_at, invalidity_date,
    certificate, ended_revision, retired_by) WHERE ended_revision IS NULL AND retired_by IS NULL;
";
