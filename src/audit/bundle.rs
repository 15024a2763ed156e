//! Entry bundles: the entries whose hashes a tile of level 0 holds, each after its length (C2SP tlog-tiles).

use super::encoding::EncodingError;

/// The longest entry that a bundle has room for, in octets.
pub const LONGEST_ENTRY: usize = 65_535;

/// Puts an entry at the end of a bundle: its length as two octets, the greater first, then its encoding.
///
/// # Errors
/// [`EncodingError::TooLong`] when it is longer than a bundle can say.
pub fn add(bundle: &mut Vec<u8>, encoding: &[u8]) -> Result<(), EncodingError> {
    let length =
        u16::try_from(encoding.len()).map_err(|_| EncodingError::TooLong { found: encoding.len() })?;
    bundle.extend(length.to_be_bytes());
    bundle.extend(encoding);
    Ok(())
}

/// The entries of a bundle, in their order; none when its last one is cut off.
#[must_use]
pub fn entries(bundle: &[u8]) -> Option<Vec<&[u8]>> {
    let mut rest = bundle;
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let (entry, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        rest = after;
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_read_back_and_a_cut_bundle_does_not() {
        let mut bundle = Vec::new();
        let longest = vec![b'x'; LONGEST_ENTRY];
        for entry in [&b"{}"[..], b"", &longest] {
            add(&mut bundle, entry).unwrap();
        }
        assert_eq!(bundle[..4], *b"\x00\x02{}");
        assert_eq!(entries(&bundle), Some(vec![&b"{}"[..], b"", &longest]));
        for cut in [1, 2, 3, 5, bundle.len() - 1] {
            assert_eq!(entries(&bundle[..cut]), None, "{cut}");
        }
        let found = add(&mut bundle, &[0; LONGEST_ENTRY + 1]);
        assert_eq!(found, Err(EncodingError::TooLong { found: 65_536 }));
    }
}
