//! A server of files that knows nothing of PKI.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// A server of files that knows nothing of OCSP: Python's.
pub(crate) struct FileServer {
    child: Child,
    port: u16,
}

impl FileServer {
    pub(crate) fn on(directory: &std::path::Path) -> Self {
        let mut child = Command::new("python3")
            .args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory"])
            .arg(directory)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.split_whitespace().nth(5).and_then(|port| port.parse().ok());
        Self { child, port: port.unwrap_or_else(|| panic!("{line:?}")) }
    }

    /// The URL of its root.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Asks as a client of RFC 5019 does: the name escaped.
    pub(crate) fn get(&self, name: &str) -> Vec<u8> {
        let escaped = name.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        self.ask(&escaped)
    }

    fn ask(&self, escaped: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(stream, "GET /{escaped} HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let head = String::from_utf8_lossy(&answer);
        // Where a name ends with a slash, this server wants it unescaped.
        if let Some((_, to)) =
            head.split_once("301 Moved Permanently").and_then(|(_, rest)| rest.split_once("Location: /"))
        {
            return self.ask(to.lines().next().unwrap());
        }
        assert!(answer.starts_with(b"HTTP/1.0 200 "), "{head}");
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        answer.split_off(end + 4)
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
