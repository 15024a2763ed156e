//! `key generate`.

use keyrite::x509::algorithm::KeyAlgorithm;

use super::key_show;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::session;

/// Generate a key pair that cannot leave the token
///
/// The URI names the token and, by object=, the label of the new key; id= sets its id, else a random one is taken.
/// Label and id must be unused. Afterwards the token's own word on the key is read back and the pair is proven by
/// a signature; a key that fails is destroyed again.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  keyrite key generate 'pkcs11:token=root-g1;object=root-2026' --algorithm ec-p384"
)]
pub(crate) struct Args {
    /// The token and the new key's label
    #[arg(value_name = "URI")]
    uri: String,

    /// ec-p256, ec-p384, ec-p521, rsa-2048, rsa-3072 or rsa-4096
    #[arg(long, value_name = "ALG")]
    algorithm: KeyAlgorithm,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let uri = session::uri(&self.uri)?;
        let Some(label) = uri.object() else {
            return Err(Failure::new(Exit::Usage, "the URI has no label for the new key")
                .hint("add ;object=LABEL, such as ;object=root-2026"));
        };
        let session = session::open(context, &uri.without_object())?;
        let key = session.generate(self.algorithm, label, uri.id())?;
        Ok(Answer::new(key_show::view(&key)))
    }
}
