//! Where each file of an export stands, and what the files hold that are there for people.

use crate::audit::tile::Tile;
use crate::audit::words::words;
use crate::audit::{Checkpoint, Head, Kind, Object};

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

/// What `README.txt` says.
pub const README_TEXT: &str = "\
An export of the audit log of a keyrite home, with every object that the log tells of.

  log.jsonl       the log: one entry a line, in canonical JSON (RFC 8785)
  tile/           its Merkle tree in the form of C2SP tlog-tiles (RFC 6962 hashes)
  tile/entries/   the same entries as tlog-tiles has them
  checkpoint      origin, size and root of the log (C2SP tlog-checkpoint), with signatures if it has any
  head.txt        the same for people, and the head of the hash chain
  cas/            the certificates by which each CA issued, and those above them
  certificates/   every certificate on record, by CA and serial number
  crls/           every CRL on record, by CA and CRL number
  requests/       every certification request for a key of these CAs
  intents/        what was to be signed and of which no signature is on record
  SHA256SUMS      SHA-256 of every other file

Everything can be checked from these files alone. What they cannot show by themselves is that nothing was
cut off at the end or written anew as a whole: for that, hold them against a head of this log from another
place: paper, words that were read aloud, a checkpoint with signatures of witnesses. No matter how old, it
vouches for everything up to it.

With keyrite, without its home and without a token:

  keyrite audit verify --export . --head SIZE:HEX

Without keyrite:

1. The files are whole:
     sha256sum --check --quiet SHA256SUMS
2. The hash chain. It begins with SHA-256 over \"keyrite audit log v1\" and a zero octet; the hash of an entry
   is SHA-256 over \"keyrite audit log v1 entry\", a zero octet, the 32 octets of the hash before and the entry:
     chain=$(printf 'keyrite audit log v1\\0' | sha256sum | cut -c1-64)
     while IFS= read -r entry; do
       chain=$( { printf 'keyrite audit log v1 entry\\0'; printf %s \"$chain\" | xxd -r -p
                  printf %s \"$entry\"; } | sha256sum | cut -c1-64)
     done < log.jsonl
     echo \"$chain\"
   The last line is \"chain\" in head.txt; the hash at the size of an older head is that head.
3. The hash of a leaf is SHA-256 over a zero octet and the entry; 256 of them in a row are tile/0/000:
     head -n 1 log.jsonl | tr -d '\\n' | { printf '\\0'; cat; } | sha256sum
     xxd -p -c 32 tile/0/000* | head -n 1
   Any program for C2SP tlog-tiles computes the root from tile/ and compares it with checkpoint.
4. An object and its entries: \"sha256\" of the entry \"signed\" is over the DER of the file, \"tbs-sha256\" of
   the entry \"signing\" over the part of it that is signed:
     openssl x509 -in certificates/CA/SERIAL.pem -outform DER | sha256sum
     openssl verify -partial_chain -no_check_time -CAfile cas/CA.pem certificates/CA/SERIAL.pem
     openssl crl -in crls/CA/NUMBER.pem -CAfile cas/CA.pem -noout -text
   The certificates that a CRL names are those whose last entry \"revoked\" comes before the entry \"signing\" of
   the CRL, without those that were released (\"unheld\") or had been on a CRL after they expired.
";

#[cfg(test)]
mod tests {
    use super::*;

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
