//! A rehearsal: the same run, with tokens and a home that are thrown away.

use std::ffi::OsString;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use keyrite::authority::output::{self, Access};
use keyrite::authority::system::SystemRandom;
use keyrite::ceremony::{Mode, Script};
use keyrite::config::FILE_NAME;
use keyrite::port::RandomSource as _;

use super::bundle;
use super::planning::{self, Plan, Sources};
use super::run::{self, Run};
use super::voice::Voice;
use crate::args::{self, GlobalArgs};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::profiles;
use crate::render::Answer;

/// Where distributions put SoftHSM's module.
const MODULES: [&str; 6] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

/// A directory that is taken away at the end, whatever happens.
struct Stage(PathBuf);

impl Drop for Stage {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

impl Stage {
    fn new() -> Result<Self, Failure> {
        let mut octets = [0; 8];
        SystemRandom.fill(&mut octets).map_err(|error| Failure::of(Exit::Output, &error))?;
        let path = std::env::temp_dir().join(format!("keyrite-rehearsal-{}", hex::encode(octets)));
        let stage = Self(path);
        stage.directory("")?;
        Ok(stage)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn directory(&self, name: &str) -> Result<PathBuf, Failure> {
        let path = if name.is_empty() { self.0.clone() } else { self.path(name) };
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|error| Failure::new(Exit::Output, "cannot be made").caused_by(&error).about(&path))?;
        Ok(path)
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf, Failure> {
        let path = self.path(name);
        output::publish(&path, text.as_bytes(), Access::Private)?;
        Ok(path)
    }
}

/// Rehearses a script and writes the bundle of that.
///
/// # Errors
/// A [`Failure`] of the step that could not be done.
pub(crate) fn rehearse(
    context: &Context,
    script: &Path,
    voice: Voice,
    out: &Path,
) -> Result<Answer, Failure> {
    let text = planning::text(script)?;
    let parsed = Script::parse(&text).map_err(|problems| Failure::from(problems).about(script))?;
    let marked =
        parsed.for_rehearsal().map_err(|error| Failure::of(Exit::Configuration, &error).about(script))?;
    output::preview(out)?;
    let module = module(context)?;
    let stage = Stage::new()?;
    let tokens = stage.directory("tokens")?;
    let configuration = stage.write(
        "softhsm2.conf",
        &format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n",
            tokens.display()
        ),
    )?;
    // SoftHSM's tokens keep nothing: any PIN will do, and nobody has to know it.
    let pin = stage.write("pin", "rehearsal-1234\n")?;
    let home = home(context, &stage, &text)?;
    let environment = vec![(OsString::from("SOFTHSM2_CONF"), configuration.into_os_string())];
    let mut source = OsString::from("file:");
    source.push(&pin);
    let global = GlobalArgs {
        home: Some(home),
        module: Some(module.clone()),
        pin_source: Some(source),
        yes: true,
        ..context.global().clone()
    };
    let go = |words: &[String]| -> Result<(), Failure> {
        let context = Context::with_environment(global.clone(), environment.clone());
        args::command_of(words)?.run(&context).map(drop)
    };
    go(&["init".to_owned()])?;
    let mut site = String::new();
    for name in marked.tokens() {
        let label: String = name.chars().take(32).collect();
        let so_pin = format!("--so-pin-source=file:{}", pin.display());
        go(&[
            "token".to_owned(),
            "init".to_owned(),
            "pkcs11:".to_owned(),
            format!("--label={label}"),
            so_pin,
        ])?;
        let uri = token_uri(&label, &module, &pin)?;
        site.push_str(&format!("[tokens.{}]\nuri = {}\n", toml_text(name), toml_text(&uri)));
    }
    let site = stage.write("site.toml", &site)?;
    let plain = || {
        let global = GlobalArgs { yes: false, pin_source: None, ..global.clone() };
        Context::with_environment(global, environment.clone())
    };
    for existing in marked.existing.values() {
        let ca = &existing.ca;
        let label: String = ca.token.chars().take(32).collect();
        let uri =
            token_uri(&label, &module, &pin)?.replacen('?', &format!(";object={}?", encode(&ca.key)), 1);
        go(&[
            "ca".to_owned(),
            "create".to_owned(),
            ca.name.clone(),
            format!("--key={uri}"),
            format!("--generate={}", ca.algorithm),
            format!("--profile={}", ca.profile),
            format!("--subject={}", ca.subject),
        ])?;
    }
    let context = plain();
    let plan = Plan::read(&context, &Sources::beside(script, Some(&site), Mode::Rehearsal))?;
    super::foreseen::view(&plan)?;
    let directory = stage.path("run");
    run::begin(&context, &plan, &directory, &voice)?;
    let global = GlobalArgs { yes: false, pin_source: None, ..global.clone() };
    let answer = Run::take_up(&global, &environment, &directory, voice, false)?.all()?;
    drop(answer);
    bundle::bundle(&context, &directory, out)
}

/// SoftHSM's module: the one of `--module`, else where distributions put it.
fn module(context: &Context) -> Result<PathBuf, Failure> {
    if let Some(module) = &context.global().module {
        return Ok(module.clone());
    }
    let known = MODULES.iter().map(PathBuf::from).find(|path| path.exists());
    known.ok_or_else(|| {
        Failure::new(
            Exit::Token,
            "a rehearsal needs SoftHSM 2, and its module is not where distributions put it",
        )
        .hint("install softhsm2, or name the module with --module PATH")
    })
}

/// A home that says of the CAs what the script says, with the profiles of the real one.
fn home(context: &Context, stage: &Stage, script: &str) -> Result<PathBuf, Failure> {
    let home = stage.directory("home")?;
    let unreadable = |error: &dyn std::error::Error| Failure::new(Exit::Defect, error.to_string());
    let table: toml::Table = toml::from_str(script).map_err(|error| unreadable(&error))?;
    let only: toml::Table = table.into_iter().filter(|(key, _)| key == "ca").collect();
    let text = toml::to_string(&only).map_err(|error| unreadable(&error))?;
    stage.write(&format!("home/{FILE_NAME}"), &text)?;
    stage.directory("home/profiles")?;
    let real = context.home()?.join(profiles::DIRECTORY);
    if let Ok(entries) = std::fs::read_dir(&real) {
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            if name.ends_with(".toml") {
                stage.write(&format!("home/profiles/{name}"), &planning::text(&path)?)?;
            }
        }
    }
    Ok(home)
}

/// The URI of a token of the rehearsal, with its module and PIN source.
fn token_uri(label: &str, module: &Path, pin: &Path) -> Result<String, Failure> {
    let path = |path: &Path| {
        let text = path.to_str();
        text.map(encode).ok_or_else(|| Failure::new(Exit::Usage, "a path that is not UTF-8 text").about(path))
    };
    let (module, pin) = (path(module)?, path(pin)?);
    Ok(format!("pkcs11:token={}?module-path={module}&pin-source=file:{pin}", encode(label)))
}

/// The value of an attribute of a URI.
fn encode(text: &str) -> String {
    let plain = |octet: &u8| octet.is_ascii_alphanumeric() || b"-._~/".contains(octet);
    let one = |octet: u8| if plain(&octet) { char::from(octet).to_string() } else { format!("%{octet:02X}") };
    text.bytes().map(one).collect()
}

fn toml_text(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
