//! `pin check`.

use keyrite::token::PinSource;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::view::{Value, View};
use crate::{holders, ledger, session};

/// Prove that shares give the PIN, without showing it
///
/// As many holders as are needed type their shares, which are not shown. A word that is wrong, a share of another set or
/// the same share twice is told of at once; that the shares give the PIN that was split is proven by a check inside it.
/// With a token they log in to it, in one try.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  keyrite pin check\n  keyrite pin check pkcs11:token=root-g1")]
pub(crate) struct Args {
    /// The token that the PIN is of
    #[arg(value_name = "URI")]
    uri: Option<String>,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        if context.global().pin_source.is_some() {
            return Err(Failure::new(
                Exit::Usage,
                "--pin-source gives no shares: their holders type them here",
            ));
        }
        let Some(uri) = self.uri.as_deref().map(session::uri).transpose()? else {
            drop(holders::ask(context.terminal(), &PinSource::Shares, "PIN")?);
            return Ok(Answer::new(View::default().row("the shares give the PIN", true)));
        };
        let uri = uri.without_object();
        let provider = session::provider(context, PinSource::Shares);
        let session = session::open_with(context, &uri, provider)?;
        session.login().inspect_err(|error| ledger::refused_login(context, session.token(), error))?;
        let token = session.token();
        let view = View::default()
            .row("the shares give the PIN", true)
            .row("token", token.label.clone())
            .row("serial", token.serial.clone())
            .row("URI", Value::Exact(token.uri().to_string()));
        Ok(Answer::new(view))
    }
}
