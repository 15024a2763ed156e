//! A count of signatures that does not fit what came back.

use super::event::Event;

/// Signatures that nobody asked for, or that were asked for and counted nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token made {made} signatures, {accounted} are accounted for and {unsure} more are possible")]
pub struct Miscount {
    /// The calls that made a signature, by the count of the worker process.
    pub made: u64,
    /// The signatures that came back for what was to be signed.
    pub accounted: u64,
    /// How many more there may be, of which an error came back.
    pub unsure: u64,
}

impl Miscount {
    /// The numbers, unless they fit.
    #[must_use]
    pub fn unless_they_fit(made: u64, accounted: u64, unsure: u64) -> Option<Self> {
        let fits = (accounted..=accounted.saturating_add(unsure)).contains(&made);
        (!fits).then_some(Self { made, accounted, unsure })
    }

    /// What does not fit in an entry; nothing in an entry that counts no signatures.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        let Event::SignaturesCounted { calls, failed, objects, challenges, unsure, .. } = event else {
            return None;
        };
        Self::unless_they_fit(calls.saturating_sub(*failed), objects.saturating_add(*challenges), *unsure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_back_and_what_may_exist_bound_the_count() {
        for (made, accounted, unsure, fits) in [
            (2, 2, 0, true),
            (3, 2, 0, false),
            (1, 2, 0, false),
            (3, 2, 1, true),
            (2, 2, 1, true),
            (4, 2, 1, false),
        ] {
            assert_eq!(Miscount::unless_they_fit(made, accounted, unsure).is_none(), fits, "{made}");
        }
    }
}
