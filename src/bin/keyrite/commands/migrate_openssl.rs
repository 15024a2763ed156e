//! `migrate openssl`.

use std::path::{Path, PathBuf};

use keyrite::authority::output::{self, Access};
use keyrite::migrate::openssl::cnf::{self, CaSection, Cnf, Included, Surroundings, Wanted};
use keyrite::store::CaName;
use keyrite::x509::certificate::Certificate;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::moving::layout::{self, Layout};
use crate::moving::{AcceptArgs, Move, Told};
use crate::openssl_cnf::Process;
use crate::render::Answer;
use crate::{certificates, input, profiles};

/// Take over a CA of openssl ca or easy-rsa, with its index, certificates, CRLs and numbers
///
/// Every row of the index is held against its certificate and the newest CRL. What disagrees is told and never guessed:
/// each kind of problem has an id, and those by which something could get lost or be used twice stop everything until
/// they are gone or accepted one by one with --accept. Everything is taken over at once or nothing is, and a second run
/// adds only what has come since. The key has to be in a token already; --dry-run examines everything without it,
/// changes nothing, and says how it gets there. No private key is ever read.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  keyrite migrate openssl /etc/demoCA --ca old --dry-run
  keyrite migrate openssl /etc/demoCA --ca old --key 'pkcs11:token=ca;object=old'
  keyrite migrate openssl easy-rsa --ca vpn --key pkcs11:object=vpn --accept MIG-DUPLICATE --reason 'same request twice' --by 'Ann Example'")]
pub(crate) struct Args {
    /// The directory of the CA: the one with index.txt, or with pki/index.txt
    #[arg(value_name = "DIR")]
    directory: PathBuf,

    /// What the CA is called in this home
    #[arg(long, value_name = "NAME")]
    ca: CaName,

    /// The key, as an RFC 7512 URI
    #[arg(long, value_name = "URI")]
    key: Option<String>,

    /// The configuration; without it, openssl.cnf or openssl-easyrsa.cnf in the directory, if one is there
    #[arg(long, value_name = "CNF")]
    config: Option<PathBuf>,

    /// The section of the CA in the configuration; without it, the one that default_ca names
    #[arg(long, value_name = "SECTION")]
    section: Option<String>,

    /// The certificate of the CA, where it is not found
    #[arg(long, value_name = "CERT")]
    certificate: Option<PathBuf>,

    /// The certificates above it, in any order
    #[arg(long, value_name = "FILE")]
    chain: Option<PathBuf>,

    /// One more CRL that it has issued; may be given several times
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,

    /// What the profile is called that is made of the configuration; without it, as the CA
    #[arg(long, value_name = "NAME")]
    profile: Option<CaName>,

    /// Make no profile of the configuration
    #[arg(long, conflicts_with = "profile")]
    no_profile: bool,

    #[command(flatten)]
    accept: AcceptArgs,

    /// Examine and report, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// The largest configuration that is read, in octets.
const CONFIGURATION_OCTETS: usize = 1024 * 1024;

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let accepted = self.accept.read()?;
        let mut remarks = Vec::new();
        let found = self.config.clone().or_else(|| layout::configuration(&self.directory));
        let configuration = found.as_deref().map(|path| self.configuration(path)).transpose();
        let configuration = match configuration {
            Ok(read) => read.flatten(),
            // What was named must be read; what was only found may be about something else.
            Err(failure) if self.config.is_some() => return Err(failure),
            Err(failure) => {
                remarks.push(failure.line());
                None
            }
        };
        let section = configuration.as_ref().map(|(_, section)| section);
        let beside = found.as_deref().and_then(Path::parent);
        let layout = Layout::find(&self.directory, section, beside);
        if layout.files.index.is_none() {
            let message = format!("{}: no index.txt", layout.root.display());
            return Err(Failure::new(Exit::Refused, message).hint(
                "--config names the configuration that says where it is; keyrite rebuild takes certificates and CRLs without an index",
            ));
        }
        let path = self.certificate.as_ref().or(layout.certificate.as_ref()).ok_or_else(|| {
            Failure::new(Exit::Refused, format!("{}: no certificate of the CA", layout.root.display()))
                .hint("--certificate names its file")
        })?;
        let certificate = certificates::read(path)?;
        let profile = match &configuration {
            Some((cnf, section)) if !self.no_profile => {
                self.profile(cnf, section, &certificate, &mut remarks)
            }
            Some(_) | None => None,
        };
        let directory = &self.directory;
        let from = directory.canonicalize().unwrap_or_else(|_| directory.clone()).display().to_string();
        let numbers = layout.numbers()?;
        if layout.has_unique_subjects() {
            remarks.push(
                "index.txt.attr says unique_subject = yes; keyrite has no such rule, and says when a key is certified twice"
                    .to_owned(),
            );
        }
        let Layout { files, mut crls, private_key, .. } = layout;
        crls.extend(self.crl.iter().cloned());
        let moving = Move {
            name: self.ca.clone(),
            key: self.key.clone(),
            certificate,
            chain: certificates::chain(self.chain.as_deref())?,
            files,
            crls,
            numbers,
            source: "openssl",
            from,
            accepted,
            dry_run: self.dry_run,
            private_key,
            remarks,
        };
        moving.run(context, |told| match &profile {
            Some(profile) => profile.write(context, told),
            None => Ok(()),
        })
    }

    /// The configuration and the section of the CA; none where it has no CA's section.
    fn configuration(&self, path: &Path) -> Result<Option<(Cnf, CaSection)>, Failure> {
        let root = layout::root(&self.directory);
        let mut surroundings = OfDirectory { process: Process::default(), root };
        let octets = input::read(path, CONFIGURATION_OCTETS)?;
        let cnf = Cnf::read(&path.to_string_lossy(), &octets, &mut surroundings)
            .map_err(|error| Failure::of(Exit::Refused, &error))?;
        match CaSection::read(&cnf, self.section.as_deref()) {
            Ok(section) => Ok(Some((cnf, section))),
            Err(error) if self.section.is_some() || self.config.is_some() => {
                Err(Failure::of(Exit::Refused, &error)
                    .about(path)
                    .hint("--section names the section of the CA"))
            }
            Err(_) => Ok(None),
        }
    }

    /// The profile that the configuration makes.
    fn profile(
        &self,
        cnf: &Cnf,
        section: &CaSection,
        certificate: &Certificate,
        remarks: &mut Vec<String>,
    ) -> Option<Profile> {
        let wanted = Wanted {
            ca: section,
            extensions: None,
            extension_file: None,
            self_signed: false,
            certificate: Some(certificate),
            validity: None,
        };
        let converted = match cnf::profile(cnf, &wanted) {
            Ok(converted) => converted,
            Err(error) => {
                remarks.push(format!("no profile is made of the configuration: {error}"));
                return None;
            }
        };
        if let Some(first) = converted.problems.as_ref().and_then(|all| all.as_slice().first()) {
            remarks.push(format!("what the configuration asks for is no profile: {first}; keyrite migrate profile shows all of it"));
            return None;
        }
        let name = self.profile.as_ref().unwrap_or(&self.ca).to_string();
        let notes = converted.notes.len();
        remarks.push(format!(
            "profile {name} of section [{}]: {notes} lines are not carried over exactly, as its comments say",
            section.extensions.as_ref().map_or(section.name.as_str(), |setting| setting.value.as_str())
        ));
        Some(Profile { name, toml: converted.toml })
    }
}

/// A profile that is to be written into the home.
struct Profile {
    name: String,
    toml: String,
}

impl Profile {
    /// Writes the profile, unless it is there already as it is.
    fn write(&self, context: &Context, told: &mut Told) -> Result<(), Failure> {
        let path = context.home()?.join(profiles::DIRECTORY).join(format!("{}.toml", self.name));
        if std::fs::read(&path).is_ok_and(|there| there == self.toml.as_bytes()) {
            return Ok(());
        }
        if path.symlink_metadata().is_ok() {
            told.remarks.push(format!(
                "{} is there already and was not changed; --profile gives another name",
                path.display()
            ));
            return Ok(());
        }
        output::publish(&path, self.toml.as_bytes(), Access::Public)?;
        told.remarks.push(format!("{} was written", path.display()));
        Ok(())
    }
}

/// The environment, with what easy-rsa's scripts set before they call openssl.
struct OfDirectory {
    process: Process,
    root: PathBuf,
}

impl Surroundings for OfDirectory {
    fn variable(&self, name: &str) -> Option<Vec<u8>> {
        let root = || self.root.display().to_string();
        self.process.variable(name).or_else(|| {
            let value = match name {
                "EASYRSA_PKI" | "EASYRSA" => root(),
                "EASYRSA_DIGEST" => "sha256".to_owned(),
                "EASYRSA_CERT_EXPIRE" => "825".to_owned(),
                "EASYRSA_CRL_DAYS" => "180".to_owned(),
                "EASYRSA_KEY_SIZE" => "2048".to_owned(),
                "EASYRSA_DN" => "cn_only".to_owned(),
                "EASYRSA_REQ_CN" => "ChangeMe".to_owned(),
                name if name.starts_with("EASYRSA_") => String::new(),
                _ => return None,
            };
            Some(value.into_bytes())
        })
    }

    fn include(&mut self, path: &str) -> Included {
        self.process.include(path)
    }
}
