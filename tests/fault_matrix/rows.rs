//! The rows of the matrix, by what the fault is in.

#[path = "rows/attributes.rs"]
mod attributes;
#[path = "rows/birth.rs"]
mod birth;
#[path = "rows/everywhere.rs"]
pub(crate) mod everywhere;
#[path = "rows/login.rs"]
mod login;
#[path = "rows/modules.rs"]
pub(crate) mod modules;
#[path = "rows/process.rs"]
mod process;
#[path = "rows/search.rs"]
mod search;
#[path = "rows/signature.rs"]
mod signature;
#[path = "rows/token.rs"]
mod token;

use crate::row::Row;

/// All of them.
pub(crate) fn all() -> Vec<Row> {
    [
        vec![Row::harmless(""), Row::harmless("").rsa()],
        modules::rows(),
        process::rows(),
        token::rows(),
        login::rows(),
        search::rows(),
        attributes::rows(),
        birth::rows(),
        signature::rows(),
    ]
    .concat()
}
