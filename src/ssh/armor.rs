//! The armor of signatures: two lines, and base64 between them (OpenSSH's `PROTOCOL.sshsig`).

use base64ct::{Base64, Encoding as _};

use super::signature::SignatureError;

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";
/// The octets in a line, as `ssh-keygen` writes them.
const WIDTH: usize = 70;
/// The largest file that is read, in octets: a key and a signature of RSA with the most bits have some 3,000.
pub(super) const LARGEST: usize = 16_384;

/// The octets in the armor. Line ends may be CR LF; after the last line nothing but line ends may follow.
pub(super) fn open(text: &[u8]) -> Result<Vec<u8>, SignatureError> {
    if text.len() > LARGEST {
        return Err(SignatureError::Large { octets: text.len() });
    }
    let text = std::str::from_utf8(text).ok().filter(|text| text.is_ascii()).ok_or(SignatureError::Armor)?;
    let mut lines = text.trim_end_matches(['\r', '\n']).lines();
    if lines.next() != Some(BEGIN) {
        return Err(SignatureError::Armor);
    }
    let mut base64 = String::with_capacity(text.len());
    let ended = lines.by_ref().any(|line| {
        let end = line == END;
        if !end {
            base64.push_str(line);
        }
        end
    });
    match lines.next() {
        _ if !ended => return Err(SignatureError::Armor),
        Some(_) => return Err(SignatureError::After),
        None => {}
    }
    Base64::decode_vec(&base64).map_err(|_| SignatureError::Base64)
}

/// The armor around octets, as `ssh-keygen` writes it.
pub(super) fn close(octets: &[u8]) -> String {
    let base64 = Base64::encode_string(octets);
    let mut text = format!("{BEGIN}\n");
    for (at, character) in base64.chars().enumerate() {
        if at > 0 && at.is_multiple_of(WIDTH) {
            text.push('\n');
        }
        text.push(character);
    }
    text.push('\n');
    text.push_str(END);
    text.push('\n');
    text
}
