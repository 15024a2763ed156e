//! Each act with each kind of disturbance.

use crate::acts::{self, Act};
use crate::campaign::{Kind, disturb};
use crate::{destruction, exchange};

macro_rules! disturbed {
    ($($(#[$attribute:meta])* $name:ident: $act:path;)*) => {$(
        mod $name {
            use super::*;

            const ACT: &Act = &$act;

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
    init: acts::INIT;
    ca_create: acts::CREATE;
    issue_one: acts::ONE;
    issue_three: acts::BATCH;
    issue_nine: acts::LARGE_BATCH;
    revoke: acts::REVOKE;
    crl_issue: acts::CRL;
    crl_issue_delta: acts::DELTA;
    ocsp_sign: acts::OCSP_SIGN;
    publish: acts::PUBLISH;
    key_destroy: destruction::DESTROY;
    recover: acts::RECOVER;
    migrate_openssl: acts::MIGRATE;
    export_openssl: acts::MOVE_OUT;
    backup: acts::BACKUP;
    restore: acts::RESTORE;
    export_home: acts::EXPORT_HOME;
    import_home: acts::IMPORT_HOME;
    audit_export: acts::AUDIT_EXPORT;
    bundle_answer: exchange::BUNDLE_ANSWER;
}
