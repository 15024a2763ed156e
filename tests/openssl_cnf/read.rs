//! Reading, held against the real `openssl`.

use keyrite::migrate::openssl::cnf::{Cnf, Fault};
use proptest::prelude::{ProptestConfig, Strategy, prop, proptest};

use super::odd::{BAD, GOOD, INCLUDED};
use super::oracle::{Disk, accepts, latin, read, values, write};

fn word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'_')
}

/// Every section, name and value by which `openssl` can be asked for it.
fn all(cnf: &Cnf) -> Vec<((String, String), String)> {
    let mut found = Vec::new();
    for section in cnf.sections().iter().filter(|section| word(section.name())) {
        for entry in section.entries().filter(|entry| word(&entry.name)) {
            found.push(((section.name().to_owned(), entry.name.clone()), latin(&entry.value)));
        }
    }
    found
}

fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in INCLUDED {
        write(directory.path(), name, text);
    }
    directory
}

#[test]
fn odd_files_have_the_values_that_openssl_sees() {
    let directory = directory();
    for (name, text) in GOOD {
        write(directory.path(), "x.cnf", text);
        let cnf = read(directory.path(), "x.cnf").unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(accepts(directory.path(), "x.cnf"), Ok(()), "{name}");
        let (wanted, ours): (Vec<_>, Vec<_>) = all(&cnf).into_iter().unzip();
        assert!(
            !wanted.is_empty()
                || ["empty", "only-blanks", "blank-in-section", "section-empty-name"].contains(name),
            "{name}"
        );
        let theirs = values(directory.path(), "x.cnf", &wanted);
        let pairs = |values: &[String]| -> Vec<String> {
            wanted
                .iter()
                .zip(values)
                .map(|((section, name), value)| format!("{section}::{name} = {value:?}"))
                .collect()
        };
        assert_eq!(pairs(&ours), pairs(&theirs), "{name}");
    }
}

#[test]
fn files_that_openssl_refuses_are_refused_at_the_same_line() {
    let directory = directory();
    for (name, text, line, message) in BAD {
        write(directory.path(), "x.cnf", text);
        let error = read(directory.path(), "x.cnf").expect_err(name);
        assert_eq!(error.to_string(), format!("x.cnf:{line}: {message}"), "{name}");
        assert_eq!(accepts(directory.path(), "x.cnf"), Err(Some(*line)), "{name}");
    }
}

#[test]
fn a_value_that_is_repeated_stands_where_it_was_last() {
    let directory = directory();
    let text = "[ s ]\na = UTF8:1\nb = UTF8:2\na = UTF8:3\nx.1 = UTF8:4\n0.x = UTF8:5\n";
    write(directory.path(), "x.cnf", text);
    let cnf = read(directory.path(), "x.cnf").unwrap();
    let ours: Vec<String> = cnf.section("s").unwrap().entries().map(|entry| entry.shown()).collect();
    super::oracle::done(
        directory.path(),
        &["asn1parse", "-genconf", "x.cnf", "-genstr", "SEQUENCE:s", "-noout", "-out", "x.der"],
    );
    let der = std::fs::read(directory.path().join("x.der")).unwrap();
    let theirs: Vec<der::asn1::Utf8StringRef<'_>> = der::Decode::from_der(&der).unwrap();
    let theirs: Vec<String> = theirs.iter().map(|one| format!("UTF8:{}", one.as_str())).collect();
    assert_eq!(ours, theirs);
    let places: Vec<String> =
        cnf.section("s").unwrap().entries().map(|entry| entry.place.to_string()).collect();
    assert_eq!(places, ["x.cnf:3", "x.cnf:4", "x.cnf:5", "x.cnf:6"]);
}

#[test]
fn lines_of_included_files_have_their_own_places() {
    let directory = directory();
    write(directory.path(), "x.cnf", "# a comment\n.include parts\n.include nowhere.cnf\nb = \\\n1\n");
    let cnf = read(directory.path(), "x.cnf").unwrap();
    let place = |name: &str| cnf.look_up("default", name).unwrap().place.to_string();
    assert_eq!(
        (place("one"), place("two"), place("b")),
        ("parts/one.cnf:1".into(), "parts/two.CONF:1".into(), "x.cnf:4".into())
    );
    let remarks: Vec<String> =
        cnf.remarks().iter().map(|one| format!("{}: {}", one.place, one.text)).collect();
    let [remark] = remarks.as_slice() else { panic!("{remarks:?}") };
    assert!(remark.starts_with("x.cnf:3: the included file \"nowhere.cnf\" is passed over: "), "{remark}");
    write(directory.path(), "bad.cnf", "a = 1\nb\n");
    write(directory.path(), "x.cnf", "\n\n.include bad.cnf\n");
    let error = read(directory.path(), "x.cnf").unwrap_err();
    assert!(error.to_string().starts_with("bad.cnf:2: found \"b\""), "{error}");
}

#[test]
fn nothing_grows_or_goes_on_for_ever() {
    let directory = directory();
    let refused = |text: &[u8]| Cnf::read("x.cnf", text, &mut Disk(directory.path())).unwrap_err().fault;
    write(directory.path(), "loop.cnf", "a = 1\n.include loop.cnf\n");
    let limit = |what| Fault::Limit { what };
    assert_eq!(refused(b".include loop.cnf\n"), limit("files that include each other more than 16 deep"));
    assert_eq!(refused(&vec![b'#'; 1024 * 1024 + 1]), limit("a file of more than 1 MiB"));
    assert_eq!(refused(".include inner.cnf\n".repeat(257).as_bytes()), limit("more than 256 included files"));
    assert_eq!(refused(b"a = 1\nb = \0\n"), Fault::Nul);
    assert_eq!(refused(b"[ \\\xff ]\n"), Fault::NotText { found: "\u{fffd}".to_owned() });
    // As OpenSSL: each variable within 64 KiB, and here all of them together within 16 MiB.
    let mut text = format!("a = {}\n", "x".repeat(60_000));
    text.push_str("b = $a$a\n");
    assert_eq!(refused(text.as_bytes()), Fault::Expansion);
    write(directory.path(), "x.cnf", &text);
    assert_eq!(accepts(directory.path(), "x.cnf"), Err(Some(2)));
    let mut text = format!("a = {}\n", "x".repeat(60_000));
    for number in 0..400 {
        text.push_str(&format!("b{number} = $a\n"));
    }
    assert_eq!(refused(text.as_bytes()), limit("values of more than 16 MiB"));
}

/// Pieces of which odd files are made.
const PIECES: [&str; 40] = [
    "a",
    "b",
    "s",
    "x1",
    "_",
    " ",
    "\t",
    "=",
    " = ",
    "[",
    "]",
    "[ s ]\n",
    "#",
    "\"",
    "'",
    "`",
    "\\",
    "\\\n",
    "$",
    "${",
    "}",
    "$(",
    ")",
    "::",
    ":",
    "\n",
    "\n",
    "\n",
    "\r\n",
    "a = 1\n",
    "$a",
    "${a}",
    "${s::a}",
    "$ENV::KEYRITE_TEST",
    "default",
    ",",
    ".",
    ".include ",
    ".pragma ",
    "dollarid:true\n",
];

fn odd() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES.to_vec()), 1..30).prop_map(|pieces| pieces.concat())
}

/// How many random files are held against openssl: a sample here, more on demand.
#[expect(clippy::disallowed_methods, reason = "how long a test takes is not the program's to say")]
fn cases() -> u32 {
    std::env::var("KEYRITE_CNF_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_files_are_read_as_openssl_reads_them(text in odd()) {
        let directory = directory();
        write(directory.path(), "x.cnf", &text);
        let theirs = accepts(directory.path(), "x.cnf");
        match read(directory.path(), "x.cnf") {
            Err(error) => assert!(theirs.is_err(), "{text:?}: openssl reads it, and here {error}"),
            Ok(cnf) => {
                assert_eq!(theirs, Ok(()), "{text:?}");
                let (wanted, ours): (Vec<_>, Vec<_>) = all(&cnf).into_iter().unzip();
                assert_eq!(ours, values(directory.path(), "x.cnf", &wanted), "{text:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_octets_end_the_reader(octets in prop::collection::vec(prop::num::u8::ANY, 0..400), text in odd()) {
        struct Nothing;
        impl keyrite::migrate::openssl::cnf::Surroundings for Nothing {
            fn variable(&self, _: &str) -> Option<Vec<u8>> {
                None
            }
            fn include(&mut self, path: &str) -> keyrite::migrate::openssl::cnf::Included {
                keyrite::migrate::openssl::cnf::Included::File(path.as_bytes().to_vec())
            }
        }
        for text in [octets.clone(), text.as_bytes().to_vec(), [text.as_bytes(), &octets].concat()] {
            drop(Cnf::read("x.cnf", &text, &mut Nothing));
        }
    }
}
