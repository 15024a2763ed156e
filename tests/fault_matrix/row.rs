//! A row of the matrix: faults, and how a run in which they are committed has to end.

use crate::command::Command;

/// How a run has to end in which the fault was committed. Where it was not, the run has to succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    /// Exit code 0: the fault does no harm, and what comes out is right.
    Done,
    /// This exit code, with these words among the lines of the error; … stands for any others.
    Refused(i32, String),
    /// Either: what the fault does is not the same in every run, or not every module's affair.
    Either(i32, String),
    /// Either, with any error.
    Any,
}

/// What is put in the place of a module without faults.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The fault module with this in `FAULTS`.
    Committed(String),
    /// Another file, by its name among those that the scene has prepared.
    Module(&'static str),
}

/// A row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// What is wrong.
    pub(crate) fault: Fault,
    /// Whether keys are RSA keys; else they are on P-256.
    pub(crate) rsa: bool,
    /// The most calls of `C_Sign` that may have been made, where it is told.
    pub(crate) signatures: Option<usize>,
    /// Whether it may be that no command commits it.
    pub(crate) rare: bool,
    expect: Expect,
    exceptions: Vec<(Command, Expect)>,
}

impl Row {
    fn new(fault: Fault) -> Self {
        Self {
            fault,
            rsa: false,
            signatures: None,
            rare: false,
            expect: Expect::Done,
            exceptions: Vec::new(),
        }
    }

    /// Faults that do no harm.
    pub(crate) fn harmless(faults: impl Into<String>) -> Self {
        Self::new(Fault::Committed(faults.into()))
    }

    /// Faults that end every command with this code and these words.
    pub(crate) fn refused(faults: impl Into<String>, code: i32, words: impl Into<String>) -> Self {
        Self { expect: Expect::Refused(code, words.into()), ..Self::harmless(faults) }
    }

    /// Faults of which only that matters what is demanded of every run.
    pub(crate) fn any(faults: impl Into<String>) -> Self {
        Self { expect: Expect::Any, rare: true, ..Self::harmless(faults) }
    }

    /// A file in the place of the module.
    pub(crate) fn module(name: &'static str, words: impl Into<String>) -> Self {
        Self { expect: Expect::Refused(4, words.into()), ..Self::new(Fault::Module(name)) }
    }

    /// It is all the same if it succeeds.
    pub(crate) fn or_done(mut self) -> Self {
        if let Expect::Refused(code, words) = self.expect {
            self.expect = Expect::Either(code, words);
        }
        self
    }

    /// Another end for one command.
    pub(crate) fn but(mut self, command: Command, expect: Expect) -> Self {
        self.exceptions.push((command, expect));
        self
    }

    /// Another refusal for one command.
    pub(crate) fn but_refused(self, command: Command, code: i32, words: impl Into<String>) -> Self {
        self.but(command, Expect::Refused(code, words.into()))
    }

    /// With RSA keys.
    pub(crate) fn rsa(mut self) -> Self {
        self.rsa = true;
        self
    }

    /// With at most so many calls of `C_Sign`.
    pub(crate) fn signatures(mut self, most: usize) -> Self {
        self.signatures = Some(most);
        self
    }

    /// Which no command needs to commit: only some modules are called so.
    pub(crate) fn rarely(mut self) -> Self {
        self.rare = true;
        self
    }

    /// How a run of this command has to end.
    pub(crate) fn expected(&self, command: Command) -> &Expect {
        let exception = self.exceptions.iter().find(|(other, _)| *other == command);
        exception.map_or(&self.expect, |(_, expect)| expect)
    }

    /// Whether the module does not come back, so that short time-outs are called for.
    pub(crate) fn hangs(&self) -> bool {
        let kinds = [":hang", ":stop", ":disguised"];
        match &self.fault {
            Fault::Committed(faults) => kinds.iter().any(|kind| faults.contains(kind)),
            Fault::Module(name) => name.contains("hang"),
        }
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys = if self.rsa { ", RSA" } else { "" };
        match &self.fault {
            Fault::Committed(faults) if faults.is_empty() => write!(f, "no fault{keys}"),
            Fault::Committed(faults) => write!(f, "{faults}{keys}"),
            Fault::Module(name) => write!(f, "module {name}{keys}"),
        }
    }
}
