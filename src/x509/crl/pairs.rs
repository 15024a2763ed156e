//! Two lists in the order of their serial numbers, gone through together.

use std::cmp::Ordering;
use std::iter::Peekable;

use super::RevokedCertificate;

/// What two lists say of one serial number; never nothing on both sides.
pub type Pair = (Option<RevokedCertificate>, Option<RevokedCertificate>);

/// Goes through two lists that are in ascending order of their serial numbers, as numbers, and gives what either says
/// of each. Of both no more than one entry is held.
///
/// A number that an earlier list has several times comes as often; the later one is held against each.
pub struct Pairs<A: Iterator, B: Iterator> {
    before: Peekable<A>,
    after: Peekable<B>,
    /// The entry of the later list that was given last.
    last: Option<RevokedCertificate>,
}

impl<A: Iterator, B: Iterator> std::fmt::Debug for Pairs<A, B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pairs(after {:?})", self.last)
    }
}

impl<A, B, E> Pairs<A, B>
where
    A: Iterator<Item = Result<RevokedCertificate, E>>,
    B: Iterator<Item = Result<RevokedCertificate, E>>,
{
    /// Begins with both.
    pub fn new(before: A, after: B) -> Self {
        Self { before: before.peekable(), after: after.peekable(), last: None }
    }

    fn order(&mut self) -> Option<Ordering> {
        Some(match (self.before.peek(), self.after.peek()) {
            (None, None) => return None,
            // An error comes first, whatever stands beside it.
            (Some(Err(_)), _) | (Some(Ok(_)), None) => Ordering::Less,
            (_, Some(Err(_))) | (None, Some(Ok(_))) => Ordering::Greater,
            (Some(Ok(before)), Some(Ok(after))) => before.serial.cmp_as_number(&after.serial),
        })
    }
}

impl<A, B, E> Iterator for Pairs<A, B>
where
    A: Iterator<Item = Result<RevokedCertificate, E>>,
    B: Iterator<Item = Result<RevokedCertificate, E>>,
{
    type Item = Result<Pair, E>;

    fn next(&mut self) -> Option<Self::Item> {
        let order = self.order()?;
        let before = if order == Ordering::Greater { None } else { self.before.next() };
        let after = if order == Ordering::Less { None } else { self.after.next() };
        let (before, mut after) = match (before.transpose(), after.transpose()) {
            (Ok(before), Ok(after)) => (before, after),
            (Err(error), _) | (_, Err(error)) => return Some(Err(error)),
        };
        if after.is_some() {
            self.last.clone_from(&after);
        } else if let (Some(before), Some(last)) = (&before, &self.last)
            && before.serial == last.serial
        {
            after = Some(last.clone());
        }
        Some(Ok((before, after)))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn list(serials: &[&str]) -> Vec<Result<RevokedCertificate, Infallible>> {
        let entry = |serial: &&str| RevokedCertificate {
            serial: serial.parse().unwrap(),
            revocation_date: "2026-11-21".parse().unwrap(),
            reason: None,
            invalidity_date: None,
            removed: false,
        };
        serials.iter().map(entry).map(Ok).collect()
    }

    #[test]
    fn each_number_comes_with_what_both_lists_say() {
        let pairs = Pairs::new(
            list(&["01", "7F", "0102", "0104"]).into_iter(),
            list(&["02", "7F", "0104", "0105"]).into_iter(),
        );
        let serials: Vec<String> = pairs
            .map(|pair| {
                let (before, after) = pair.unwrap();
                let shown = |one: Option<RevokedCertificate>| {
                    one.map_or("-".to_owned(), |one| one.serial.to_string())
                };
                format!("{} {}", shown(before), shown(after))
            })
            .collect();
        assert_eq!(serials, ["01 -", "- 02", "7F 7F", "0102 -", "0104 0104", "- 0105"]);
    }

    #[test]
    fn a_number_that_stands_twice_before_is_held_against_the_one_after_twice() {
        let pairs: Vec<Pair> = Pairs::new(list(&["01", "01", "02"]).into_iter(), list(&["01"]).into_iter())
            .map(Result::unwrap)
            .collect();
        let both: Vec<bool> =
            pairs.iter().map(|(before, after)| before.is_some() && after.is_some()).collect();
        assert_eq!(both, [true, true, false]);
    }
}
