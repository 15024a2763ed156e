//! The ceremony on a whole screen: `script` gives the program a terminal, and what it draws there is read as a person
//! would read it.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::scene::{SCRIPT, Scene};
use crate::support::tokens::PIN;

const COLUMNS: usize = 120;
const LINES: usize = 40;
/// However slow the machine is.
const PATIENCE: Duration = Duration::from_secs(300);

/// A terminal as far as the program uses one: text, places, and a screen that is cleared.
struct Drawn {
    cells: Vec<Vec<char>>,
    place: (usize, usize),
    rest: Vec<u8>,
    all: Vec<u8>,
}

impl Drawn {
    fn new() -> Self {
        Self { cells: vec![vec![' '; COLUMNS]; LINES], place: (0, 0), rest: Vec::new(), all: Vec::new() }
    }

    fn feed(&mut self, octets: &[u8]) {
        self.all.extend(octets);
        self.rest.extend(octets);
        let text = match std::str::from_utf8(&self.rest) {
            Ok(text) => text.to_owned(),
            Err(error) => String::from_utf8(self.rest[..error.valid_up_to()].to_vec()).unwrap(),
        };
        let mut used = 0;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if c == '\u{1b}' {
                let mut sequence = String::new();
                let mut whole = false;
                for (_, c) in chars.by_ref() {
                    sequence.push(c);
                    if sequence != "[" && (c.is_ascii_alphabetic() || c == '~') {
                        whole = true;
                        break;
                    }
                }
                if !whole {
                    used = at;
                    self.rest.drain(..used);
                    return;
                }
                self.obey(&sequence);
            } else if c == '\r' {
                self.place.1 = 0;
            } else if c == '\n' {
                self.place.0 = (self.place.0 + 1).min(LINES - 1);
            } else if !c.is_control() {
                let (row, column) = self.place;
                if row < LINES && column < COLUMNS {
                    self.cells[row][column] = c;
                }
                self.place.1 += 1;
            }
            used = at + c.len_utf8();
        }
        used = used.max(text.len());
        self.rest.drain(..used);
    }

    fn obey(&mut self, sequence: &str) {
        if let Some(place) = sequence.strip_prefix('[').and_then(|rest| rest.strip_suffix('H')) {
            let mut numbers = place.split(';').map(|number| number.parse::<usize>().unwrap_or(1) - 1);
            self.place = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        } else if sequence == "[2J" {
            self.cells = vec![vec![' '; COLUMNS]; LINES];
        }
    }

    fn lines(&self) -> Vec<String> {
        self.cells.iter().map(|row| row.iter().collect::<String>().trim_end().to_owned()).collect()
    }

    /// What is asked, without the frame; none while nothing is.
    fn asked(&self) -> Option<String> {
        let lines = self.lines();
        let top = lines.iter().position(|line| line.contains(" Question "))?;
        let inside = lines[top + 1..].iter().take_while(|line| line.starts_with('\u{2502}'));
        let text: Vec<String> = inside.map(|line| line.trim_matches(['\u{2502}', ' ']).to_owned()).collect();
        Some(text.join(" "))
    }
}

struct Terminal {
    child: Child,
    keys: ChildStdin,
    octets: Receiver<Vec<u8>>,
    drawn: Drawn,
}

impl Terminal {
    /// The program on a terminal; its process id is in the file `pid`.
    fn of(scene: &Scene, arguments: &[&str]) -> Self {
        let program = scene.command(arguments, "");
        let quoted = |text: &std::ffi::OsStr| format!("'{}'", text.to_str().unwrap());
        let line: Vec<String> =
            std::iter::once(program.get_program()).chain(program.get_args()).map(quoted).collect();
        let command = format!(
            "stty rows {LINES} cols {COLUMNS} echo; sh -c 'echo $$ > pid; exec \"$@\"' sh {}; code=$?; echo; stty -a; exit $code",
            line.join(" ")
        );
        let mut script = Command::new("script");
        script.args(["--quiet", "--return", "--echo", "never", "--command", &command, "/dev/null"]);
        script.current_dir(program.get_current_dir().unwrap()).env_clear().env("PATH", "/usr/bin:/bin");
        script.env("TERM", "xterm-256color").env("SHELL", "/bin/sh");
        script.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let mut child =
            script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let keys = child.stdin.take().unwrap();
        let mut out = child.stdout.take().unwrap();
        let (sender, octets) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = out.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { child, keys, octets, drawn: Drawn::new() }
    }

    /// Waits until the screen is so.
    #[expect(clippy::disallowed_methods, reason = "the patience of whoever waits for a screen")]
    #[track_caller]
    fn until(&mut self, what: &str, is: impl Fn(&Drawn) -> bool) {
        let begun = Instant::now();
        while !is(&self.drawn) {
            assert!(begun.elapsed() < PATIENCE, "{what} never came: {:#?}", self.drawn.lines());
            match self.octets.recv_timeout(Duration::from_secs(1)) {
                Ok(octets) => self.drawn.feed(&octets),
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
                Err(error) => panic!("{what} never came, {error}: {:#?}", self.drawn.lines()),
            }
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Answers a question once it is asked, and waits until it is not any more.
    #[track_caller]
    fn answer(&mut self, question: &str, answer: &str) {
        let asks = |drawn: &Drawn| drawn.asked().is_some_and(|asked| asked.contains(question));
        self.until(question, asks);
        self.press(&format!("{answer}\r"));
        self.until(&format!("the end of {question:?}"), |drawn| !asks(drawn));
    }

    /// How it ended, with everything that was written.
    fn ended(mut self) -> (Option<i32>, String) {
        while let Ok(octets) = self.octets.recv_timeout(PATIENCE) {
            self.drawn.feed(&octets);
        }
        drop(self.keys);
        let code = self.child.wait().unwrap().code();
        (code, String::from_utf8(self.drawn.all).unwrap())
    }
}

/// A root alone, whose token asks for its PIN.
fn scene() -> Scene {
    let scene = Scene::new();
    let end = SCRIPT.find("[[section.step]]\ndo = \"request\"").unwrap();
    scene.write("script.toml", &SCRIPT[..end]);
    scene.write("site.toml", "[tokens.root-token]\nuri = \"pkcs11:token=root-g1\"\n");
    scene
}

/// The terminal is as it was: lines are edited and shown, and the screen before is back.
#[track_caller]
fn left_as_it_was(written: &str) {
    let (_, after) = written.rsplit_once("\u{1b}[?1049l").expect("the screen is left");
    for mode in ["icanon", "echo", "isig", "opost"] {
        assert!(after.split_whitespace().any(|word| word == mode), "no {mode:?} in {after}");
    }
    assert!(after.contains("susp = ^Z"), "{after}");
}

/// The first words of the digest, once they are on the screen.
fn words(drawn: &Drawn) -> Option<String> {
    let lines = drawn.lines();
    let line = lines.iter().find_map(|line| line.split_once("\u{2502}words "))?.1.to_owned();
    let words: Vec<&str> = line.split_whitespace().take_while(|word| *word != "\u{2502}").collect();
    (words.len() == 4).then(|| words.join(" "))
}

#[test]
fn a_ceremony_is_carried_out_on_a_whole_screen() {
    let scene = scene();
    let plan = scene.plan();
    let arguments =
        ["ceremony", "run", "script.toml", "--site", "site.toml", "--plan", &plan, "--dir", "out"];
    let mut terminal = Terminal::of(&scene, &arguments);
    terminal.answer("administrator (does it), 1 of 1: your name", "Alice");
    terminal.answer("witness (looks at it), 1 of 1: your name", "Wim");
    terminal.answer("Present as administrator", "Alice");
    terminal.answer("Present as witness", "Wim");
    terminal.until("the first step", |drawn| drawn.asked().is_some_and(|one| one.contains("Enter does")));
    let lines = terminal.drawn.lines();
    assert!(lines[0].starts_with(" CEREMONY  Test Root"), "{lines:#?}");
    assert!(lines[1].starts_with("present: Alice (administrator), Wim (witness) | plan: "), "{lines:#?}");
    terminal.answer("Enter does this step", "");
    terminal.answer("Who does or reports this: your name", "Wim");
    terminal.answer("bag", "A-1");
    terminal.until("a tick", |drawn| drawn.lines().iter().any(|line| line.contains("[x] 1.1 Open the bag.")));
    terminal.answer("Enter does this step", "");
    terminal.answer("PIN of token \"root-g1\"", PIN);
    terminal.until("the first approval", |drawn| {
        drawn.asked().is_some_and(|one| one.contains("Approval 1 of 2"))
    });
    // Not before all of it was seen.
    terminal.press("Alice\r");
    terminal.until("a hint", |drawn| drawn.asked().is_some_and(|one| one.contains("Read on first")));
    terminal.until("the end of what is approved", |drawn| {
        drawn.lines().iter().any(|line| line.contains("To be approved"))
    });
    while !terminal.drawn.lines().iter().any(|line| line.contains("To be approved: the end of it")) {
        let before = terminal.drawn.lines();
        terminal.press("\u{1b}[6~");
        terminal.until("the next page", |drawn| drawn.lines()[2..] != before[2..]);
    }
    terminal.until("the words", |drawn| words(drawn).is_some());
    let words = words(&terminal.drawn).unwrap();
    terminal.answer("Approval 1 of 2: your name", "Alice");
    terminal.answer("Alice, type the first 4 words", &words);
    terminal.answer("Approval 2 of 2: your name", "Wim");
    terminal.answer("Wim, type the first 4 words", &words);
    terminal.answer("Enter leaves the screen", "");
    let (code, written) = terminal.ended();
    assert_eq!(code, Some(0), "{written}");
    left_as_it_was(&written);
    let (_, after) = written.rsplit_once("\u{1b}[?1049l").unwrap();
    assert!(after.contains("Approved by Wim (2 of 2).") && after.contains("next"), "{after}");
    assert!(!written.contains(PIN), "the PIN was shown");
    let proven = scene.proven();
    assert!(proven.contains("good        yes\n"), "{proven}");
    assert!(!proven.contains("a file answered in their place"), "{proven}");
}

#[test]
fn a_screen_that_is_ended_by_a_signal_leaves_the_terminal_and_a_run_that_goes_on() {
    let scene = scene();
    let pin = scene.tokens().pin_source();
    scene.write(
        "site.toml",
        &format!("[tokens.root-token]\nuri = \"pkcs11:token=root-g1?pin-source={pin}\"\n"),
    );
    let plan = scene.plan();
    let arguments =
        ["ceremony", "run", "script.toml", "--site", "site.toml", "--plan", &plan, "--dir", "out"];
    let mut terminal = Terminal::of(&scene, &arguments);
    terminal.answer("administrator (does it), 1 of 1: your name", "Alice");
    terminal.until("the second question", |drawn| drawn.asked().is_some_and(|one| one.contains("witness")));
    let pid = scene.read("pid");
    assert!(Command::new("kill").args(["-TERM", pid.trim()]).status().unwrap().success());
    let (code, written) = terminal.ended();
    assert_eq!(code, Some(143), "{written}");
    left_as_it_was(&written);
    let ended = scene.keyrite(Scene::RESUME);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(scene.proven().contains("good        yes\n"));
}
