//! The text of a new home's `keyrite.toml`: every key, explained and commented out.

use std::fmt::Write as _;
use std::path::Path;

/// The name of the file in the home.
pub const FILE_NAME: &str = "keyrite.toml";

/// The text of a new `keyrite.toml`. With a module, that one is set, and so is that the home may be on a network file
/// system; everything else is explained and
/// commented out, so that the file means what an empty one means.
#[must_use]
pub fn default_text(module: Option<&Path>, network_file_system: bool) -> String {
    let mut text = HEAD.to_owned();
    match module {
        // A TOML basic string needs the same escapes as JSON has.
        Some(path) => {
            let quoted = toml::Value::String(path.display().to_string());
            let _infallible = writeln!(text, "module = {quoted}");
        }
        None => text.push_str("# module = \"/usr/lib/softhsm/libsofthsm2.so\"\n"),
    }
    text.push_str(STORE);
    text.push_str(if network_file_system {
        "network_file_system = true\n"
    } else {
        "# network_file_system = true\n"
    });
    text.push_str(REST);
    text
}

const HEAD: &str = r#"# keyrite.toml: the configuration of this home. Lines that begin with # say nothing; the values in them are
# examples, or what holds while they are commented out. A file with anything wrong in it is refused as a
# whole, with every problem named.
# Durations are a number and one of s m h d w mo y, such as "30s" or "90d".

# The PKCS#11 module of the token, as an absolute path. A key's URI with module-path, and --module, come
# before it; without any of them it is the only module that p11-kit has registered.
"#;

const STORE: &str = r#"
# How long to wait for another keyrite that works in this home; --lock-timeout comes before it.
# lock_timeout = "30s"

# Whether this home may be on a network file system such as NFS, SMB or sshfs. The ledger's locks and shared memory
# hold on one machine alone: two machines that work in one home destroy it.
[store]
"#;

const REST: &str = r#"

# How far the clock may lie after the last entry of the audit log: beyond it nothing is signed until somebody confirms
# the clock (keyrite clock confirm). The clock may never lie before the last entry.
[clock]
# largest_gap = "400d"

# How long the module may take for a call before its process is ended.
[worker]
# signature_timeout = "60s"
# generation_timeout = "5m"
# pin_pad_timeout = "2m"
# other_timeout = "30s"
#
# In how many sessions of a token at a time a batch is signed, 1 to 32; --sessions comes before it. A token in hardware
# is often faster so, and so is a processor with several cores.
# sessions = 1
#
# Files and directories in this home that the module may use, relative to it: where it keeps its tokens or its
# configuration. It cannot reach anything else in here.
# paths = ["tokens", "softhsm2.conf"]

# A section for each module that knows ML-DSA by other numbers than PKCS#11 3.2, by its absolute path.
# [modules."/usr/lib/vendor/libpkcs11.so"]
# ml_dsa = 0x80000105
# ml_dsa_key_pair_gen = 0x80000104

# What the token must show of every key that is generated and of every key that a CA signs with, beside sensitive
# and not-extractable: always-sensitive never-extractable local key-gen-mechanism sign-only allowed-mechanisms
# always-authenticate. What is in unanswered the token may also say nothing about.
[keys]
# require = ["always-sensitive", "never-extractable"]
# unanswered = ["always-sensitive", "never-extractable"]
#
# The roots of the vendors whose devices may hold the keys of this home's CAs, as PEM, relative to this home: with it
# a key is generated, and a CA made of it, only if its device attests it. Without it nothing is demanded.
# attestation_roots = "vendor-roots.pem"
#
# Lists of keys that are known to be weak, relative to this home: SHA-256 over the SubjectPublicKeyInfo or the RSA
# modulus of each as 64 lower-case hexadecimal digits on a line of its own, sorted (LC_ALL=C sort -u).
# weak_key_lists = ["weak-keys.txt"]

# What the subjects of this home's own CAs have in common: `ca create` and `ca request` add what --subject
# does not say.
[defaults.subject]
# C = "AT"
# O = "Example"

# One section for each CA, by the name that it has in this home. All keys may be left out.
# [ca.root]
#
# Where its key is, as `keyrite key list` prints it. Without it, where the key was when the CA was created.
# key = "pkcs11:token=root-g1;object=root-2026"
#
# Where others find what it publishes. These URLs are written into the certificates that it issues, if
# the profile says so: its CRL, its own certificate, its OCSP responders.
# crl_urls = ["http://pki.example.test/root.crl"]
# ca_issuer_urls = ["http://pki.example.test/root.cer"]
# ocsp_urls = ["http://ocsp.example.test/"]
# Several CRLs, for users and for CAs, in partitions, with delta CRLs, have sections [ca.root.crls.SERIES] in the
# place of crl_urls.
#
# The directory for files that no --out names, relative to this home.
# output = "out/root"
#
# From thisUpdate to nextUpdate of its CRLs; --next-update comes before it.
# next_update = "30d"
#
# The digest of its signatures, for an RSA key: sha256, sha384 or sha512. The digest of an EC key is that of
# its curve; keys of Ed25519, Ed448 and ML-DSA have none.
# digest = "sha256"
#
# The padding of its signatures, for an RSA key: pkcs1 (PKCS#1 v1.5) or pss (MGF1 with the same digest, and a
# salt as long as it).
# padding = "pkcs1"
#
# Who answers for it by OCSP: the certificate of a responder, a file relative to this home, and where its key is.
# Without them the CA itself. The directory for the responses, and from thisUpdate to nextUpdate.
# [ca.root.ocsp]
# responder = "ocsp.pem"
# key = "pkcs11:token=ocsp;object=ocsp-2026"
# output = "ocsp"
# next_update = "7d"

# One section for each requester whose bundles this home answers (keyrite bundle answer), by the name in the bundle:
# files with its public keys or certificates, relative to this home, and what it may ask for. Without a section it
# gets nothing. Beside certificates it may ask for some of crl ocsp revoke revoke-any.
# [requester.web-team]
# keys = ["requesters/web-team.pub"]
# cas = ["root"]
# profiles = ["tls-server"]
# most_requests = 100
# asks = ["crl"]
"#;
