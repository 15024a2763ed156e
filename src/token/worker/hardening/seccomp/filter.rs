//! The filter: system calls by number, some by their arguments too.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, sock_filter,
};

/// Refused whatever their arguments are.
const REFUSED: [c_long; 46] = [
    // Looking into other processes, and taking their files.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_kcmp,
    libc::SYS_pidfd_getfd,
    // What is seen of the file system, and files past their paths.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    // Namespaces, in which a user has rights over the kernel that nobody gave.
    libc::SYS_setns,
    libc::SYS_unshare,
    // The kernel itself, and the parts of it in which flaws are found most.
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    // Keys that the kernel holds for the user's other programs.
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    // The machine.
    libc::SYS_reboot,
    libc::SYS_acct,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_vhangup,
];

/// What one kind of machine has besides.
#[cfg(target_arch = "x86_64")]
const OWN: [c_long; 3] = [libc::SYS_ioperm, libc::SYS_iopl, libc::SYS_modify_ldt];
#[cfg(target_arch = "aarch64")]
const OWN: [c_long; 0] = [];

#[cfg(target_arch = "x86_64")]
const MACHINE: TargetArch = TargetArch::x86_64;
#[cfg(target_arch = "aarch64")]
const MACHINE: TargetArch = TargetArch::aarch64;

/// `setrlimit`, whose number the `libc` crate lacks for one machine.
#[cfg(target_arch = "x86_64")]
const SETRLIMIT: c_long = libc::SYS_setrlimit;
#[cfg(target_arch = "aarch64")]
const SETRLIMIT: c_long = 164;

/// The flags of `clone` that make namespaces (clone(2)).
const NAMESPACES: [u64; 8] = [
    0x0000_0080, // CLONE_NEWTIME, for clone3 alone, but it costs nothing
    0x0002_0000, // CLONE_NEWNS
    0x0200_0000, // CLONE_NEWCGROUP
    0x0400_0000, // CLONE_NEWUTS
    0x0800_0000, // CLONE_NEWIPC
    0x1000_0000, // CLONE_NEWUSER
    0x2000_0000, // CLONE_NEWPID
    0x4000_0000, // CLONE_NEWNET
];
/// Puts characters into a terminal as if they had been typed (ioctl_tty(2)), and the virtual consoles' way to.
const TYPING: [u64; 2] = [0x5412, 0x541c];
/// The resources that no module needs more of (getrlimit(2)): core dumps and data.
const LIMITS: [u64; 2] = [4, 2];
/// `PR_SET_DUMPABLE`.
const DUMPABLE: u64 = 4;
/// The argument by which `personality` only tells.
const TELL: u64 = 0xffff_ffff;
/// Process ids from here on are negative ones: groups, or everybody.
const GROUPS: u64 = 0x8000_0000;
/// Where the numbers of the x32 interface begin, another way to the same calls.
#[cfg(target_arch = "x86_64")]
const X32: u32 = 0x4000_0000;

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

/// The programs for the kernel; all of them are to be in force.
pub(super) fn programs(parent: u32, truncation: bool) -> Result<Vec<BpfProgram>, BackendError> {
    let permission = filter(rules(parent, truncation)?, libc::EPERM)?;
    // Its flags are in memory, where no filter can look; without it the C library takes `clone`.
    let absent = filter(BTreeMap::from([(libc::SYS_clone3, Vec::new())]), libc::ENOSYS)?;
    let mut programs = vec![permission, absent];
    programs.extend(without_x32());
    Ok(programs)
}

fn filter(rules: Rules, error: i32) -> Result<BpfProgram, BackendError> {
    let error = SeccompAction::Errno(error.unsigned_abs());
    SeccompFilter::new(rules, SeccompAction::Allow, error, MACHINE)?.try_into()
}

fn rules(parent: u32, truncation: bool) -> Result<Rules, BackendError> {
    let mut rules: Rules = REFUSED.into_iter().chain(OWN).map(|number| (number, Vec::new())).collect();
    if truncation {
        rules.insert(libc::SYS_truncate, Vec::new());
    }
    let namespaces = NAMESPACES.map(|flag| rule(&[(0, SeccompCmpOp::MaskedEq(flag), flag)]));
    rules.insert(libc::SYS_clone, all(namespaces)?);
    rules.insert(libc::SYS_ioctl, all(TYPING.map(|request| rule(&[(1, SeccompCmpOp::Eq, request)])))?);
    rules.insert(libc::SYS_prctl, all([rule(&[(0, SeccompCmpOp::Eq, DUMPABLE), (1, SeccompCmpOp::Ne, 0)])])?);
    rules.insert(libc::SYS_personality, all([rule(&[(0, SeccompCmpOp::Ne, TELL)])])?);
    rules.insert(SETRLIMIT, all(LIMITS.map(|limit| rule(&[(0, SeccompCmpOp::Eq, limit)])))?);
    let set = (2, SeccompCmpOp::Ne, 0);
    let mut limits = all(LIMITS.map(|limit| whole(&[(1, SeccompCmpOp::Eq, limit), set.clone()])))?;
    // Nor limits of other processes.
    limits.push(whole(&[(0, SeccompCmpOp::Ne, 0), set])?);
    rules.insert(libc::SYS_prlimit64, limits);
    let parent = u64::from(parent);
    for number in [
        libc::SYS_tkill,
        libc::SYS_tgkill,
        libc::SYS_rt_sigqueueinfo,
        libc::SYS_rt_tgsigqueueinfo,
        libc::SYS_pidfd_open,
    ] {
        rules.insert(number, all([rule(&[(0, SeccompCmpOp::Eq, parent)])])?);
    }
    let everybody = rule(&[(0, SeccompCmpOp::Ge, GROUPS)]);
    rules.insert(libc::SYS_kill, all([rule(&[(0, SeccompCmpOp::Eq, parent)]), everybody])?);
    Ok(rules)
}

fn all<const N: usize>(
    rules: [Result<SeccompRule, BackendError>; N],
) -> Result<Vec<SeccompRule>, BackendError> {
    rules.into_iter().collect()
}

/// One argument: which, compared how, with what.
type Condition = (u8, SeccompCmpOp, u64);

/// All conditions hold of the lower halves of the arguments, which is all that the kernel takes of an `int`.
fn rule(conditions: &[Condition]) -> Result<SeccompRule, BackendError> {
    compared(conditions, &SeccompCmpArgLen::Dword)
}

/// All conditions hold of the whole arguments.
fn whole(conditions: &[Condition]) -> Result<SeccompRule, BackendError> {
    compared(conditions, &SeccompCmpArgLen::Qword)
}

fn compared(conditions: &[Condition], length: &SeccompCmpArgLen) -> Result<SeccompRule, BackendError> {
    let condition = |(argument, comparison, value): &Condition| {
        SeccompCondition::new(*argument, length.clone(), comparison.clone(), *value)
    };
    SeccompRule::new(conditions.iter().map(condition).collect::<Result<_, _>>()?)
}

/// Has every number of the x32 interface fail as if the kernel had none, which it mostly has not.
#[cfg(target_arch = "x86_64")]
fn without_x32() -> Option<BpfProgram> {
    let instruction = |code, jt, jf, k| sock_filter { code, jt, jf, k };
    Some(vec![
        instruction(0x20, 0, 0, 0),           // load the number of the call
        instruction(0x35, 0, 1, X32),         // from X32 on go on, else skip one
        instruction(0x06, 0, 0, 0x0005_0026), // SECCOMP_RET_ERRNO with ENOSYS
        instruction(0x06, 0, 0, 0x7fff_0000), // SECCOMP_RET_ALLOW
    ])
}

#[cfg(target_arch = "aarch64")]
fn without_x32() -> Option<BpfProgram> {
    None
}

#[cfg(test)]
mod tests {
    use rustix::io::Errno;
    use rustix::process::{Pid, Resource, Rlimit, Signal};

    /// A filter holds for the thread that applies it and those that come from it, so each test has its own.
    fn confined<T: Send + 'static>(
        parent: u32,
        truncation: bool,
        test: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        let thread = std::thread::spawn(move || {
            assert!(
                crate::token::worker::hardening::seccomp::refuse(parent, truncation),
                "the kernel that tests run on has seccomp"
            );
            test()
        });
        thread.join().unwrap()
    }

    #[test]
    fn what_no_module_needs_is_refused() {
        confined(1, false, || {
            let core = Rlimit { current: Some(1), maximum: Some(1) };
            assert_eq!(rustix::process::setrlimit(Resource::Core, core), Err(Errno::PERM));
            let behaviour = rustix::process::DumpableBehavior::Dumpable;
            assert_eq!(rustix::process::set_dumpable_behavior(behaviour), Err(Errno::PERM));
            assert_eq!(rustix::system::sethostname(b"other"), Err(Errno::PERM));
            assert_eq!(rustix::process::chroot("/"), Err(Errno::PERM));
        });
    }

    #[test]
    fn the_program_and_everybody_are_spared_signals_and_others_are_not() {
        let mut other = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let own = Pid::from_child(&other);
        confined(1, false, move || {
            assert_eq!(rustix::process::test_kill_process(Pid::from_raw(1).unwrap()), Err(Errno::PERM));
            assert_eq!(rustix::process::test_kill_process_group(own), Err(Errno::PERM));
            assert_eq!(rustix::process::kill_process(own, Signal::TERM), Ok(()));
        });
        assert!(!other.wait().unwrap().success());
    }

    #[test]
    fn programs_threads_and_files_go_on_as_before() {
        confined(1, false, || {
            assert!(std::process::Command::new("true").status().unwrap().success());
            assert_eq!(std::thread::spawn(|| 7).join().unwrap(), 7);
            let file = tempfile::NamedTempFile::new().unwrap();
            file.as_file().set_len(100).unwrap();
            let nofile = rustix::process::getrlimit(Resource::Nofile);
            rustix::process::setrlimit(Resource::Nofile, nofile).unwrap();
        });
    }
}
