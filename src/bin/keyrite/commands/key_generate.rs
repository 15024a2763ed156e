//! `key generate`.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{PossibleValue, TypedValueParser};
use keyrite::authority::output;
use keyrite::x509::algorithm::KeyAlgorithm;

use super::key_show;
use crate::attestation::AttestationArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::notice::notice;
use crate::render::Answer;
use crate::{generation, ledger, session, view};

/// Generate a key pair that cannot leave the token
///
/// The URI names the token and, by object=, the label of the new key; id= sets its id, else a random one is taken.
/// Label and id must be unused. Afterwards the token's own word on the key is read back and the pair is proven by
/// a signature; a key that fails is destroyed again. With --attestation-roots, or where the home demands it, so is one
/// that its device does not attest at once. The home's audit log keeps a record, if there is a home.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  keyrite key generate 'pkcs11:token=root-g1;object=root-2026' --algorithm ec-p384"
)]
pub(crate) struct Args {
    /// The token and the new key's label
    #[arg(value_name = "URI")]
    uri: String,

    /// ec-p256, ec-p384, ec-p521, rsa-2048, rsa-3072, rsa-4096, ed25519, ed448, ml-dsa-44, ml-dsa-65 or ml-dsa-87
    #[arg(long, value_name = "ALG", value_parser = Generated, hide_possible_values = true)]
    algorithm: KeyAlgorithm,

    /// Write the public key as PEM to a new file
    #[arg(long, value_name = "FILE")]
    public_out: Option<PathBuf>,

    #[command(flatten)]
    attestation: AttestationArgs,
}

/// What [`KeyAlgorithm::generated`] takes.
const NAMES: [&str; KeyAlgorithm::GENERATED.len()] = [
    "ec-p256",
    "ec-p384",
    "ec-p521",
    "rsa-2048",
    "rsa-3072",
    "rsa-4096",
    "ed25519",
    "ed448",
    "ml-dsa-44",
    "ml-dsa-65",
    "ml-dsa-87",
];

/// Reads the name of an algorithm, and tells completions which there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Generated;

impl TypedValueParser for Generated {
    type Value = KeyAlgorithm;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<KeyAlgorithm, clap::Error> {
        KeyAlgorithm::generated.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(NAMES.into_iter().map(PossibleValue::new)))
    }
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let uri = session::uri(&self.uri)?;
        generation::label(&uri)?;
        if let Some(path) = &self.public_out {
            output::preview(path)?;
        }
        let demand = self.attestation.demand(context)?;
        let mut store = ledger::write_if_any(context)?;
        let made = generation::generate(context, store.as_mut(), &uri, self.algorithm, demand.as_ref())?;
        if !made.recorded {
            let home = context.home()?;
            notice(&format!("note: this is in no audit log, since there is no ledger in {}", home.display()));
        }
        if let Some(path) = &self.public_out {
            key_show::write_public(&made.key, path)
                .map_err(|failure| generation::left(failure, &made.key.uri.to_string()))?;
        }
        let mut view = view::token_key(&made.key, made.session.requirements())
            .maybe("written", self.public_out.map(|path| path.display().to_string()));
        if let (Some(demand), Some(attestation)) = (&demand, &made.attestation) {
            view = view
                .row("attestation", view::attestation(attestation))
                .maybe("attestation written", demand.write(attestation)?)
                .row("attestation recorded", store.is_some());
        }
        Ok(Answer::new(view))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completions_and_help_name_every_algorithm() {
        assert_eq!(KeyAlgorithm::GENERATED.map(|algorithm| algorithm.to_string()), NAMES);
        let mut command = <Args as clap::Args>::augment_args(clap::Command::new("generate"));
        let help = command.render_long_help().to_string();
        let listed = NAMES.join(", ").replace(", ml-dsa-87", " or ml-dsa-87");
        assert!(help.split_whitespace().collect::<Vec<_>>().join(" ").contains(&listed), "{help}");
    }
}
