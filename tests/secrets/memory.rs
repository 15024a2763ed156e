//! What is left of the PIN in the memory of both processes after the login, and in what a crash leaves behind.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::commands::{Source, command};
use crate::home::Home;
use crate::processes::{hanging, worker_of};
use crate::search::{assert_absent, assert_no_file};
use crate::support::fault_module;
use crate::support::softhsm::PIN;
use crate::typed::Typist;

/// The writable mappings of a process with their contents; none where the system lets nobody look, which is as good.
fn memory(process: u32) -> Vec<(String, Vec<u8>)> {
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps"));
    let memory = std::fs::File::open(format!("/proc/{process}/mem"));
    let (Ok(maps), Ok(mut memory)) = (maps, memory) else { return Vec::new() };
    let mut found = Vec::new();
    for line in maps.lines() {
        let (range, rest) = line.split_once(' ').unwrap();
        let name = line.get(73..).unwrap_or("").to_owned();
        if !rest.starts_with("rw") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let (from, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
        let mut octets = vec![0; usize::try_from(to - from).unwrap()];
        memory.seek(SeekFrom::Start(from)).unwrap();
        // A page of a file that has become shorter cannot be read.
        if memory.read_exact(&mut octets).is_ok() {
            found.push((format!("{range} {name}"), octets));
        }
    }
    found
}

/// Asserts that no mapping of a process holds the PIN, but for those of a name.
#[track_caller]
fn assert_forgotten(process: u32, who: &str, but: &str) {
    let all = memory(process);
    let root = is_root();
    assert!(!root || all.len() > 8, "{} mappings of {who}", all.len());
    for (place, octets) in &all {
        if but.is_empty() || !place.contains(but) {
            assert_absent(octets, &format!("the memory of {who}, {place}"));
        }
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Everything else that `/proc` tells of a process.
#[track_caller]
fn assert_not_in_proc(process: u32, who: &str, but: &str) {
    let mut read = 0;
    for name in ["cmdline", "environ", "status", "maps", "limits", "comm", "stat", "auxv", "mountinfo"] {
        if let Ok(octets) = std::fs::read(format!("/proc/{process}/{name}"))
            && name != but
        {
            assert_absent(&octets, &format!("/proc of {who}, {name}"));
            read += 1;
        }
    }
    assert!(read > 3, "{who}");
}

/// A search that finds nothing anywhere shows nothing.
#[test]
fn during_the_login_the_worker_holds_the_pin() {
    let home = Home::template();
    let (mut program, worker) =
        hanging(&home, Source::File, "C_Login", &["key", "list", &home.token().uri()]);
    let all = memory(worker);
    let found = all.iter().filter(|(_, octets)| String::from_utf8_lossy(octets).contains(PIN)).count();
    assert!(!is_root() || found > 0, "{} mappings", all.len());
    program.kill().unwrap();
    program.wait().unwrap();
}

/// A token that does not answer a signature: both processes have done all that they do with the PIN.
#[test]
fn after_the_login_neither_process_holds_the_pin() {
    let home = Home::template();
    let issue = home.issue(&["r1.csr"], &["--out", "x.pem"]);
    for source in [Source::File, Source::Descriptor, Source::Environment] {
        let (mut program, worker) = hanging(&home, source, "C_Sign", &issue);
        // The environment that a process was started with stays where the kernel has put it.
        let (stack, environ) =
            if let Source::Environment = source { ("[stack]", "environ") } else { ("", "") };
        assert_forgotten(worker, &format!("the worker, PIN from {source:?}"), "");
        assert_forgotten(program.id(), &format!("the program, PIN from {source:?}"), stack);
        assert_not_in_proc(worker, "the worker", "");
        assert_not_in_proc(program.id(), "the program", environ);
        program.kill().unwrap();
        program.wait().unwrap();
    }
}

#[test]
fn after_it_was_typed_neither_process_holds_the_pin() {
    let home = Home::template();
    fault_module::forget(home.token());
    let issue = home.issue(&["r1.csr"], &["--out", "x.pem"]);
    let mut typist = Typist::start(&home, "C_Sign:hang", &issue);
    typist.answer("PIN of token", PIN);
    typist.wait_until(|| fault_module::calls(home.token(), "C_Sign") > 0);
    let program = typist.program();
    let worker = worker_of(program);
    assert_forgotten(worker, "the worker, PIN typed", "");
    assert_forgotten(program, "the program, PIN typed", "");
    assert_not_in_proc(worker, "the worker", "");
    assert_not_in_proc(program, "the program", "");
    typist.signal("KILL");
    assert_absent(&typist.finish().0, "what the terminal showed");
}

/// The places where the system would put a core dump of a process with this working directory.
fn dumps(directory: &Path) -> Vec<String> {
    let pattern = std::fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap();
    let fixed = Path::new(pattern.trim()).parent().filter(|parent| parent.is_absolute());
    let mut found = Vec::new();
    for place in [Some(Path::new("/")), Some(directory), fixed].into_iter().flatten() {
        for entry in std::fs::read_dir(place).into_iter().flatten().flatten() {
            let name = entry.file_name().into_string().unwrap_or_default();
            if name.starts_with("core") {
                found.push(entry.path().display().to_string());
            }
        }
    }
    found.sort();
    found
}

/// A command under a shell that wishes for core dumps.
fn dumping(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -c unlimited && exec \"$0\" \"$@\""]);
    shell.arg(command.get_program()).args(command.get_args()).current_dir(command.get_current_dir().unwrap());
    shell.env_clear().envs(std::env::vars_os()).env_remove("LD_LIBRARY_PATH");
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    shell
}

#[test]
fn no_crash_leaves_a_core_dump() {
    let home = Home::template();
    let before = dumps(&home.path("."));
    let issue = home.issue(&["r1.csr"], &["--out", "x.pem"]);
    // Such a crash dumps a core where nothing forbids it.
    let plain =
        dumping(Command::new("sh").args(["-c", "kill -SEGV $$"]).current_dir(home.path("."))).status();
    assert!(plain.unwrap().code().is_none());
    for dump in dumps(&home.path(".")).iter().filter(|dump| !before.contains(dump)) {
        std::fs::remove_file(dump).unwrap();
    }
    for faults in ["C_Sign:crash", "C_Sign:abort", "C_Sign:thread", "C_Login:crash"] {
        let crashing = command(&home, Source::File, PIN, faults, &issue);
        assert_eq!(dumping(&crashing).status().unwrap().code(), Some(4), "{faults}");
        assert_eq!(dumps(&home.path(".")), before, "{faults}");
    }
    fault_module::forget(home.token());
    let hanging = command(&home, Source::File, PIN, "C_Sign:hang", &issue);
    let mut program = dumping(&hanging).spawn().unwrap();
    while fault_module::calls(home.token(), "C_Sign") == 0 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let killed = Command::new("kill").args(["-ABRT", &program.id().to_string()]).status().unwrap();
    assert!(killed.success() && program.wait().unwrap().code().is_none());
    assert_eq!(dumps(&home.path(".")), before);
    assert!(assert_no_file(&home.path(".")) > 10);
}
