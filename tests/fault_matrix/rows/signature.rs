//! Signatures: the first call of `C_Sign` in a run proves the pair, the second signs the first object.

use crate::command::Command;
use crate::row::{Expect, Row};

/// Where the answer has not the form of a signature on P-256.
const FORM: [(&str, &str); 14] = [
    ("empty", "signature of 0 octets, wanted exactly 64"),
    ("short", "signature of 63 octets, wanted exactly 64"),
    ("long", "signature of 65 octets, wanted exactly 64"),
    ("length", "C_Sign returned nonsense: claims 18446744073709551615 octets in a buffer of "),
    ("claims=0x100000", "C_Sign returned nonsense: claims 1048576 octets in a buffer of "),
    ("claims=0x440", "signature of 1088 octets, wanted exactly 64"),
    ("zeros", "the signature is 64 octets of zero"),
    ("unwritten", "the signature is 64 octets of zero"),
    ("nothing", "signature of 1088 octets, wanted exactly 64"),
    ("der", "octets, wanted exactly 64"),
    ("rzero", "half of the ECDSA signature is zero"),
    ("szero", "half of the ECDSA signature is zero"),
    ("hex", "signature of 128 octets, wanted exactly 64"),
    ("overflow", "the worker process ended in "),
];
/// Where it has the form and is not right.
const WRONG: [&str; 9] =
    ["flip", "ones", "rbig", "rorder", "sorder", "swap", "reverse", "replay", "othermessage"];

/// The rows.
pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for nth in [2, 3] {
        for (kind, words) in FORM {
            rows.push(Row::refused(format!("C_Sign:{kind}@{nth}"), 4, words));
        }
        for kind in WRONG {
            let words = "the token returned a signature that is not right…caused by: …hint: ";
            rows.push(Row::refused(format!("C_Sign:{kind}@{nth}"), 6, words));
        }
        rows.push(Row::harmless(format!("C_Sign:highs@{nth}")));
        rows.push(Row::refused(
            format!("C_SignInit:otherkey@{nth}"),
            6,
            "the token returned a signature that is not right",
        ));
        rows.extend(errors(nth));
    }
    rows.extend(proofs());
    rows.extend(mechanisms());
    rows.extend(rsa());
    rows
}

/// Errors in the midst of a batch: nothing is asked for after them.
fn errors(nth: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for (value, name) in [
        ("0x2", "HOST_MEMORY"),
        ("0x5", "GENERAL_ERROR"),
        ("0x6", "FUNCTION_FAILED"),
        ("0x30", "DEVICE_ERROR"),
        ("0x31", "DEVICE_MEMORY"),
        ("0x32", "DEVICE_REMOVED"),
        ("0xb3", "SESSION_HANDLE_INVALID"),
        ("0xe0", "TOKEN_NOT_PRESENT"),
        ("0x101", "USER_NOT_LOGGED_IN"),
        ("0x150", "BUFFER_TOO_SMALL"),
        ("0x80000001", "VENDOR_DEFINED 0x80000001"),
    ] {
        let row =
            Row::refused(format!("C_Sign:rv={value}@{nth}"), 4, format!("CKR_{name} from C_Sign…hint: "));
        rows.push(row.signatures(nth));
    }
    for (value, name) in [
        ("0x32", "DEVICE_REMOVED"),
        ("0x60", "KEY_HANDLE_INVALID"),
        ("0x90", "OPERATION_ACTIVE"),
        ("0xb3", "SESSION_HANDLE_INVALID"),
        ("0xe0", "TOKEN_NOT_PRESENT"),
        ("0x101", "USER_NOT_LOGGED_IN"),
    ] {
        let row =
            Row::refused(format!("C_SignInit:rv={value}@{nth}"), 4, format!("CKR_{name} from C_SignInit"));
        rows.push(row.signatures(nth - 1));
    }
    for (kind, words) in [
        ("hang", "C_Sign did not return within 1s; the worker process was ended…hint: "),
        ("crash", "the worker process ended in C_Sign: killed by SIGSEGV…hint: "),
        ("late", "the worker process ended in C_Sign: killed by SIGKILL…hint: "),
    ] {
        rows.push(Row::refused(format!("C_Sign:{kind}@{nth}"), 4, words).signatures(nth));
    }
    rows
}

/// A pair that does not prove itself is not used for anything.
fn proofs() -> Vec<Row> {
    let unproven = |faults: &str| {
        let words = "did not prove itself by a signature over a random challenge";
        Row::refused(faults, 6, words).but_refused(Command::Generate, 4, words).signatures(1)
    };
    vec![
        unproven("C_Sign:flip"),
        unproven("C_Sign:flip@1"),
        unproven("C_Sign:ones@1"),
        unproven("C_Sign:othermessage"),
        unproven("C_SignInit:otherkey"),
        Row::refused("C_Sign:replay", 6, "the token returned a signature that is not right"),
        Row::harmless("C_Sign:highs"),
    ]
}

/// Mechanisms that are refused: another one is tried, and if there is none the error says what is offered.
fn mechanisms() -> Vec<Row> {
    let none = |faults: &str, words: &str| Row::refused(faults, 4, words).signatures(0);
    vec![
        none(
            "C_SignInit:rv=0x70",
            "the token offers no mechanism for ECDSA with SHA-256…hint: mechanisms offered: ",
        ),
        none(
            "C_SignInit:rv=0x71",
            "the token offers no mechanism for ECDSA with SHA-256…hint: mechanisms offered: ",
        ),
        none("C_SignInit:without=0x1041", "the token offers no mechanism for ECDSA with SHA-256"),
        none("C_SignInit:rv=0x70,C_GetMechanismList:none", "the token offers no mechanism for "),
        none("C_SignInit:rv=0x70,C_GetMechanismList:huge", "mechanism").or_done(),
        none("C_SignInit:rv=0x70,C_GetMechanismList:large", "mechanism").or_done(),
        none("C_SignInit:rv=0x70,C_GetMechanismList:more", "mechanism").or_done(),
        none("C_SignInit:rv=0x70,C_GetMechanismList:claims", "C_GetMechanismList"),
        none("C_SignInit:rv=0x70,C_GetMechanismList:shrinks", "the token offers no mechanism for "),
        none("C_SignInit:rv=0x70,C_GetMechanismList:lies", "…"),
        none("C_SignInit:rv=0x70,C_GetMechanismList:rv=0x30", "…"),
        none("C_SignInit:rv=0x70,C_GetMechanismList:crash", "…"),
        none("C_SignInit:rv=0x70,C_GetMechanismList:hang", "…"),
        Row::harmless("C_SignInit:without=0x1").rsa().but(Command::Issue, Expect::Done),
    ]
}

fn rsa() -> Vec<Row> {
    let mut rows = Vec::new();
    for (kind, words) in [
        ("empty", "signature of 0 octets, wanted exactly 256"),
        ("short", "signature of 255 octets, wanted exactly 256"),
        ("long", "signature of 257 octets, wanted exactly 256"),
        ("length", "C_Sign returned nonsense: claims "),
        ("der", "octets, wanted exactly 256"),
        ("zeros", "the signature is 256 octets of zero"),
        ("unwritten", "the signature is 256 octets of zero"),
    ] {
        rows.push(Row::refused(format!("C_Sign:{kind}@2"), 4, words).rsa());
    }
    for kind in ["ones", "flip", "reverse", "replay", "othermessage"] {
        let words = "the token returned a signature that is not right";
        rows.push(Row::refused(format!("C_Sign:{kind}@2"), 6, words).rsa());
    }
    let words = "did not prove itself by a signature over a random challenge";
    let otherkey = Row::refused("C_SignInit:otherkey", 6, words).but_refused(Command::Generate, 4, words);
    rows.push(otherkey.rsa().signatures(1));
    rows
}
