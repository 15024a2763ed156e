//! What the module says of a key: it is fit, and its public half is what it is, or the key is not used.

use crate::command::Command;
use crate::row::{Expect, Row};

const TOKEN: u64 = 0x1;
const PRIVATE: u64 = 0x2;
const LABEL: u64 = 0x3;
const KEY_TYPE: u64 = 0x100;
const ID: u64 = 0x102;
const SENSITIVE: u64 = 0x103;
const SIGN: u64 = 0x108;
const MODULUS: u64 = 0x120;
const PUBLIC_EXPONENT: u64 = 0x122;
const EXTRACTABLE: u64 = 0x162;
const LOCAL: u64 = 0x163;
const NEVER_EXTRACTABLE: u64 = 0x164;
const ALWAYS_SENSITIVE: u64 = 0x165;
const EC_PARAMS: u64 = 0x180;
const EC_POINT: u64 = 0x181;

fn value(kind: &str, attribute: u64) -> String {
    format!("C_GetAttributeValue:{kind}={attribute:#x}")
}

fn value_of(kind: &str, attribute: u64, number: u64) -> String {
    format!("C_GetAttributeValue:{kind}={attribute:#x}/{number:#x}")
}

/// The rows.
pub(crate) fn rows() -> Vec<Row> {
    let mut rows = fitness();
    rows.extend(names());
    rows.extend(public_half());
    rows.extend(rsa());
    rows.extend(errors());
    rows
}

/// Attributes that make a key unfit, or that are no `CK_BBOOL`.
fn fitness() -> Vec<Row> {
    let mut rows = Vec::new();
    for (attribute, name, wrong) in
        [(SENSITIVE, "CKA_SENSITIVE", 0), (EXTRACTABLE, "CKA_EXTRACTABLE", 1), (SIGN, "CKA_SIGN", 0)]
    {
        let is = if wrong == 0 { "false" } else { "true" };
        let unfit = format!("is not fit for a CA: {name} is {is}");
        let silent = format!("is not fit for a CA: the token does not answer {name}");
        rows.push(Row::refused(value_of("says", attribute, wrong), 4, unfit));
        for kind in ["absent", "hidden"] {
            rows.push(Row::refused(value(kind, attribute), 4, &*silent));
        }
        for length in [0, 2, 4, 8, u64::MAX] {
            rows.push(Row::refused(value_of("length", attribute, length), 4, &*silent));
        }
        for length in [0x10_0000, 0x7fff_ffff] {
            rows.push(Row::refused(value_of("then", attribute, length), 4, name).or_done());
        }
    }
    for attribute in [ALWAYS_SENSITIVE, NEVER_EXTRACTABLE] {
        // The token may be silent of a key's birth, but not deny it.
        rows.push(Row::refused(value_of("says", attribute, 0), 4, "is not fit for a CA: CKA_…is false"));
        rows.push(Row::harmless(value("absent", attribute)));
    }
    for (attribute, name) in [(TOKEN, "CKA_TOKEN"), (PRIVATE, "CKA_PRIVATE")] {
        let words = format!("is not fit for a CA: {name} is false");
        rows.push(Row::refused(value_of("says", attribute, 0), 4, words));
        rows.push(Row::harmless(value("absent", attribute)));
    }
    rows.push(Row::harmless(value_of("says", LOCAL, 0)));
    rows.push(Row::harmless(value("absent", LOCAL)));
    // What is written over the end of a buffer is the worker's own affair, and it does not survive it.
    for attribute in [SENSITIVE, LABEL, EC_POINT] {
        rows.push(Row::refused(value("overflow", attribute), 4, "the worker process ended in "));
    }
    for attribute in [SENSITIVE, LABEL, EC_POINT] {
        rows.push(Row::refused(value("repoints", attribute), 4, "C_GetAttributeValue").or_done());
    }
    rows.push(Row::refused(value_of("retypes", SENSITIVE, EXTRACTABLE), 4, "CKA_").or_done());
    rows.push(Row::refused(value_of("retypes", EC_POINT, EC_PARAMS), 4, "…").or_done());
    rows.into_iter().map(|row| row.signatures(3)).collect()
}

/// Labels and ids that change between search and reading.
fn names() -> Vec<Row> {
    let mut rows = Vec::new();
    for kind in ["absent", "flip", "cut", "rubbish", "other"] {
        rows.push(Row::refused(value(kind, LABEL), 4, "no key …crash").signatures(0));
    }
    for kind in ["absent", "flip", "cut", "rubbish", "other"] {
        let row = Row::refused(value(kind, ID), 4, "…").or_done();
        // Whose id it is, and so whose public key is found, depends on the order of SoftHSM's handles.
        rows.push(if kind == "other" { row.but(Command::Create, Expect::Any) } else { row });
    }
    rows.push(Row::refused(value_of("ulong", KEY_TYPE, 0x10), 4, "unsupported key type 0x10").signatures(0));
    rows.push(
        Row::refused(value_of("ulong", KEY_TYPE, 0), 4, "the token holds no public key for it").or_done(),
    );
    rows.push(Row::refused(value("absent", KEY_TYPE), 4, "the token holds no public key for it").or_done());
    rows
}

/// The public half. A CA's own is known by its certificate: what the token leaves out is no harm then.
fn public_half() -> Vec<Row> {
    let known = |row: Row| row.but(Command::Issue, Expect::Done).but(Command::Crl, Expect::Done);
    let point = "the token's public key is not sound: the EC point is not a point of P-256";
    let mut rows = Vec::new();
    for kind in ["flip", "cut", "rubbish"] {
        rows.push(Row::refused(value(kind, EC_POINT), 4, point).signatures(0));
        rows.push(Row::refused(value(kind, EC_PARAMS), 4, "unsupported curve 0608").signatures(0));
    }
    rows.push(Row::refused(value_of("says", EC_POINT, 0x5a), 4, point).signatures(0));
    rows.push(Row::refused(value_of("length", EC_POINT, 33), 4, point).signatures(0));
    rows.push(Row::refused(value_of("length", EC_POINT, 64), 4, point).signatures(0));
    rows.push(Row::refused(value_of("length", EC_POINT, 68), 4, point).signatures(0));
    for attribute in [EC_POINT, EC_PARAMS] {
        rows.push(known(Row::refused(value("absent", attribute), 4, "the token holds no public key for it")));
        for length in [0, u64::MAX] {
            let row = Row::refused(
                value_of("length", attribute, length),
                4,
                "the token holds no public key for it",
            );
            rows.push(known(row));
        }
    }
    rows.push(
        Row::refused(
            value("other", EC_POINT),
            4,
            "did not prove itself by a signature over a random challenge",
        )
        .but_refused(Command::Issue, 4, "the key in the token is not that of CA \"root\": found SHA-256 ")
        .but_refused(Command::Crl, 4, "the key in the token is not that of CA \"root\": found SHA-256 ")
        // Which other key it is, the CA's or nobody's, depends on the order of SoftHSM's handles.
        .but(Command::Create, Expect::Any)
        .signatures(1),
    );
    rows
}

fn rsa() -> Vec<Row> {
    let known = |row: Row| row.but(Command::Issue, Expect::Done).but(Command::Crl, Expect::Done);
    let refused = |faults: String, words: &str| Row::refused(faults, 4, words).rsa();
    vec![
        refused(value("flip", MODULUS), "the token's public key is not sound: "),
        refused(value("cut", MODULUS), "the token's public key is not sound: "),
        // Another number of 259 octets, and odd: a modulus, but not the CA's, nor of a size that was asked for.
        refused(value("rubbish", MODULUS), "the key in the token is not that of CA \"root\"")
            .but_refused(Command::Generate, 4, "the token generated rsa-2072, wanted rsa-2048")
            .but_refused(Command::Create, 1, "found rsa-2072, wanted one of "),
        refused(value_of("says", MODULUS, 0), "the token's public key is not sound: "),
        refused(value_of("number", MODULUS, 35), "the token's public key is not sound: "),
        known(refused(value("absent", MODULUS), "the token holds no public key for it")),
        known(refused(value_of("length", MODULUS, 0), "the token holds no public key for it")),
        known(refused(value_of("length", MODULUS, u64::MAX), "the token holds no public key for it")),
        refused(value_of("number", PUBLIC_EXPONENT, 3), "…"),
        refused(value_of("number", PUBLIC_EXPONENT, 1), "the token's public key is not sound: "),
        refused(value_of("says", PUBLIC_EXPONENT, 0), "the token's public key is not sound: "),
        refused(value_of("number", PUBLIC_EXPONENT, 0x10000), "the token's public key is not sound: "),
        known(refused(value("absent", PUBLIC_EXPONENT), "the token holds no public key for it")),
        refused(value("other", MODULUS), "…").but(Command::Create, Expect::Any),
    ]
}

/// Errors of the call. What says that object, session or token are gone is not taken for an absent attribute.
fn errors() -> Vec<Row> {
    let call = |value: &str, words: &str| {
        Row::refused(format!("C_GetAttributeValue:rv={value}"), 4, words).signatures(0)
    };
    let gone = |value: &str, name: &str| call(value, &format!("CKR_{name} from C_GetAttributeValue"));
    vec![
        gone("0x32", "DEVICE_REMOVED"),
        gone("0x82", "OBJECT_HANDLE_INVALID"),
        gone("0xb3", "SESSION_HANDLE_INVALID"),
        gone("0xb0", "SESSION_CLOSED"),
        gone("0xe0", "TOKEN_NOT_PRESENT"),
        gone("0x101", "USER_NOT_LOGGED_IN"),
        gone("0x190", "CRYPTOKI_NOT_INITIALIZED"),
        call("0x5", "CKR_GENERAL_ERROR from C_GetAttributeValue"),
        call("0x30", "CKR_DEVICE_ERROR from C_GetAttributeValue"),
        Row::refused("C_GetAttributeValue:missing", 4, "CKR_FUNCTION_NOT_SUPPORTED from C_GetAttributeValue")
            .signatures(0),
        Row::refused("C_GetAttributeValue:ok", 4, "no key …crash").signatures(0),
    ]
}
