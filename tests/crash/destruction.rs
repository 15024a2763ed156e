//! The act of destroying a key.

use crate::acts::{Act, lost, owned};
use crate::home::Home;
use crate::support::fault_module;

/// A key is there or gone, and in the end the log tells that it is gone.
pub(crate) const DESTROY: Act = Act {
    name: "key destroy",
    prepare: || {
        let home = Home::template();
        home.done(&["key", "generate", SPARE, "--algorithm", "ec-p256"]);
        fault_module::forget(home.token());
        home
    },
    arguments: |_| owned(&["key", "destroy", SPARE]),
    mend: |_| Ok(()),
    done: |_, _| Ok(()),
    then: |home| {
        // Refused where it is on record already.
        drop(home.keyrite(&["key", "destroy", SPARE], ""));
        let listed = home.done(&["audit", "list", "--event", "key-destroyed"]);
        if listed.contains("object=spare") { Ok(()) } else { lost("the end of the key") }
    },
};

const SPARE: &str = "pkcs11:object=spare";
