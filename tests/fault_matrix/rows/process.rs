//! Functions that hang, crash, end the process, fail, or do nothing: the same for each that is called.

use crate::command::Command;
use crate::row::{Expect, Row};

/// The functions in which a fault is fatal, and the name under which the error knows a worker that ended in them;
/// … where the name is that of a call around it.
const FATAL: [(&str, &str); 14] = [
    ("C_GetFunctionList", "…"),
    ("C_Initialize", "C_Initialize"),
    ("C_GetSlotList", "C_GetSlotList"),
    ("C_GetTokenInfo", "C_GetTokenInfo"),
    ("C_OpenSession", "C_OpenSession"),
    ("C_Login", "C_Login"),
    ("C_FindObjectsInit", "C_FindObjects…"),
    ("C_FindObjects", "C_FindObjects"),
    ("C_FindObjectsFinal", "C_FindObjects…"),
    ("C_GetAttributeValue", "C_GetAttributeValue"),
    ("C_SignInit", "C_SignInit"),
    ("C_Sign", "C_Sign"),
    ("C_GenerateRandom", "C_GenerateRandom"),
    ("C_GenerateKeyPair", "C_GenerateKeyPair"),
];

/// The rows.
pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (function, known) in FATAL {
        let ended = |how: &str| format!("the worker process ended in {known}: {how}");
        for (kind, words) in [
            ("hang", format!("{known} did not return within 1s; the worker process was ended")),
            ("crash", ended("killed by SIGSEGV")),
            ("late", ended("killed by SIGKILL")),
            ("exit=0", ended("exit code 0")),
            ("babble", "the worker process answered … with nonsense: message is not well-formed".to_owned()),
        ] {
            let row = Row::refused(format!("{function}:{kind}"), 4, words);
            // What the module has done before nobody heard of it is in the token.
            let unheard = function == "C_GenerateKeyPair";
            let words = "nobody heard whether key \"new\" was generated: if it was, it is in the token, by id …hint: ";
            rows.push(if unheard { row.but_refused(Command::Generate, 4, words) } else { row });
        }
        // What such an answer of this one means depends on the attribute.
        if !["C_GetAttributeValue", "C_FindObjectsFinal"].contains(&function) {
            for (value, name) in [
                ("0x30", "CKR_DEVICE_ERROR"),
                ("0x32", "CKR_DEVICE_REMOVED"),
                ("0x80000123", "CKR_VENDOR_DEFINED 0x80000123"),
            ] {
                rows.push(Row::refused(
                    format!("{function}:rv={value}"),
                    4,
                    format!("{name} from {function}"),
                ));
            }
        }
    }
    rows.extend(absent());
    rows.extend(ends());
    rows.extend(others());
    rows
}

/// Functions that are not there (NULL in the list), or that return CKR_OK and have done nothing.
fn absent() -> Vec<Row> {
    let missing =
        |function: &str| Row::refused(format!("{function}:missing"), 4, "CKR_FUNCTION_NOT_SUPPORTED from C_");
    let idle = |function: &str, words: &str| Row::refused(format!("{function}:ok"), 4, words);
    let only = |row: Row| [Command::Issue, Command::Crl, Command::Create].into_iter().fold(row, done);
    vec![
        missing("C_Initialize"),
        missing("C_GetSlotList"),
        missing("C_GetTokenInfo"),
        missing("C_OpenSession"),
        missing("C_Login"),
        missing("C_FindObjectsInit"),
        missing("C_FindObjects"),
        missing("C_SignInit"),
        missing("C_Sign"),
        only(missing("C_GenerateKeyPair")),
        Row::harmless("C_GenerateRandom:missing"),
        Row::harmless("C_GetInfo:missing"),
        Row::harmless("C_GetSlotInfo:missing"),
        Row::harmless("C_GetMechanismList:missing"),
        Row::harmless("C_CloseSession:missing"),
        Row::harmless("C_Logout:missing"),
        Row::harmless("C_Finalize:missing"),
        idle("C_Initialize", "CKR_CRYPTOKI_NOT_INITIALIZED from C_GetSlotList"),
        idle("C_GetSlotList", "CKR_SLOT_ID_INVALID from C_GetTokenInfo"),
        idle("C_GetTokenInfo", "no token …crash…fault_module.so"),
        idle("C_OpenSession", "CKR_SESSION_HANDLE_INVALID from C_Login"),
        idle("C_FindObjectsInit", "CKR_OPERATION_NOT_INITIALIZED from C_FindObjects"),
        idle("C_SignInit", "CKR_OPERATION_NOT_INITIALIZED from C_Sign"),
        idle("C_Sign", "signature of 1088 octets, wanted exactly 64"),
        idle("C_GenerateRandom", "the token's generator gives constant octets"),
    ]
}

fn done(row: Row, command: Command) -> Row {
    row.but(command, Expect::Done)
}

/// At the end, when everything is done, nothing that the module does is of any account.
fn ends() -> Vec<Row> {
    ["hang", "crash", "late", "exit=0", "babble", "rv=0x30", "ok", "closes"]
        .into_iter()
        .map(|kind| Row::harmless(format!("C_Finalize:{kind}")))
        .collect()
}

/// Other ways to go, each in a call before and in one after something was reserved.
fn others() -> Vec<Row> {
    let mut rows = Vec::new();
    for call in ["C_Login", "C_Sign@2", "C_Sign@3"] {
        let (function, at) =
            call.split_once('@').map_or((call, String::new()), |(of, at)| (of, format!("@{at}")));
        for (kind, words) in [
            ("disguised", format!("{function} did not return within 1s; the worker process was ended")),
            ("stop", format!("{function} did not return within 1s; the worker process was ended")),
            ("abort", format!("the worker process ended in {function}: killed by SIGABRT")),
            ("kill", format!("the worker process ended in {function}: killed by SIGKILL")),
            ("quit=3", format!("the worker process ended in {function}: exit code 3")),
            ("closes", format!("the worker process ended in {function}: killed by SIGABRT")),
            ("babble", "the worker process answered … with nonsense: message is not well-formed".to_owned()),
        ] {
            rows.push(Row::refused(format!("{function}:{kind}{at}"), 4, words));
        }
        for kind in ["slow=200", "fork"] {
            rows.push(Row::harmless(format!("{function}:{kind}{at}")));
        }
    }
    rows
}
