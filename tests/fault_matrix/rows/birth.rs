//! The birth of a key pair: what is made is what was asked for, or nothing is left of it, or it is named.

use crate::row::Row;

const UNDONE: &str = "the generated key \"new\" was not good and has been destroyed";
const NOT_UNDONE: &str = "the generated key \"new\" was not good, and part of it is still in the token (";

/// The rows.
pub(crate) fn rows() -> Vec<Row> {
    let birth = |fault: &str, words: &str| Row::refused(format!("C_GenerateKeyPair:{fault}"), 4, words);
    let undone = |fault: &str, cause: &str| birth(fault, &format!("{UNDONE}…caused by: {cause}"));
    let left = |fault: &str, cause: &str| birth(fault, &format!("{NOT_UNDONE}…{cause}"));
    vec![
        birth("rv=0x5", "CKR_GENERAL_ERROR from C_GenerateKeyPair"),
        birth("rv=0x54", "CKR_FUNCTION_NOT_SUPPORTED from C_GenerateKeyPair…hint: "),
        birth("rv=0x70", "CKR_MECHANISM_INVALID from C_GenerateKeyPair…hint: "),
        birth("rv=0x101", "CKR_USER_NOT_LOGGED_IN from C_GenerateKeyPair…hint: "),
        birth("rv=0x130", "CKR_DOMAIN_PARAMS_INVALID from C_GenerateKeyPair…hint: "),
        birth("rv=0x31", "CKR_DEVICE_MEMORY from C_GenerateKeyPair"),
        left("after=0x5", "private keys: 1; public keys: 1; id "),
        birth("nothing", "…"),
        birth("ok", "…"),
        left("zero", "CKR_OBJECT_HANDLE_INVALID from C_DestroyObject").or_done(),
        left("ghost", "CKR_OBJECT_HANDLE_INVALID from C_DestroyObject").or_done(),
        undone("swaps", "").or_done(),
        undone("passing", "key \"new\" is not fit for a CA: CKA_TOKEN is false"),
        undone("public", "key \"new\" is not fit for a CA: CKA_PRIVATE is false"),
        undone("plain", "key \"new\" is not fit for a CA: CKA_SENSITIVE is false"),
        undone("extractable", "key \"new\" is not fit for a CA: CKA_EXTRACTABLE is true"),
        undone("signless", "key \"new\" is not fit for a CA: CKA_SIGN is false"),
        undone("curve", "the token generated ec-p384, wanted ec-p256"),
        birth("kind", "…"),
        undone("relabels", "no key "),
        undone("renumbers", "no key "),
        left("twice", "private keys: 1; public keys: 1; id "),
        undone("bits=1024", "").rsa(),
        undone("bits=3072", "the token generated rsa-3072, wanted rsa-2048").rsa(),
        undone("exponent", "").rsa(),
        Row::harmless("C_GenerateKeyPair:refuses=0xd10104"),
        Row::harmless("C_GenerateKeyPair:refuses=0x50105"),
        Row::refused("C_Sign:flip,C_DestroyObject:rv=0x6", 6, "did not prove itself").but_refused(
            crate::command::Command::Generate,
            4,
            format!("{NOT_UNDONE}private key: CKR_FUNCTION_FAILED from C_DestroyObject; public key: "),
        ),
        Row::refused("C_Sign:flip,C_DestroyObject:hang", 6, "did not prove itself").but_refused(
            crate::command::Command::Generate,
            4,
            format!("{NOT_UNDONE}private key: C_DestroyObject did not return within 1s; "),
        ),
        Row::refused("C_Sign:flip,C_DestroyObject:crash", 6, "did not prove itself").but_refused(
            crate::command::Command::Generate,
            4,
            format!(
                "{NOT_UNDONE}private key: the worker process ended in C_DestroyObject: killed by SIGSEGV; "
            ),
        ),
        Row::refused("C_Sign:flip,C_DestroyObject:pretends", 6, "did not prove itself").but_refused(
            crate::command::Command::Generate,
            4,
            format!("{NOT_UNDONE}private keys: 1; public keys: 1; id "),
        ),
    ]
}
