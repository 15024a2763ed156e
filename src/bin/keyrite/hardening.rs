//! What the process gives up before it can hold a PIN: core dumps, and being looked into by others.

use rustix::process::{DumpableBehavior, Resource, Rlimit};

/// Second lines of defence: where the kernel refuses one, the program is still of use.
pub(crate) fn restrict() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let refused = [
        rustix::process::setrlimit(Resource::Core, none).err(),
        rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).err(),
    ];
    for error in refused.into_iter().flatten() {
        tracing::warn!("the system refuses to protect this process: {error}");
    }
}
