//! Where each file of an export stands, and what the files hold that are there for people.

use crate::audit::tile::Tile;
use crate::audit::words::words;
use crate::audit::{Checkpoint, Fingerprint, Head, Kind, Object};

/// The log: one entry a line, each the very octets that are hashed.
pub const LOG: &str = "log.jsonl";
/// The checkpoint, with the signatures that it has.
pub const CHECKPOINT: &str = "checkpoint";
/// Size, root and chain of the log, for people.
pub const HEAD: &str = "head.txt";
/// How to look at all this.
pub const README: &str = "README.txt";
/// SHA-256 over every other file, as `sha256sum` writes it.
pub const SUMS: &str = "SHA256SUMS";

/// The file of a signed object, in PEM.
#[must_use]
pub fn signed(object: &Object) -> String {
    let Object { kind, ca, number } = object;
    match kind {
        Kind::Certificate => format!("certificates/{ca}/{number}.pem"),
        Kind::Crl => format!("crls/{ca}/{number}.pem"),
        Kind::Request => format!("requests/{ca}/{number}.pem"),
    }
}

/// The file of the octets that were to be signed, of an object of which no signature is on record.
#[must_use]
pub fn intent(object: &Object) -> String {
    let Object { kind, ca, number } = object;
    match kind {
        Kind::Certificate => format!("intents/certificates/{ca}/{number}.tbs"),
        Kind::Crl => format!("intents/crls/{ca}/{number}.tbs"),
        Kind::Request => format!("intents/requests/{ca}/{number}.tbs"),
    }
}

/// The same certificate without a signature (RFC 9925), for people and programs to look at.
#[must_use]
pub fn unsigned(object: &Object) -> String {
    format!("intents/certificates/{}/{}.pem", object.ca, object.number)
}

/// The certificates of a CA's paths, all that it ever had.
#[must_use]
pub fn path_of(ca: &str) -> String {
    format!("cas/{ca}.pem")
}

/// The number of a tile's width for a tree of `size`: the tile of level 0 that holds leaf `index`.
#[must_use]
pub fn leaf_tile(index: u64, size: u64) -> Tile {
    let first = index.saturating_sub(index % 256);
    let width = size.saturating_sub(first).min(256);
    Tile { level: 0, index: index / 256, width: u16::try_from(width).unwrap_or(256) }
}

/// What `head.txt` says.
#[must_use]
pub fn head(checkpoint: &Checkpoint, head: &Head) -> String {
    let Checkpoint { origin, size, root } = checkpoint;
    let mut text = format!(
        "origin   {origin}\nentries  {size}\nroot     {root}\nchain    {}\n\nThe root as words:\n",
        head.hash
    );
    let words: Vec<&str> = words(root.as_bytes()).collect();
    for line in words.chunks(4) {
        text.push_str("  ");
        text.push_str(&line.join(" "));
        text.push('\n');
    }
    text
}

/// The most octets of a `README.txt` that is looked at.
pub(super) const LARGEST_README: u64 = 1 << 20;

/// SHA-256 over what `README.txt` says, by each version that ever wrote another text: an export outlives the program
/// that made it, and nothing else in it vouches for this file.
const README_SUMS: &[&str] = &["76d0b4cdadd4204e2c349b0b9253a49eb4da2f2ee7d61b86ea303d36952c2ce2"];

/// Whether a text is what `README.txt` says in an export by some version of this program.
pub(super) fn is_readme(text: &[u8]) -> bool {
    README_SUMS.contains(&Fingerprint::of(text).to_string().as_str())
}

/// What `README.txt` says.
pub const README_TEXT: &str = r##"An export of the audit log of a keyrite home, with every object that the log tells of.

  log.jsonl       the log: one entry a line, in canonical JSON (RFC 8785)
  tile/           its Merkle tree in the form of C2SP tlog-tiles (hashes of RFC 6962)
  tile/entries/   the same entries as tlog-tiles has them
  checkpoint      origin, size and root of the log (C2SP tlog-checkpoint)
  head.txt        the same for people, and the head of the hash chain
  cas/            the certificates by which each CA issued, and those above them
  certificates/   every certificate on record, by CA and serial number
  crls/           every CRL on record, by CA and CRL number
  requests/       every certification request for a key of these CAs
  intents/        what was to be signed and of which no signature is on record: the octets that were to be signed
                  (.tbs), and of certificates the same without a signature (.pem, RFC 9925)
  SHA256SUMS      SHA-256 of every other file

Everything can be checked from these files alone. What they cannot show by themselves is that nothing was cut off at
the end, or written anew as a whole: for that, hold them against a head of this log from another place: paper, words
that were read aloud, a checkpoint with signatures. No matter how old, it vouches for everything up to it.

With keyrite, without its home and without a token:

    keyrite audit verify --export . --head SIZE:HEX

Without keyrite:

1. The files are what they were:

    sha256sum --check --quiet SHA256SUMS

2. The entries give the root and the head of the chain that head.txt says. This prints both:

    #!/bin/bash
    hash() { sha256sum | cut -c1-64; }
    octets() { printf "$(printf %s "$1" | sed 's/../\\x&/g')"; }
    chain=$(printf 'keyrite audit log v1\0' | hash)
    nodes=()
    while IFS= read -r entry; do
        chain=$({ printf 'keyrite audit log v1 entry\0'; octets "$chain"; printf %s "$entry"; } | hash)
        nodes+=("$({ printf '\0'; printf %s "$entry"; } | hash)")
    done < log.jsonl
    while [ ${#nodes[@]} -gt 1 ]; do
        above=()
        for ((i = 0; i < ${#nodes[@]}; i += 2)); do
            if ((i + 1 < ${#nodes[@]})); then
                above+=("$({ printf '\1'; octets "${nodes[i]}${nodes[i + 1]}"; } | hash)")
            else
                above+=("${nodes[i]}")
            fi
        done
        nodes=("${above[@]}")
    done
    echo "root     ${nodes[0]}"
    echo "chain    $chain"
    # end

   With "head -n SIZE log.jsonl" in the place of log.jsonl it prints what the log was at an earlier size. Of a large
   log, any program for C2SP tlog-tiles does the same with tile/ in no time.

3. Each object is the one of which its entries tell: "sha256" of the entry "signed" is over the DER of the file, and
   "tbs-sha256" of the entry "signing" over the part of it that is signed.

    openssl x509 -in certificates/CA/SERIAL.pem -outform DER | sha256sum
    openssl verify -partial_chain -no_check_time -CAfile cas/CA.pem certificates/CA/SERIAL.pem
    openssl crl -in crls/CA/NUMBER.pem -CAfile cas/CA.pem -noout -text

4. Each CRL names what the log revokes: the certificates whose last entry before its entry "signing" is "revoked" and not
   "unheld", without those that were on a CRL after they had expired.
"##;

#[cfg(test)]
mod tests {
    use super::*;

    /// Who changes the text adds its sum, and leaves those that are there.
    #[test]
    fn the_text_of_the_readme_is_the_last_that_is_listed() {
        assert_eq!(README_SUMS.last(), Some(&Fingerprint::of(README_TEXT.as_bytes()).to_string().as_str()));
        assert!(is_readme(README_TEXT.as_bytes()));
        assert!(!is_readme(README_TEXT.trim_end().as_bytes()));
    }

    #[test]
    fn a_leaf_is_in_the_tile_of_its_index() {
        for (index, size, tile, width) in [
            (0, 1, 0, 1),
            (0, 256, 0, 256),
            (255, 300, 0, 256),
            (256, 257, 1, 1),
            (299, 300, 1, 44),
            (u64::MAX - 1, u64::MAX, 0x00ff_ffff_ffff_ffff, 255),
        ] {
            assert_eq!(leaf_tile(index, size), Tile { level: 0, index: tile, width }, "{index} of {size}");
        }
    }
}
