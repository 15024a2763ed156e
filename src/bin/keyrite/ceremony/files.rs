//! The files that steps write.

use std::os::unix::fs::DirBuilderExt as _;

use keyrite::authority::evidence::Directory;
use keyrite::authority::output::{self, Access};
use keyrite::ceremony::{Fact, Step};
use keyrite::evidence::Files as _;
use keyrite::x509::certificate::Certificate;
use keyrite::x509::pem;
use keyrite::x509::signed::Kind as _;

use super::run::Run;
use super::{acts, environment};
use crate::failure::{Exit, Failure};

impl Run {
    /// The directory for what steps write. A file that an attempt has left half-way is taken away: it was never told of.
    pub(super) fn make_room(&self, path: &str) -> Result<(), Failure> {
        let path = self.directory.join(path);
        let parent = path.parent().unwrap_or(&self.directory);
        let made = std::fs::DirBuilder::new().mode(0o700).recursive(true).create(parent);
        made.map_err(|error| Failure::new(Exit::Output, "cannot be made").caused_by(&error).about(parent))?;
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => {
                Err(Failure::new(Exit::Output, "cannot be taken away").caused_by(&error).about(&path))
            }
        }
    }

    /// Writes what the ledger has of a step that is done, unless it is there.
    pub(super) fn finish(&self, path: &str, contents: &[u8]) -> Result<(), Failure> {
        self.make_room(path)?;
        Ok(output::publish(&self.directory.join(path), contents, Access::Public)?)
    }

    /// Writes the certificate of a CA that was there before, for a command that takes a file.
    pub(super) fn existing(&self, name: &str) -> Result<(), Failure> {
        let path = format!("{}{name}.pem", acts::EXISTING);
        self.make_room(&path)?;
        let certificate = self.plan.certificate(name);
        let certificate = certificate.ok_or_else(|| Failure::new(Exit::Defect, "no such CA is there"))?;
        let pem = pem::encode(Certificate::PEM_LABEL, certificate.as_der());
        Ok(output::publish(&self.directory.join(path), pem.as_bytes(), Access::Public)?)
    }

    /// An empty directory for the files of a step.
    pub(super) fn make_directory(&self, path: &str) -> Result<(), Failure> {
        let path = self.directory.join(path);
        match std::fs::remove_dir_all(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let failure = Failure::new(Exit::Output, "cannot be taken away");
                return Err(failure.caused_by(&error).about(&path));
            }
        }
        let made = std::fs::DirBuilder::new().mode(0o700).recursive(true).create(&path);
        made.map_err(|error| Failure::new(Exit::Output, "cannot be made").caused_by(&error).about(&path))
    }

    /// Tells of the files that a step has written.
    pub(super) fn wrote(&self, step: &Step) -> Result<(), Failure> {
        let mut files: Vec<String> = acts::output(step).into_iter().collect();
        if let Some(directory) = acts::directory(step) {
            files.extend(self.below(&directory)?);
        }
        for file in files {
            let sha256 = environment::of_file(&self.directory.join(&file))?;
            self.panel.tell(Fact::Wrote { step: step.id.clone(), file, sha256 })?;
        }
        Ok(())
    }

    /// Every file below a directory of the run, in the order of their paths.
    fn below(&self, directory: &str) -> Result<Vec<String>, Failure> {
        let root = self.directory.join(directory);
        let files = Directory::of(&root).and_then(|files| {
            let mut paths = Vec::new();
            files.each(&mut |path| paths.push(format!("{directory}{path}")))?;
            Ok(paths)
        });
        let mut files = files
            .map_err(|error| Failure::new(Exit::Output, "cannot be read").caused_by(&error).about(&root))?;
        files.sort();
        Ok(files)
    }
}
