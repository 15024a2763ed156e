//! Objects by others that name what is ours.

use crate::home::Home;

/// A certificate that names our CA and somebody else's serial number, and was never issued, revokes nothing.
#[test]
fn a_forged_certificate_revokes_nobody() {
    let home = Home::template();
    let serial = home.certificates().last().unwrap().number.clone();
    let before = home.revoked();
    let (made, said) = home.openssl(&[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        "forged.key",
        "-subj",
        "/C=AT/O=Example/CN=Example Root",
        "-set_serial",
        &format!("0x{serial}"),
        "-out",
        "forged.pem",
    ]);
    assert!(made, "{said}");
    let arguments = ["revoke", "forged.pem", "--ca", "root", "--reason", "superseded"];
    let run = home.keyrite(&arguments, "");
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(run.stderr.contains("forged.pem") && run.stderr.contains("not issued by this CA"), "{run:#?}");
    assert_eq!(home.revoked(), before);
    home.done(&["revoke", "www.pem", "--ca", "root", "--reason", "superseded"]);
}
