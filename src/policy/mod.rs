//! May this be issued? Profiles, requests, and the decision with everything that speaks against it.
//!
//! This room is pure: it is told the time, the issuer and the request, and answers with an [`Approved`] or a
//! [`Refusal`] that names every rule that does not hold.

pub mod builtin;
mod comparison;
mod constraints;
mod crl_series;
mod decide;
pub mod document;
mod extensions;
mod http_url;
mod key_record;
mod keys;
mod names;
mod nesting;
mod overriding;
mod precedent;
mod problem;
pub mod profile;
mod request;
mod subject_key;
mod succession;
mod validity;
mod violation;
mod wanted;

pub use comparison::{Compared, Comparison, Outcome};
pub use crl_series::{CrlSeries, SeriesUrl};
pub use decide::{Approved, NotGranted, decide, foresee, request_fields};
pub use http_url::{HttpUrl, HttpUrlError};
pub use key_record::{Certified, KeyRecord};
pub use nesting::admit;
pub use overriding::{OVERRIDE_TEXT_CHARACTERS, Overridden, Override, OverrideError};
pub use precedent::{Precedent, PrecedentError, Purpose};
pub use problem::{Problem, Problems, nearest};
pub use profile::{Kind, Length, Profile, Row, Urls};
pub use request::{IssuanceRequest, IssuerView, Places};
pub use subject_key::{BareKey, NoPossession, SubjectKey};
pub use succession::{Break, Left, Succession};
pub use violation::{Refusal, Rule, UnknownRule, Violation};
