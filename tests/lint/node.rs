//! DER as a tree that tests can change: one fault at a time in an otherwise sound object.

/// One value.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// A constructed value and its members.
    Members(u8, Vec<Self>),
    /// A primitive value and its contents.
    Contents(u8, Vec<u8>),
    /// Octets as they are, also where they are not DER.
    Raw(Vec<u8>),
}

impl Node {
    /// Reads one value and everything in it.
    pub(crate) fn read(der: &[u8]) -> Self {
        let (node, rest) = Self::read_first(der);
        assert!(rest.is_empty(), "octets after the value");
        node
    }

    fn read_first(der: &[u8]) -> (Self, &[u8]) {
        let (header, length) = match der[1] {
            short @ 0..=0x7f => (2, usize::from(short)),
            long => {
                let octets = usize::from(long & 0x7f);
                let length = der[2..2 + octets].iter().fold(0, |sum, octet| sum * 256 + usize::from(*octet));
                (2 + octets, length)
            }
        };
        let (contents, rest) = der[header..].split_at(length);
        if der[0] & 0x20 == 0 {
            return (Self::Contents(der[0], contents.to_vec()), rest);
        }
        let mut members = Vec::new();
        let mut left = contents;
        while !left.is_empty() {
            let (member, after) = Self::read_first(left);
            members.push(member);
            left = after;
        }
        (Self::Members(der[0], members), rest)
    }

    /// The octets.
    pub(crate) fn der(&self) -> Vec<u8> {
        let (tag, contents) = match self {
            Self::Raw(octets) => return octets.clone(),
            Self::Contents(tag, contents) => (*tag, contents.clone()),
            Self::Members(tag, members) => (*tag, members.iter().flat_map(Self::der).collect()),
        };
        let mut der = vec![tag];
        match contents.len() {
            short @ 0..0x80 => der.push(u8::try_from(short).unwrap()),
            long => {
                let octets: Vec<u8> =
                    long.to_be_bytes().into_iter().skip_while(|octet| *octet == 0).collect();
                der.push(0x80 | u8::try_from(octets.len()).unwrap());
                der.extend(octets);
            }
        }
        der.extend(contents);
        der
    }

    /// The members of a constructed value.
    pub(crate) fn members(&mut self) -> &mut Vec<Self> {
        match self {
            Self::Members(_, members) => members,
            Self::Contents(..) | Self::Raw(_) => panic!("no members"),
        }
    }

    /// The member at a place.
    pub(crate) fn at(&mut self, index: usize) -> &mut Self {
        &mut self.members()[index]
    }

    /// The contents of a primitive value.
    pub(crate) fn contents(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Contents(_, contents) => contents,
            Self::Members(..) | Self::Raw(_) => panic!("no contents"),
        }
    }

    /// Puts octets in the place of the value.
    pub(crate) fn put(&mut self, hex: &str) {
        *self = raw(hex);
    }
}

/// Octets from hex, where spaces do not count.
pub(crate) fn octets(hex: &str) -> Vec<u8> {
    hex::decode(hex.replace(' ', "")).unwrap()
}

/// Octets as they are, from hex.
pub(crate) fn raw(hex: &str) -> Node {
    Node::Raw(octets(hex))
}

/// A value from its tag and contents.
pub(crate) fn value(tag: u8, contents: &[u8]) -> Node {
    Node::Contents(tag, contents.to_vec())
}
