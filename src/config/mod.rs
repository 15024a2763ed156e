//! keyrite.toml: what an operator writes about a home and its CAs.
//!
//! This room is pure: it is given the text, and answers with a [`HomeConfig`] all of whose values mean what they
//! are, or with every problem of the text at once ([`Problems`]). It opens no file; that a path exists
//! or a token is there is for those who use it.

mod ca;
mod crl_series;
mod default_text;
mod home;
mod home_toml;
mod keys;
mod module;
mod ocsp;
mod requester;
mod subject;
mod worker_paths;

pub use crate::policy::{Problem, Problems};
pub use ca::{CaConfig, NotOfThisKey, RsaPadding};
pub use default_text::{FILE_NAME, default_text};
pub use home::{HomeConfig, WorkerTimeouts};
pub use home_toml::id;
pub(crate) use home_toml::{cas, is_ca_name};
pub use module::ModuleConfig;
pub use ocsp::OcspConfig;
pub use requester::{Ask, RequesterConfig};
pub use subject::SubjectDefaults;
