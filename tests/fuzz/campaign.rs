//! The long campaigns: libFuzzer drives the targets, and tells from the coverage which inputs to go on with.
//!
//! Stable Rust can put libFuzzer's counters into the code, and Debian's clang brings the library; both are put
//! together by `softhsm-setup/fuzz.sh`, which alone builds this in a way that does something.

#![cfg_attr(libfuzzer, expect(unsafe_code, reason = "libFuzzer is called, and calls, by the rules of C"))]
#![cfg_attr(not(libfuzzer), expect(dead_code, reason = "only the build of fuzz.sh uses the targets"))]
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a target fails by panicking, and a tool of the developers prints"
)]

mod corpus;
mod invariant;
mod mutation;
#[path = "../../src/bin/keyrite/safe_text.rs"]
#[expect(dead_code, unused_imports, reason = "the program uses the rest of it, and its tests run elsewhere")]
mod safe_text;
mod ssh;
mod targets;
mod transparency;

#[cfg(not(libfuzzer))]
fn main() {
    eprintln!("error: built without libFuzzer\nhint: ./softhsm-setup/fuzz.sh --help");
}

#[cfg(libfuzzer)]
fn main() {
    libfuzzer::main();
}

#[cfg(libfuzzer)]
mod libfuzzer {
    use std::ffi::{CString, c_char, c_int, c_uint};
    use std::sync::OnceLock;

    use super::{corpus, mutation, targets};

    unsafe extern "C" {
        fn LLVMFuzzerRunDriver(
            argc: *mut c_int,
            argv: *mut *mut *mut c_char,
            run: extern "C" fn(*const u8, usize) -> c_int,
        ) -> c_int;
        fn LLVMFuzzerMutate(data: *mut u8, size: usize, most: usize) -> usize;
    }

    static TARGET: OnceLock<fn(&[u8])> = OnceLock::new();

    /// `campaign TARGET CORPUS [libFuzzer's options]`: writes the seeds into the corpus and lets libFuzzer run.
    pub(super) fn main() {
        let mut arguments = std::env::args();
        let program = arguments.next().unwrap_or_default();
        let (Some(name), Some(directory)) = (arguments.next(), arguments.next()) else {
            panic!("usage: campaign TARGET CORPUS [OPTION...]");
        };
        let target = targets::TARGETS.into_iter().find(|target| target.name == name);
        let target = target.unwrap_or_else(|| panic!("there is no target {name:?}"));
        corpus::write(&name, directory.as_ref());
        TARGET.set(target.run).expect("it is set once");
        let words = [program, directory, format!("-max_len={}", target.most)].into_iter().chain(arguments);
        let mut words: Vec<*mut c_char> =
            words.map(|word| CString::new(word).expect("no argument has a NUL").into_raw()).collect();
        let mut count = c_int::try_from(words.len()).expect("there are few arguments");
        words.push(std::ptr::null_mut());
        let mut words = words.as_mut_ptr();
        // SAFETY: `words` is what C's main gets: `count` strings and a null pointer, none of which is freed before
        // the process ends. `run` is given memory of libFuzzer's that it only reads.
        let status = unsafe { LLVMFuzzerRunDriver(&raw mut count, &raw mut words, run) };
        std::process::exit(status);
    }

    extern "C" fn run(data: *const u8, size: usize) -> c_int {
        // SAFETY: libFuzzer gives `size` octets at `data`; of an empty input the pointer may be null.
        let octets = if size == 0 { &[][..] } else { unsafe { std::slice::from_raw_parts(data, size) } };
        if let Some(target) = TARGET.get() {
            target(octets);
        }
        0
    }

    /// libFuzzer's hook for mutations: half of them are those of DER and of text, which keep an input readable.
    #[unsafe(no_mangle)]
    extern "C" fn LLVMFuzzerCustomMutator(data: *mut u8, size: usize, most: usize, seed: c_uint) -> usize {
        let mut random = mutation::Random::new(u64::from(seed));
        if random.below(2) == 0 {
            // SAFETY: the arguments are those that libFuzzer gave for this call.
            return unsafe { LLVMFuzzerMutate(data, size, most) };
        }
        // SAFETY: libFuzzer gives `most` octets at `data`, of which the first `size` are the input.
        let buffer = unsafe { std::slice::from_raw_parts_mut(data, most) };
        let mutant = mutation::mutate(&buffer[..size.min(most)], most, &mut random);
        buffer[..mutant.len()].copy_from_slice(&mutant);
        mutant.len()
    }
}
