//! Runs the commands of the tutorials in their order, against real nginx, curl and OpenSSL, and compares what they print
//! with what the page shows; and the tour of the readme.
//!
//! In the page a ```` ```sh ```` block holds commands, and a ```` ```text ```` block after it the whole output of that
//! block, where `…` stands for anything. All blocks run in one shell that ends at the first failing command.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helper functions too"
)]

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Commands of the page, and what it says they print.
struct Block {
    line: usize,
    commands: String,
    expected: Option<Vec<String>>,
}

/// The page's blocks in their order; blocks of other kinds are for reading only.
fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((at, opening)) = lines.next() {
        let Some(kind) = opening.strip_prefix("```") else { continue };
        let body: Vec<&str> =
            lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
        match kind {
            "sh" => blocks.push(Block { line: at + 1, commands: body.join("\n"), expected: None }),
            "text" => {
                let block = blocks.last_mut().expect("an output follows its commands");
                assert!(block.expected.is_none(), "line {}: a second output", at + 1);
                block.expected = Some(body.iter().map(|line| (*line).to_owned()).collect());
            }
            "console" => {}
            other => panic!("line {}: a block of kind {other:?}; wanted sh, text or console", at + 1),
        }
    }
    blocks
}

/// Whether the line is what the page shows; `…` stands for any text within a line.
fn line_matches(shown: &str, line: &str) -> bool {
    let mut parts = shown.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    let mut ends_open = !shown.contains('…') && rest.is_empty();
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        ends_open = part.is_empty() || rest.is_empty();
    }
    ends_open
}

/// Whether the output is what the page shows; a line `…` stands for any number of lines.
fn output_matches(shown: &[String], output: &[&str]) -> bool {
    match (shown.split_first(), output.split_first()) {
        (None, None) => true,
        (Some((wild, shown)), _) if wild == "…" => {
            (0..=output.len()).any(|skip| output_matches(shown, &output[skip..]))
        }
        (Some((line, shown)), Some((found, output))) => {
            line_matches(line.trim_end(), found.trim_end()) && output_matches(shown, output)
        }
        _ => false,
    }
}

/// The first of eight free ports in a row, for the servers of the page.
fn free_ports() -> u16 {
    (18_440..60_000)
        .step_by(16)
        .map(|port| port + u16::try_from(std::process::id() % 1_000).expect("below 1000"))
        .find(|port| (0..8).all(|offset| TcpListener::bind(("127.0.0.1", port + offset)).is_ok()))
        .expect("eight free ports in a row")
}

/// Runs a script at the top of the source tree, with this build's keyrite first on the path.
fn run(script: &str) -> Output {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = Path::new(env!("CARGO_BIN_EXE_keyrite")).parent().expect("the program's directory");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = format!("{}:{}:/usr/sbin", program.display(), path.to_string_lossy());
    Command::new("timeout")
        .args(["--kill-after=10", "300", "bash", "-c", script])
        .current_dir(top)
        .env("PATH", path)
        .env("PORT", free_ports().to_string())
        .env("LC_ALL", "C.UTF-8")
        .env_remove("SOFTHSM2_CONF")
        .env_remove("KEYRITE_HOME")
        .stdin(Stdio::null())
        .output()
        .expect("bash and timeout are there")
}

/// Stops what the page started, when it did not get as far as stopping it itself.
const CLEAN_UP: &str = r#"
cleanup() {
    if [[ -n "${server-}" ]]; then kill "$server" 2>/dev/null || true; fi
    if [[ -n "${work-}" && -e "$work/nginx/nginx.pid" ]]; then kill "$(cat "$work/nginx/nginx.pid")" || true; fi
    if [[ -n "${work-}" ]]; then rm -rf "$work"; fi
}
trap cleanup EXIT
"#;

#[test]
fn the_private_ca_of_the_tutorial_does_what_its_page_shows() {
    goes_as_shown("docs/tutorials/private-ca.md");
}

#[test]
fn moving_in_from_openssl_goes_as_its_page_shows() {
    goes_as_shown("docs/tutorials/moving-in.md");
}

fn goes_as_shown(page: &str) {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(top.join(page)).expect("the tutorial's page");
    let blocks = blocks(&page);
    assert!(blocks.len() > 8, "only {} blocks of commands found", blocks.len());

    let marker = "@@ block ";
    let mut script = format!("set -eu\nexec 2>&1\n{CLEAN_UP}\n");
    for (number, block) in blocks.iter().enumerate() {
        script.push_str(&format!("echo '{marker}{number}'\n{}\n", block.commands));
    }
    script.push_str(&format!("echo '{marker}{}'\n", blocks.len()));

    let run = run(&script);
    let output = String::from_utf8_lossy(&run.stdout);

    let mut sections =
        output.split(marker).skip(1).map(|section| section.split_once('\n').unwrap_or_default().1);
    for block in &blocks {
        let found: Vec<&str> = sections.next().unwrap_or_default().lines().collect();
        if let Some(expected) = &block.expected {
            assert!(
                output_matches(expected, &found),
                "the commands on line {} of the page print\n\n{}\n\nand not, as the page shows,\n\n{}",
                block.line,
                found.join("\n"),
                expected.join("\n"),
            );
        }
    }
    assert!(run.status.success(), "the page's commands end with {}; they print\n{output}", run.status);
}

/// What the tour of the readme takes for granted: two tokens, a request, and somebody who answers.
const BEFORE_THE_TOUR: &str = r#"
set -eu
exec 2>&1
source="$PWD"
work="$(mktemp -d)"
cd "$work"
eval "$("$source/softhsm-setup/setup.sh" "$work/tokens" root issuing)"
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout www.key -out www.csr \
    -subj "/CN=www.example.test" -addext "subjectAltName=DNS:www.example.test"
keyrite() { command keyrite --pin-source "file:$KEYRITE_PIN_FILE" --yes "$@"; }
"#;

#[test]
fn the_tour_of_the_readme_goes_through() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(top.join("README.md")).expect("the readme");
    let tour =
        blocks(&page).into_iter().find(|block| block.commands.contains("keyrite issue")).expect("the tour");
    let module = "/usr/lib/softhsm/libsofthsm2.so";
    assert!(tour.commands.contains(module), "the tour names the module of Debian");
    let tour = tour
        .commands
        .replace(module, "$KEYRITE_MODULE")
        .replace("my-ca && cd my-ca", "my-ca && cd my-ca && cp ../www.csr .");
    let verdict = "openssl crl -inform DER -in issuing.crl -noout -text | grep -c 'Serial Number'\n";
    let run = run(&format!("{BEFORE_THE_TOUR}{CLEAN_UP}{tour}\n{verdict}"));
    let output = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "the tour ends with {}; it prints\n{output}", run.status);
    assert_eq!(output.lines().last(), Some("1"), "one certificate is revoked:\n{output}");
}

#[test]
fn an_output_that_differs_from_the_page_is_noticed() {
    let shown = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(output_matches(&shown("a\n…\nd"), &["a", "b", "c", "d"]));
    assert!(output_matches(&shown("x …: OK"), &["x y: OK"]));
    assert!(!output_matches(&shown("x …: OK"), &["x y: OK, nearly"]));
    assert!(!output_matches(&shown("a\nd"), &["a", "b", "d"]));
    assert!(!output_matches(&shown("a"), &["a", "b"]));
    assert!(!output_matches(&shown("a\nb"), &["a"]));
}
