//! Files that are no modules, or whose loading alone does harm.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::row::Row;
use crate::support::softhsm;

/// The rows.
pub(crate) fn rows() -> Vec<Row> {
    [
        ("/nowhere/module.so", "module /nowhere/module.so cannot be loaded: there is no such file…hint: "),
        ("/", "module / cannot be loaded: it "),
        ("/dev/null", "module /dev/null cannot be loaded: it is not a regular file…hint: "),
        ("loop.so", "loop.so cannot be loaded: it cannot be opened: "),
        ("text.so", "text.so cannot be loaded: it is not an ELF file…hint: "),
        ("empty.so", "empty.so cannot be loaded: it is not an ELF file…hint: "),
        ("cut.so", "the worker process ended in dlopen: killed by SIGBUS"),
        ("machine.so", "machine.so cannot be loaded: the dynamic linker refused it: "),
        ("class.so", "class.so cannot be loaded: the dynamic linker refused it: "),
        ("program", "program cannot be loaded: the dynamic linker refused it: "),
        ("unresolved.so", "the worker process ended in …: exit code 127"),
        ("needing.so", "needing.so cannot be loaded: the dynamic linker refused it: …gone.so"),
        ("stranger.so", "stranger.so cannot be loaded: it has no C_GetFunctionList…hint: "),
        ("crash.so", "the worker process ended in dlopen: killed by SIGSEGV"),
        ("exit.so", "the worker process ended in dlopen: exit code 0"),
        ("hang.so", "dlopen did not return within 1s"),
    ]
    .into_iter()
    .map(|(name, words)| Row::module(name, words).signatures(0))
    .collect()
}

/// A directory with these files.
pub(crate) fn prepared() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let module = std::fs::read(softhsm::module()).unwrap();
    write(&path("text.so"), b"no module at all\n");
    write(&path("empty.so"), b"");
    write(&path("cut.so"), &module[..module.len() / 3]);
    // The ELF header: octet 4 is the class, 18 and 19 the machine (System V ABI, ch. 4).
    let changed = |at: usize, to: u8| {
        let mut octets = module.clone();
        octets[at] = to;
        octets
    };
    write(&path("machine.so"), &changed(18, 0xf3));
    write(&path("class.so"), &changed(4, 1));
    std::os::unix::fs::symlink(path("loop.so"), path("loop.so")).unwrap();
    std::fs::copy("/bin/true", path("program")).unwrap();
    let constructor = |body: &str| {
        format!("#include <unistd.h>\n__attribute__((constructor)) static void start(void) {{ {body} }}\n")
    };
    compile(&path("stranger.so"), "int nothing;\n", &[]);
    compile(&path("crash.so"), &constructor("*(volatile int *)0 = 0;"), &[]);
    compile(&path("exit.so"), &constructor("_exit(0);"), &[]);
    compile(&path("hang.so"), &constructor("for (;;) pause();"), &[]);
    let unresolved = "void nobody_has_this(void);\nvoid C_GetFunctionList(void) { nobody_has_this(); }\n";
    compile(&path("unresolved.so"), unresolved, &[]);
    compile(&path("gone.so"), "int gone;\n", &[]);
    compile(&path("needing.so"), "extern int gone;\nint *needed = &gone;\n", &[&path("gone.so")]);
    std::fs::remove_file(path("gone.so")).unwrap();
    directory
}

fn compile(to: &Path, source: &str, with: &[&Path]) {
    let file = to.with_extension("c");
    write(&file, source.as_bytes());
    let output =
        Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(to).arg(&file).args(with).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[expect(clippy::disallowed_methods, reason = "a file of a test, in a directory of its own")]
fn write(path: &Path, octets: &[u8]) {
    std::fs::write(path, octets).unwrap();
}
