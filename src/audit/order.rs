//! The order of time in the log: entries do not go back, unless a person confirmed the clock.

use super::event::Event;

/// Follows the times of entries, in their order.
#[derive(Clone, Debug, Default)]
pub struct TimeOrder {
    last: Option<String>,
}

impl TimeOrder {
    /// The order before the first entry.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next entry: its time, and what it tells of where that is known.
    ///
    /// # Errors
    /// [`TimeProblem`]; the order goes on from this entry all the same.
    pub fn add(&mut self, time: &str, event: Option<&Event>) -> Result<(), TimeProblem> {
        if !is_time(time) {
            return Err(TimeProblem::Form { time: time.to_owned() });
        }
        let Some(last) = self.last.replace(time.to_owned()) else { return Ok(()) };
        match event {
            Some(Event::ClockConfirmed { before, .. }) if *before != last => {
                Err(TimeProblem::Before { said: before.clone(), last })
            }
            Some(Event::ClockConfirmed { now, .. }) if now != time => {
                Err(TimeProblem::Confirmed { said: now.clone(), time: time.to_owned() })
            }
            Some(Event::ClockConfirmed { .. }) => Ok(()),
            // Texts of one length whose digits stand in the order of weight: theirs is the order of time.
            _ if *time < *last => Err(TimeProblem::Back { time: time.to_owned(), last }),
            _ => Ok(()),
        }
    }
}

/// RFC 3339 in UTC with whole seconds, as every entry has it.
fn is_time(text: &str) -> bool {
    let pattern = "0000-00-00T00:00:00Z";
    text.len() == pattern.len()
        && text.bytes().zip(pattern.bytes()).all(|(found, wanted)| match wanted {
            b'0' => found.is_ascii_digit(),
            other => found == other,
        })
}

/// What is wrong with the time of an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeProblem {
    /// It is none.
    #[error("its time is {time:?}, wanted one such as 2026-11-21T10:00:00Z")]
    Form {
        /// What was found.
        time: String,
    },
    /// It lies before that of the entry before, and nobody confirmed the clock.
    #[error("its time {time} lies before that of the entry before it, {last}")]
    Back {
        /// The time.
        time: String,
        /// The time of the entry before.
        last: String,
    },
    /// A confirmation that names another time than that of the entry before it.
    #[error("it confirms the clock after {said}, and the entry before it is of {last}")]
    Before {
        /// What it says.
        said: String,
        /// The time of the entry before.
        last: String,
    },
    /// A confirmation of another time than its own.
    #[error("it confirms the time {said}, and is of {time}")]
    Confirmed {
        /// What it says.
        said: String,
        /// Its own time.
        time: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confirmed(before: &str, now: &str) -> Event {
        Event::ClockConfirmed { before: before.to_owned(), now: now.to_owned(), reason: None, by: None }
    }

    #[test]
    fn time_goes_back_only_where_a_person_confirmed_it() {
        let (early, late) = ("2026-11-21T10:00:00Z", "2027-11-21T10:00:00Z");
        let mut order = TimeOrder::new();
        for time in [early, early, late, late] {
            assert_eq!(order.add(time, None), Ok(()));
        }
        assert!(matches!(order.clone().add(early, None), Err(TimeProblem::Back { .. })));
        assert_eq!(order.clone().add(early, Some(&confirmed(late, early))), Ok(()));
        assert!(matches!(
            order.clone().add(early, Some(&confirmed(early, early))),
            Err(TimeProblem::Before { .. })
        ));
        assert!(matches!(
            order.clone().add(early, Some(&confirmed(late, late))),
            Err(TimeProblem::Confirmed { .. })
        ));
        for time in ["", "2026-11-21 10:00:00Z", "2026-11-21T10:00:00+00:00", "2026-11-21T10:00:00.0Z"] {
            assert!(matches!(order.add(time, None), Err(TimeProblem::Form { .. })), "{time}");
        }
    }
}
