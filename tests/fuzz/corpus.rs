//! The inputs that a target begins with: the vectors and golden files of the tests, and texts by hand.

use std::fs;
use std::path::{Path, PathBuf};

use keyrite::policy::builtin;
use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl::Crl;
use keyrite::x509::pem;

use crate::{ssh, transparency};

/// The seeds of a target, each at most once, in the order of their sizes.
pub(crate) fn seeds(target: &str) -> Vec<Vec<u8>> {
    let mut seeds = match target {
        "request" => vectors("requests"),
        "certificate" => [golden("leaf"), golden("root"), vectors("attestation")].concat(),
        "crl" => [golden("crl"), golden("empty-crl")].concat(),
        "ocsp" => OCSP_RESPONSES.map(|octets| hex::decode(octets).expect("these are hex digits")).to_vec(),
        "ocsp-request" => {
            OCSP_REQUESTS.map(|octets| hex::decode(octets).expect("these are hex digits")).to_vec()
        }
        "lint" => ["request", "certificate", "crl"].into_iter().flat_map(seeds).collect(),
        "general-name" => [texts(&GENERAL_NAMES), extension_values()].concat(),
        "name" => [texts(&NAMES), subjects()].concat(),
        "time" => texts(&TIMES),
        "uri" => texts(&URIS),
        "profile" => profiles(),
        "configuration" => {
            vec![keyrite::config::default_text(None, false).into_bytes(), CONFIGURATION.as_bytes().to_vec()]
        }
        "openssl-cnf" => texts(&CONFIGURATIONS_OF_OPENSSL),
        "text" => [texts(&TEXTS), texts(&NAMES)].concat(),
        "note" => [texts(&NOTES), transparency::notes()].concat(),
        "proof" => texts(&PROOFS),
        "evidence" => transparency::exports(),
        "ssh-signature" => ssh::seeds(),
        other => panic!("there are no seeds for {other}"),
    };
    seeds.sort_by_key(|seed| (seed.len(), seed.clone()));
    seeds.dedup();
    seeds
}

/// Writes the seeds of a target into a directory, which is made where it is missing.
#[cfg(libfuzzer)]
pub(crate) fn write(target: &str, directory: &Path) {
    fs::create_dir_all(directory).expect("the corpus can be made");
    for (at, seed) in seeds(target).into_iter().enumerate() {
        let path = directory.join(format!("seed-{at:03}"));
        let written = fs::File::create(path).and_then(|mut file| std::io::Write::write_all(&mut file, &seed));
        written.expect("the corpus can be written");
    }
}

fn files(directory: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(directory);
    let entries = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.expect("the directory can be read").path()).collect();
    files.sort();
    files
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The PEM files of a directory of vectors, as DER; one of them also as it is.
fn vectors(directory: &str) -> Vec<Vec<u8>> {
    let pems = files(&format!("vectors/{directory}"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|end| end == "pem"));
    let pems: Vec<Vec<u8>> = pems.map(|path| read(&path)).collect();
    let blocks = pems.iter().flat_map(|text| pem::blocks(text).unwrap_or_default()).map(|block| block.der);
    blocks.chain(pems.first().cloned()).collect()
}

pub(crate) fn golden(start: &str) -> Vec<Vec<u8>> {
    let named =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start));
    files("golden/x509").into_iter().filter(named).map(|path| read(&path)).collect()
}

fn certificates() -> Vec<Certificate> {
    seeds("certificate").iter().filter_map(|seed| Certificate::from_der(seed).ok()).collect()
}

fn subjects() -> Vec<Vec<u8>> {
    certificates().iter().map(|certificate| certificate.subject().as_der().to_vec()).collect()
}

/// The value of every extension of the certificates and CRLs.
fn extension_values() -> Vec<Vec<u8>> {
    let crls: Vec<Crl> = seeds("crl").iter().filter_map(|seed| Crl::from_der(seed).ok()).collect();
    let certificates = certificates();
    let of_certificates = certificates.iter().flat_map(Certificate::extensions);
    of_certificates
        .chain(crls.iter().flat_map(Crl::extensions))
        .filter_map(|extension| extension.value.to_der().ok())
        .chain(hex::decode("301aa00a3008820600746573742ea10c300aa7080a000000ff000000"))
        .collect()
}

fn profiles() -> Vec<Vec<u8>> {
    builtin::TEXTS.iter().map(|(_, text)| text.as_bytes().to_vec()).collect()
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// Requests by OpenSSL: with a nonce and SHA-1, without one and by SHA-256.
const OCSP_REQUESTS: [&str; 2] = [
    "307a30783051304f304d300906052b0e03021a05000414c8ce3f4840ab6b72357145263f22f7303e761714041465eac77eefe8caf22f757b\
     bd0d4b3d6314693a4f021457d3083a0038d9c943bc24e33debd7e048dbc630a2233021301f06092b0601050507300102041204101a58a4f5\
     4b72990e7b6fe3ec2a7d3d8b",
    "3071306f306d306b3069300d060960864801650304020105000420685aa42b167b4af480bd4055d2cd07a06a5982ca17c6288a0fc6cfab56\
     9b12b104207991ddefedcc2f41f65b7854058e73398c819ab6ac007aff9396a71b90247bfe02147f37935e315e9e83d8db3f9e28c841425c\
     6e750f",
];

/// OCSP responses: one of a key about a good certificate, one of a name about a revoked and an unknown one with a
/// nonce, and one that says unauthorized. Their signatures are nobody's.
const OCSP_RESPONSES: [&str; 3] = [
    "3081d20a0100a081cc3081c906092b06010505073001010481bb3081b830819ea216041433333333333333333333333333333333333333\
     33180f32303236313132313030303030305a307330713049300906052b0e03021a05000414111111111111111111111111111111111111\
     1111041422222222222222222222222222222222222222220210010101010101010101010101010101018000180f323032363131323130\
     30303030305aa011180f32303236313132383030303030305a300a06082a8648ce3d0403020309003006020101020101",
    "308201630a0100a082015c3082015806092b060105050730010104820149308201453082012aa111300f310d300b06035504030c044f43\
     5350180f32303236313132313030303030305a3081de3078303a300906052b0e03021a0500041411111111111111111111111111111111\
     1111111104142222222222222222222222222222222222222222020102a116180f32303236313132303030303030305aa0030a0101180f\
     32303236313132313030303030305aa011180f32303236313132383030303030305a3062303a300906052b0e03021a0500041411111111\
     11111111111111111111111111111111041422222222222222222222222222222222222222220201038200180f32303236313132313030\
     303030305aa011180f32303236313132383030303030305aa1233021301f06092b06010505073001020412041044444444444444444444\
     444444444444300a06082a8648ce3d0403020309003006020101020101",
    "30030a0106",
];

const GENERAL_NAMES: [&str; 22] = [
    "dns:www.example.test",
    "dns:*.example.test",
    "dns:xn--mnchen-3ya.test",
    "dns:xn--e1awd7f.test",
    "ip:192.0.2.1",
    "ip:2001:db8::1",
    "ip:192.0.2.0/24",
    "ip:2001:db8::/32",
    "email:a@example.test",
    "email:.example.test",
    "uri:https://example.test/path?query#part",
    "uri:urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    "uri:.example.test",
    "dirname:C=AT,O=#1e0200e4",
    "upn:a@example.test",
    "dns:",
    "rid:1.2.840.113549",
    "upn:p\u{430}ypal@example.test",
    "smtp-utf8:\u{e9}@example.test",
    "hardware-module:1.2.3:0011ff",
    "dn:C=AT,O=Example",
    "dns:xn--80ak6aa92e.test",
];

const NAMES: [&str; 12] = [
    "C=AT,O=Example,CN=Example Root G1",
    "CN=www.example.test",
    "O=Example\\, Inc.",
    "O=\"Example, Inc.\"+OU=x",
    "O=\\C3\\A9t\\C3\\A9",
    "O=#0c0161",
    "O=#1e04004b00f6",
    "CN=\\#1 ; DC=test ; DC=example",
    "1.2.840.113549.1.9.1=#1601614062",
    "2.5.4.3=x",
    "C=Austria",
    "CN=p\u{430}ypal",
];

const TIMES: [&str; 14] = [
    "2026-11-21T10:00:00Z",
    "2026-11-21",
    "9999-12-31T23:59:59Z",
    "1970-01-01T00:00:00Z",
    "2028-02-29",
    "2026-01-01T00:00:00+01:00",
    "90s",
    "15m",
    "12h",
    "90d",
    "2w",
    "6mo",
    "20y",
    "2147483647y",
];

const URIS: [&str; 10] = [
    "pkcs11:token=keyrite;object=root;type=private",
    "pkcs11:token=My%20token;serial=0123456789abcdef;manufacturer=SoftHSM%20project;model=SoftHSM%20v2",
    "pkcs11:id=%01%02%ff;type=private",
    "pkcs11:slot-id=0;slot-description=Slot%200",
    "pkcs11:token=a?module-path=/usr/lib/softhsm/libsofthsm2.so",
    "pkcs11:token=a?module-name=softhsm2&pin-source=file:/run/pin",
    "pkcs11:library-version=3.1;library-description=x;library-manufacturer=y",
    "pkcs11:",
    "pkcs11:token=a?pin-value=1234",
    "pkcs11:x-vendor=1",
];

const CONFIGURATIONS_OF_OPENSSL: [&str; 5] = [
    "a = 1\n[ s ]\nb = $a${s::c}\n",
    "[ca]\ndefault_ca=c\n[c]\ndefault_days=30\npolicy=p\nx509_extensions=e\ncopy_extensions=copy\n[p]\nC=match\nCN=supplied\n\
     [e]\nbasicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth\n\
     subjectAltName=DNS:a.test,IP:192.0.2.1,email:copy\ncrlDistributionPoints=URI:http://a.test/\n\
     authorityInfoAccess=OCSP;URI:http://a.test/\ncertificatePolicies=1.2.3,@q\n1.2.3.4=ASN1:SEQUENCE:q\n[q]\n\
     policyIdentifier=1.2.4\nCPS.1=http://a.test/\nuserNotice.1=@n\n[n]\nexplicitText=x\n",
    "[c]\n[e]\nbasicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=keyCertSign,cRLSign\n\
     nameConstraints=permitted;DNS:a.test,excluded;IP:10.0.0.0/255.0.0.0\npolicyConstraints=requireExplicitPolicy:0\n\
     inhibitAnyPolicy=1\npolicyMappings=1.2.3:1.2.4\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid,issuer:always\n",
    ".pragma dollarid:true\n.include \"a b.cnf\"\n[ s ] # c\nx = 'a\\'b' \\\n  c\n",
    "[e]\nextendedKeyUsage=OCSPSigning\nnoCheck=x\nnsComment=\"y\"\nissuerAltName=issuer:copy\ntlsfeature=5\n1.2.3=DER:0500\n",
];

const CONFIGURATION: &str = "\
module = \"/usr/lib/softhsm/libsofthsm2.so\"
lock-timeout = \"30s\"

[ca.root]
key = \"pkcs11:token=keyrite;object=root\"
crl-url = \"http://crl.example.test/root.crl\"
next-update = \"30d\"
";

/// Notes, two of them of checkpoints; `transparency` adds such as known keys might have signed.
const NOTES: [&str; 4] = [
    "keyrite.log/70ed99d4290c36d4a8833cd2956b033536ffdb184955f7bc43a7fec556a82ae9\n1\n\
     LVIjczBFBNPVwcw/bgVbIR0KSTFZbwzWd1lbzn6FGKA=\n",
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
     \u{2014} example.test Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n",
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned \u{e8} subito sera.\n\n\
     \u{2014} quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n",
    "a\n\n\u{2014} name AAAAAAA=\n\u{2014} other/name AAAAAAAA\n",
];

/// Proofs of an entry in logs of one and two entries, and of one log that continues another.
const PROOFS: [&str; 4] = [
    "c2sp.org/tlog-proof@v1\nextra e30=\nindex 0\n\nkeyrite.log/x\n1\nKKOhj2zWQGsIbp/9ofm4oT289EsPPzLLkDGhH9BTrPk=\n",
    "c2sp.org/tlog-proof@v1\nextra e30=\nindex 1\nLVIjczBFBNPVwcw/bgVbIR0KSTFZbwzWd1lbzn6FGKA=\n\n\
     keyrite.log/x\n2\nSo/e1O2msNVIQYXqROVVEA8HN7eUBim9RD+uv8Xf0Yg=\n",
    "old 1\nKKOhj2zWQGsIbp/9ofm4oT289EsPPzLLkDGhH9BTrPk=\n\nkeyrite.log/x\n2\nSo/e1O2msNVIQYXqROVVEA8HN7eUBim9RD+uv8Xf0Yg=\n",
    "old 0\n\nkeyrite.log/x\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
];

const TEXTS: [&str; 12] = [
    "Example Root G1",
    "a\u{1b}]0;owned\u{7}",
    "\u{202e}cba\u{2066}x\u{2069}",
    "e\u{301}\u{302}\u{303}",
    "a\u{200b}b\u{feff}c\u{ad}",
    "p\u{430}ypal.test",
    "\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
    "\u{3164}\u{2800}\u{115f}",
    "\u{e0041}\u{fe0f}\u{1d159}",
    "one\r\ntwo\u{2028}three\u{85}",
    "\u{e17}\u{e35}\u{e48} \u{e19}\u{e35}\u{e48}",
    "x    signed by",
];
