//! keyrite, the program: a certification-authority signer at the operator's hands.
//!
//! The program holds no cryptography and no state of its own: it reads arguments, calls the library's public
//! API and shows what came of it. Its parts:
//!
//! - [`args`]: the command line. [`commands`]: one file per command; its page says how one is added.
//! - [`context`]: what every command is given: the global flags, the home directory, the terminal.
//! - [`render`]: an [`render::Answer`] is one value, printed as text or as JSON. [`failure`]: why there is none,
//!   with its exit code. Commands return one or the other and print nothing themselves.
//! - [`view`]: labelled rows that describe a certificate, CRL or request; shown by `show` commands and before
//!   anything is signed. [`table`]: the same for lists.
//! - [`safe_text`]: the only way for text to reach a terminal, a pipe or a log.
//! - [`terminal`]: questions to a person; [`secret`]: what must not be shown. [`progress`]: long work. [`input`]: files that are read, with bounds.
//! - [`designation`] and [`kind`]: which certificate is meant, and what a file holds. [`delegate`]: the responder of a CA.
//! - [`overrides`]: rules that are not to count. [`generation`]: keys made for a CA. [`preflight`]:
//!   what is judged before a token is asked for anything.
//! - [`ledger`] and [`profiles`] of the home; [`notice`]: remarks while a command works.
//! - [`home_files`], [`plain_files`] and [`restoring`]: a home copied out, and a copy made a home again.
//! - [`doctor`]: what an examination of a token found.
//! - [`loss`]: which CAs would lose their key; [`chosen`]: PINs that a person chooses.
//! - [`session`]: from a URI to a token; [`surroundings`]: what leads its module astray; [`attestation`]: what the
//!   device's vendor says of a key;
//!   [`hardening`]: what is given up before a PIN is asked for.
//! - [`ceremony`]: a script that is shown, rehearsed and run; [`attendance`]: those who approve in it.
//! - [`exchange`]: bundles across an air gap.
//! - [`paths`]: the files of a batch. [`openssl_cnf`]: the configuration of `openssl ca`, with the files that it includes.
//! - [`moving`]: a CA that moves in with what it has kept elsewhere.
//! - [`serving`]: the server of OCSP responses and published files.
//! - [`words`]: digests as words. [`worker`]: this program as the process that loads a token's module.

mod approval;
mod args;
mod attendance;
mod attestation;
mod auditing;
mod batch;
mod calendar;
mod ceremony;
mod certificates;
mod chosen;
mod commands;
mod configuration;
mod consequence;
mod context;
mod crls;
mod delegate;
mod designation;
mod destruction;
mod doctor;
mod exchange;
mod failure;
mod generation;
mod hardening;
mod holders;
mod home;
mod home_files;
mod html;
mod input;
mod intake;
mod issuance;
mod kind;
mod ledger;
mod log;
mod loss;
mod moving;
mod notary;
mod notice;
mod openssl_cnf;
mod overrides;
mod own;
mod paths;
mod plain_files;
mod preflight;
mod presigned;
mod profiles;
mod progress;
mod publishing;
mod render;
mod rescue;
mod restoring;
mod safe_text;
mod secret;
mod serving;
mod session;
mod signing;
mod surroundings;
mod table;
mod terminal;
mod view;
mod worker;

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = worker::serve_if_asked() {
        return code;
    }
    failure::report_defects();
    std::panic::catch_unwind(program).unwrap_or_else(|_| failure::Exit::Defect.into())
}

fn program() -> ExitCode {
    let arguments = match args::parse() {
        Ok(arguments) => arguments,
        Err(stop) => return stop.print(),
    };
    log::start(arguments.global.log);
    hardening::restrict();
    let json = arguments.global.json;
    let context = context::Context::new(arguments.global);
    let printed = arguments.command.run(&context).and_then(|answer| render::print(&answer, json));
    match printed {
        Ok(exit) => exit.into(),
        Err(failure) => failure::print(&failure, json),
    }
}
