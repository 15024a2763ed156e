//! How many requests for signatures are sent ahead of the answers.

/// The most requests for signatures of so many octets that may be unanswered at a time. Their answers have to fit into
/// the socket's buffer, so that the worker never waits for the program to read while the program waits for the worker
/// to do so.
pub(super) const fn window(signature_octets: usize) -> usize {
    match OCTETS.checked_div(signature_octets) {
        Some(0 | 1) => 2,
        Some(window @ 2..=MOST) => window,
        Some(_) | None => MOST,
    }
}

/// What the answers of a window may have together.
const OCTETS: usize = 32 << 10;
/// So many keep any number of sessions busy, and are few enough to be lost with a worker.
const MOST: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::wire::{ANSWER_LIMIT, Answer, Failure, encode};

    #[test]
    fn the_answers_of_a_full_window_fit_into_a_small_socket_buffer() {
        for octets in [64, 132, 256, 1024, 4627, 17_088] {
            let largest: Result<Answer, Failure> = Ok(Answer::Signature(vec![0xff; octets]));
            let frame = encode(&largest, ANSWER_LIMIT).unwrap();
            assert!(frame.len() * window(octets) < 40 << 10, "{octets}");
        }
        assert_eq!((window(0), window(64), window(4627), window(50_000)), (32, 32, 7, 2));
    }
}
