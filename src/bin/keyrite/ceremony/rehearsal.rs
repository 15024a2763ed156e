//! A rehearsal: the same run, with tokens and a home that are thrown away.

use std::ffi::OsString;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use keyrite::authority::output::{self, Access};
use keyrite::authority::stand_in_of;
use keyrite::authority::system::SystemRandom;
use keyrite::ceremony::{MARK, Mode, Script, Task};
use keyrite::config::FILE_NAME;
use keyrite::port::RandomSource as _;
use keyrite::x509::pem;

use super::bundle;
use super::planning::{self, Plan, Sources};
use super::run::{self, Run};
use super::voice::Voice;
use crate::args::{self, GlobalArgs};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::{input, profiles};

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
        if marked.steps().any(|(_, step)| matches!(&step.task, Task::InitToken { token } if token == name)) {
            // SoftHSM has one blank token at any time.
            let uri = token_uri(&label, &module, &pin)?;
            let blank = uri.replacen(&format!("token={}", encode(&label)), "", 1);
            site.push_str(&format!(
                "[tokens.{}]\nuri = {}\nblank = {}\nso_pin_source = {}\n",
                toml_text(name),
                toml_text(&uri),
                toml_text(&blank),
                toml_text(&format!("file:{}", pin.display()))
            ));
            continue;
        }
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
    stage.directory("inputs")?;
    inputs(&marked, script, &stage, &go, &|token| token_uri(token, &module, &pin))?;
    let context = plain();
    let inputs = stage.path("inputs");
    let sources = Sources { inputs, ..Sources::beside(script, Some(&site), Mode::Rehearsal) };
    let plan = Plan::read(&context, &sources)?;
    super::foreseen::view(&plan)?;
    let directory = stage.path("run");
    run::begin(&context, &plan, &directory, &voice)?;
    let global = GlobalArgs { yes: false, pin_source: None, ..global.clone() };
    let answer = Run::take_up(&global, &environment, &directory, voice, false)?.all()?;
    drop(answer);
    bundle::bundle(&context, &directory, out)
}

/// The files that go in. Certificates that are revoked or certified across are those of real CAs: in their place stand
/// ones that are made for the occasion.
fn inputs(
    script: &Script,
    path: &Path,
    stage: &Stage,
    go: &dyn Fn(&[String]) -> Result<(), Failure>,
    uri: &dyn Fn(&str) -> Result<String, Failure>,
) -> Result<(), Failure> {
    let beside = path.parent().unwrap_or(Path::new(""));
    let mut made: Vec<String> = Vec::new();
    for (_, step) in script.steps() {
        let Some(name) = step.task.input() else { continue };
        if made.iter().any(|known| known == name) {
            continue;
        }
        made.push(name.to_owned());
        let target = stage.path("inputs").join(name);
        if let Some(parent) = target.parent() {
            let created = DirBuilder::new().mode(0o700).recursive(true).create(parent);
            created.map_err(|error| {
                Failure::new(Exit::Output, "cannot be made").caused_by(&error).about(parent)
            })?;
        }
        let out = format!("--out={}", target.display());
        let kind = |ca: &str| script.keys().find(|one| one.name == ca).map(|one| one.algorithm);
        let number = made.len();
        if let Task::Revoke { ca, .. } = &step.task {
            let key = kind(ca).map(|algorithm| stand_in_of(algorithm, 1)).transpose();
            let key = key.ok().flatten().flatten();
            let key =
                key.ok_or_else(|| Failure::new(Exit::Defect, "no key stands in for that of a certificate"))?;
            let text = pem::encode("PUBLIC KEY", key.as_der());
            let file = stage.write(&format!("key-{number}.pem"), &text)?;
            go(&[
                "issue".to_owned(),
                format!("--public-key={}", file.display()),
                "--possession=nobody has it: this is a rehearsal".to_owned(),
                format!("--ca={ca}"),
                "--profile=intermediate".to_owned(),
                format!("--subject=C=AT,O=Rehearsal,CN={MARK}certificate {number}"),
                out,
            ])?;
        } else if let Task::CrossCertify { ca, .. } = &step.task {
            let algorithm = kind(ca).ok_or_else(|| Failure::new(Exit::Defect, "no such CA is there"))?;
            let token = script.keys().find(|one| one.name == *ca).map(|one| one.token.clone());
            let label: String = token.unwrap_or_default().chars().take(32).collect();
            let key = uri(&label)?.replacen('?', &format!(";object=rehearsal-{number}?"), 1);
            go(&[
                "ca".to_owned(),
                "create".to_owned(),
                format!("rehearsal-{number}"),
                format!("--key={key}"),
                format!("--generate={algorithm}"),
                "--profile=root".to_owned(),
                format!("--subject=C=AT,O=Rehearsal,CN={MARK}other CA {number}"),
                out,
            ])?;
        } else {
            let octets = input::read(&beside.join(name), 1 << 20)?;
            output::publish(&target, &octets, Access::Private)?;
        }
    }
    Ok(())
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
