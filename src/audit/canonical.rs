//! Canonical JSON (RFC 8785) without numbers that are not whole, written straight from what is told.
//!
//! Every issuance writes two entries, so that no tree of values is built in between: the members of an object are
//! written one after the other beside each other and put in order when all are there.

use std::fmt::Display;
use std::ops::Range;

use serde::Serialize;
use serde::ser::{self, Impossible, SerializeMap, SerializeSeq, SerializeStruct};

use super::encoding::EncodingError;

/// The octets of a value in the one spelling that it has.
///
/// # Errors
/// [`EncodingError::Number`] for a number that is no whole one from 0 to 2^53 - 1, [`EncodingError::Json`] for what JSON
/// or this log has no form for.
pub(super) fn canonical<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, EncodingError> {
    let mut out = Vec::with_capacity(512);
    value.serialize(Writer { out: &mut out })?;
    Ok(out)
}

/// 2^53: from here on not every JSON reader keeps whole numbers whole (RFC 8785 s.3.2.2.3).
const LARGEST: u64 = 1 << 53;

impl ser::Error for EncodingError {
    fn custom<T: Display>(message: T) -> Self {
        Self::Json(message.to_string())
    }
}

/// Writes one value to the end of what is there.
struct Writer<'o> {
    out: &'o mut Vec<u8>,
}

/// Says what the log has no form for.
fn formless<T>(what: &str) -> Result<T, EncodingError> {
    Err(EncodingError::Json(format!("{what} has no form in this log")))
}

impl<'o> Writer<'o> {
    fn number(self, found: impl Copy + Display + TryInto<u64>) -> Result<(), EncodingError> {
        match found.try_into() {
            Ok(whole) if whole < LARGEST => {
                self.out.extend(whole.to_string().bytes());
                Ok(())
            }
            Ok(_) | Err(_) => Err(EncodingError::Number { found: found.to_string() }),
        }
    }

    fn members(self) -> Members<'o> {
        Members {
            out: self.out,
            written: Vec::with_capacity(512),
            members: Vec::with_capacity(16),
            name: None,
        }
    }
}

impl<'o> ser::Serializer for Writer<'o> {
    type Ok = ();
    type Error = EncodingError;
    type SerializeSeq = Elements<'o>;
    type SerializeTuple = Impossible<(), EncodingError>;
    type SerializeTupleStruct = Impossible<(), EncodingError>;
    type SerializeTupleVariant = Impossible<(), EncodingError>;
    type SerializeMap = Members<'o>;
    type SerializeStruct = Members<'o>;
    type SerializeStructVariant = Impossible<(), EncodingError>;

    fn serialize_bool(self, value: bool) -> Result<(), EncodingError> {
        self.out.extend(if value { &b"true"[..] } else { b"false" });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<(), EncodingError> {
        self.number(value)
    }

    fn serialize_i16(self, value: i16) -> Result<(), EncodingError> {
        self.number(value)
    }

    fn serialize_i32(self, value: i32) -> Result<(), EncodingError> {
        self.number(value)
    }

    fn serialize_i64(self, value: i64) -> Result<(), EncodingError> {
        self.number(value)
    }

    fn serialize_u8(self, value: u8) -> Result<(), EncodingError> {
        self.number(value)
    }

    fn serialize_u16(self, value: u16) -> Result<(), EncodingError> {
        self.number(value)
    }

    fn serialize_u32(self, value: u32) -> Result<(), EncodingError> {
        self.number(value)
    }

    fn serialize_u64(self, value: u64) -> Result<(), EncodingError> {
        self.number(value)
    }

    fn serialize_f32(self, value: f32) -> Result<(), EncodingError> {
        Err(EncodingError::Number { found: value.to_string() })
    }

    fn serialize_f64(self, value: f64) -> Result<(), EncodingError> {
        Err(EncodingError::Number { found: value.to_string() })
    }

    fn serialize_char(self, value: char) -> Result<(), EncodingError> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), EncodingError> {
        write_text(value, self.out);
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), EncodingError> {
        formless("a sequence of octets")
    }

    fn serialize_none(self) -> Result<(), EncodingError> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodingError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), EncodingError> {
        self.out.extend(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), EncodingError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), EncodingError> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), EncodingError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: &T,
    ) -> Result<(), EncodingError> {
        formless(variant)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Elements<'o>, EncodingError> {
        self.out.push(b'[');
        Ok(Elements { out: self.out, first: true })
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, EncodingError> {
        formless("a tuple")
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, EncodingError> {
        formless(name)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, EncodingError> {
        formless(variant)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Members<'o>, EncodingError> {
        Ok(self.members())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<'o>, EncodingError> {
        Ok(self.members())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, EncodingError> {
        formless(variant)
    }
}

/// The elements of an array.
struct Elements<'o> {
    out: &'o mut Vec<u8>,
    first: bool,
}

impl SerializeSeq for Elements<'_> {
    type Ok = ();
    type Error = EncodingError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodingError> {
        if !std::mem::take(&mut self.first) {
            self.out.push(b',');
        }
        value.serialize(Writer { out: &mut *self.out })
    }

    fn end(self) -> Result<(), EncodingError> {
        self.out.push(b']');
        Ok(())
    }
}

/// The members of an object, in the order in which they come.
struct Members<'o> {
    out: &'o mut Vec<u8>,
    /// The members as they will stand in the object.
    written: Vec<u8>,
    /// For each where its name is in there, without quotation marks, and where the whole of it is.
    members: Vec<(Range<usize>, Range<usize>)>,
    /// The name of the member whose value comes next.
    name: Option<Range<usize>>,
}

impl Members<'_> {
    fn write_name<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<(), EncodingError> {
        let start = self.written.len();
        name.serialize(Writer { out: &mut self.written })?;
        let inner = start.saturating_add(1)..self.written.len().saturating_sub(1);
        let text = self.written.get(start..).unwrap_or_default();
        // What would have to be escaped would stand in another order than its octets.
        if text.first() != Some(&b'"') || text.contains(&b'\\') {
            return formless("the name of a member that is no plain text");
        }
        self.name = Some(inner);
        Ok(())
    }

    fn write_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodingError> {
        let Some(name) = self.name.take() else { return formless("a value without a name") };
        self.written.push(b':');
        value.serialize(Writer { out: &mut self.written })?;
        let whole = name.start.saturating_sub(1)..self.written.len();
        self.members.push((name, whole));
        Ok(())
    }

    /// Puts the members in order: that of the octets of their names, which is that of RFC 8785 s.3.2.3 since all names
    /// are ASCII.
    fn finish(self) -> Result<(), EncodingError> {
        let Self { out, written, mut members, .. } = self;
        let octets = |range: &Range<usize>| written.get(range.clone()).unwrap_or_default();
        members.sort_by(|(one, _), (other, _)| octets(one).cmp(octets(other)));
        let twice = |pair: &[(Range<usize>, Range<usize>)]| matches!(pair, [(one, _), (other, _)] if octets(one) == octets(other));
        if members.windows(2).any(twice) {
            return formless("an object with two members of one name");
        }
        out.push(b'{');
        for (at, (_, member)) in members.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            out.extend_from_slice(octets(member));
        }
        out.push(b'}');
        Ok(())
    }
}

impl SerializeMap for Members<'_> {
    type Ok = ();
    type Error = EncodingError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<(), EncodingError> {
        self.write_name(name)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodingError> {
        self.write_value(value)
    }

    fn end(self) -> Result<(), EncodingError> {
        self.finish()
    }
}

impl SerializeStruct for Members<'_> {
    type Ok = ();
    type Error = EncodingError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), EncodingError> {
        self.write_name(name)?;
        self.write_value(value)
    }

    fn end(self) -> Result<(), EncodingError> {
        self.finish()
    }
}

/// Escapes as RFC 8785 s.3.2.2.2: the two-character forms where JSON has them, else `\u00xx`.
fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    // Most texts have nothing to escape.
    if !text.bytes().any(|octet| octet < b' ' || octet == b'"' || octet == b'\\') {
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
        return;
    }
    for character in text.chars() {
        match character {
            '"' => out.extend(b"\\\""),
            '\\' => out.extend(b"\\\\"),
            '\u{8}' => out.extend(b"\\b"),
            '\t' => out.extend(b"\\t"),
            '\n' => out.extend(b"\\n"),
            '\u{c}' => out.extend(b"\\f"),
            '\r' => out.extend(b"\\r"),
            '\0'..='\u{1f}' => out.extend(format!("\\u{:04x}", u32::from(character)).bytes()),
            _ => out.extend(character.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    out.push(b'"');
}
