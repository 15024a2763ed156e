//! What the integration tests share.
#![allow(dead_code, unused_imports, reason = "each test binary uses a part of it")]

pub(crate) mod built;
pub(crate) mod fault_module;
pub(crate) mod kryoptic;
pub(crate) mod softhsm;
pub(crate) mod tokens;
