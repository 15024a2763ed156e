//! `migrate profile`.

use std::path::PathBuf;

use keyrite::authority::output::{self, Access};
use keyrite::migrate::openssl::cnf::{self, CaSection, CaSectionError, Cnf, ConversionError, Note, Wanted};
use keyrite::policy::{Length, Problem};
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::openssl_cnf::{self, Process};
use crate::render::{Answer, Text};
use crate::safe_text::Page;

/// Make a profile of the policy and an extension section of an openssl.cnf
///
/// Every line of the file that cannot be carried over exactly makes a note with its place and the reason. The notes stand
/// as comments in the profile, and with --json in a list. The file is read as OpenSSL 3 reads it: relative paths are
/// meant from the working directory, and `$ENV::NAME` is the environment.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  keyrite migrate profile openssl.cnf --extensions server_cert
  keyrite migrate profile openssl.cnf --name CA_default --extensions usr_cert --out profiles/usr-cert.toml")]
pub(crate) struct Args {
    /// The configuration of openssl ca
    #[arg(value_name = "OPENSSL.CNF")]
    file: PathBuf,

    /// The section of the CA; without it, the one that default_ca names
    #[arg(long, value_name = "SECTION")]
    name: Option<String>,

    /// The section of extensions; without it, the one that x509_extensions names
    #[arg(long, value_name = "SECTION")]
    extensions: Option<String>,

    /// A file of its own with the extensions, as of openssl ca -extfile: its section `extensions` names, or all of it
    #[arg(long, value_name = "FILE")]
    extfile: Option<PathBuf>,

    /// The section makes roots, as by openssl req -x509
    #[arg(long)]
    self_signed: bool,

    /// The certificate of the CA, to which `match` refers; without it, the one that the file names, if it is there
    #[arg(long, value_name = "CERT")]
    certificate: Option<PathBuf>,

    /// How long certificates are valid, instead of default_days
    #[arg(long, value_name = "D")]
    validity: Option<Length>,

    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Args {
    pub(crate) fn run(self, _: &Context) -> Result<Answer, Failure> {
        if let Some(out) = &self.out {
            output::preview(out)?;
        }
        let mut process = Process::default();
        let file = openssl_cnf::read(&self.file, &mut process)?;
        let extension_file =
            self.extfile.as_ref().map(|path| openssl_cnf::read(path, &mut process)).transpose()?;
        let ca = CaSection::read(&file, self.name.as_deref()).map_err(|error| no_section(&error, &file))?;
        let certificate = openssl_cnf::certificate(self.certificate.as_deref(), &self.file, &ca)?;
        let wanted = Wanted {
            ca: &ca,
            extensions: self.extensions.as_deref(),
            extension_file: extension_file.as_ref(),
            self_signed: self.self_signed,
            certificate: certificate.as_ref().map(|(_, read)| read),
            validity: self.validity,
        };
        let converted = cnf::profile(&file, &wanted)
            .map_err(|error| not_converted(&error, extension_file.as_ref().unwrap_or(&file)))?;
        let problems: Vec<Line> =
            converted.problems.iter().flat_map(|all| all.as_slice()).map(Line::of).collect();
        let exit = if problems.is_empty() { Exit::Done } else { Exit::Configuration };
        if let (Some(_), Some(first)) = (&self.out, problems.first()) {
            let message = format!("what the file asks for is no profile: {}: {}", first.key, first.message);
            return Err(Failure::new(Exit::Configuration, message).hint(
                "without --out the text is printed with everything that is wrong in it, to be mended by hand",
            ));
        }
        if let Some(out) = &self.out {
            output::publish(out, converted.toml.as_bytes(), Access::Public)?;
        }
        let answer = Converted {
            kind: converted.kind,
            certificate: certificate.map(|(path, _)| path.display().to_string()),
            environment: process.variables(),
            notes: converted.notes.iter().map(Line::of_note).collect(),
            problems,
            written: self.out.map(|path| path.display().to_string()),
            toml: converted.toml,
        };
        Ok(Answer::new(answer).exit(exit))
    }
}

fn no_section(error: &CaSectionError, file: &Cnf) -> Failure {
    let names: Vec<&str> = file
        .sections()
        .iter()
        .filter(|section| section.entry("database").is_some())
        .map(cnf::Section::name)
        .collect();
    let hint = if names.is_empty() {
        "no section has a database, as that of a CA does: is this a configuration of openssl ca?".to_owned()
    } else {
        format!("--name takes a section; those with a database: {}", names.join(" "))
    };
    Failure::of(Exit::Refused, error).hint(hint)
}

fn not_converted(error: &ConversionError, file: &Cnf) -> Failure {
    let hint = match error {
        ConversionError::Section { .. } => {
            let names: Vec<&str> = file.sections().iter().map(cnf::Section::name).collect();
            format!("--extensions takes a section; there are {}", names.join(" "))
        }
        ConversionError::Validity { .. } => "--validity says how long, such as --validity 1y".to_owned(),
    };
    Failure::of(Exit::Refused, error).hint(hint)
}

/// A profile and what was noted while it was made.
#[derive(Debug, Serialize)]
struct Converted {
    kind: &'static str,
    /// The CA's certificate that was read.
    certificate: Option<String>,
    /// The environment variables that the file refers to and that there are.
    environment: Vec<String>,
    notes: Vec<Line>,
    problems: Vec<Line>,
    written: Option<String>,
    toml: String,
}

/// A note, or a problem of the profile.
#[derive(Debug, Serialize)]
struct Line {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    line: usize,
    #[serde(rename = "name")]
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fate: Option<&'static str>,
    #[serde(rename = "why")]
    message: String,
}

impl Line {
    fn of(problem: &Problem) -> Self {
        Self {
            id: Some(problem.id),
            file: None,
            line: problem.line,
            key: problem.key.clone(),
            value: None,
            fate: None,
            message: problem.message.clone(),
        }
    }

    fn of_note(note: &Note) -> Self {
        Self {
            id: None,
            file: Some(note.place.file.to_string()),
            line: note.place.line,
            key: note.name.clone(),
            value: note.value.clone(),
            fate: Some(note.fate.words()),
            message: note.why.clone(),
        }
    }
}

impl Text for Converted {
    fn text(&self, page: &mut Page) {
        if self.written.is_none() {
            page.lines(&self.toml);
            return;
        }
        for line in self.toml.lines().take_while(|line| line.starts_with('#')) {
            page.line(line.trim_start_matches("# "));
        }
        if let Some(path) = &self.certificate {
            page.line(format!("certificate of the CA: {path}"));
        }
        if !self.environment.is_empty() {
            page.line(format!("environment variables: {}", self.environment.join(" ")));
        }
        if let Some(path) = &self.written {
            page.line(format!("written: {path}"));
        }
    }
}
