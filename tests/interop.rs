//! Others judge what the program issues, for every algorithm of a CA and every built-in profile.

#[cfg(test)]
mod interop {
    mod algorithms;
    mod crl_kinds;
    mod file_server;
    mod home;
    mod judges;
    mod ocsp;
    mod pkilint;
    #[path = "../support/pkilint.rs"]
    mod programs;
    mod publication;
    mod responder;
    mod server;
    mod site;
    mod verdicts;
}

#[cfg(test)]
mod support;
