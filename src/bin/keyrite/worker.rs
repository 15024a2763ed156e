//! `keyrite token-worker`: the process that loads a vendor's module. The program starts it itself.

use std::io::Write as _;
use std::process::ExitCode;

/// Serves as the token worker if that is what this process was started for.
///
/// Comes before everything else in `main`: nothing may be open yet.
pub(crate) fn serve_if_asked() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != "token-worker" || arguments.next().is_some() {
        return None;
    }
    Some(match keyrite::token::worker::serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Whoever typed it should know; a program that started it has closed standard error.
            drop(writeln!(std::io::stderr(), "error: {error}"));
            ExitCode::from(2)
        }
    })
}
