//! The login, and random octets.

use crate::command::Command;
use crate::row::Row;

/// The rows.
pub(crate) fn rows() -> Vec<Row> {
    let login = |fault: &str, words: &str| Row::refused(format!("C_Login:{fault}"), 4, words).signatures(0);
    let unlogged = |fault: &str| {
        login(fault, "…crash").but_refused(
            Command::Generate,
            4,
            "CKR_USER_NOT_LOGGED_IN from C_GenerateKeyPair",
        )
    };
    let random = |fault: &str, words: &str| Row::refused(format!("C_GenerateRandom:{fault}"), 4, words);
    // Two draws are needed to see it, and one certificate takes one.
    let twice = "the token's generator gave the same octets twice";
    vec![
        login("rv=0xa0", "wrong PIN for token \"crash\"…hint: "),
        login("rv=0xa1", "token \"crash\" refused the PIN (CKR_PIN_INVALID)…hint: "),
        login("rv=0xa2", "token \"crash\" refused the PIN (CKR_PIN_LEN_RANGE)…hint: "),
        login("rv=0xa3", "the PIN of token \"crash\" has expired…hint: "),
        login("rv=0xa4", "the PIN of token \"crash\" is locked…hint: "),
        login("rv=0x7", "token \"crash\" refused the PIN (CKR_ARGUMENTS_BAD)…hint: "),
        login("rv=0x20", "token \"crash\" refused the PIN (CKR_DATA_INVALID)…hint: "),
        login("rv=0x82", "token \"crash\" refused the PIN (CKR_OBJECT_HANDLE_INVALID)…hint: "),
        login("rv=0x5", "CKR_GENERAL_ERROR from C_Login"),
        login("rv=0x6", "CKR_FUNCTION_FAILED from C_Login"),
        login("rv=0x31", "CKR_DEVICE_MEMORY from C_Login"),
        login("rv=0x54", "CKR_FUNCTION_NOT_SUPPORTED from C_Login"),
        login("rv=0xb1", "CKR_SESSION_COUNT from C_Login"),
        login("rv=0xb3", "CKR_SESSION_HANDLE_INVALID from C_Login"),
        login("rv=0xe0", "CKR_TOKEN_NOT_PRESENT from C_Login"),
        login("rv=0x102", "token \"crash\" has no user PIN…hint: "),
        login("rv=0x103", "CKR_USER_TYPE_INVALID from C_Login"),
        login("rv=0x104", "the security officer is logged in to token \"crash\""),
        // CKR_USER_ALREADY_LOGGED_IN, or CKR_OK, and it is not so.
        unlogged("rv=0x100"),
        unlogged("pretends"),
        Row::harmless("C_Login:prints"),
        random("constant", "the token's generator gives constant octets"),
        random("zeros", "the token's generator gives constant octets"),
        random("unwritten", "the token's generator gives constant octets"),
        random("repeats", twice).but(Command::Create, crate::row::Expect::Done),
        random("counts", twice).but(Command::Create, crate::row::Expect::Done),
        random("rv=0x30@2", "CKR_DEVICE_ERROR from C_GenerateRandom"),
        random("rv=0x54@2", "CKR_FUNCTION_NOT_SUPPORTED from C_GenerateRandom"),
        // It has none, and need not have one.
        Row::harmless("C_GenerateRandom:rv=0x121"),
        Row::harmless("C_GenerateRandom:rv=0x54"),
    ]
}
