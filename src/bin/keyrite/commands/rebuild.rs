//! `rebuild`.

use std::path::PathBuf;

use keyrite::migrate::examination::NumberFiles;
use keyrite::store::CaName;

use crate::certificates;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::moving::{AcceptArgs, Directory, Move, Tree};
use crate::render::Answer;

/// Make the records of a CA from its certificates and CRLs alone
///
/// For a CA whose own records are lost. Every certificate is verified under the CA's certificate. What is revoked comes from
/// the newest CRL; a serial number that only a CRL names is taken over as a number, so that it stays revoked and is
/// never used again. CRL numbers go on above the highest one that is found. Certificates that nobody has are not known
/// afterwards, but no number that keyrite draws will be one of theirs.
///
/// Directories are read with those in them, in the order of names. Symbolic links are not followed, directories called
/// "private" are not entered, and what was left out is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  keyrite rebuild certs/ --ca old --ca-certificate ca.pem --crl last.crl --dry-run
  keyrite rebuild certs/ more.pem --ca old --ca-certificate ca.pem --crl last.crl --key pkcs11:object=old")]
pub(crate) struct Args {
    /// Files with certificates, in PEM or DER, and directories with such files at any depth
    #[arg(value_name = "CERT|DIR", required = true)]
    certificates: Vec<PathBuf>,

    /// What the CA is called in this home
    #[arg(long, value_name = "NAME")]
    ca: CaName,

    /// The certificate of the CA
    #[arg(long, value_name = "FILE")]
    ca_certificate: PathBuf,

    /// The key, as an RFC 7512 URI
    #[arg(long, value_name = "URI")]
    key: Option<String>,

    /// A CRL that the CA has issued; may be given several times
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,

    /// The certificates above the CA's, in any order
    #[arg(long, value_name = "FILE")]
    chain: Option<PathBuf>,

    #[command(flatten)]
    accept: AcceptArgs,

    /// Examine and report, and change nothing
    #[arg(long)]
    dry_run: bool,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let accepted = self.accept.read()?;
        let certificate = certificates::read(&self.ca_certificate)?;
        let chain = certificates::chain(self.chain.as_deref())?;
        let from: Vec<String> = self.certificates.iter().map(|path| path.display().to_string()).collect();
        let (tops, single): (Vec<PathBuf>, _) = self.certificates.into_iter().partition(|path| path.is_dir());
        let trees: Vec<Tree> = tops.into_iter().map(|top| Tree { top, others: self.crl.clone() }).collect();
        let mut remarks = Vec::new();
        for tree in &trees {
            remarks.extend(tree.left_out().map_err(|error| {
                Failure::of(Exit::Output, &error)
                    .hint("nothing was taken over; what lies there would be missing")
            })?);
        }
        let moving = Move {
            name: self.ca,
            key: self.key,
            certificate,
            chain,
            files: Directory { single, trees, ..Directory::default() },
            crls: self.crl,
            numbers: NumberFiles::default(),
            source: "certificates",
            from: from.join(" "),
            accepted,
            dry_run: self.dry_run,
            private_key: None,
            remarks,
        };
        moving.run(context, |_| Ok(()))
    }
}
