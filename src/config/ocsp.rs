//! OcspConfig: who answers for a CA, and for how long.

use std::path::{Path, PathBuf};

use super::home_toml::id;
use crate::policy::document::Table;
use crate::token::uri::Pkcs11Uri;
use crate::x509::time::Duration;

/// The OCSP responder of one CA. The default is that of an empty section: the CA itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OcspConfig {
    responder: Option<(PathBuf, Pkcs11Uri)>,
    output: Option<PathBuf>,
    next_update: Option<Duration>,
}

impl OcspConfig {
    /// How long a response is good for where nothing else is said.
    pub const NEXT_UPDATE: Duration = Duration::Seconds(7 * 86_400);

    /// The certificate of the responder, a file relative to the home, and where its key is; none where the CA itself
    /// answers.
    #[must_use]
    pub fn responder(&self) -> Option<(&Path, &Pkcs11Uri)> {
        self.responder.as_ref().map(|(path, key)| (path.as_path(), key))
    }

    /// The directory into which responses are written that no `--out` names; relative to the home.
    #[must_use]
    pub fn output(&self) -> Option<&Path> {
        self.output.as_deref()
    }

    /// From thisUpdate to nextUpdate of the responses.
    #[must_use]
    pub fn next_update(&self) -> Duration {
        self.next_update.unwrap_or(Self::NEXT_UPDATE)
    }
}

/// Reads `[ca.NAME.ocsp]`.
pub(super) fn read(table: &Table<'_>) -> OcspConfig {
    let path = |key| super::home_toml::path(table, key, |_| true, id::OCSP, "wanted a path");
    let key = table.parse::<Pkcs11Uri>("key");
    let responder = match (path("responder"), key) {
        (Some(path), Some(key)) => Some((path, key.value)),
        (None, None) => None,
        (None, Some(key)) => {
            let message = "a key without a certificate, wanted responder = \"FILE\" beside it";
            table.problem(id::OCSP, &key.place, "key", message);
            None
        }
        (Some(_), None) => {
            let place = table.keys().into_iter().find(|key| key.value == "responder");
            let message = "a certificate without its key, wanted key = \"pkcs11:…\" beside it";
            if let Some(found) = place {
                table.problem(id::OCSP, &found.place, "responder", message);
            }
            None
        }
    };
    OcspConfig {
        responder,
        output: path("output"),
        next_update: table.parse::<Duration>("next_update").map(|found| found.value),
    }
}
