//! A file that is sent piece by piece: no more of it is in memory than a piece, however long it is.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};

use super::Busy;

/// The octets of a piece.
const PIECE: u64 = 64 * 1024;

/// The body of an answer.
pub(super) struct LargeFile {
    file: File,
    left: u64,
    /// The connection is busy until all of it is sent.
    _busy: Option<Busy>,
}

impl LargeFile {
    /// A file from its present position on.
    pub(super) const fn new(file: File, octets: u64) -> Self {
        Self { file, left: octets, _busy: None }
    }

    /// Keeps a connection busy.
    pub(super) fn keep(&mut self, busy: Busy) {
        self._busy = Some(busy);
    }
}

impl Body for LargeFile {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        // The next piece is asked for when the client has taken the last one, and lies in the system's cache if anybody
        // has asked for this file before.
        let mut piece = Vec::new();
        let wanted = self.left.min(PIECE);
        let read = (&self.file).take(wanted).read_to_end(&mut piece);
        let read = read.and_then(|read| u64::try_from(read).map_err(|_| ErrorKind::InvalidData.into()));
        Poll::Ready(Some(match read {
            // Somebody has made it shorter instead of replacing it: what was promised cannot be kept.
            Ok(read) if read < wanted => Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                self.left = self.left.saturating_sub(read);
                Ok(Frame::data(piece.into()))
            }
            Err(error) => Err(error),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
