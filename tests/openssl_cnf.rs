//! `openssl.cnf`: read as the real `openssl` reads it, and its sections as profiles that issue the same.

#[cfg(test)]
mod openssl_cnf {
    mod converted;
    mod odd;
    mod oracle;
    mod proof;
    mod read;
    mod tutorials;
}
