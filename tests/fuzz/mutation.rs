//! Mutants of an input: of DER that is still DER, of text with words that mean something, and of octets.

/// Numbers that look random and are the same in every run (SplitMix64).
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, or 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % bound).unwrap_or(0)
    }

    fn octet(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    fn of<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// A mutant of at most `most` octets.
pub(crate) fn mutate(input: &[u8], most: usize, random: &mut Random) -> Vec<u8> {
    let mut out = match read(input, 0) {
        // A length that is wrong is refused before anything else is looked at: keep them right most of the time.
        Some(mut nodes) if !nodes.is_empty() && random.below(8) != 0 => {
            for _ in 0..=random.below(3) {
                change(&mut nodes, random);
            }
            write(&nodes)
        }
        _ => {
            let mut octets = input.to_vec();
            for _ in 0..=random.below(3) {
                change_octets(&mut octets, input, random);
            }
            octets
        }
    };
    out.truncate(most);
    out
}

/// One DER value.
#[derive(Clone, Debug)]
struct Node {
    /// Identifier octets.
    tag: Vec<u8>,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Octets(Vec<u8>),
    /// Values inside: those of a constructed one, or those that a string wraps, after `skip` octets.
    Nodes {
        skip: Vec<u8>,
        nodes: Vec<Node>,
    },
}

/// The deepest that is followed; deeper, values are octets.
const DEPTH: usize = 40;

/// The values that some octets are, if they are whole values.
fn read(mut input: &[u8], depth: usize) -> Option<Vec<Node>> {
    let mut nodes = Vec::new();
    while !input.is_empty() {
        let first = *input.first()?;
        let mut header = 1;
        if first & 0x1f == 0x1f {
            header += input.get(1..)?.iter().position(|octet| octet & 0x80 == 0)? + 1;
        }
        let tag = input.get(..header)?.to_vec();
        let length = usize::from(*input.get(header)?);
        let (length, after) = if length < 0x80 {
            (length, header + 1)
        } else {
            let count = length & 0x7f;
            if count == 0 || count > 3 {
                return None;
            }
            let octets = input.get(header + 1..header + 1 + count)?;
            (octets.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet)), header + 1 + count)
        };
        let contents = input.get(after..after + length)?;
        input = &input[after + length..];
        nodes.push(Node { content: content(first, contents, depth), tag });
    }
    Some(nodes)
}

fn content(first: u8, contents: &[u8], depth: usize) -> Content {
    let skip = usize::from(first == 0x03);
    let nests = first & 0x20 != 0 || matches!(first, 0x03 | 0x04);
    match (nests && depth < DEPTH, contents.split_at_checked(skip)) {
        (true, Some((skip, inner))) if first & 0x20 != 0 || inner.len() > 1 => match read(inner, depth + 1) {
            Some(nodes) => Content::Nodes { skip: skip.to_vec(), nodes },
            None => Content::Octets(contents.to_vec()),
        },
        _ => Content::Octets(contents.to_vec()),
    }
}

fn write(nodes: &[Node]) -> Vec<u8> {
    let mut out = Vec::new();
    for node in nodes {
        let contents = match &node.content {
            Content::Octets(octets) => octets.clone(),
            Content::Nodes { skip, nodes } => [skip.clone(), write(nodes)].concat(),
        };
        out.extend(&node.tag);
        let length = contents.len().to_be_bytes();
        let significant: Vec<u8> = length.into_iter().skip_while(|octet| *octet == 0).collect();
        match significant.as_slice() {
            [] => out.push(0),
            [short @ 0..=0x7f] => out.push(*short),
            long => {
                out.push(0x80 | long.len().to_le_bytes()[0]);
                out.extend(long);
            }
        }
        out.extend(contents);
    }
    out
}

fn count(nodes: &[Node]) -> usize {
    nodes
        .iter()
        .map(|node| match &node.content {
            Content::Octets(_) => 1,
            Content::Nodes { nodes, .. } => 1 + count(nodes),
        })
        .sum()
}

/// The list that holds the value with a number in the order of reading, and its place there.
fn find(nodes: &mut Vec<Node>, mut wanted: usize) -> Option<(&mut Vec<Node>, usize)> {
    let mut place = 0;
    while place < nodes.len() {
        let size = count(&nodes[place..=place]);
        if wanted == 0 {
            return Some((nodes, place));
        }
        if wanted < size {
            let Content::Nodes { nodes, .. } = &mut nodes[place].content else { return None };
            return find(nodes, wanted - 1);
        }
        wanted -= size;
        place += 1;
    }
    None
}

fn change(nodes: &mut Vec<Node>, random: &mut Random) {
    let all = count(nodes);
    let other = random.below(all);
    let donor = find(nodes, other).map(|(list, place)| list[place].clone());
    let wanted = random.below(all);
    let Some((list, place)) = find(nodes, wanted) else { return };
    match (random.below(12), donor) {
        (0, _) => drop(list.remove(place)),
        (1, _) => list.insert(place, list[place].clone()),
        (2, Some(donor)) => list[place] = donor,
        (3, Some(donor)) => list.insert(place, donor),
        (4, _) => {
            let to = random.below(list.len());
            list.swap(place, to);
        }
        (5, _) => list[place].tag = vec![*random.of(&TAGS.iter().collect::<Vec<_>>())],
        (6, _) => list[place].content = Content::Octets(random.of(&VALUES).to_vec()),
        (7, _) => {
            let oid = Content::Octets(hex::decode(random.of(&OIDS)).expect("these are hex digits"));
            list[place] = Node { tag: vec![0x06], content: oid };
        }
        (8, _) => {
            let inner = vec![list[place].clone()];
            let tag = vec![*random.of(&[&0x30, &0x31, &0xa0, &0xa1, &0xa3, &0x04])];
            list[place] = Node { tag, content: Content::Nodes { skip: Vec::new(), nodes: inner } };
        }
        (9, _) => {
            let text = random.of(&WORDS).as_bytes().to_vec();
            list[place].content = Content::Octets(text);
        }
        _ => {
            let node = &mut list[place];
            let mut octets = match &node.content {
                Content::Octets(octets) => octets.clone(),
                Content::Nodes { .. } => write(std::slice::from_ref(node)),
            };
            let before = octets.clone();
            change_octets(&mut octets, &before, random);
            node.content = Content::Octets(octets);
        }
    }
}

fn change_octets(octets: &mut Vec<u8>, whole: &[u8], random: &mut Random) {
    let place = random.below(octets.len() + 1);
    let here = place.min(octets.len().saturating_sub(1));
    match random.below(9) {
        0 | 1 if !octets.is_empty() => octets[here] ^= 1 << random.below(8),
        2 if !octets.is_empty() => octets[here] = random.octet(),
        3 => octets.insert(place, random.octet()),
        4 if !octets.is_empty() => {
            let end = (here + 1 + random.below(8)).min(octets.len());
            octets.drain(here..end);
        }
        5 => {
            let from = random.below(whole.len() + 1);
            let to = (from + random.below(24)).min(whole.len());
            octets.splice(place..place, whole[from..to].iter().copied());
        }
        6 | 7 => {
            let word = random.of(&WORDS);
            let end = if random.below(2) == 0 { place } else { (place + word.len()).min(octets.len()) };
            octets.splice(place..end, word.bytes());
        }
        _ => {
            let c = char::from_u32(u32::try_from(random.below(0x11_0000)).unwrap_or(0)).unwrap_or('\u{202e}');
            octets.splice(place..place, c.to_string().bytes());
        }
    }
}

const TAGS: [u8; 29] = [
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1a, 0x1c, 0x1e,
    0x30, 0x31, 0x80, 0x81, 0x82, 0x86, 0x87, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4,
];

/// Contents at the edges of what numbers, times, addresses and bit strings may be.
const VALUES: [&[u8]; 22] = [
    b"",
    b"\x00",
    b"\x01",
    b"\x02",
    b"\x7f",
    b"\x80",
    b"\xff",
    b"\x00\x00",
    b"\x00\x80",
    b"\xff\x7f",
    b"\x07\x80",
    b"\x05\xa0",
    b"\x01\x06",
    b"\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    b"491231235959Z",
    b"500101000000Z",
    b"20500101000000Z",
    b"99991231235959Z",
    b"20260229120000Z",
    b"\xc0\x00\x02\x00\xff\xff\xff\x00",
    b"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
];

/// Object identifiers that the standards name: extensions, purposes, attributes, algorithms.
const OIDS: [&str; 58] = [
    "551d0e",
    "551d0f",
    "551d10",
    "551d11",
    "551d12",
    "551d13",
    "551d14",
    "551d15",
    "551d17",
    "551d18",
    "551d1b",
    "551d1c",
    "551d1d",
    "551d1e",
    "551d1f",
    "551d20",
    "551d21",
    "551d23",
    "551d24",
    "551d25",
    "551d2e",
    "551d36",
    "551d38",
    "551d09",
    "551d2000",
    "551d2500",
    "2b06010505070101",
    "2b06010505070103",
    "2b0601050507010b",
    "2b06010505070118",
    "2b06010505073001",
    "2b06010505073002",
    "2b0601050507300105",
    "2b06010505070301",
    "2b06010505070302",
    "2b06010505070309",
    "2b06010505070201",
    "2b06010505070202",
    "2b06010505070804",
    "2b06010505070809",
    "2b060104018237140203",
    "2b060104018237150a",
    "2b06010401d679020403",
    "550403",
    "550406",
    "55040a",
    "550405",
    "550461",
    "0992268993f22c640119",
    "2a864886f70d010901",
    "2a864886f70d01090e",
    "2a864886f70d010907",
    "2a864886f70d010101",
    "2a864886f70d01010b",
    "2a8648ce3d0201",
    "2a8648ce3d030107",
    "2b6570",
    "60864801650304030b",
];

/// Words of the texts that are read.
const WORDS: [&str; 84] = [
    "CN=",
    "C=AT",
    ",",
    "+",
    ";",
    "=",
    "\\",
    "\\2C",
    "\"",
    "#0c0161",
    "#1e0200e4",
    "1.2.3=",
    "O=",
    "DC=",
    "\\ ",
    "dns:",
    "ip:",
    "email:",
    "uri:",
    "dirname:",
    "*.",
    "xn--",
    "xn--mnchen-3ya",
    "://",
    "@",
    "/24",
    "::1",
    "::ffff:",
    "0x7f",
    "pkcs11:",
    "token=",
    "object=",
    "id=",
    "type=private",
    "%00",
    "%2F",
    "%ff",
    "%",
    "?",
    "&",
    "module-path=/",
    "pin-source=file:/",
    "pin-value=",
    "slot-id=",
    "library-version=3.1",
    "serial=",
    "0",
    "1",
    "-1",
    "2147483647",
    "2147483648",
    "99999999999",
    "d",
    "mo",
    "y",
    "s",
    "h",
    "m",
    "w",
    "T23:59:60Z",
    "2024-02-29",
    "9999-12-31T23:59:59Z",
    "Z",
    "[",
    "]",
    "[extensions.",
    "\n",
    "\r\n",
    "\t",
    " ",
    "kind = ",
    "\"root\"",
    "true",
    "= []",
    "= {}",
    "\"\"\"",
    "#",
    "\u{0}",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{200b}",
    "\u{430}",
    "\u{301}",
    "\u{fffd}",
];
