//! A home with a root on a throw-away token.

use std::process::Command;

use crate::program::{command, finish};
use crate::support::tokens::Tokens;

/// The home, and beside it whatever a test writes.
pub(crate) struct Home {
    pub(crate) tokens: Tokens,
}

impl Home {
    pub(crate) fn with_root(label: &str) -> Self {
        let home = Self { tokens: Tokens::new(label) };
        let key = home.tokens.key_uri("root");
        for arguments in [
            &["init"][..],
            &["key", "generate", &key, "--algorithm", "ec-p256"],
            &[
                "ca",
                "create",
                "root",
                "--key",
                &key,
                "--subject",
                "C=AT,O=Example,CN=Example Root",
                "--out",
                "root.pem",
                "--yes",
            ],
        ] {
            finish(home.command(arguments), b"").ends(0);
        }
        home
    }

    /// The program, about to run in the directory of the token.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let (name, value) = self.tokens.environment();
        let mut command = command(self.tokens.path());
        command.env(name, value).args(arguments).arg("--module").arg(self.tokens.module());
        command.args(["--home", "home", "--pin-source", &self.tokens.pin_source()]);
        command
    }
}
