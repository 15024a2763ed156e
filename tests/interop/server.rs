//! `keyrite ocsp serve` and `keyrite serve` as processes, and a client that says exactly what it is told to.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Stdio};
use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use keyrite::x509::ocsp::{CertStatus, OcspResponse};

use super::home::Home;

/// The media type of a request.
pub(crate) const REQUEST: &str = "application/ocsp-request";
/// The whole of the responses that are not signed.
pub(crate) const MALFORMED: [u8; 5] = [0x30, 3, 0x0a, 1, 1];
pub(crate) const LATER: [u8; 5] = [0x30, 3, 0x0a, 1, 3];
pub(crate) const UNAUTHORIZED: [u8; 5] = [0x30, 3, 0x0a, 1, 6];

/// A server, until it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) metrics: SocketAddr,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn of(whole: &[u8]) -> Self {
        let end = whole.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("{:?}", String::from_utf8_lossy(whole)));
        let head = String::from_utf8(whole[..end].to_vec()).unwrap();
        Self { head, body: whole[end + 4..].to_vec() }
    }

    pub(crate) fn is(&self, status: u16) -> bool {
        self.head.starts_with(&format!("HTTP/1.1 {status} "))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.into_iter().find_map(|(found, value)| found.eq_ignore_ascii_case(name).then_some(value))
    }

    /// What a signed response says about its one certificate.
    pub(crate) fn status(&self) -> CertStatus {
        let response =
            OcspResponse::from_der(&self.body).unwrap_or_else(|error| panic!("{}: {error}", self.head));
        response.basic().unwrap_or_else(|| panic!("{response:?}")).data.answers[0].status
    }
}

impl Server {
    /// Starts the program with these arguments behind the global ones, on ports that nobody has.
    pub(crate) fn start(home: &Home, arguments: &[&str]) -> Self {
        let mut command = home.command(env!("CARGO_BIN_EXE_keyrite"));
        let (directory, module) = (home.path("ca"), home.module());
        command.args(["--home", directory.to_str().unwrap(), "--module", &module]);
        command.args(["--pin-source", &home.pin_source()]).args(arguments);
        command.args(["--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut all = String::new();
        let mut address = |before: &str, after: &str| loop {
            let mut line = String::new();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "it ended: {all}");
            all += &line;
            if let Some(rest) = line.trim().strip_prefix(before) {
                return rest.strip_suffix(after).unwrap().parse().unwrap();
            }
        };
        let (address, metrics) =
            (address("listening on http://", "/"), address("metrics on http://", "/metrics"));
        // Nobody else reads what it says, and it must not wait for that.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self { child, address, metrics }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        connect(self.address)
    }

    /// Sends octets and reads until the server ends the connection.
    pub(crate) fn send(&self, octets: &[u8]) -> Answer {
        exchange(self.address, octets)
    }

    pub(crate) fn get(&self, path: &str, more: &str) -> Answer {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{more}\r\n").as_bytes())
    }

    pub(crate) fn post(&self, kind: &str, body: &[u8]) -> Answer {
        self.send(&post(kind, body, "Connection: close\r\n"))
    }

    /// Asks as a client of RFC 5019 does, below some directory.
    pub(crate) fn get_request(&self, request: &[u8], more: &str) -> Answer {
        self.get(&path(request), more)
    }

    /// One of the end points for whoever watches: its status, and its text.
    pub(crate) fn watch(&self, path: &str) -> (bool, String) {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = exchange(self.metrics, request.as_bytes());
        (answer.is(200), String::from_utf8(answer.body).unwrap())
    }

    /// Tells it to end, and waits until it has.
    pub(crate) fn terminate(&mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().code()
    }

    /// Kills the processes in which it has loaded modules.
    pub(crate) fn kill_workers(&self) {
        let children = format!("/proc/{0}/task", self.child.id());
        let mut killed = 0;
        for task in std::fs::read_dir(children).unwrap() {
            let path = task.unwrap().path().join("children");
            for child in std::fs::read_to_string(path).unwrap().split_whitespace() {
                let pid = rustix::process::Pid::from_raw(child.parse().unwrap()).unwrap();
                rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
                killed += 1;
            }
        }
        assert!(killed > 0, "it has no worker");
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        self.child.wait().unwrap();
    }
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

fn exchange(address: SocketAddr, octets: &[u8]) -> Answer {
    let mut stream = connect(address);
    stream.write_all(octets).unwrap();
    let mut whole = Vec::new();
    stream.read_to_end(&mut whole).unwrap();
    Answer::of(&whole)
}

/// A request by POST.
pub(crate) fn post(kind: &str, body: &[u8], more: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST /ocsp HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{more}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// The path under which a client of RFC 5019 asks.
pub(crate) fn path(request: &[u8]) -> String {
    let escaped = Base64::encode_string(request).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("/ocsp/{escaped}")
}
