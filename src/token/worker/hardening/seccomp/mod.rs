//! Which system calls the module is refused, by seccomp: what no module needs and what an attacker would use to
//! look into other processes, to get at the kernel, or to undo the confinement. They fail with `EPERM`.
//!
//! Running programs, forking and the network are not among them: p11-kit's modules run commands, and the clients
//! of network HSMs need all three.

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod filter;

/// Refuses them to the calling thread, and to every thread and process that comes from it. Gives whether it does.
///
/// `parent` is spared signals, for kernels that cannot keep all of them within. `truncation` is to be refused where
/// nothing else keeps a module from emptying files by their names.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(super) fn refuse(parent: u32, truncation: bool) -> bool {
    filter::programs(parent, truncation)
        .is_ok_and(|programs| programs.iter().all(|program| seccompiler::apply_filter(program).is_ok()))
}

/// On other machines nobody has said what the numbers of the calls are.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(super) fn refuse(_parent: u32, _truncation: bool) -> bool {
    false
}
