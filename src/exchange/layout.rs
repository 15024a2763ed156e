//! Where each file of a bundle stands, how large bundles may be, and what their `README.txt` says.

use crate::audit::Fingerprint;

/// How to look at all this.
pub const README: &str = "README.txt";

/// The manifest of a request bundle.
pub const REQUEST: &str = "request.json";
/// Its signature by a key of a token: a signed note.
pub const REQUEST_NOTE: &str = "request.note";

/// The manifest of an answer.
pub const ANSWER: &str = "answer.json";
/// The proof that the CA's audit log tells of the answer, with the checkpoint that the CA's key has signed.
pub const ANSWER_PROOF: &str = "answer.tlog-proof";
/// That checkpoint alone.
pub const CHECKPOINT: &str = "checkpoint";
/// The certificate of the CA and those above it.
pub const CHAIN: &str = "chain.pem";

/// The most requests of a bundle.
pub const MOST_REQUESTS: usize = 250;
/// The most revocations that a bundle asks for.
pub const MOST_REVOCATIONS: usize = 250;
/// The most CRLs of an answer.
pub const MOST_CRLS: usize = 100;
/// The largest manifest, in octets.
pub const MANIFEST_OCTETS: usize = 4 << 20;
/// The largest file of a bundle, in octets: a CRL.
pub const FILE_OCTETS: usize = 64 << 20;
/// The most octets of a bundle as a whole.
pub const BUNDLE_OCTETS: usize = 256 << 20;
/// The most files of a bundle: certificate, proof and OCSP response for each request, and what each bundle has.
pub const MOST_FILES: usize = 3 * MOST_REQUESTS + MOST_CRLS + 16;

/// The file of a request: `number` counts from 1.
#[must_use]
pub fn request(number: usize) -> String {
    format!("requests/{number:04}.csr")
}

/// The file of a certificate, by the number of its request.
#[must_use]
pub fn certificate(number: usize) -> String {
    format!("certificates/{number:04}.pem")
}

/// The file of the proof that the log tells of a certificate.
#[must_use]
pub fn proof(number: usize) -> String {
    format!("proofs/{number:04}.tlog-proof")
}

/// The file of the OCSP response about a certificate.
#[must_use]
pub fn ocsp(number: usize) -> String {
    format!("ocsp/{number:04}.ors")
}

/// The file of a CRL: `number` counts from 1.
#[must_use]
pub fn crl(number: usize) -> String {
    format!("crls/{number:04}.crl")
}

/// What `README.txt` of a request bundle says.
pub const REQUEST_README: &str = "Requests to a certification authority that has no network, made by keyrite.

  request.json       who asks which CA for what, and SHA-256 over each request; canonical JSON (RFC 8785)
  request.note       the signature of who asks, by a key of a token (C2SP signed-note)
  requests/          the certification requests (PKCS #10), as they were given

To look at it:            keyrite bundle show .
At the CA, to answer it:  keyrite bundle answer . --out ANSWER
";

/// What `README.txt` of an answer says.
pub const ANSWER_README: &str = "The answer of a certification authority that has no network, made by keyrite.

  answer.json        what was asked, what was given and what was refused, and SHA-256 over each file; canonical JSON
                     (RFC 8785)
  answer.tlog-proof  the proof that the audit log of the CA tells of answer.json (C2SP tlog-proof), with a checkpoint of
                     that log that the key of the CA has signed
  checkpoint         that checkpoint alone (C2SP tlog-checkpoint)
  certificates/      the certificates, by the numbers of their requests
  proofs/            for each of them the proof that the audit log tells of it (C2SP tlog-proof)
  chain.pem          the certificate of the CA, and those above it
  crls/              the CRLs of the CA
  ocsp/              OCSP responses about the certificates, if they were asked for

To look at it:                   keyrite bundle show .
Where the requests came from:    keyrite bundle accept . --request REQUEST --ca-certificate CA.pem --out DIR
";

/// SHA-256 over what `README.txt` says, by each version that ever wrote another text: a bundle is read by other
/// versions than made it. Who changes a text adds its sum, and leaves those that are there.
const SUMS: [&str; 2] = [
    "f42b816fc94e9f1c8541449d2727a7a45ed559a0c65cc773c1b8dc6cc23850f5",
    "913f7525c277b48812ebb8ba150b743bf696f17b058ae387d86ff19b8a710e90",
];

/// Whether a text is what `README.txt` says in a bundle by some version of this program.
pub(super) fn is_readme(text: &[u8]) -> bool {
    SUMS.contains(&Fingerprint::of(text).to_string().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_of_the_readmes_are_listed() {
        for text in [REQUEST_README, ANSWER_README] {
            assert!(is_readme(text.as_bytes()), "{}", Fingerprint::of(text.as_bytes()));
        }
        assert!(!is_readme(b""));
    }
}
