//! The report for a person at a ceremony: the verdict, what is needed next, the algorithms, then the rest.

use super::algorithms::Algorithm;
use super::{Listed, Measured, Opens, Pin, Random, Report, Sessions};
use crate::render::Text;
use crate::safe_text::Page;
use crate::view::{Value, View};

impl Text for Report {
    fn text(&self, page: &mut Page) {
        self.head().text(page);
        page.blank();
        Algorithm::table(&self.algorithms).put(page);
        page.blank();
        if let Some(keys) = self.keys.table() {
            keys.put(page);
            page.blank();
        }
        self.details().text(page);
    }
}

impl Report {
    fn head(&self) -> View {
        let verdict = match (self.fit, self.pin.login) {
            (false, _) => "not fit for CA keys",
            (true, "not asked for") => "fit for CA keys, as far as can be told without a login",
            (true, _) => "fit for CA keys",
        };
        let view = View::default().row("verdict", verdict);
        let view = self.listed(view, "reasons", &self.reasons);
        let view = self.listed(view, "warnings", &self.warnings);
        let token = &self.token;
        view.row("token", format!("{} (serial {})", token.label, token.serial))
            .row("URI", Value::Exact(self.uri.clone()))
    }

    fn details(&self) -> View {
        let (token, module) = (&self.token, &self.module);
        let model = format!(
            "{} {}, hardware {}, firmware {}",
            token.manufacturer, token.model, token.hardware, token.firmware
        );
        let library = match (&module.description, &module.version, &module.cryptoki) {
            (Some(description), Some(version), Some(cryptoki)) => {
                format!(
                    "{description} {version}, PKCS#11 {cryptoki}, session opened in {} ms",
                    module.opened_ms
                )
            }
            _ => module.error.clone().unwrap_or_default(),
        };
        let mut view = View::default();
        for (label, values) in self.keys.rows() {
            view = view.row(label, values);
        }
        let view = view
            .row("model", model)
            .row("flags", token.flags.join(", "))
            .row("module", Value::Exact(module.path.clone()))
            .row("library", library)
            .row("confinement", self.confinement.words.clone())
            .row("PIN", self.pin.words())
            .row("sessions", self.sessions.words())
            .row("random", self.random.words())
            .row("speed", self.speed.words())
            .row("mechanisms", self.mechanisms.words());
        self.listed(view, "quirks", &self.quirks)
    }

    fn listed(&self, view: View, label: &'static str, texts: &[String]) -> View {
        view.maybe(label, (!texts.is_empty()).then(|| texts.to_vec()))
    }
}

impl Pin {
    fn words(&self) -> String {
        let login = match (self.login, self.login_ms, &self.error) {
            ("done", Some(took), _) => format!("logged in within {took} ms"),
            (_, _, Some(error)) => format!("no login: {error}"),
            (login, _, _) => format!("login {login}"),
        };
        let state = [
            (self.locked, "locked"),
            (self.final_try, "one try left"),
            (self.wrong_before, "a wrong one was given before"),
            (self.to_be_changed, "to be changed"),
            (!self.initialised, "not set, as far as the token says"),
            (self.pin_pad, "typed on the token"),
        ];
        let state = state.into_iter().filter(|(set, _)| *set).map(|(_, words)| words.to_owned());
        let octets = match (self.shortest, self.longest) {
            (Some(shortest), Some(longest)) if shortest <= longest && longest <= 1024 => {
                Some(format!("{shortest} to {longest} octets"))
            }
            _ => None,
        };
        state.chain(octets).chain([login]).collect::<Vec<_>>().join("; ")
    }
}

impl Sessions {
    fn words(&self) -> String {
        let opens = |opens: &Opens| match (opens.opens, &opens.reason) {
            (Some(true), _) => "yes".to_owned(),
            (_, Some(reason)) => format!("no ({reason})"),
            (_, None) => "no".to_owned(),
        };
        format!(
            "at most: {}, of which may write: {}; a second one opens: {}; one that may write: {}",
            self.most,
            self.most_read_write,
            opens(&self.second),
            opens(&self.read_write)
        )
    }
}

impl Random {
    fn words(&self) -> String {
        match (self.works, self.flag, &self.reason) {
            (Some(true), true, _) => format!("C_GenerateRandom works; {}", self.consequence),
            (Some(true), false, _) => {
                format!("C_GenerateRandom works, though CKF_RNG is not set; {}", self.consequence)
            }
            (Some(false), _, Some(reason)) => format!("{reason}; {}", self.consequence),
            (_, _, reason) => reason.clone().unwrap_or_default(),
        }
    }
}

impl Measured {
    fn words(&self) -> String {
        match (&self.key, &self.algorithm, &self.mechanism, self.median_ms) {
            (Some(key), Some(algorithm), Some(mechanism), Some(median)) => format!(
                "{median} ms a signature, {} a second (key {key:?}, {algorithm}, {mechanism}, median of {})",
                self.per_second.unwrap_or_default(),
                self.signatures.unwrap_or_default()
            ),
            _ => format!("not measured: {}", self.reason.clone().unwrap_or_default()),
        }
    }
}

impl Listed {
    fn words(&self) -> String {
        match (self.count, &self.reason) {
            (Some(count), _) => {
                let other = self.others.len();
                format!("{count} listed, {other} of them of no use to a CA; --json names them")
            }
            (None, reason) => format!("not listed: {}", reason.clone().unwrap_or_default()),
        }
    }
}
