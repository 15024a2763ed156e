//! KeyRecord: what the home knows about a key that is to be certified.

/// What the ledger, the lists of weak keys and the other requests of a run say about one key; nothing of it is in the key itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyRecord {
    /// The list of weak keys in which it stands.
    pub listed: Option<String>,
    /// The RSA key on record with which it has a prime in common, in words.
    pub shares_prime_with: Option<String>,
    /// The CA on record, of this home or of a path above or below it, whose key it is, in words.
    pub of_ca: Option<String>,
    /// Whether a certificate on record that has it was revoked because the key, or the CA, is compromised.
    pub compromised: bool,
    /// The certificates on record that have it, up to some number of them.
    pub certified: Vec<Certified>,
    /// The other subjects for which it is asked in the same run, as RFC 4514 text, up to some number of them.
    pub asked_for: Vec<String>,
}

/// One certificate on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certified {
    /// The name of the CA that issued it.
    pub ca: String,
    /// Its serial number in hex.
    pub serial: String,
    /// Its subject as RFC 4514 text.
    pub subject: String,
}
