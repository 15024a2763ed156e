//! The judges that verify: OpenSSL, GnuTLS and webpki, each at the time at which a certificate was issued.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use der::asn1::ObjectIdentifier;
use keyrite::x509::algorithm::{KeyAlgorithm, SignatureAlgorithm};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::extension::{Value, oid, purpose};
use keyrite::x509::pem;
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use super::built;
use super::cases::Issued;

/// What a judge refuses, a line each, and how many it has judged.
#[derive(Default)]
pub(crate) struct Verdict {
    pub(crate) judged: usize,
    pub(crate) refused: Vec<String>,
}

impl Verdict {
    fn add(mut self, other: Self) -> Self {
        self.judged += other.judged;
        self.refused.extend(other.refused);
        self
    }
}

fn pem_of(certificates: &[Certificate]) -> String {
    certificates.iter().map(|one| pem::encode("CERTIFICATE", one.as_der())).collect()
}

#[expect(clippy::disallowed_methods, reason = "a file of a test, in a directory of its own")]
fn write(path: &Path, contents: &str) {
    std::fs::write(path, contents).unwrap();
}

/// The purposes of a certificate, in the order of its extKeyUsage.
fn purposes(certificate: &Certificate) -> Vec<ObjectIdentifier> {
    match certificate.extension(oid::EXT_KEY_USAGE).map(|extension| &extension.value) {
        Some(Value::ExtKeyUsage(usage)) => usage.0.clone(),
        _ => Vec::new(),
    }
}

/// The algorithms that are younger than the judges of Debian 12.
fn is_post_quantum(issued: &Issued) -> bool {
    let subject = matches!(issued.algorithms.1, KeyAlgorithm::MlDsa(_) | KeyAlgorithm::SlhDsa(_));
    subject || matches!(issued.algorithms.0, SignatureAlgorithm::MlDsa(_) | SignatureAlgorithm::SlhDsa(_))
}

/// Whether a CA says something critical of policies. GnuTLS and webpki follow none, and so must refuse the path (RFC
/// 5280 s.4.2).
fn is_about_policies(issued: &Issued) -> bool {
    let path = std::iter::once(&issued.certificate).chain(&issued.path);
    let mut critical = path.flat_map(Certificate::extensions).filter(|one| one.critical);
    let about = [oid::POLICY_MAPPINGS, oid::POLICY_CONSTRAINTS, oid::INHIBIT_ANY_POLICY];
    critical.any(|one| about.contains(&one.value.oid()))
}

/// Does something with each share of the objects, one share for each processor.
fn shared<T: Sync>(objects: &[T], judge: impl Fn(usize, &[T]) -> Verdict + Sync) -> Verdict {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = objects.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let judge = &judge;
        let running: Vec<_> = objects
            .chunks(share)
            .enumerate()
            .map(|(number, share)| scope.spawn(move || judge(number, share)))
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).fold(Verdict::default(), Verdict::add)
    })
}

/// What OpenSSL calls the purpose for which it is to find a certificate good.
fn purpose_of_openssl(certificate: &Certificate) -> &'static str {
    if certificate.is_ca() {
        return "any";
    }
    let named = |oid| match oid {
        purpose::SERVER_AUTH => Some("sslserver"),
        purpose::CLIENT_AUTH => Some("sslclient"),
        purpose::EMAIL_PROTECTION => Some("smimesign"),
        purpose::TIME_STAMPING => Some("timestampsign"),
        purpose::OCSP_SIGNING => Some("ocsphelper"),
        _ => None,
    };
    purposes(certificate).into_iter().find_map(named).unwrap_or("any")
}

/// `openssl verify -x509_strict` of everything that shares issuer, time and purpose, in one process each.
pub(crate) fn openssl(corpus: &[Issued]) -> Verdict {
    type Group<'a> = (bool, i64, &'static str, Vec<Vec<u8>>);
    let mut groups: BTreeMap<Group<'_>, Vec<&Issued>> = BTreeMap::new();
    for issued in corpus {
        let mut path: Vec<Vec<u8>> = issued.path.iter().map(|one| one.as_der().to_vec()).collect();
        if path.is_empty() {
            // A root is its own anchor, and there are several of the same name and key.
            path.push(issued.certificate.as_der().to_vec());
        }
        let purpose = purpose_of_openssl(&issued.certificate);
        let key = (is_post_quantum(issued), issued.now.to_unix(), purpose, path);
        groups.entry(key).or_default().push(issued);
    }
    let groups: Vec<_> = groups.into_iter().collect();
    let modern = built::openssl();
    shared(&groups, |_, groups| {
        let mut verdict = Verdict::default();
        for ((post_quantum, now, purpose, _), members) in groups {
            let program = if *post_quantum { modern.as_path() } else { Path::new("openssl") };
            verdict = verdict.add(openssl_group(program, *now, purpose, members));
        }
        verdict
    })
}

fn openssl_group(program: &Path, now: i64, purpose: &str, members: &[&Issued]) -> Verdict {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name);
    let path = &members[0].path;
    let root = path.last().unwrap_or(&members[0].certificate);
    write(&file("root.pem"), &pem_of(std::slice::from_ref(root)));
    // Any policy will do, which OpenSSL takes for none where it is not said (RFC 5280 s.6.1.1 c).
    let mut arguments: Vec<String> =
        ["verify", "-x509_strict", "-check_ss_sig", "-policy_check", "-policy", "2.5.29.32.0", "-attime"]
            .map(str::to_owned)
            .to_vec();
    arguments.extend([now.to_string(), "-CAfile".to_owned(), "root.pem".to_owned()]);
    if path.len() > 1 {
        write(&file("between.pem"), &pem_of(&path[..path.len() - 1]));
        arguments.extend(["-untrusted".to_owned(), "between.pem".to_owned()]);
    }
    if purpose != "any" {
        arguments.extend(["-purpose".to_owned(), purpose.to_owned()]);
    }
    for (number, issued) in members.iter().enumerate() {
        let name = format!("{number}.pem");
        write(&file(&name), &pem_of(std::slice::from_ref(&issued.certificate)));
        arguments.push(name);
    }
    let output = Command::new(program).args(&arguments).current_dir(directory.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    let good = |number: &usize| said.lines().any(|line| line == format!("{number}.pem: OK"));
    let refused = members.iter().enumerate().filter(|(number, _)| !good(number));
    let refused = refused.map(|(number, issued)| {
        let why: Vec<&str> = complaints.lines().filter(|line| line.contains("error ")).take(3).collect();
        format!("{}: {number}.pem: {}", issued.label, why.join("; "))
    });
    Verdict { judged: members.len(), refused: refused.collect() }
}

/// `certtool --verify` of one certificate after the other, by a clock that stands where the certificate needs it.
pub(crate) fn certtool(corpus: &[Issued]) -> Verdict {
    // GnuTLS 3.7 has none of these algorithms.
    let known = corpus.iter().filter(|issued| !is_post_quantum(issued) && !is_about_policies(issued));
    let known: Vec<&Issued> = known.collect();
    let clock = moved_clock();
    shared(&known, |_, share| {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str| directory.path().join(name);
        let mut verdict = Verdict { judged: share.len(), refused: vec![] };
        for issued in share {
            let root = issued.path.last().unwrap_or(&issued.certificate);
            write(&file("root.pem"), &pem_of(std::slice::from_ref(root)));
            let between = issued.path.len().saturating_sub(1);
            let chain = [std::slice::from_ref(&issued.certificate), &issued.path[..between]].concat();
            write(&file("chain.pem"), &pem_of(&chain));
            let mut command = Command::new("certtool");
            command.args(["--verify", "--load-ca-certificate", "root.pem", "--infile", "chain.pem"]);
            if let Some(purpose) =
                purposes(&issued.certificate).first().filter(|_| !issued.certificate.is_ca())
            {
                command.args(["--verify-purpose", &purpose.to_string()]);
            }
            // A second later: what it does before it looks at the clock takes some time of its own.
            let shift = issued.now.to_unix() - real_now();
            let output = command
                .current_dir(directory.path())
                .env("LD_PRELOAD", &clock)
                .env("CLOCK_SHIFT", shift.to_string())
                .output()
                .expect("certtool, of the package gnutls-bin");
            if !output.status.success() {
                let said = String::from_utf8_lossy(&output.stdout).into_owned();
                let last: Vec<&str> =
                    said.lines().rev().filter(|line| !line.trim().is_empty()).take(2).collect();
                verdict.refused.push(format!("{}: {}", issued.label, last.join("; ")));
            }
        }
        verdict
    })
}

/// A library that moves the clock of the program into which it is loaded.
fn moved_clock() -> PathBuf {
    let built =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("corpus-clock-{}.so", std::process::id()));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/clock_shift.c");
    let status =
        Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&built).arg(source).status().unwrap();
    assert!(status.success(), "cc builds the moved clock");
    built
}

#[expect(clippy::disallowed_methods, reason = "by how much the clock of a judge is moved")]
fn real_now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// webpki, which judges end entities, in this process.
pub(crate) fn webpki(corpus: &[Issued]) -> Verdict {
    let known: Vec<&Issued> = corpus
        .iter()
        .filter(|issued| !issued.certificate.is_ca())
        // It has no ML-DSA and no Ed448; the subject's key it does not look at.
        .filter(|issued| {
            !matches!(issued.algorithms.0, SignatureAlgorithm::Ed448 | SignatureAlgorithm::MlDsa(_))
        })
        .filter(|issued| !is_about_policies(issued))
        .collect();
    shared(&known, |_, share| {
        let mut verdict = Verdict { judged: share.len(), refused: vec![] };
        for issued in share {
            if let Err(error) = webpki_one(issued) {
                verdict.refused.push(format!("{}: {error:?}", issued.label));
            }
        }
        verdict
    })
}

fn webpki_one(issued: &Issued) -> Result<(), webpki::Error> {
    let purposes = purposes(&issued.certificate);
    let der = |certificate: &Certificate| CertificateDer::from(certificate.as_der().to_vec());
    let root = der(issued.path.last().unwrap());
    let between: Vec<_> = issued.path[..issued.path.len() - 1].iter().map(der).collect();
    let leaf = der(&issued.certificate);
    let anchors = [anchor_from_trusted_cert(&root)?];
    let now = UnixTime::since_unix_epoch(Duration::from_secs(issued.now.to_unix().try_into().unwrap()));
    // A CA for any purpose names none. webpki wants octets that live on: a few for each certificate of a test.
    let octets = |purpose: &ObjectIdentifier| -> &'static [u8] { purpose.as_bytes().to_vec().leak() };
    let usage = KeyUsage::required_if_present(octets(purposes.first().unwrap_or(&purpose::CLIENT_AUTH)));
    let end_entity = EndEntityCert::try_from(&leaf)?;
    end_entity.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, &between, now, usage, None, None)?;
    Ok(())
}
