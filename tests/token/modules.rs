//! Files that are no modules, and modules that are none.

use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use keyrite::token::{Error, Launch, ModuleFault, list};

use super::opening::launch;
use super::support::fault_module;
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
    let output = Command::new(env!("CARGO_BIN_EXE_keyrite"))
        .arg("token-worker")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text, "error: keyrite starts its token worker itself; it is of no use by hand\n");
}

/// A worker under a shell that leaves a descriptor open, and our end of its socket.
fn worker(tokens: &Tokens, faults: &str) -> (Child, UnixStream) {
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let child = Command::new("sh")
        .args(["-c", "exec 7</etc/passwd; exec \"$0\" token-worker", env!("CARGO_BIN_EXE_keyrite")])
        .envs(fault_module::environment(tokens, faults))
        .stdin(OwnedFd::from(theirs))
        .spawn()
        .unwrap();
    // Hello, by hand: a frame of five octets, the first message, version 1, no home.
    ours.write_all(&[0, 0, 0, 5, 0, 1, 0, 0, 0]).unwrap();
    let mut header = [0; 4];
    ours.read_exact(&mut header).unwrap();
    let mut answer = vec![0; usize::from(header[3])];
    ours.read_exact(&mut answer).unwrap();
    assert_eq!(answer[..3], [0, 0, 1]);
    (child, ours)
}

#[test]
fn the_worker_keeps_no_inherited_descriptor_and_ends_with_its_connection() {
    let (mut child, stream) = worker(&Tokens::empty(""), "");
    let descriptors = std::fs::read_dir(format!("/proc/{}/fd", child.id())).unwrap();
    let open: Vec<_> = descriptors.map(|entry| entry.unwrap().file_name()).collect();
    assert!(open.iter().all(|number| number != "7"), "{open:?}");
    drop(stream);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// The program was killed while the module hangs: the worker must not stay.
#[test]
fn a_worker_that_hangs_ends_when_the_program_has_gone() {
    let tokens = Tokens::empty("");
    let (mut child, mut stream) = worker(&tokens, "C_Initialize:hang");
    let path = fault_module::path().to_str().unwrap();
    let length = u8::try_from(path.len()).unwrap();
    assert!(length < 128, "longer lengths take two octets");
    // Load: the second message, the path with its length before it.
    stream.write_all(&[0, 0, 0, length + 2, 1, length]).unwrap();
    stream.write_all(path.as_bytes()).unwrap();
    while fault_module::calls(&tokens, "C_Initialize") == 0 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    drop(stream);
    assert_eq!(child.wait().unwrap().signal(), Some(9));
}

fn write(path: &Path, octets: &[u8]) {
    std::fs::File::create(path).unwrap().write_all(octets).unwrap();
}
