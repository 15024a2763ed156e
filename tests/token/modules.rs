//! Files that are no modules, and modules that are none.

use std::path::{Path, PathBuf};

use keyrite::token::{Error, Launch, ModuleFault, list};

use super::opening::launch;
use super::support::softhsm::{self, Tokens};

fn fault(path: &Path) -> ModuleFault {
    let tokens = Tokens::empty("");
    match list(&launch(&tokens), path) {
        Err(Error::ModuleLoad { fault, path: named }) => {
            assert_eq!(named, path);
            fault
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_no_module_is_named_for_what_it_is() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(fault(&directory.path().join("missing.so")), ModuleFault::Missing);
    assert_eq!(fault(directory.path()), ModuleFault::NotFile);
    assert_eq!(fault(Path::new("/etc/passwd")), ModuleFault::NotElf);
    let broken = directory.path().join("broken.so");
    let magic = std::fs::read(softhsm::module()).unwrap()[..512].to_vec();
    write(&broken, &magic);
    assert!(matches!(fault(&broken), ModuleFault::Link(_)));
}

#[test]
fn a_library_without_a_function_list_is_no_module() {
    let library = ["/lib/x86_64-linux-gnu/libm.so.6", "/lib/aarch64-linux-gnu/libm.so.6", "/lib64/libm.so.6"]
        .iter()
        .map(PathBuf::from)
        .find(|path| path.exists())
        .expect("the C library");
    assert_eq!(fault(&library), ModuleFault::NoFunctionList);
    let error = list(&launch(&Tokens::empty("")), &library).unwrap_err();
    assert!(error.to_string().ends_with("it has no C_GetFunctionList, so it is not a PKCS#11 module"));
}

#[test]
fn a_program_that_is_not_the_worker_is_noticed() {
    let missing = list(&Launch::default().program("/nonexistent/keyrite"), &softhsm::module());
    assert!(matches!(missing, Err(Error::Start { .. })));
    let other = list(&Launch::default().program("/bin/true"), &softhsm::module());
    assert!(matches!(other, Err(Error::WorkerEnded { .. })), "{other:?}");
}

/// A program called by hand must not sit there and wait.
#[test]
fn the_worker_refuses_to_be_started_by_hand() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_keyrite"))
        .arg("token-worker")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}

fn write(path: &Path, octets: &[u8]) {
    use std::io::Write as _;
    std::fs::File::create(path).unwrap().write_all(octets).unwrap();
}
