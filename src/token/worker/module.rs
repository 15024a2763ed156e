//! A module: loaded, initialised, restarted, finalised.

use std::cell::{Cell, OnceCell, RefCell};
use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::Error;

use super::calling::calling;
use super::failure::failure;
use super::quirks::{PAUSES, Quirks, StartLock};
use super::raw::RawModule;
use super::slot;
use crate::token::return_value::ReturnValue;
use crate::token::wire::{Failure, Habits, Library, ModuleFault, Slot, Token};

/// The pause before a token that was not there is looked for once more.
const AGAIN: std::time::Duration = std::time::Duration::from_millis(60);

/// A module that has been initialised.
pub(super) struct Module {
    context: Pkcs11,
    /// The functions past the crate, unless they turned out to be those of another instance.
    raw: RefCell<Option<Arc<RawModule>>>,
    file: File,
    /// Read when something needs it: most runs do not.
    library: OnceCell<Library>,
    /// Whether several threads may call it at a time.
    threads: Cell<bool>,
}

impl Module {
    /// Loads the file and calls `C_Initialize`.
    pub(super) fn load(path: PathBuf) -> Result<Self, Failure> {
        let file = open(&path).map_err(Failure::Module)?;
        let raw = RawModule::load(&path)?;
        // Mapped already: what the crate does is to ask for the functions once more.
        let context = calling(c"GetFunctionList", || Pkcs11::new(&path)).map_err(load_failure)?;
        let lock = StartLock::acquire(&file);
        let threads = Cell::new(initialize(&context)?);
        drop(lock);
        let raw = RefCell::new(Some(Arc::new(raw)));
        Ok(Self { context, raw, file, library: OnceCell::new(), threads })
    }

    pub(super) const fn context(&self) -> &Pkcs11 {
        &self.context
    }

    /// The functions past the crate, if the module has them for a second caller.
    pub(super) fn raw(&self) -> Option<Arc<RawModule>> {
        self.raw.borrow().clone()
    }

    /// `C_GetInfo`, once.
    pub(super) fn library(&self) -> Result<Library, Failure> {
        if let Some(known) = self.library.get() {
            return Ok(known.clone());
        }
        let library = library(&self.context)?;
        Ok(self.library.get_or_init(|| library).clone())
    }

    /// What the module needs. Asked for only after something failed; one that does not say what it is needs
    /// nothing.
    fn quirks(&self) -> Quirks {
        self.library().map(|library| Quirks::of(&library)).unwrap_or_default()
    }

    /// What it does that others do not.
    pub(super) fn habits(&self) -> Habits {
        Habits { start_race: self.quirks().start_race, no_second_list: self.raw.borrow().is_none() }
    }

    /// Whether a failure at start or login is one that the start race produces.
    pub(super) fn raced(&self, failure: &Failure) -> bool {
        Quirks::RACING.raced(failure) && self.quirks().raced(failure)
    }

    /// Gives up the functions past the crate: they are those of an instance that nobody has initialised.
    pub(super) fn forget_raw(&self) {
        self.raw.replace(None);
    }

    pub(super) fn lock(&self) -> StartLock<'_> {
        StartLock::acquire(&self.file)
    }

    /// The slots with a token, and whether the module was started anew to get them.
    ///
    /// `again` says that the program misses a token: a module that is known to race is then restarted.
    pub(super) fn slots(&self, again: bool, described: bool) -> Result<(Vec<Slot>, bool), Failure> {
        let mut restarted = again && self.quirks().start_race;
        if restarted {
            std::thread::sleep(AGAIN);
        }
        let lock = self.lock();
        if restarted {
            self.restart()?;
        }
        let mut slots = slot::list(self, described)?;
        for pause in PAUSES {
            let raced =
                slots.iter().any(|slot| slot.token.as_ref().is_err_and(|failure| self.raced(failure)));
            if !raced {
                break;
            }
            std::thread::sleep(pause);
            self.restart()?;
            restarted = true;
            slots = slot::list(self, described)?;
        }
        drop(lock);
        Ok((slots, restarted))
    }

    /// What the token in a slot says now; sessions stay open.
    pub(super) fn token(&self, slot: u64) -> Result<Token, Failure> {
        let lock = self.lock();
        let mut result = slot::token(self, slot);
        for pause in PAUSES {
            match &result {
                Err(failure) if self.raced(failure) => {}
                Ok(_) | Err(_) => break,
            }
            std::thread::sleep(pause);
            result = slot::token(self, slot);
        }
        drop(lock);
        result
    }

    /// `C_Finalize` and `C_Initialize`: every session and handle is gone afterwards.
    pub(super) fn restart(&self) -> Result<(), Failure> {
        let context = self.context.clone();
        calling(c"Finalize", || context.finalize()).map_err(|error| failure("C_Finalize", error))?;
        self.threads.set(initialize(&self.context)?);
        Ok(())
    }

    /// Whether several threads may call it at a time: it has said that it locks by what the system has.
    pub(super) fn is_for_threads(&self) -> bool {
        self.threads.get()
    }

    /// `C_Finalize`, which ends the sessions and the login as well (PKCS#11 3.1 s.5.4.2).
    pub(super) fn finalize(self) {
        // Nothing is left to be done about a failure, and the process ends.
        drop(calling(c"Finalize", || self.context.finalize()));
    }
}

/// Looks at the file before the dynamic linker does, for messages that say what is wrong.
fn open(path: &std::path::Path) -> Result<File, ModuleFault> {
    let unreadable = |error: std::io::Error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            ModuleFault::Missing
        } else {
            ModuleFault::Unreadable(error.to_string())
        }
    };
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(ModuleFault::NotFile);
    }
    let mut file = File::open(path).map_err(unreadable)?;
    let mut magic = [0; 4];
    match file.read_exact(&mut magic) {
        Ok(()) if cfg!(not(target_os = "linux")) || magic == *b"\x7fELF" => Ok(file),
        Ok(()) | Err(_) => Err(ModuleFault::NotElf),
    }
}

fn load_failure(error: Error) -> Failure {
    if let Error::LibraryLoading(error) = error {
        Failure::Module(ModuleFault::Link(error.to_string()))
    } else if let Error::MissingSymbol(_) = error {
        Failure::Module(ModuleFault::NoFunctionList)
    } else {
        failure("C_GetFunctionList", error)
    }
}

/// Calls `C_Initialize`; the answer is whether several threads may call the module.
fn initialize(context: &Pkcs11) -> Result<bool, Failure> {
    let attempt = |flags| {
        calling(c"Initialize", || context.initialize(CInitializeArgs::new(flags)))
            .map_err(|error| failure("C_Initialize", error))
    };
    let is = |failure: &Failure, wanted| matches!(failure, Failure::Call { value, .. } if *value == wanted);
    match attempt(CInitializeFlags::OS_LOCKING_OK) {
        // By whom, and whether with locks, is not known.
        Err(failure) if is(&failure, ReturnValue::CRYPTOKI_ALREADY_INITIALIZED) => Ok(false),
        // A module without locks of its own serves the one thread that calls it here all the same.
        Err(failure) if is(&failure, ReturnValue::CANT_LOCK) => {
            attempt(CInitializeFlags::empty()).map(|()| false)
        }
        result => result.map(|()| true),
    }
}

fn library(context: &Pkcs11) -> Result<Library, Failure> {
    let info =
        calling(c"GetInfo", || context.get_library_info()).map_err(|error| failure("C_GetInfo", error))?;
    let version = |version: cryptoki::types::Version| (version.major(), version.minor());
    Ok(Library {
        description: slot::unpadded(info.library_description()),
        manufacturer: slot::unpadded(info.manufacturer_id()),
        version: version(info.library_version()),
        cryptoki: version(info.cryptoki_version()),
    })
}
