//! The module's start, its slots and tokens, and sessions.

use crate::command::Command;
use crate::row::Row;

/// The rows.
pub(crate) fn rows() -> Vec<Row> {
    let mut rows = start();
    rows.extend(slots());
    rows.extend(tokens());
    rows.extend(sessions());
    rows.into_iter().map(|row| row.signatures(0)).chain(harmless()).collect()
}

fn start() -> Vec<Row> {
    let initialize = |value: u64, name: &str| {
        Row::refused(format!("C_Initialize:rv={value:#x}"), 4, format!("CKR_{name} from C_Initialize…hint: "))
    };
    vec![
        Row::refused("C_GetFunctionList:null", 4, "C_GetFunctionList returned nonsense: CKR_OK and no list"),
        Row::refused("C_GetFunctionList:rv=0x5", 4, "CKR_GENERAL_ERROR from C_GetFunctionList"),
        initialize(0x2, "HOST_MEMORY"),
        initialize(0x5, "GENERAL_ERROR"),
        initialize(0x6, "FUNCTION_FAILED"),
        initialize(0x7, "ARGUMENTS_BAD"),
        initialize(0x9, "NEED_TO_CREATE_THREADS"),
        initialize(0xa, "CANT_LOCK"),
        initialize(0x54, "FUNCTION_NOT_SUPPORTED"),
        initialize(0x190, "CRYPTOKI_NOT_INITIALIZED"),
        Row::refused("C_Initialize:rv=0x191", 4, "CKR_CRYPTOKI_NOT_INITIALIZED from C_GetSlotList"),
    ]
}

fn slots() -> Vec<Row> {
    let nonsense = |fault: &str| {
        Row::refused(format!("C_GetSlotList:{fault}"), 4, "C_GetSlotList returned nonsense: claims ")
    };
    vec![
        Row::refused("C_GetSlotList:none", 4, "no token …hint: no token is present"),
        Row::refused("C_GetSlotList:shrinks", 4, "no token …hint: no token is present"),
        // Twice the token, or twice the one that is not meant.
        Row::refused("C_GetSlotList:twice", 4, "2 tokens in …fault_module.so agree with …hint: ").or_done(),
        nonsense("claims"),
        nonsense("huge").rarely(),
        nonsense("large").or_done().rarely(),
        nonsense("more").or_done(),
    ]
}

fn tokens() -> Vec<Row> {
    let info = |fault: &str, words: &str| Row::refused(format!("C_GetTokenInfo:{fault}"), 4, words);
    let exchanged = "the token was exchanged: \"crash\" (serial \"…\") was there before, now it is …";
    let other = [Command::Generate, Command::Create];
    // A CA's key is looked for in the very token, by its serial number too.
    let by_label =
        |row: Row| other.into_iter().fold(row, |row, command| row.but(command, crate::row::Expect::Done));
    vec![
        info("label", "no token …crash…hint: tokens present: …exchanged"),
        info("full", "no token …crash…hint: tokens present: …AAAAAAAA"),
        info("control", "no token …crash…hint: tokens present: …"),
        info("clone", "token…fault_module.so…hint: "),
        by_label(info("serial", "no token …serial=…hint: tokens present: …XXXX")),
        by_label(info("odd", "no token …manufacturer=…hint: tokens present: ")),
        by_label(info("bytes", "no token …manufacturer=…hint: tokens present: ")),
        info("serial@2+", "token").or_done(),
        info("serial@4+", exchanged),
        info("label@4+", exchanged),
        info("flags=0x40000", "the PIN of token \"crash\" is locked…hint: "),
        info("flags=0x20000", "one try is left for the PIN of token \"crash\", so it was not tried…hint: "),
        // No login needed, says the token, and no PIN pad: it has neither.
        info("unflags=0x4", "…crash").but_refused(
            Command::Generate,
            4,
            "CKR_USER_NOT_LOGGED_IN from C_GenerateKeyPair",
        ),
        info("flags=0x100", "token \"crash\" refused the PIN (CKR_ARGUMENTS_BAD)"),
    ]
}

fn sessions() -> Vec<Row> {
    let open = |fault: &str, words: &str| Row::refused(format!("C_OpenSession:{fault}"), 4, words);
    vec![
        open("ro", "CKR_TOKEN_WRITE_PROTECTED from C_OpenSession"),
        open("zero", "CKR_SESSION_HANDLE_INVALID from C_Login"),
        open("ghost", "CKR_SESSION_HANDLE_INVALID from C_Login"),
        open("rv=0xb1", "CKR_SESSION_COUNT from C_OpenSession"),
        open("rv=0xe0", "CKR_TOKEN_NOT_PRESENT from C_OpenSession"),
        open("rv=0xe1", "CKR_TOKEN_NOT_RECOGNIZED from C_OpenSession"),
    ]
}

/// Modules that are odd and nothing worse.
fn harmless() -> Vec<Row> {
    [
        "C_GetFunctionList:old",
        "C_GetFunctionList:instances",
        "C_GetSlotList:ghost",
        "C_GetTokenInfo:flags=0x10000",
        "C_GetTokenInfo:flags=0x80000",
        "C_GetTokenInfo:flags=0x2",
        "C_GetTokenInfo:unflags=0x400",
        "C_GetTokenInfo:nuls",
        "C_GetTokenInfo:date",
        "C_OpenSession:one",
        "C_CloseSession:rv=0x30",
        "C_CloseSession:ok",
    ]
    .into_iter()
    .map(Row::harmless)
    .collect()
}
