//! Bounds on what is read: size before anything else, depth before any structure.

use der::{Header, Reader, SliceReader};

/// The largest certification request that is read, in octets. The longest signature, that of
/// SLH-DSA-256f, takes 49 856 of them (FIPS 205 s.11).
pub const REQUEST_OCTETS: usize = 64 * 1024;
/// The largest file in which a request is looked for: base64 takes four octets for three, and the text that
/// `openssl req -text` puts in front three and a half for one.
pub const REQUEST_FILE_OCTETS: usize = 5 * REQUEST_OCTETS;
/// The largest certificate that is read, in octets.
pub const CERTIFICATE_OCTETS: usize = 256 * 1024;
/// The deepest nesting of constructed values that is followed.
pub const DEPTH: usize = 32;
/// The most attributes of a request: there are not half as many that are known.
pub const ATTRIBUTES: usize = 32;
/// The most subjectAltName entries that one request may ask for.
pub const ALT_NAMES: usize = 100;

/// Why octets were not looked at any further.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// More octets than any honest object of the kind has.
    #[error("{found} octets, wanted at most {most}")]
    Size {
        /// The octets that were found.
        found: usize,
        /// The most that are read.
        most: usize,
    },
    /// Nested more deeply than any honest object.
    #[error("nested deeper than {DEPTH} levels")]
    Depth,
    /// Not DER: an indefinite or non-minimal length, a truncated value, or octets after the end.
    #[error("not well-formed DER: {0}")]
    Der(String),
}

impl From<der::Error> for LimitError {
    fn from(error: der::Error) -> Self {
        Self::Der(error.to_string())
    }
}

/// Walks one whole DER value: its size, every length in it, its depth, and that nothing follows it.
///
/// # Errors
/// [`LimitError`] names the first bound that does not hold.
pub fn bound(input: &[u8], most: usize) -> Result<(), LimitError> {
    if input.len() > most {
        return Err(LimitError::Size { found: input.len(), most });
    }
    let mut reader = SliceReader::new(input)?;
    value(&mut reader, 0)?;
    match usize::try_from(reader.remaining_len()) {
        Ok(0) => Ok(()),
        Ok(left) => Err(LimitError::Der(format!("{left} octets after the end of the value"))),
        Err(_) => Err(LimitError::Der("octets after the end of the value".to_owned())),
    }
}

fn value<'r>(reader: &mut SliceReader<'r>, depth: usize) -> Result<(), LimitError> {
    if depth > DEPTH {
        return Err(LimitError::Depth);
    }
    let header = <Header as der::Decode<'r>>::decode(reader)?;
    let contents = reader.read_slice(header.length())?;
    if header.tag().is_constructed() {
        let mut inner = SliceReader::new(contents)?;
        while !inner.is_finished() {
            value(&mut inner, depth.saturating_add(1))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_and_trailing_octets_are_refused() {
        let mut nested = vec![0x05, 0x00];
        for _ in 0..=DEPTH {
            let mut outer = vec![0x30, u8::try_from(nested.len()).unwrap()];
            outer.extend(&nested);
            nested = outer;
        }
        assert_eq!(bound(&nested, 1000), Err(LimitError::Depth));
        assert_eq!(bound(&nested[2..], 1000), Ok(()));
        assert!(bound(&[0x05, 0x00, 0x00], 10).unwrap_err().to_string().contains("1 octets after"));
        assert!(matches!(bound(&[0x30, 0x80, 0, 0], 10), Err(LimitError::Der(_))));
        assert!(matches!(bound(&[0x30, 0x81, 0x00], 10), Err(LimitError::Der(_))));
    }

    #[test]
    fn size_is_refused_before_anything_is_read() {
        assert_eq!(bound(&[0xff; 11], 10), Err(LimitError::Size { found: 11, most: 10 }));
    }
}
