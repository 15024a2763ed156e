//! What the program sends, read ahead: it sends requests for signatures several at a time.

use std::io::{self, Read};

use zeroize::{Zeroize as _, Zeroizing};

/// As many octets as one read takes: some dozens of requests for signatures over digests.
const OCTETS: usize = 16 * 1024;

/// A reader that takes what is there, gives it on piece by piece, and keeps nothing of what it has given: a PIN may be
/// among it.
pub(super) struct Inbox<R> {
    stream: R,
    buffer: Zeroizing<Vec<u8>>,
    /// The part of the buffer that is still to be given on.
    start: usize,
    end: usize,
}

impl<R: Read> Inbox<R> {
    pub(super) fn new(stream: R) -> Self {
        Self { stream, buffer: Zeroizing::new(vec![0; OCTETS]), start: 0, end: 0 }
    }

    pub(super) const fn stream(&mut self) -> &mut R {
        &mut self.stream
    }

    /// Whether the next frame is here as a whole, so that reading it does not wait.
    pub(super) fn has_frame(&self) -> bool {
        let there = self.buffer.get(self.start..self.end).unwrap_or_default();
        there.split_first_chunk().is_some_and(|(length, body)| {
            usize::try_from(u32::from_be_bytes(*length)).is_ok_and(|octets| octets <= body.len())
        })
    }
}

impl<R: Read> Read for Inbox<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end {
            // What is longer than the buffer would only be copied.
            if out.len() >= self.buffer.len() {
                return self.stream.read(out);
            }
            self.start = 0;
            self.end = self.stream.read(&mut self.buffer)?;
        }
        let Some(there) = self.buffer.get_mut(self.start..self.end) else { return Ok(0) };
        let given = there.len().min(out.len());
        for (to, from) in out.iter_mut().zip(there.iter()) {
            *to = *from;
        }
        let (gone, _) = there.split_at_mut(given);
        gone.zeroize();
        self.start = self.start.saturating_add(given);
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_on_is_overwritten_and_what_is_left_is_known() {
        let sent: &[u8] = &[0, 0, 0, 3, 7, 8, 9, 0, 0, 0, 1];
        let mut inbox = Inbox::new(sent);
        assert!(!inbox.has_frame());
        let mut header = [0; 4];
        inbox.read_exact(&mut header).unwrap();
        let mut body = [0; 3];
        inbox.read_exact(&mut body).unwrap();
        assert_eq!((header, body), ([0, 0, 0, 3], [7, 8, 9]));
        assert!(inbox.buffer[..7].iter().all(|octet| *octet == 0));
        assert!(!inbox.has_frame(), "its body is not there yet");
        inbox.read_exact(&mut header).unwrap();
        assert_eq!(header, [0, 0, 0, 1]);
        assert_eq!(inbox.read(&mut body).unwrap(), 0, "the end");
    }

    #[test]
    fn more_than_the_buffer_holds_comes_whole() {
        let sent: Vec<u8> = (0..100_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        let mut inbox = Inbox::new(sent.as_slice());
        let mut first = vec![0; 10];
        inbox.read_exact(&mut first).unwrap();
        let mut rest = Vec::new();
        inbox.read_to_end(&mut rest).unwrap();
        assert_eq!([first, rest].concat(), sent);
    }
}
