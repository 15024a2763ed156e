use super::*;

fn facts() -> TokenInfo {
    TokenInfo {
        label: "root-g1".to_owned(),
        serial: "62fe4ad1".to_owned(),
        manufacturer: "SoftHSM project".to_owned(),
        model: "SoftHSM v2".to_owned(),
        slot_id: 17,
        library_version: (2, 6),
        ..TokenInfo::default()
    }
}

fn parse(text: &str) -> Pkcs11Uri {
    Pkcs11Uri::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn error(text: &str) -> String {
    Pkcs11Uri::parse(text).expect_err(text).to_string()
}

/// The examples of RFC 7512 s.3 that keyrite takes, and how it prints them.
#[test]
fn examples_of_the_standard() {
    let examples = [
        ("pkcs11:", "pkcs11:"),
        ("pkcs11:object=my-pubkey;type=public", "pkcs11:object=my-pubkey;type=public"),
        (
            "pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;\
             model=1.0;object=my-certificate;type=cert;id=%69%95%3E%5C%F4%BD%EC%91;serial=\
             ?pin-source=file:/etc/token_pin",
            "pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;serial=;\
             manufacturer=Snake%20Oil%2C%20Inc.;model=1.0;object=my-certificate;\
             id=%69%95%3E%5C%F4%BD%EC%91;type=cert?pin-source=file:/etc/token_pin",
        ),
        ("pkcs11:slot-description=Sun%20Metaslot", "pkcs11:slot-description=Sun%20Metaslot"),
        (
            "pkcs11:library-manufacturer=Snake%20Oil,%20Inc.;library-description=Soft%20Token%20Library;\
             library-version=1.23",
            "pkcs11:library-description=Soft%20Token%20Library;library-manufacturer=Snake%20Oil%2C%20Inc.;\
             library-version=1.23",
        ),
        (
            "pkcs11:token=A%20name%20with%20a%20substring%20%25%3B",
            "pkcs11:token=A%20name%20with%20a%20substring%20%25%3B",
        ),
        (
            "pkcs11:token=Name%20with%20a%20small%20A%20with%20acute:%20%C3%A1",
            "pkcs11:token=Name%20with%20a%20small%20A%20with%20acute%3A%20%C3%A1",
        ),
        (
            "PKCS11:object=x?module-path=/usr/lib/softhsm/libsofthsm2.so&module-name=softhsm2",
            "pkcs11:object=x?module-name=softhsm2&module-path=/usr/lib/softhsm/libsofthsm2.so",
        ),
        // Two slashes at the begin of a path are no host.
        ("pkcs11:token=a?pin-source=//m/pin", "pkcs11:token=a?pin-source=file:////m/pin"),
    ];
    for (text, printed) in examples {
        let uri = parse(text);
        assert_eq!(uri.to_string(), printed);
        assert_eq!(parse(printed), uri);
    }
}

#[test]
fn every_refusal_names_attribute_and_position() {
    let refusals = [
        ("pkcs12:token=a", "not a PKCS#11 URI: it must begin with \"pkcs11:\""),
        ("pkcs11", "not a PKCS#11 URI: it must begin with \"pkcs11:\""),
        ("pkcs11:token", "no \"name=value\" at octet 7: \"token\""),
        ("pkcs11:token=a;", "no \"name=value\" at octet 15: \"\""),
        ("pkcs11:=a", "no \"name=value\" at octet 7: \"=a\""),
        ("pkcs11:tokn=a", "unknown attribute \"tokn\" at octet 7"),
        ("pkcs11:x-vendor=a", "unknown attribute \"x-vendor\" at octet 7"),
        ("pkcs11:token=a;token=a", "attribute token is given twice, again at octet 15"),
        ("pkcs11:id=%01;id=%02", "attribute id is given twice, again at octet 14"),
        ("pkcs11:token=a%2", "bad percent-encoding in attribute token at octet 14"),
        ("pkcs11:token=%zz", "bad percent-encoding in attribute token at octet 13"),
        ("pkcs11:token=%+1", "bad percent-encoding in attribute token at octet 13"),
        ("pkcs11:token=a b", "character ' ' in attribute token at octet 14 must be percent-encoded"),
        ("pkcs11:token=é", "character 'é' in attribute token at octet 13 must be percent-encoded"),
        ("pkcs11:token=a/b", "character '/' in attribute token at octet 14 must be percent-encoded"),
        ("pkcs11:token=%ff", "attribute token at octet 7: not UTF-8"),
        ("pkcs11:slot-id=0x1", "attribute slot-id at octet 7: \"0x1\", wanted a decimal number"),
        ("pkcs11:slot-id=", "attribute slot-id at octet 7: \"\", wanted a decimal number"),
        (
            "pkcs11:type=key",
            "attribute type at octet 7: \"key\", wanted one of public, private, cert, secret-key, data",
        ),
        (
            "pkcs11:library-version=2.x",
            "attribute library-version at octet 7: \"2.x\", wanted such as 2 or 2.6",
        ),
        (
            "pkcs11:?pin-value=1234",
            "attribute pin-value at octet 8 is refused: a PIN in a URI is readable by others",
        ),
        (
            "pkcs11:pin-value=1234",
            "attribute pin-value at octet 7 is refused: a PIN in a URI is readable by others",
        ),
        (
            "pkcs11:?module-path=lib.so",
            "attribute module-path at octet 8: \"lib.so\" is not an absolute path",
        ),
        ("pkcs11:?module-name=", "attribute module-name at octet 8: \"\" is not the name of a module"),
        (
            "pkcs11:?pin-source=|/bin/pin",
            "attribute pin-source at octet 8: a command as PIN source is refused: keyrite runs no other \
             programs",
        ),
        ("pkcs11:?token=a", "unknown attribute \"token\" at octet 8"),
        (
            "pkcs11:token=a?module-path=/a&module-path=/b",
            "attribute module-path is given twice, again at octet 30",
        ),
    ];
    for (text, message) in refusals {
        assert_eq!(error(text), message, "{text}");
    }
    assert!(error(&format!("pkcs11:token={}", "a".repeat(5000))).contains("at most 4096"));
}

#[test]
fn a_refused_pin_is_not_repeated() {
    assert!(!error("pkcs11:?pin-value=1234").contains("1234"));
    assert!(!error("pkcs11:?pin-source=1234").contains("1234"));
}

#[test]
fn hints_name_the_nearest_attribute() {
    let hint = |text: &str| Pkcs11Uri::parse(text).unwrap_err().hint();
    assert_eq!(hint("pkcs11:tokn=a").as_deref(), Some("try token"));
    assert_eq!(hint("pkcs11:module-path=/a").as_deref(), Some("try module-path after the \"?\""));
    assert_eq!(hint("pkcs11:token=a b").as_deref(), Some("write it as %20"));
}

#[test]
fn a_token_matches_only_if_every_attribute_agrees() {
    let token = facts();
    for text in [
        "pkcs11:",
        "pkcs11:token=root-g1",
        "pkcs11:token=root-g1%20%20",
        "pkcs11:serial=62fe4ad1;token=root-g1",
        "pkcs11:slot-id=17;library-version=2.6;model=SoftHSM%20v2",
        "pkcs11:object=any;id=%01",
    ] {
        assert!(parse(text).matches_token(&token), "{text}");
    }
    for text in [
        "pkcs11:token=root",
        "pkcs11:token=ROOT-G1",
        "pkcs11:token=root-g1;serial=1",
        "pkcs11:token=",
        "pkcs11:slot-id=1",
        "pkcs11:library-version=2",
        "pkcs11:manufacturer=x",
    ] {
        assert!(!parse(text).matches_token(&token), "{text}");
    }
}

#[test]
fn a_token_that_opensc_renamed_is_found_by_the_label_that_was_set() {
    let token = TokenInfo { label: "root-g1 (User PIN)".to_owned(), ..facts() };
    assert!(parse("pkcs11:token=root-g1").matches_token(&token));
    assert!(!parse("pkcs11:token=root").matches_token(&token));
    let other = TokenInfo { label: "root-g1 (old)".to_owned(), ..facts() };
    assert!(!parse("pkcs11:token=root-g1").matches_token(&other));
}

#[test]
fn the_exact_uri_of_a_key_finds_it_again() {
    let token = facts();
    let uri = Pkcs11Uri::of_key(&token, "root 2026", &[0x00, 0x7f, 0xff]);
    assert_eq!(
        uri.to_string(),
        "pkcs11:token=root-g1;serial=62fe4ad1;manufacturer=SoftHSM%20project;model=SoftHSM%20v2;\
         object=root%202026;id=%00%7F%FF;type=private"
    );
    let back = parse(&uri.to_string());
    assert!(back.matches_token(&token));
    assert!(back.matches_key("root 2026", &[0x00, 0x7f, 0xff]));
    assert!(!back.matches_key("root 2026", &[0x00, 0x7f]));
    assert!(!back.matches_key("root", &[0x00, 0x7f, 0xff]));
    assert_eq!(back.without_object(), Pkcs11Uri::of_token(&token));
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_panic_and_prints_canonically(text in "\\PC{0,80}") {
        if let Ok(uri) = Pkcs11Uri::parse(&format!("pkcs11:{text}")) {
            proptest::prop_assert_eq!(parse(&uri.to_string()), uri);
        }
    }

    #[test]
    fn any_label_and_id_read_back(label in "\\PC{1,40}", id in proptest::collection::vec(0u8.., 1..40)) {
        let token = TokenInfo { label: label.trim_end().to_owned(), ..TokenInfo::default() };
        let uri = Pkcs11Uri::of_key(&token, &label, &id);
        let back = parse(&uri.to_string());
        proptest::prop_assert!(back.matches_key(&label, &id));
    }
}
