//! `key show`.

use std::path::PathBuf;

use keyrite::authority::output::{self, Access};
use keyrite::token::{KeyAttributes, KeyInfo};
use keyrite::x509::pem;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::session;
use crate::view::{self, Value, View};

/// Show a key of a token: its public half and what the token says about the private one
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  keyrite key show 'pkcs11:token=root-g1;object=root-2026' --public-out root-2026.pub"
)]
pub(crate) struct Args {
    /// The key
    #[arg(value_name = "URI")]
    uri: String,

    /// Write the public key as PEM to a new file
    #[arg(long, value_name = "FILE")]
    public_out: Option<PathBuf>,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let uri = session::uri(&self.uri)?;
        if let Some(path) = &self.public_out {
            output::preview(path)?;
        }
        let key = session::open(context, &uri)?.find_key(&uri)?;
        if let Some(path) = &self.public_out {
            let public_key = key.public_key.as_ref().map_err(|error| {
                Failure::new(Exit::Token, "there is no public key to write").caused_by(error)
            })?;
            let text = pem::encode("PUBLIC KEY", public_key.as_der());
            output::publish(path, text.as_bytes(), Access::Public)?;
        }
        let written = self.public_out.map(|path| path.display().to_string());
        Ok(Answer::new(view(&key).maybe("written", written)))
    }
}

/// A key in rows.
pub(crate) fn view(key: &KeyInfo) -> View {
    let public_key = match &key.public_key {
        Ok(public_key) => view::key(public_key),
        Err(error) => View::default().row("algorithm", error.to_string()),
    };
    let KeyAttributes {
        sensitive,
        extractable,
        always_sensitive,
        never_extractable,
        local,
        sign,
        decrypt,
        unwrap,
        derive,
        always_authenticate,
        wrap_with_trusted,
        modifiable,
        copyable,
        destroyable,
        key_gen_mechanism,
        allowed_mechanisms,
    } = key.attributes.clone();
    let named = [
        ("sensitive", sensitive),
        ("extractable", extractable),
        ("always sensitive", always_sensitive),
        ("never extractable", never_extractable),
        ("local", local),
        ("sign", sign),
        ("decrypt", decrypt),
        ("unwrap", unwrap),
        ("derive", derive),
        ("always authenticate", always_authenticate),
        ("wrap with trusted", wrap_with_trusted),
        ("modifiable", modifiable),
        ("copyable", copyable),
        ("destroyable", destroyable),
    ];
    let numbers = |numbers: Vec<u64>| {
        let texts: Vec<String> = numbers.iter().map(|number| format!("0x{number:x}")).collect();
        if texts.is_empty() { "any".to_owned() } else { texts.join(" ") }
    };
    let attributes = named.into_iter().fold(View::default(), |view, (label, value)| match value {
        Some(truth) => view.row(label, truth),
        None => view.row(label, "not answered"),
    });
    let answered = |text: Option<String>| text.unwrap_or_else(|| "not answered".to_owned());
    let attributes = attributes
        .row("key gen mechanism", answered(key_gen_mechanism.map(|number| format!("0x{number:x}"))))
        .row("allowed mechanisms", answered(allowed_mechanisms.map(numbers)));
    let (fit, words) = fitness(key);
    View::default()
        .row("label", key.label.clone())
        .row("id", hex::encode(&key.id))
        .row("public key", public_key)
        .row("attributes", attributes)
        .row("fit", fit)
        .maybe("fitness", (words != "yes").then_some(words))
        .row("URI", Value::Exact(key.uri.to_string()))
}

/// Whether a CA may use the key, and that in words with what is doubtful about its birth.
pub(crate) fn fitness(key: &KeyInfo) -> (bool, String) {
    if let Err(error) = &key.public_key {
        return (false, format!("no: {error}"));
    }
    match key.fitness() {
        Err(reason) => (false, format!("no: {reason}")),
        Ok(()) => {
            let doubts: Vec<String> = key.doubts().iter().map(ToString::to_string).collect();
            (
                true,
                if doubts.is_empty() { "yes".to_owned() } else { format!("yes, but {}", doubts.join(", ")) },
            )
        }
    }
}
