//! keyrite.

mod worker;

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = worker::serve_if_asked() {
        return code;
    }
    ExitCode::SUCCESS
}
