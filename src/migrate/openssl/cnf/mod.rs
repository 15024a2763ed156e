//! `openssl.cnf`, read by the rules of config(5) as OpenSSL 3 carries them out.
