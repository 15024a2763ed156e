//! Others judge what the program issues, for every algorithm of a CA and every built-in profile.

#[cfg(test)]
mod interop {
    mod algorithms;
    mod home;
    mod judges;
    mod pkilint;
    mod verdicts;
}

#[cfg(test)]
mod support;
