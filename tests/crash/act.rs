//! Each act with each kind of disturbance.

use crate::acts::{self, Act};
use crate::campaign::{Kind, disturb};

macro_rules! disturbed {
    ($($(#[$attribute:meta])* $name:ident: $act:ident;)*) => {$(
        mod $name {
            use super::*;

            const ACT: &Act = &acts::$act;

            #[test]
            $(#[$attribute])*
            fn killed_at_its_boundaries() {
                disturb(ACT, Kind::Kill);
            }

            #[test]
            $(#[$attribute])*
            fn with_calls_that_fail() {
                disturb(ACT, Kind::Error);
            }

            #[test]
            $(#[$attribute])*
            fn with_writes_that_come_short() {
                disturb(ACT, Kind::Short);
            }
        }
    )*};
}

disturbed! {
    init: INIT;
    ca_create: CREATE;
    issue_one: ONE;
    issue_three: BATCH;
    issue_nine: LARGE_BATCH;
    revoke: REVOKE;
    crl_issue: CRL;
    crl_issue_delta: DELTA;
    ocsp_sign: OCSP_SIGN;
    publish: PUBLISH;
    key_destroy: DESTROY;
    recover: RECOVER;
    migrate_openssl: MIGRATE;
    export_openssl: MOVE_OUT;
    backup: BACKUP;
    restore: RESTORE;
    export_home: EXPORT_HOME;
    import_home: IMPORT_HOME;
    audit_export: AUDIT_EXPORT;
    bundle_answer: BUNDLE_ANSWER;
}
