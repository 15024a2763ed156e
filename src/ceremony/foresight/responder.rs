//! Responders foreseen: their certificates, and what they will sign.

use super::super::derivation::DerivationError;
use super::super::step::{NewResponder, Task};
use super::{Foreseen, Seer, foreseen};
use crate::authority::ocsp::Responder;
use crate::policy::{BareKey, Kind, SubjectKey};
use crate::x509::time::Duration;

/// How it was proven that a responder has its key: an earlier step has made it.
pub const POSSESSION: &str = "made in our token in this ceremony, and proven there by a signature";

impl Seer<'_> {
    /// The certificate of a responder.
    pub(super) fn responder(
        &mut self,
        task: &Task,
        ca: &str,
        responder: &NewResponder,
        profile: &str,
    ) -> Result<Foreseen, DerivationError> {
        let issuing = self.issuing(ca)?;
        let profile = self.derivation.profile(profile)?;
        if !matches!(profile.kind(), Kind::OcspResponder(_)) {
            let message = format!(
                "profile {:?} is of kind {}, wanted ocsp-responder",
                profile.name(),
                profile.kind().word()
            );
            return Err(DerivationError::Unreadable(message));
        }
        let made = self.lone.get(&(responder.token.clone(), responder.key.clone())).cloned();
        let made = made.ok_or_else(|| {
            DerivationError::Unreadable(format!("no step makes the key {:?}", responder.key))
        })?;
        let bare =
            BareKey::new(made, POSSESSION).map_err(|error| DerivationError::Unreadable(error.to_string()))?;
        let key = SubjectKey::Bare(&bare);
        let approved = self.derivation.certificate(task, Some(&issuing), (key, None), self.known.now)?;
        let draft = self.draft(profile, Some(&issuing), approved, key)?;
        self.responders.insert(responder.name.clone(), foreseen(&draft)?);
        Ok(Foreseen::Certificate { issuer: Some(Box::new(issuing)), draft: Box::new(draft) })
    }

    /// Responses about every unexpired certificate of a CA, by itself or by a responder.
    pub(super) fn responses(
        &self,
        ca: &str,
        responder: Option<&str>,
        length: Duration,
    ) -> Result<Foreseen, DerivationError> {
        let issuing = self.issuing(ca)?;
        let next_update = length.last_second_from(self.known.now)?;
        let responder = match responder {
            None => {
                Responder::of_ca(&issuing.authority, self.known.now)
                    .map_err(crate::authority::Error::from)?;
                None
            }
            Some(name) => {
                let certificate = self.responders.get(name);
                let certificate = certificate.ok_or_else(|| {
                    DerivationError::Unreadable(format!(
                        "no step issues the certificate of responder {name:?}"
                    ))
                })?;
                if certificate.not_after() < next_update {
                    let message = format!(
                        "responses until {next_update} outlive the certificate of responder {name:?}, which ends {}",
                        certificate.not_after()
                    );
                    return Err(DerivationError::Unreadable(message));
                }
                Some(certificate.subject().clone())
            }
        };
        Ok(Foreseen::Responses { issuer: Box::new(issuing), responder, next_update })
    }
}
