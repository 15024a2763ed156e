//! What the process may use and become, by limits that only root could raise again.

use rustix::process::{DumpableBehavior, Resource, Rlimit};
use rustix::thread::{CapabilitySet, CapabilitySets};

/// Memory for data, in octets: far above what a module needs, and below what would bring the machine down. Of the
/// address space as a whole some modules reserve more than they use, so that is not limited.
const DATA: u64 = 4 << 30;
/// Open files.
const FILES: u64 = 4096;

/// What is left of root's rights over the machine where the program runs as root: those over files. Others would open
/// ways around the confinement, such as the environment of any process (`CAP_PERFMON`) and limits without bounds.
const KEPT: [CapabilitySet; 10] = [
    CapabilitySet::CHOWN,
    CapabilitySet::DAC_OVERRIDE,
    CapabilitySet::DAC_READ_SEARCH,
    CapabilitySet::FOWNER,
    CapabilitySet::FSETID,
    CapabilitySet::SETGID,
    CapabilitySet::SETUID,
    CapabilitySet::NET_BIND_SERVICE,
    CapabilitySet::IPC_LOCK,
    CapabilitySet::IPC_OWNER,
];

/// What is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) no_new_privileges: bool,
    pub(super) not_dumpable: bool,
}

/// Sets them. Each is a second line of defence: where the kernel refuses one the worker is still of use.
pub(super) fn set() -> Limits {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let core = rustix::process::setrlimit(Resource::Core, none).is_ok();
    for (resource, most) in [(Resource::Data, DATA), (Resource::Nofile, FILES)] {
        let Rlimit { current, maximum } = rustix::process::getrlimit(resource);
        let lowered = |limit: Option<u64>| Some(limit.map_or(most, |limit| limit.min(most)));
        let _ = rustix::process::setrlimit(
            resource,
            Rlimit { current: lowered(current), maximum: lowered(maximum) },
        );
    }
    // A core dump that is piped to a program heeds no limit, but this.
    let dumpable = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).is_ok();
    let privileges = rustix::thread::set_no_new_privs(true).is_ok();
    if let Ok(sets) = rustix::thread::capabilities(None) {
        let kept = CapabilitySet::from_iter(KEPT);
        let CapabilitySets { effective, permitted, inheritable } = sets;
        let left = CapabilitySets {
            effective: effective & kept,
            permitted: permitted & kept,
            inheritable: inheritable & kept,
        };
        let _ = rustix::thread::set_capabilities(None, left);
    }
    Limits { no_new_privileges: privileges, not_dumpable: core && dumpable }
}
