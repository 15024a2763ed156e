//! A CA of `openssl ca` moves in, issues a CRL, and moves out again.

use std::path::{Path, PathBuf};
use std::process::Command;

use keyrite::x509::crl::{Crl, RevokedCertificate};
use serde_json::Value;

use crate::issued::Home;
use crate::openssl_ca::{self, CONFIGURATION, openssl};
use crate::program::{Run, save};
use crate::support::tokens::Tokens;

/// A directory of `openssl ca` beside a home, and the same key in the home's token.
pub(crate) struct Old {
    pub(crate) home: Home,
    directory: PathBuf,
    configuration: &'static str,
}

impl Old {
    pub(crate) fn new(label: &str) -> Self {
        Self::with(label, CONFIGURATION)
    }

    pub(crate) fn with(label: &str, configuration: &'static str) -> Self {
        let home = Home::on(Tokens::new(label));
        home.run(&["init"]).ends(0);
        // The key was in a file: it cannot show that it never left the token.
        save(&home.tokens.path().join("home/keyrite.toml"), b"[keys]\nrequire = []\n");
        let directory = home.tokens.path().join("old");
        openssl_ca::make(&home.tokens, &directory, configuration);
        Self { home, directory, configuration }
    }

    /// Brings a key into the token.
    fn import(&self, key: &str) {
        openssl_ca::import(&self.home.tokens, &self.directory, key);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    pub(crate) fn save(&self, name: &str, contents: impl AsRef<[u8]>) {
        save(&self.path(name), contents);
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn openssl(&self, arguments: &[&str]) -> String {
        openssl(&self.directory, arguments)
    }

    /// Issues a certificate for a subject, and gives its serial number.
    pub(crate) fn issue(&self, subject: &str, more: &[&str]) -> String {
        let before = self.text("index.txt").lines().count();
        openssl_ca::issue(&self.directory, subject, more);
        let index = self.text("index.txt");
        assert_eq!(index.lines().count(), before + 1, "{index}");
        index.lines().last().unwrap().split('\t').nth(3).unwrap().to_owned()
    }

    /// Issues a certificate with a subject in a T61String, as OpenSSL did before it wrote UTF-8.
    fn issue_in_latin_1(&self) {
        use std::os::unix::ffi::OsStrExt as _;
        self.save("t61.cnf", self.configuration.replace("[ d ]\n", "[ d ]\nstring_mask = nombstr\n"));
        let mut issue = Command::new("openssl");
        issue.args([
            "ca", "-batch", "-notext", "-config", "t61.cnf", "-in", "r.csr", "-out", "o.pem", "-subj",
        ]);
        issue.arg(std::ffi::OsStr::from_bytes(b"/CN=Gr\xf6\xdfe"));
        let output = issue.current_dir(&self.directory).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(self.text("index.txt").contains("/CN=Gr\\xF6\\xDFe"), "{}", self.text("index.txt"));
    }

    pub(crate) fn revoke(&self, serial: &str, more: &[&str]) {
        openssl_ca::revoke(&self.directory, serial, more);
    }

    pub(crate) fn generate_crl(&self, out: &str) {
        openssl_ca::generate_crl(&self.directory, out);
    }

    pub(crate) fn migrate(&self, more: &[&str]) -> Run {
        let key = self.home.tokens.key_uri("old");
        let command = ["migrate", "openssl", "old", "--ca", "old", "--key", &key, "--yes"];
        self.home.run(&[&command[..], more].concat())
    }

    /// The ids of the problems that are told, with how many of each.
    pub(crate) fn problems(&self, more: &[&str]) -> (i32, Vec<(String, u64)>) {
        let run = self.migrate(&[&["--dry-run", "--json"], more].concat());
        (run.code, problems(&run.json()))
    }

    pub(crate) fn crl(&self, path: &str) -> Vec<RevokedCertificate> {
        entries(&self.home.tokens.path().join(path))
    }
}

fn problems(told: &Value) -> Vec<(String, u64)> {
    let problems = told["problems"].as_array().unwrap();
    problems
        .iter()
        .map(|kind| (kind["id"].as_str().unwrap().to_owned(), kind["count"].as_u64().unwrap()))
        .collect()
}

/// The entries of a CRL by their numbers.
pub(crate) fn entries(path: &Path) -> Vec<RevokedCertificate> {
    let mut entries = Crl::read(&std::fs::read(path).unwrap()).unwrap().revoked().to_vec();
    entries.sort();
    entries
}

fn ids(told: &[(String, u64)]) -> Vec<&str> {
    told.iter().map(|(id, _)| id.as_str()).collect()
}

/// Every reason, a hold, invalidity dates, expired ones, random numbers, and names that are hard to write.
#[test]
fn a_ca_of_openssl_moves_in_and_out_again_with_all_that_it_revoked() {
    let old = Old::new("migrate-whole");
    let plain = old.issue("/C=AT/O=Example/CN=plain", &[]);
    for (number, reason) in [
        "unspecified",
        "keyCompromise",
        "CACompromise",
        "affiliationChanged",
        "superseded",
        "cessationOfOperation",
    ]
    .iter()
    .enumerate()
    {
        let serial = old.issue(&format!("/C=AT/O=Example/CN={number}"), &[]);
        old.revoke(&serial, &["-crl_reason", reason]);
    }
    let bare = old.issue("/CN=no reason", &[]);
    old.revoke(&bare, &[]);
    let held = old.issue("/CN=held", &[]);
    old.revoke(&held, &["-crl_hold", "holdInstructionReject"]);
    let on_hold = old.issue("/CN=on hold", &[]);
    old.revoke(&on_hold, &["-crl_reason", "certificateHold"]);
    let stolen = old.issue("/CN=stolen", &[]);
    old.revoke(&stolen, &["-crl_compromise", "20200102030405Z"]);
    let broken = old.issue("/CN=broken ca", &[]);
    old.revoke(&broken, &["-crl_CA_compromise", "20200102030405Z"]);
    let dates = ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"];
    old.issue("/CN=expired", &dates);
    let expired = old.issue("/CN=expired and revoked", &dates);
    old.revoke(&expired, &["-crl_reason", "superseded"]);
    old.issue("/CN=lasting", &["-enddate", "20600101000000Z"]);
    for subject in [
        "/CN=Gr\u{f6}\u{df}e \u{4e2d}",
        "/O=a\\/b\\/c\\+d/CN=e\\\\f",
        "/CN=tab\tin it",
        "/C=AT/O=x+CN=two in one set",
        "/CN=x/emailAddress=a@example.test",
        "/CN=twice",
        "/CN=twice",
    ] {
        old.issue(subject, &["-multivalue-rdn"]);
    }
    old.issue_in_latin_1();
    let random = old.issue("/CN=random", &["-rand_serial"]);
    old.revoke(&random, &["-crl_reason", "superseded"]);
    old.openssl(&["ca", "-config", "openssl.cnf", "-updatedb"]);
    old.generate_crl("crl.pem");
    old.generate_crl("later.pem");
    std::fs::remove_file(old.path("later.pem")).unwrap();

    // Looked at without a key: nothing is changed, and it is said what to do.
    let told =
        old.home.run(&["migrate", "openssl", "old", "--ca", "old", "--dry-run", "--json"]).ends(0).json();
    assert_eq!(problems(&told), [("MIG-HOLD-INSTRUCTION".to_owned(), 1)], "{told:#}");
    assert_eq!((told["rows"].as_u64(), told["certificates"].as_u64()), (Some(24), Some(24)), "{told:#}");
    assert_eq!(told["revoked"], 13, "{told:#}");
    assert_eq!(told["next_crl_number"], "8");
    let advice =
        told["key"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect::<Vec<_>>();
    for wanted in ["softhsm2-util --import", "pkcs11-tool", "p11tool", "yubihsm-shell", "destroy"] {
        assert!(advice.iter().any(|line| line.contains(wanted)), "{wanted}: {advice:#?}");
    }
    assert!(old.home.run(&["ca", "list"]).ends(0).stdout.contains("no CA"));
    let keyless = old.home.run(&["migrate", "openssl", "old", "--ca", "old", "--yes"]).ends(2);
    assert!(keyless.stderr.contains("--dry-run examines everything without it"), "{keyless:#?}");

    let moved = old.migrate(&[]).ends(0);
    let news = "24 certificates, 0 serial numbers without certificate, 13 revocations, 1 CRLs";
    assert!(moved.stdout.contains(news), "{moved:#?}");
    let again = old.migrate(&[]).ends(0);
    assert!(again.stdout.contains("nothing: all of it was on record"), "{again:#?}");
    old.home.run(&["audit", "verify"]).ends(0);
    let shown = old.home.run(&["certificate", "show", &plain]).ends(0);
    assert!(shown.stdout.contains("CN=plain"), "{shown:#?}");
    let profile = old.home.run(&["profile", "show", "old"]).ends(0);
    assert!(profile.stdout.contains("client"), "{profile:#?}");

    // The next CRL names the same, and counts on.
    let made = ["crl", "issue", "--ca", "old", "--out", "keyrite.crl", "--yes", "--json"];
    assert_eq!(old.home.run(&made).ends(0).json()["number"], "8");
    let wanted = old.crl("old/crl.pem");
    assert_eq!(wanted.len(), 13);
    assert_eq!(old.crl("keyrite.crl"), wanted);

    // And out again: openssl makes the same of it with the key that made the directory.
    old.home.run(&["export", "openssl", "out", "--ca", "old"]).ends(0);
    let out = old.home.tokens.path().join("out");
    let key = old.path("private/cakey.pem");
    let key = key.to_str().unwrap();
    openssl(&out, &["ca", "-config", "openssl.cnf", "-gencrl", "-keyfile", key, "-out", "new.pem"]);
    assert_eq!(entries(&out.join("new.pem")), wanted);
    openssl(&out, &["verify", "-CAfile", "cacert.pem", &format!("newcerts/{plain}.pem")]);
    // It ends with 1 whatever the status is.
    let ask = ["ca", "-config", "openssl.cnf", "-keyfile", key, "-status", &stolen];
    let status = Command::new("openssl").current_dir(&out).args(ask).output().unwrap();
    let status = String::from_utf8_lossy(&status.stderr);
    assert!(status.contains(&format!("{stolen}=Revoked (R)")), "{status}");
    let before = index(&old.text("index.txt"));
    assert_eq!(index(&std::fs::read_to_string(out.join("index.txt")).unwrap()), before);
    openssl(&out, &["ca", "-config", "openssl.cnf", "-keyfile", key, "-updatedb"]);
    let serial = format!("0x{stolen}");
    let ask =
        ["ocsp", "-index", "index.txt", "-CA", "cacert.pem", "-issuer", "cacert.pem", "-serial", &serial];
    let answered = openssl(
        &out,
        &[&ask[..], &["-rsigner", "cacert.pem", "-rkey", key, "-CAfile", "cacert.pem", "-resp_text"]]
            .concat(),
    );
    assert!(answered.contains("revoked") && answered.contains("keyCompromise"), "{answered}");

    // Written once: a directory that is there is not touched.
    old.home.run(&["export", "openssl", "out", "--ca", "old"]).ends(5);
}

/// The rows of an index by serial number, with the words that mean nothing left out.
fn index(text: &str) -> Vec<String> {
    let row = |line: &str| {
        line.replace(",unspecified", "").replace(",holdInstruction,holdInstructionReject", ",certificateHold")
    };
    let mut rows: Vec<String> = text.lines().map(row).collect();
    rows.sort();
    rows
}

/// I-26: a serial number in decimal where hex is wanted gave a revoked certificate that was on no CRL.
#[test]
fn a_serial_number_in_decimal_is_found_out_by_the_certificate() {
    let old = Old::new("migrate-decimal");
    let serial = old.issue("/CN=decimal", &[]);
    let other = old.issue("/CN=other", &[]);
    old.revoke(&serial, &["-crl_reason", "keyCompromise"]);
    let index = old.text("index.txt");
    old.save("index.txt", index.replace(&format!("\t{serial}\t"), "\t4096\t"));
    let (code, told) = old.problems(&[]);
    assert_eq!((code, ids(&told)), (1, vec!["MIG-SERIAL-DECIMAL"]), "{told:?}");
    let refused = old.migrate(&[]).ends(1);
    assert!(refused.stdout.contains("index line 1: 4096, wanted 1000"), "{refused:#?}");
    assert!(old.home.run(&["ca", "list"]).ends(0).stdout.contains("no CA"));
    let accept = ["--accept", "MIG-SERIAL-DECIMAL", "--reason", "written by a script", "--by", "Ann Example"];
    old.migrate(&accept).ends(0);
    let listed = old.home.run(&["certificate", "list", "--revoked", "--json"]).ends(0).json();
    assert_eq!(listed["certificates"][0]["serial"], serial.as_str(), "{listed:#}");
    assert_eq!(listed["certificates"].as_array().unwrap().len(), 1);
    assert_ne!(serial, other);
    let event = old.home.run(&["audit", "list", "--event", "migrated", "--json"]).ends(0).json();
    let accepted = &event["entries"][0]["details"]["accepted"];
    assert_eq!(accepted[0]["rule"], "MIG-SERIAL-DECIMAL", "{event:#}");
    assert_eq!(accepted[0]["by"], "Ann Example", "{event:#}");
}

/// One directory with everything wrong in it: each is told by its id, and nothing is taken over before it is accepted.
#[test]
fn what_disagrees_is_told_and_stops_everything_until_it_is_accepted() {
    let old = Old::new("migrate-doubts");
    let serials: Vec<String> = (0..8).map(|number| old.issue(&format!("/CN=n{number}"), &[])).collect();
    old.revoke(&serials[0], &["-crl_reason", "superseded"]);
    old.revoke(&serials[1], &["-crl_reason", "superseded"]);
    old.generate_crl("crl.pem");
    let index = old.text("index.txt");
    let lines: Vec<&str> = index.lines().collect();
    let renamed = lines[2].replace("/CN=n2", "/CN=somebody else");
    let redated = lines[3].replacen("V\t2", "V\t3", 1);
    let lower = lines[4].replace(&serials[4], &format!("0{}", serials[4].to_lowercase()));
    // Revoked on the CRL, and not in the index; revoked for another reason.
    let unrevoked = lines[0].split('\t').enumerate().map(|(at, column)| match at {
        0 => "V",
        2 => "",
        _ => column,
    });
    let unrevoked: Vec<&str> = unrevoked.collect();
    let other_reason = lines[1].replace("superseded", "cessationOfOperation");
    let missing = lines[5].replace(&serials[5], "0F0F");
    let changed = [
        unrevoked.join("\t"),
        other_reason,
        renamed,
        redated,
        lower,
        missing,
        lines[6].to_owned(),
        lines[6].to_owned(),
        "V\t491121191122Z\t\t00\tunknown\t/CN=zero".to_owned(),
        "V\t491121191122Z\t\t0A0A\t../../etc/passwd\t/CN=outside".to_owned(),
        "not a row".to_owned(),
        "R\t491121191122Z\t\t0B0B\tunknown\t/CN=since when".to_owned(),
        "R\t491121191122Z\t200101000000Z,removeFromCRL\t0C0C\tunknown\t/CN=removed".to_owned(),
        "R\t491121191122Z\tsome day\t0D0D\tunknown\t/CN=some day".to_owned(),
    ];
    old.save("index.txt", changed.join("\n"));
    // A certificate of another CA, one that only says it is this one's, and garbage.
    let other = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        "x.key",
    ];
    old.openssl(&[&other[..], &["-subj", "/CN=another", "-out", "newcerts/another.pem"]].concat());
    let forged = ["-subj", "/C=AT/O=Example/CN=Old CA", "-out", "newcerts/forged.pem"];
    old.openssl(&[&other[..], &forged].concat());
    old.save("newcerts/garbage.pem", [0xff; 100]);
    std::os::unix::fs::symlink("/dev/zero", old.path("newcerts/zero.pem")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, old.path("newcerts/pipe.pem"), 0o600.into()).unwrap();
    let grave = [
        "MIG-LINE",
        "MIG-SERIAL-RANGE",
        "MIG-DUPLICATE",
        "MIG-STATUS",
        "MIG-REVOCATION",
        "MIG-REASON",
        "MIG-DATE",
        "MIG-SUBJECT",
        "MIG-UNREADABLE",
        "MIG-SIGNATURE",
        "MIG-CRL-STATUS",
        "MIG-CRL-ENTRY",
    ];
    let (code, told) = old.problems(&[]);
    let mut wanted: Vec<&str> = grave.to_vec();
    wanted.extend([
        "MIG-SERIAL-FORM",
        "MIG-NO-CERTIFICATE",
        "MIG-NOT-IN-INDEX",
        "MIG-ISSUER",
        "MIG-NOT-ON-CRL",
    ]);
    wanted.sort_unstable();
    let mut found = ids(&told);
    found.sort_unstable();
    assert_eq!((code, found), (1, wanted), "{told:?}");

    // All but one accepted is not enough.
    let accept = |kinds: &[&'static str]| -> Vec<&'static str> {
        kinds.iter().flat_map(|id| ["--accept", *id, "--reason", "seen", "--by", "Ann"]).collect()
    };
    let refused = old.migrate(&accept(&grave[1..])).ends(1);
    assert!(refused.stdout.contains("--accept MIG-LINE --reason TEXT --by NAME"), "{refused:#?}");
    let uneven = old.migrate(&["--accept", "MIG-LINE"]).ends(2);
    assert!(uneven.stderr.contains("wanted as many of each"), "{uneven:#?}");
    assert!(old.home.run(&["ca", "list"]).ends(0).stdout.contains("no CA"));
    old.migrate(&accept(&grave)).ends(0);
    old.home.run(&["audit", "verify"]).ends(0);
    let listed = old.home.run(&["certificate", "list", "--json"]).ends(0).json();
    let status = |serial: &str| -> String {
        let all = listed["certificates"].as_array().unwrap();
        let found = all.iter().find(|one| one["serial"] == serial);
        found.map_or_else(|| "not there".to_owned(), |one| one["status"].as_str().unwrap().to_owned())
    };
    for (serial, wanted) in [
        (serials[0].as_str(), "revoked (superseded)"),
        (&serials[1], "revoked (cessation-of-operation)"),
        (&serials[2], "valid"),
        (&serials[3], "valid"),
        (&serials[4], "valid"),
        (&serials[5], "valid"),
        (&serials[7], "valid"),
        ("0F0F", "valid"),
        ("0A0A", "valid"),
        ("0B0B", "revoked (unspecified)"),
        ("0C0C", "revoked (unspecified)"),
        ("0D0D", "revoked (unspecified)"),
        ("00", "not there"),
    ] {
        assert_eq!(status(serial), wanted, "{serial}");
    }
    let next = old.home.run(&["revoke", "0F0F", "--ca", "old", "--reason", "superseded", "--yes"]);
    next.ends(0);
}

/// The problems that the directories above do not have.
#[test]
fn dates_files_and_older_crls_that_disagree_are_told_too() {
    let old = Old::new("migrate-other-doubts");
    let gone = old.issue("/CN=gone", &[]);
    old.revoke(&gone, &["-crl_reason", "certificateHold"]);
    old.generate_crl("first.pem");
    std::fs::remove_file(old.path(&format!("newcerts/{gone}.pem"))).unwrap();
    old.save("index.txt", "");
    let early = old.issue("/CN=expired early", &[]);
    old.issue("/CN=expired", &["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"]);
    let astray = old.issue("/CN=astray", &[]);
    let weak = old.issue("/CN=weak", &["-md", "sha1"]);
    let twice = old.issue("/CN=twice", &[]);
    std::thread::sleep(std::time::Duration::from_secs(1));
    old.generate_crl("crl.pem");
    std::fs::create_dir(old.path("crl")).unwrap();
    std::fs::rename(old.path("first.pem"), old.path("crl/first.pem")).unwrap();
    old.save("crl/garbage.crl", "garbage");
    // The same number once more, as two that issue at once get it.
    let index = old.text("index.txt");
    let first = std::fs::read(old.path(&format!("newcerts/{twice}.pem"))).unwrap();
    let before: Vec<&str> = index.lines().filter(|line| !line.contains(&twice)).collect();
    old.save("index.txt", before.join("\n") + "\n");
    old.save("serial", format!("{twice}\n"));
    assert_eq!(old.issue("/CN=twice again", &[]), twice);
    old.save("newcerts/first.pem", first);
    std::fs::rename(old.path(&format!("newcerts/{astray}.pem")), old.path("newcerts/0FFF.pem")).unwrap();
    let index = old.text("index.txt");
    let early_row = index.lines().next().unwrap();
    let late = "R\t491121191122Z\t491101000000Z,superseded\t0A0A\tunknown\t/CN=late";
    let held = "R\t491121191122Z\t200101000000Z,holdInstruction,1.2.840.10040.2.3\t0B0B\tunknown\t/CN=held";
    old.save(
        "index.txt",
        format!("{}{late}\n{held}\n", index.replace(early_row, &early_row.replacen('V', "E", 1))),
    );
    old.save("serial", format!("{early}\n"));
    old.save("crlnumber", "01\n");
    let (code, told) = old.problems(&[]);
    let mut found = ids(&told);
    found.sort_unstable();
    let wanted = [
        "MIG-ALGORITHM",
        "MIG-CRL",
        "MIG-CRL-NUMBER",
        "MIG-CRL-OLD",
        "MIG-EXPIRED",
        "MIG-FILE",
        "MIG-FUTURE",
        "MIG-HOLD-INSTRUCTION",
        "MIG-NO-CERTIFICATE",
        "MIG-NOT-EXPIRED",
        "MIG-NOT-ON-CRL",
        "MIG-SERIAL-FILE",
        "MIG-TWICE",
    ];
    assert_eq!((code, found), (1, wanted.to_vec()), "{told:?}");
    let accepted = ["MIG-ALGORITHM", "MIG-CRL", "MIG-FILE", "MIG-FUTURE", "MIG-TWICE"];
    let accept: Vec<&str> =
        accepted.iter().flat_map(|id| ["--accept", id, "--reason", "seen", "--by", "Ann"]).collect();
    old.migrate(&accept).ends(0);
    old.home.run(&["audit", "verify"]).ends(0);
    let listed = old.home.run(&["certificate", "list", "--json"]).ends(0).json();
    let listed = listed["certificates"].as_array().unwrap();
    let of = |serial: &str| listed.iter().find(|one| one["serial"] == serial).unwrap();
    assert_eq!(of(&gone)["subject"], Value::Null);
    assert_eq!(of(&astray)["subject"], "CN=astray");
    assert_eq!(of(&twice)["subject"], "CN=twice again");
    assert_eq!(
        (of(&weak)["subject"].as_str(), of(&weak)["status"].as_str()),
        (Some("CN=weak"), Some("valid"))
    );
    old.home.run(&["certificate", "export", &weak, "--out", "weak.pem"]).ends(1);
    let again = old.migrate(&accept).ends(0);
    assert!(again.stdout.contains("nothing: all of it was on record"), "{again:#?}");
}

/// Files that nobody meant to be read: garbage, endless ones, and names that lead elsewhere.
#[test]
fn hostile_files_are_told_or_refused_and_never_waited_for() {
    let old = Old::new("migrate-hostile");
    let serial = old.issue("/CN=a", &[]);
    let index = old.text("index.txt");
    let file = old.path(&format!("newcerts/{serial}.pem"));
    let pem = std::fs::read(&file).unwrap();
    let dry = |wanted: &[&str]| {
        let (code, told) = old.problems(&[]);
        assert_eq!(
            (code, ids(&told)),
            (i32::from(wanted.iter().any(|id| *id != "MIG-NO-CERTIFICATE")), wanted.to_vec()),
            "{told:?}"
        );
    };
    dry(&[]);
    for garbage in
        [vec![0xff_u8; 4096], vec![0; 100], [&index.as_bytes()[..20], b"\n"].concat(), vec![b'A'; 8 << 20]]
    {
        old.save("index.txt", &garbage);
        dry(&["MIG-LINE", "MIG-NOT-IN-INDEX"]);
    }
    // Neither column leads to a file.
    old.save("index.txt", index.replace("unknown", "/etc/passwd"));
    dry(&[]);
    old.save("index.txt", index.replace(&serial, "../../../../etc/passwd"));
    dry(&["MIG-LINE", "MIG-NOT-IN-INDEX"]);
    old.save("index.txt", &index);
    for contents in [
        &pem[..pem.len() / 2],
        b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        b"0\x84\xff\xff\xff\xff",
    ] {
        save(&file, contents);
        dry(&["MIG-NO-CERTIFICATE", "MIG-UNREADABLE"]);
    }
    // An endless file and a pipe that nobody writes into stand in the place of a certificate.
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &file).unwrap();
    dry(&["MIG-NO-CERTIFICATE"]);
    std::fs::remove_file(&file).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, &file, 0o600.into()).unwrap();
    dry(&["MIG-NO-CERTIFICATE"]);
    std::fs::remove_file(&file).unwrap();
    // A symbolic link to a certificate is one.
    old.save("elsewhere", &pem);
    std::os::unix::fs::symlink(old.path("elsewhere"), &file).unwrap();
    dry(&[]);
    for special in ["/dev/zero", "/dev/tty"] {
        std::fs::remove_file(old.path("index.txt")).unwrap();
        std::os::unix::fs::symlink(special, old.path("index.txt")).unwrap();
        let refused = old.migrate(&["--dry-run"]);
        assert!(refused.code == 5 || refused.code == 1, "{refused:#?}");
    }
    std::fs::remove_file(old.path("index.txt")).unwrap();
    old.save("index.txt", &index);
    old.save("crlnumber", "not a number\n");
    let refused = old.migrate(&["--dry-run"]).ends(1);
    assert!(refused.stderr.contains("crlnumber: \"not a number\" is not a number in hex"), "{refused:#?}");
}

/// A ledger from certificates and CRLs alone.
#[test]
fn a_ledger_is_rebuilt_from_certificates_and_crls() {
    let old = Old::new("rebuild");
    let serials: Vec<String> = (0..4).map(|number| old.issue(&format!("/CN=n{number}"), &[])).collect();
    old.revoke(&serials[0], &["-crl_reason", "superseded"]);
    old.generate_crl("first.pem");
    old.revoke(&serials[1], &["-crl_reason", "keyCompromise"]);
    old.revoke(&serials[2], &["-crl_reason", "certificateHold"]);
    old.generate_crl("second.pem");
    // The certificate of one that is revoked is lost, and so is the index.
    std::fs::remove_file(old.path(&format!("newcerts/{}.pem", serials[1]))).unwrap();
    std::fs::remove_file(old.path("index.txt")).unwrap();
    let key = old.home.tokens.key_uri("old");
    let crls = ["--crl", "old/first.pem", "--crl", "old/second.pem"];
    let rebuild = ["rebuild", "old/newcerts", "--ca", "old", "--ca-certificate", "old/cacert.pem"];
    let dry = old.home.run(&[&rebuild[..], &crls, &["--dry-run", "--json"]].concat()).ends(0).json();
    assert_eq!(problems(&dry), [("MIG-CRL-ONLY".to_owned(), 1)], "{dry:#}");
    let without = old.home.run(&[&rebuild[..], &["--dry-run", "--json"]].concat()).ends(1).json();
    assert_eq!(problems(&without), [("MIG-NO-CRL-NUMBER".to_owned(), 1)], "{without:#}");
    let done = old.home.run(&[&rebuild[..], &crls, &["--key", &key, "--yes"]].concat()).ends(0);
    let news = "3 certificates, 1 serial numbers without certificate, 3 revocations, 1 CRLs";
    assert!(done.stdout.contains(news), "{done:#?}");
    old.home.run(&["audit", "verify"]).ends(0);
    let made = ["crl", "issue", "--ca", "old", "--out", "keyrite.crl", "--yes", "--json"];
    assert_eq!(old.home.run(&made).ends(0).json()["number"], "7");
    assert_eq!(old.crl("keyrite.crl"), old.crl("old/second.pem"));
}

/// What lies in directories of a heap, and what is passed over in it.
#[test]
fn a_heap_is_read_with_its_directories_and_what_is_left_out_is_told() {
    let old = Old::new("rebuild-tree");
    let serials: Vec<String> = (0..4).map(|number| old.issue(&format!("/CN=n{number}"), &[])).collect();
    old.revoke(&serials[0], &[]);
    old.generate_crl("heap.pem");
    let heap = |name: &str| old.path("heap").join(name);
    for directory in ["a/b", "z", "private", &"deep/".repeat(18)] {
        std::fs::create_dir_all(heap(directory)).unwrap();
    }
    let deepest = |levels: usize| format!("{}/{levels}.crt", ["deep"; 20][..levels].join("/"));
    let places = ["a/one.pem", "a/b/two.crt", "z/three.CER", &deepest(16)];
    for (serial, place) in serials.iter().zip(places) {
        std::fs::copy(old.path(&format!("newcerts/{serial}.pem")), heap(place)).unwrap();
    }
    // The CRL is none of the certificates, wherever it lies; the others are not looked at.
    std::fs::rename(old.path("heap.pem"), heap("a/crl.pem")).unwrap();
    std::fs::copy(old.path("private/cakey.pem"), heap("private/cakey.pem")).unwrap();
    std::fs::copy(old.path("cacert.pem"), heap(&deepest(17))).unwrap();
    std::fs::copy(old.path("r.csr"), heap("z/r.csr")).unwrap();
    std::os::unix::fs::symlink("..", heap("z/up")).unwrap();
    std::os::unix::fs::symlink("nowhere", heap("a.pem")).unwrap();
    let rebuild = ["rebuild", "old/heap", "--ca", "old", "--ca-certificate", "old/cacert.pem"];
    let run = old
        .home
        .run(&[&rebuild[..], &["--crl", "old/heap/a/../a/crl.pem", "--dry-run", "--json"]].concat())
        .ends(0);
    let told = run.json();
    assert_eq!(problems(&told), [], "{told:#}");
    assert_eq!(told["certificates"], 4);
    let deep = ["deep"; 17].join("/");
    assert_eq!(
        told["remarks"],
        serde_json::json!([
            "old/heap: 2 left out: symbolic links, which are not followed; the first is old/heap/a.pem",
            format!(
                "old/heap: 1 left out: directories more than 16 levels below; the first is old/heap/{deep}"
            ),
            "old/heap: 1 left out: directories called \"private\", where keys lie; the first is old/heap/private",
            "old/heap: 1 left out: files that end in none of .pem, .crt, .cer and .der; the first is old/heap/z/r.csr",
        ])
    );
}

/// Many rows, of which few have a certificate: what a debug build does in seconds. KEYRITE_MIGRATE_ROWS says how many.
#[test]
#[expect(clippy::disallowed_methods, reason = "a time that is printed and not compared")]
fn many_rows_move_in_at_once_and_come_out_as_they_were() {
    let rows: u32 = std::env::var_os("KEYRITE_MIGRATE_ROWS")
        .map_or(2_000, |text| text.to_str().unwrap().parse().unwrap());
    let old = Old::new("migrate-many");
    let mut index = String::new();
    for number in 0..rows {
        let (status, revocation) = match number % 3 {
            0 => ("R", "200101000000Z,superseded"),
            1 => ("R", "200101000000Z"),
            _ => ("V", ""),
        };
        index.push_str(&format!(
            "{status}\t491121191122Z\t{revocation}\t{:08X}\tunknown\t/O=Example/CN=n{number}\n",
            0x4000_0000 + number
        ));
    }
    old.save("index.txt", &index);
    let started = std::time::Instant::now();
    let moved = old.migrate(&[]).ends(0);
    println!("{rows} rows in {:?}", started.elapsed());
    assert!(moved.stdout.contains(&format!("{rows} serial numbers without certificate")), "{moved:#?}");
    old.home.run(&["export", "openssl", "out", "--ca", "old"]).ends(0);
    assert_eq!(std::fs::read_to_string(old.home.tokens.path().join("out/index.txt")).unwrap(), index);
    old.generate_crl("crl.pem");
    let out = old.home.tokens.path().join("out");
    let key = old.path("private/cakey.pem");
    let key = key.to_str().unwrap();
    openssl(&out, &["ca", "-config", "openssl.cnf", "-gencrl", "-keyfile", key, "-out", "new.pem"]);
    assert_eq!(entries(&out.join("new.pem")), old.crl("old/crl.pem"));
}

/// What Debian's easy-rsa has made, with certificates that it has moved away as they were revoked.
#[test]
fn a_ca_of_easy_rsa_moves_in_and_out_again() {
    let home = Home::on(Tokens::new("migrate-easyrsa"));
    home.run(&["init"]).ends(0);
    save(&home.tokens.path().join("home/keyrite.toml"), b"[keys]\nrequire = []\n");
    let old = Old { directory: home.tokens.path().join("old"), home, configuration: "" };
    std::fs::create_dir(&old.directory).unwrap();
    let easyrsa = |arguments: &[&str], name: Option<&str>| {
        let program = "/usr/share/easy-rsa/easyrsa";
        let mut command = Command::new(program);
        command.current_dir(&old.directory).env("EASYRSA_BATCH", "1");
        command.env("EASYRSA_ALGO", "ec").env("EASYRSA_CURVE", "prime256v1");
        if let Some(name) = name {
            command.env("EASYRSA_REQ_CN", name);
        }
        let output = command.args(arguments).output().unwrap_or_else(|error| {
            panic!("{program} ({error}): install it (Debian: apt-get install easy-rsa)")
        });
        assert!(output.status.success(), "easyrsa {arguments:?}: {output:?}");
    };
    easyrsa(&["init-pki"], None);
    easyrsa(&["build-ca", "nopass"], Some("VPN CA"));
    for name in ["ann", "bob", "carol"] {
        easyrsa(&["build-client-full", name, "nopass"], None);
    }
    easyrsa(&["revoke", "bob", "superseded"], None);
    easyrsa(&["gen-crl"], None);
    old.import("pki/private/ca.key");

    let told = old.migrate(&["--dry-run", "--json"]).ends(0).json();
    assert_eq!(problems(&told), [], "{told:#}");
    assert_eq!((told["certificates"].as_u64(), told["revoked"].as_u64()), (Some(3), Some(1)), "{told:#}");
    old.migrate(&[]).ends(0);
    old.home.run(&["audit", "verify"]).ends(0);
    let made = ["crl", "issue", "--ca", "old", "--out", "keyrite.crl", "--yes"];
    old.home.run(&made).ends(0);
    let wanted = old.crl("old/pki/crl.pem");
    assert_eq!((wanted.len(), old.crl("keyrite.crl")), (1, wanted.clone()));
    old.home.run(&["export", "openssl", "out", "--ca", "old"]).ends(0);
    let out = old.home.tokens.path().join("out");
    let key = old.path("pki/private/ca.key");
    let key = key.to_str().unwrap();
    openssl(&out, &["ca", "-config", "openssl.cnf", "-gencrl", "-keyfile", key, "-out", "new.pem"]);
    assert_eq!(entries(&out.join("new.pem")), wanted);
}
