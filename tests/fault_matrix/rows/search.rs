//! The search for objects.

use crate::command::Command;
use crate::row::{Expect, Row};

/// The rows.
pub(crate) fn rows() -> Vec<Row> {
    let find =
        |fault: &str, words: &str| Row::refused(format!("C_FindObjects:{fault}"), 4, words).signatures(0);
    let begin =
        |fault: &str, words: &str| Row::refused(format!("C_FindObjectsInit:{fault}"), 4, words).signatures(0);
    let end = |fault: &str| {
        Row::refused(format!("C_FindObjectsFinal:{fault}"), 4, " from C_FindObjectsFinal").signatures(0)
    };
    let mut rows = vec![
        find("none", "no key …crash"),
        find("twice", "C_FindObjects returned nonsense: gives one object twice"),
        find("ghost", "CKR_OBJECT_HANDLE_INVALID from C_GetAttributeValue"),
        find("ghosts", "CKR_OBJECT_HANDLE_INVALID from C_GetAttributeValue"),
        find("nulls", "…").but_refused(
            Command::Create,
            4,
            "CKR_OBJECT_HANDLE_INVALID from C_GetAttributeValue",
        ),
        find("overfull", "C_FindObjects returned nonsense: claims "),
        find("huge", "C_FindObjects returned nonsense: claims "),
        find("endless", "C_FindObjects returned nonsense: claims more than 4096 objects"),
        find("growing", "C_FindObjects returned nonsense: claims more than 4096 objects"),
        // A search that ignores what it is to look for.
        begin("wide", "…").but_refused(Command::Generate, 1, "label \"new\" is taken"),
        begin("everything", "…").but_refused(Command::Generate, 1, "label \"new\" is taken"),
        end("rv=0x30"),
        Row::refused("C_FindObjectsFinal:ok", 4, "CKR_OPERATION_ACTIVE from C_").signatures(0),
        end("missing"),
        Row::harmless("C_FindObjects:slow=50"),
    ];
    for (value, name) in [
        ("0x5", "GENERAL_ERROR"),
        ("0x6", "FUNCTION_FAILED"),
        ("0x82", "OBJECT_HANDLE_INVALID"),
        ("0xb3", "SESSION_HANDLE_INVALID"),
        ("0xe0", "TOKEN_NOT_PRESENT"),
        ("0x101", "USER_NOT_LOGGED_IN"),
    ] {
        rows.push(find(&format!("rv={value}"), &format!("CKR_{name} from C_FindObjects")));
    }
    // Only where more is to be fetched at once.
    rows.push(Row::harmless("C_FindObjects:rv=0x30@99").but(Command::Issue, Expect::Done).rarely());
    rows
}
