//! DER itself (X.690): lengths, forms, canonical values, nothing before or after (rule C20).
//!
//! One walk over the octets finds every flaw; each lint of the catalogue stands for one kind of flaw.

use super::catalogue::{Lint, Run};
use super::report::{Severity, hexed};
use super::tlv::{Reader, Tlv, TlvError, tag};
use crate::x509::limits::DEPTH;

/// What can be wrong with the encoding of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    Unreadable,
    Trailing,
    Length,
    Depth,
    Form,
    Boolean,
    Integer,
    BitString,
    ObjectIdentifier,
    Null,
    SetOrder,
}

pub(super) const LINTS: &[Lint] = &[
    lint(
        "C20-der",
        "X.690 s.8.1",
        "every value is complete, with a definite length and a tag number of at most 30",
        Flaw::Unreadable,
    ),
    lint("C20-trailing", "X.690 s.8.1", "no octets follow the value", Flaw::Trailing),
    lint("C20-length", "X.690 s.10.1", "every length is in as few octets as can be", Flaw::Length),
    lint("C20-depth", "X.690 s.8.1", "values are nested at most 32 levels deep", Flaw::Depth),
    lint("C20-form", "X.690 s.10.2", "strings are primitive, SEQUENCE and SET constructed", Flaw::Form),
    lint("C20-boolean", "X.690 s.11.1", "a BOOLEAN is 00 or ff", Flaw::Boolean),
    lint("C20-integer", "X.690 s.8.3.2", "an INTEGER or ENUMERATED has no superfluous octet", Flaw::Integer),
    lint("C20-bit-string", "X.690 s.11.2", "unused bits are counted right and zero", Flaw::BitString),
    lint("C20-oid", "X.690 s.8.19", "an OBJECT IDENTIFIER is complete and minimal", Flaw::ObjectIdentifier),
    lint("C20-null", "X.690 s.8.8", "a NULL has no contents", Flaw::Null),
    lint("C20-set-order", "X.690 s.11.6", "the members of a SET OF are in ascending order", Flaw::SetOrder),
    Lint::new(
        "C20-structure",
        Severity::Error,
        "RFC 5280 s.4.1, s.5.1, RFC 2986 s.4",
        "the fields are those of a certificate, CRL or certification request",
        Run::Structure,
    ),
];

const fn lint(id: &'static str, citation: &'static str, description: &'static str, flaw: Flaw) -> Lint {
    Lint::new(id, Severity::Error, citation, description, Run::Encoding(flaw))
}

/// One flaw: where, and the octets at fault.
#[derive(Debug)]
pub(super) struct Flawed {
    pub(super) flaw: Flaw,
    pub(super) place: String,
    pub(super) found: String,
}

impl Flaw {
    pub(super) const fn wanted(self) -> &'static str {
        match self {
            Self::Unreadable => "a complete value with a definite length and a tag number of at most 30",
            Self::Trailing => "the end",
            Self::Length => "a length in as few octets as can be",
            Self::Depth => "at most 32 levels",
            Self::Form => "a primitive string, a constructed SEQUENCE or SET",
            Self::Boolean => "00 or ff",
            Self::Integer => "no superfluous first octet",
            Self::BitString => "0 to 7 unused bits, all of them zero",
            Self::ObjectIdentifier => "complete, minimal arcs",
            Self::Null => "no contents",
            Self::SetOrder => "members in ascending order",
        }
    }
}

/// The most flaws that one walk notes.
const MOST: usize = 1000;

/// Walks one value and everything in it, and notes what is not DER. `name` is asked for where there is something.
pub(super) fn walk(octets: &[u8], name: &dyn Fn() -> String, flaws: &mut Vec<Flawed>) {
    walk_part(octets, Part { offset: 0, depth: 0 }, name, flaws);
}

/// Where a value stands in the whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// The octets before it.
    pub(super) offset: u64,
    /// The values in which it is.
    pub(super) depth: usize,
}

/// As [`walk`], of a part that lies elsewhere than the whole does.
pub(super) fn walk_part(octets: &[u8], part: Part, name: &dyn Fn() -> String, flaws: &mut Vec<Flawed>) {
    let mut walk = Walk { origin: octets.as_ptr().addr(), offset: part.offset, name, flaws };
    let mut reader = Reader::new(octets);
    match reader.next() {
        Err(error) => walk.unreadable(octets, error),
        Ok(tlv) => {
            walk.value(&tlv, part.depth);
            if !reader.is_finished() {
                walk.note(Flaw::Trailing, reader.left(), hexed(reader.left()));
            }
        }
    }
}

struct Walk<'w> {
    origin: usize,
    /// What stands before the octets that are walked.
    offset: u64,
    name: &'w dyn Fn() -> String,
    flaws: &'w mut Vec<Flawed>,
}

impl Walk<'_> {
    fn note(&mut self, flaw: Flaw, at: &[u8], found: String) {
        if self.flaws.len() < MOST {
            let local = at.as_ptr().addr().saturating_sub(self.origin);
            let offset = self.offset.saturating_add(u64::try_from(local).unwrap_or(u64::MAX));
            let place = format!("{}, octet {offset}", (self.name)());
            self.flaws.push(Flawed { flaw, place, found });
        }
    }

    fn unreadable(&mut self, at: &[u8], error: TlvError) {
        self.note(Flaw::Unreadable, at, error.found().to_owned());
    }

    fn value(&mut self, tlv: &Tlv<'_>, depth: usize) {
        if !tlv.minimal {
            self.note(Flaw::Length, tlv.whole, "a longer length".to_owned());
        }
        if !has_right_form(tlv) {
            self.note(Flaw::Form, tlv.whole, format!("tag 0x{:02x}", tlv.tag));
        }
        if tlv.is_constructed() {
            self.members(tlv, depth);
        } else if let Some(flaw) = flaw_of(tlv) {
            self.note(flaw, tlv.whole, hexed(tlv.contents));
        }
    }

    fn members(&mut self, outer: &Tlv<'_>, depth: usize) {
        if depth >= DEPTH {
            return self.note(Flaw::Depth, outer.whole, "a deeper value".to_owned());
        }
        let mut reader = Reader::new(outer.contents);
        let mut earlier: &[u8] = &[];
        while !reader.is_finished() {
            let left = reader.left();
            let member = match reader.next() {
                Ok(member) => member,
                Err(error) => return self.unreadable(left, error),
            };
            if outer.tag == tag::SET && member.whole < earlier {
                self.note(Flaw::SetOrder, member.whole, hexed(member.whole));
            }
            earlier = member.whole;
            self.value(&member, depth.saturating_add(1));
        }
    }
}

/// Whether a universal type is constructed or primitive as DER has it; other classes say nothing.
fn has_right_form(tlv: &Tlv<'_>) -> bool {
    let universal = tlv.tag & 0xc0 == 0;
    // EXTERNAL, EMBEDDED PDV, SEQUENCE and SET.
    let wants_members = matches!(tlv.tag & 0x1f, 0x08 | 0x0b | 0x10 | 0x11);
    !universal || tlv.is_constructed() == wants_members
}

fn flaw_of(tlv: &Tlv<'_>) -> Option<Flaw> {
    let (sound, flaw) = match tlv.tag {
        tag::BOOLEAN => (matches!(tlv.contents, [0x00 | 0xff]), Flaw::Boolean),
        tag::INTEGER | tag::ENUMERATED => (is_minimal_integer(tlv.contents), Flaw::Integer),
        tag::BIT_STRING => (is_sound_bit_string(tlv.contents), Flaw::BitString),
        tag::OBJECT_IDENTIFIER => (is_sound_oid(tlv.contents), Flaw::ObjectIdentifier),
        tag::NULL => (tlv.contents.is_empty(), Flaw::Null),
        _ => return None,
    };
    (!sound).then_some(flaw)
}

/// Whether the contents of an INTEGER are there and begin with no superfluous octet.
pub(super) fn is_minimal_integer(contents: &[u8]) -> bool {
    !matches!(contents, [] | [0x00, 0x00..=0x7f, ..] | [0xff, 0x80..=0xff, ..])
}

fn is_sound_bit_string(contents: &[u8]) -> bool {
    match contents {
        [] => false,
        [unused] => *unused == 0,
        [unused, .., last] => *unused <= 7 && last.trailing_zeros() >= u32::from(*unused),
    }
}

fn is_sound_oid(contents: &[u8]) -> bool {
    let ends = contents.last().is_some_and(|octet| octet & 0x80 == 0);
    // An arc that begins with 0x80 has a superfluous octet.
    let mut begins = true;
    ends && contents.iter().all(|octet| {
        let superfluous = begins && *octet == 0x80;
        begins = octet & 0x80 == 0;
        !superfluous
    })
}
