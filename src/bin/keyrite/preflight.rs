//! What is judged before a token is asked for anything.

use keyrite::authority::stand_in;
use keyrite::policy::{Profile, Refusal};
use keyrite::store::CaName;
use keyrite::token::PinSource;
use keyrite::x509::algorithm::{KeyAlgorithm, SignatureAlgorithm};
use keyrite::x509::spki::PublicKey;

use crate::configuration::Settings;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::issuance::Outcome;
use crate::view::{Comparison, View};

/// What becomes of a request that is refused where nothing was to be signed: it is shown beside what it would get.
pub(crate) fn foreseen(refusal: Refusal) -> Outcome {
    let view = View::default().row("comparison", Comparison::of(refusal.comparison()));
    Outcome::Foreseen(refusal.into(), view)
}

/// Refuses a PIN on a descriptor that the linters of a profile would inherit, and could read before the token does.
///
/// # Errors
/// A [`Failure`] that says where to put the PIN.
pub(crate) fn no_inherited_pin(context: &Context, profile: &Profile) -> Result<(), Failure> {
    let source = context.global().pin_source.as_ref().map(|text| PinSource::parse(text)).transpose()?;
    if !profile.linters().is_empty() && matches!(source, Some(PinSource::Fd(_))) {
        let message = format!(
            "profile {:?} runs linters, which inherit the file descriptor that the PIN comes from",
            profile.name()
        );
        return Err(Failure::new(Exit::Usage, message).hint("give the PIN by file:PATH or env:NAME"));
    }
    Ok(())
}

/// A key that stands in for one of this kind, or for the one that the token has: then of the first kind that the
/// profile allows and the configuration of the CA fits. Nothing where there is none.
///
/// # Errors
/// A [`Failure`] when the configuration of the CA does not go with the kind of key that is to be made.
pub(crate) fn stand_in_for(
    settings: &Settings,
    name: &CaName,
    profile: &Profile,
    made: Option<KeyAlgorithm>,
) -> Result<Option<(PublicKey, SignatureAlgorithm)>, Failure> {
    let of = |algorithm| -> Result<Option<(PublicKey, SignatureAlgorithm)>, Failure> {
        let signature = settings.signature(name, algorithm)?;
        let key = stand_in(algorithm).map_err(|error| Failure::of(Exit::Defect, &error))?;
        Ok(key.map(|key| (key, signature)))
    };
    match made {
        Some(algorithm) => of(algorithm),
        None => Ok(profile.key().algorithms.iter().find_map(|algorithm| of(*algorithm).ok().flatten())),
    }
}
