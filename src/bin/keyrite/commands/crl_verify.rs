//! `crl verify`.

use std::path::PathBuf;

use keyrite::authority::system::SystemClock;
use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl::CrlEnd;
use keyrite::x509::extension::{KeyUsage, Value, oid};
use keyrite::x509::time::Time;
use serde::Serialize;

use super::crl_show;
use super::issuing_ca::IssuingCa;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::{Answer, Text};
use crate::safe_text::Page;

/// Verify that a CRL is by its CA, for its CA, and current
///
/// The exit code is 1 if one of the points does not hold.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite crl verify root.crl --ca root\n  keyrite crl verify root.crl --issuer root.pem"
)]
pub(crate) struct Args {
    /// The CRL in PEM or DER; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    issuer: IssuingCa,

    /// The time for which the CRL must be current, RFC 3339; without it, now
    #[arg(long, value_name = "T")]
    at: Option<Time>,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let issuer = self.issuer.certificate(context)?;
        let crl = crl_show::look_over(&self.file, 0)?.crl;
        let report = Report::of(&crl, &issuer, self.at.unwrap_or_else(|| SystemClock.now()));
        let exit = if report.good { Exit::Done } else { Exit::Refused };
        Ok(Answer::new(report).exit(exit))
    }
}

/// What was looked at and what was found.
#[derive(Debug, Serialize)]
struct Report {
    issuer: String,
    number: Option<String>,
    revoked: u64,
    this_update: String,
    next_update: Option<String>,
    points: Vec<Point>,
    good: bool,
}

/// One thing that must hold.
#[derive(Debug, Serialize)]
struct Point {
    wanted: &'static str,
    holds: bool,
    found: Option<String>,
}

impl Point {
    const fn new(wanted: &'static str, holds: bool, found: Option<String>) -> Self {
        Self { wanted, holds, found }
    }
}

impl Report {
    fn of(crl: &CrlEnd, issuer: &Certificate, now: Time) -> Self {
        let points = vec![
            name(crl, issuer),
            key_identifier(crl, issuer),
            key_usage(issuer),
            signature(crl, issuer),
            Point::new(
                "it is not from the future",
                crl.this_update() <= now,
                Some(format!("thisUpdate {}", crl.this_update())),
            ),
            match crl.next_update() {
                Some(next) => {
                    Point::new("it is still current", now <= next, Some(format!("nextUpdate {next}")))
                }
                None => Point::new("it is still current", false, Some("no nextUpdate".to_owned())),
            },
        ];
        Self {
            issuer: crl.issuer().to_string(),
            number: crl.number().map(|number| number.to_string()),
            revoked: crl.entries(),
            this_update: crl.this_update().to_string(),
            next_update: crl.next_update().map(|time| time.to_string()),
            good: points.iter().all(|point| point.holds),
            points,
        }
    }
}

/// RFC 5280 s.6.3.3 (f) and (g), for a CRL that its CA signs itself.
fn name(crl: &CrlEnd, issuer: &Certificate) -> Point {
    let found = format!("CRL by {}, certificate of {}", crl.issuer(), issuer.subject());
    Point::new("its issuer is the certificate's subject", crl.issuer() == issuer.subject(), Some(found))
}

fn key_identifier(crl: &CrlEnd, issuer: &Certificate) -> Point {
    let authority = crl.extensions().iter().find_map(|extension| {
        if let Value::AuthorityKeyIdentifier(value) = &extension.value {
            Some(value.key_identifier.as_slice())
        } else {
            None
        }
    });
    let holds = authority.is_some() && authority == issuer.subject_key_identifier();
    Point::new("its authorityKeyIdentifier is the certificate's key", holds, authority.map(hex::encode_upper))
}

fn key_usage(issuer: &Certificate) -> Point {
    let usage = issuer.extension(oid::KEY_USAGE).map(|extension| &extension.value);
    let holds = matches!(usage, Some(Value::KeyUsage(usage)) if usage.contains(KeyUsage::CRL_SIGN));
    Point::new("the certificate's key may sign CRLs", holds, usage.map(ToString::to_string))
}

fn signature(crl: &CrlEnd, issuer: &Certificate) -> Point {
    let verified = match issuer.public_key() {
        Err(error) => Err(error.to_string()),
        Ok(key) => crl.verify_signed_by(&key).map_err(|error| error.to_string()),
    };
    Point::new("its signature verifies under the certificate's key", verified.is_ok(), verified.err())
}

impl Text for Report {
    fn text(&self, page: &mut Page) {
        let none = || "none".to_owned();
        page.line(format!("CRL {} of {}", self.number.clone().unwrap_or_else(none), self.issuer));
        page.line(format!(
            "{} revoked, this update {}, next update {}",
            self.revoked,
            self.this_update,
            self.next_update.clone().unwrap_or_else(none)
        ));
        for point in &self.points {
            let mark = if point.holds { "yes" } else { "NO " };
            let found = point.found.as_ref().map_or_else(String::new, |found| format!(" ({found})"));
            page.line(format!("{mark}  {}{found}", point.wanted));
        }
        page.line(if self.good { "good" } else { "NOT GOOD" });
    }
}
