//! The people of a ceremony, and the journal in which all is written that they say.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use keyrite::audit::{Fingerprint, Head, words};
use keyrite::ceremony::{Fact, Mode, PUBLIC_KEY_SHA256, Presence, Proof, Role, Script, Step};
use keyrite::token::KeyInfo;

use super::journal::Journal;
use super::proving::{self, Moment};
use super::talk::Place;
use super::voice::Voice;
use crate::attendance::Attendance;
use crate::failure::{Exit, Failure};
use crate::safe_text::Page;
use crate::view;

/// How many words are read back.
const WORDS_BACK: usize = 4;
/// How often somebody may try to.
const TRIES: u32 = 3;

/// Looks whether everything is still as it was planned.
type Guard = Box<dyn Fn() -> Result<(), Failure> + Send + Sync>;

/// Those who take part, and what they have said.
pub(crate) struct Panel {
    state: Mutex<State>,
    voice: Voice,
    guard: Guard,
}

#[derive(Debug)]
struct State {
    journal: Journal,
    /// Who has signed in, by role.
    people: BTreeMap<String, Vec<String>>,
    /// Who is present.
    present: Vec<Presence>,
    /// How many of them approve.
    approvals: u32,
    /// The step that is being done.
    step: String,
    /// The token in which it makes a key.
    token: Option<String>,
}

impl std::fmt::Debug for Panel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Panel({:?})", self.state)
    }
}

impl Panel {
    /// The people of a journal.
    pub(crate) fn new(journal: Journal, voice: Voice, guard: Guard) -> Self {
        let state = State {
            journal,
            people: BTreeMap::new(),
            present: Vec::new(),
            approvals: 1,
            step: String::new(),
            token: None,
        };
        Self { state: Mutex::new(state), voice, guard }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a record.
    ///
    /// # Errors
    /// As [`Journal::tell`].
    pub(crate) fn tell(&self, fact: Fact) -> Result<(), Failure> {
        self.state().journal.tell(fact)
    }

    /// The head of the transcript.
    pub(crate) fn head(&self) -> Head {
        self.state().journal.head()
    }

    /// Whether it is a rehearsal.
    pub(crate) fn mode(&self) -> Mode {
        self.state().journal.mode()
    }

    /// Who answers.
    pub(crate) const fn voice(&self) -> &Voice {
        &self.voice
    }

    /// Takes up who has signed in before an interruption.
    pub(crate) fn known(&self, role: &str, person: &str) {
        let signed_in = {
            let mut state = self.state();
            state.people.entry(role.to_owned()).or_default().push(person.to_owned());
            let each =
                state.people.iter().flat_map(|(role, names)| names.iter().map(move |name| (role, name)));
            each.map(|(role, name)| format!("{name} ({role})")).collect()
        };
        self.voice.go(Place::SignedIn(signed_in));
    }

    /// Says that a step is being done.
    pub(crate) fn at_step(&self, step: &Step) {
        let mut state = self.state();
        step.id.clone_into(&mut state.step);
        state.token = step.task.made_key().map(|(token, _)| token.to_owned());
    }

    /// Has everybody sign in who has not yet.
    ///
    /// # Errors
    /// A [`Failure`] when somebody does not.
    pub(crate) fn sign_in(
        &self,
        script: &Script,
        plan: Fingerprint,
        directory: &Path,
    ) -> Result<(), Failure> {
        for role in &script.roles {
            let wanted = usize::try_from(role.people).unwrap_or(usize::MAX);
            loop {
                let known = self.state().people.get(&role.name).map_or(0, Vec::len);
                if known >= wanted {
                    break;
                }
                let person = self.newcomer(role, known)?;
                let moment = Moment { plan, directory, head: self.head() };
                let proof = self.proof(script, role, &person, moment)?;
                self.tell(Fact::SignedIn { role: role.name.clone(), person: person.clone(), proof })?;
                self.known(&role.name, &person);
            }
        }
        Ok(())
    }

    /// What proves the name, where the script wants that. In a rehearsal nobody has to have their key.
    fn proof(
        &self,
        script: &Script,
        role: &Role,
        person: &str,
        moment: Moment<'_>,
    ) -> Result<Option<Proof>, Failure> {
        match script.key_of(person) {
            _ if self.mode() == Mode::Rehearsal => Ok(None),
            Some(key) => proving::prove(&self.voice, moment, &role.name, person, key).map(Some),
            None if role.proof => {
                let message =
                    format!("{person} cannot sign in as {}: the script has no key of this name", role.name);
                Err(Failure::new(Exit::Refused, message)
                    .hint("who may have the role stands under [people] of the script"))
            }
            None => Ok(None),
        }
    }

    /// The name of the next one in a role: one that nobody else has, since one person in two roles is no second person.
    fn newcomer(&self, role: &Role, known: usize) -> Result<String, Failure> {
        let taken = |name: &str| {
            self.state().people.values().flatten().any(|one| one.to_lowercase() == name.to_lowercase())
        };
        if let Some(answers) = self.voice.scripted() {
            let name = answers.people.get(&role.name).and_then(|names| names.get(known));
            let wanted = role.people;
            let missing = || {
                let message =
                    format!("the file of answers names {known} people as {}, wanted {wanted}", role.name);
                Failure::new(Exit::Usage, message)
            };
            let name = name.ok_or_else(missing)?.trim().to_owned();
            return if taken(&name) || name.is_empty() {
                Err(Failure::new(Exit::Usage, format!("{name:?} is there twice, wanted different people")))
            } else {
                Ok(name)
            };
        }
        for _ in 0..TRIES {
            let number = known.saturating_add(1);
            let prompt =
                format!("{} ({}), {number} of {}: your name", role.name, role.description, role.people);
            let name = self.voice.text(&prompt)?;
            if !taken(&name) {
                return Ok(name);
            }
            let mut page = Page::on_terminal();
            page.line(format!("{name} has signed in already."));
            self.voice.say(&page)?;
        }
        Err(Failure::new(Exit::Refused, format!("nobody signed in as {}", role.name)))
    }

    /// Has those say so who are present in a section.
    ///
    /// # Errors
    /// A [`Failure`] when somebody is missing.
    pub(crate) fn convene(
        &self,
        section: u64,
        wanted: &[(String, u32)],
        approvals: u32,
    ) -> Result<(), Failure> {
        let mut present: Vec<Presence> = Vec::new();
        for (role, people) in wanted {
            for number in 1..=*people {
                let known = self.state().people.get(role).cloned().unwrap_or_default();
                let here = |name: &str| {
                    present
                        .iter()
                        .any(|one| one.role == *role && one.person.to_lowercase() == name.to_lowercase())
                };
                let person = if self.voice.scripted().is_some() {
                    known.iter().find(|name| !here(name)).cloned()
                } else {
                    let prompt = format!("Present as {role}, {number} of {people}: your name");
                    self.named(&prompt, |name| {
                        known
                            .iter()
                            .find(|one| one.to_lowercase() == name.to_lowercase() && !here(one))
                            .cloned()
                    })?
                };
                let person = person.ok_or_else(|| {
                    Failure::new(Exit::Refused, format!("{people} people as {role} are not present"))
                })?;
                present.push(Presence { role: role.clone(), person });
            }
        }
        self.tell(Fact::SectionBegun { section, present: present.clone() })?;
        let named = present.iter().map(|one| format!("{} ({})", one.person, one.role)).collect();
        self.voice.go(Place::Section(section, named));
        let mut state = self.state();
        state.present = present;
        state.approvals = approvals;
        Ok(())
    }

    /// Asks for a name that fits, some times.
    fn named(&self, prompt: &str, fits: impl Fn(&str) -> Option<String>) -> Result<Option<String>, Failure> {
        for _ in 0..TRIES {
            let name = self.voice.text(prompt)?;
            if let Some(fit) = fits(&name) {
                return Ok(Some(fit));
            }
            let mut page = Page::on_terminal();
            page.line(format!("{name} is not one of those who are wanted here."));
            self.voice.say(&page)?;
        }
        Ok(None)
    }

    /// One of those present, who says something.
    ///
    /// # Errors
    /// A [`Failure`] when nobody does.
    pub(crate) fn someone(&self, prompt: &str) -> Result<String, Failure> {
        let present: Vec<String> = self.state().present.iter().map(|one| one.person.clone()).collect();
        let found = if self.voice.scripted().is_some() {
            present.first().cloned()
        } else {
            self.named(prompt, |name| {
                present.iter().find(|one| one.to_lowercase() == name.to_lowercase()).cloned()
            })?
        };
        found.ok_or_else(|| Failure::new(Exit::Refused, "nobody who is present answered"))
    }

    /// Whether a name is that of somebody present.
    pub(crate) fn is_present(&self, name: &str) -> bool {
        self.state().present.iter().any(|one| one.person == name)
    }

    /// As many approvals as are wanted, each told at once.
    fn approvals(&self, step: &str, digest: &Fingerprint, approvals: u32) -> Result<(), Failure> {
        let mut before: Vec<String> = Vec::new();
        for number in 1..=approvals {
            let person = self.approval(digest, &before, number, approvals)?;
            self.tell(Fact::Approved { step: step.to_owned(), person: person.clone(), digest: *digest })?;
            let mut page = Page::on_terminal();
            page.line(format!("Approved by {person} ({number} of {approvals})."));
            self.voice.say(&page)?;
            before.push(person);
        }
        Ok(())
    }

    /// One approval: a name of somebody present who has not approved yet, and words of the digest.
    fn approval(
        &self,
        digest: &Fingerprint,
        before: &[String],
        number: u32,
        of: u32,
    ) -> Result<String, Failure> {
        let present: Vec<String> = self.state().present.iter().map(|one| one.person.clone()).collect();
        let fresh = |name: &str| {
            let fits = |one: &&String| one.to_lowercase() == name.to_lowercase() && !before.contains(one);
            present.iter().find(fits).cloned()
        };
        if self.voice.scripted().is_some() {
            let next = present.iter().find(|one| !before.contains(one)).cloned();
            return next.ok_or_else(|| Failure::new(Exit::Refused, "too few people are present to approve"));
        }
        let person = self.named(&format!("Approval {number} of {of}: your name"), fresh)?;
        let person = person.ok_or_else(|| Failure::new(Exit::Refused, "not approved: nothing was signed"))?;
        for _ in 0..TRIES {
            let prompt =
                format!("{person}, type the first {WORDS_BACK} words of the digest to approve, or no");
            let typed = self.voice.text(&prompt)?;
            if typed == "no" {
                break;
            }
            let wanted = digest.as_bytes().get(..WORDS_BACK).unwrap_or_default();
            let mut page = Page::on_terminal();
            match words::octets(&typed) {
                Ok(octets) if octets == wanted => return Ok(person),
                Ok(_) => page.line("These are not the words."),
                Err(error) => page.line(error.to_string()),
            }
            self.voice.say(&page)?;
        }
        Err(Failure::new(Exit::Refused, format!("{person} does not approve: nothing was signed")))
    }
}

/// The digest that is read aloud: of the one object, or over the digests of several, or of what was shown where nothing
/// gets signed.
pub(crate) fn digest_of(shown: &Page, digests: &[[u8; 32]]) -> (Vec<Fingerprint>, Fingerprint) {
    let each: Vec<Fingerprint> = digests.iter().copied().map(Fingerprint).collect();
    let digest = match each.as_slice() {
        [] => Fingerprint::of(shown.as_str().as_bytes()),
        [one] => *one,
        several => Fingerprint::of(&several.iter().flat_map(|one| *one.as_bytes()).collect::<Vec<u8>>()),
    };
    (each, digest)
}

/// A digest for people: hex, and words in lines.
pub(crate) fn put_digest(page: &mut Page, digest: &Fingerprint) {
    page.line(format!("SHA-256  {digest}"));
    let words: Vec<&str> = words::words(digest.as_bytes()).collect();
    for (at, line) in words.chunks(4).enumerate() {
        page.line(format!("{:<9}{}", if at == 0 { "words" } else { "" }, line.join(" ")));
    }
}

impl Attendance for Panel {
    fn approve(&self, shown: &Page, question: &str, digests: &[[u8; 32]]) -> Result<(), Failure> {
        let (sha256, digest) = digest_of(shown, digests);
        let (step, approvals) = {
            let state = self.state();
            (state.step.clone(), state.approvals)
        };
        (self.guard)()?;
        self.tell(Fact::Shown { step: step.clone(), what: question.to_owned(), sha256, digest })?;
        let mut page = Page::on_terminal();
        page.blank();
        page.line(question);
        put_digest(&mut page, &digest);
        self.voice.show(&[shown, &page])?;
        let approved = self.approvals(&step, &digest, approvals);
        self.voice.hide();
        approved?;
        // Between what was shown and what gets signed nothing may have changed either.
        (self.guard)()
    }

    fn vacant(&self, label: &str) -> Result<(), Failure> {
        let (step, token) = {
            let state = self.state();
            (state.step.clone(), state.token.clone())
        };
        let label = label.to_owned();
        token.map_or(Ok(()), |token| self.tell(Fact::Vacant { step, token, label }))
    }

    fn seen(&self, key: &KeyInfo) -> Result<(), Failure> {
        let (step, token) = {
            let state = self.state();
            (state.step.clone(), state.token.clone())
        };
        // A step that makes none only uses a key that is on record already.
        token.map_or(Ok(()), |token| self.tell(Fact::Key { step, token, found: attributes(key) }))
    }
}

/// What a token says of a key, by the names of its attributes (PKCS#11 3.2 s.4).
fn attributes(key: &KeyInfo) -> BTreeMap<String, String> {
    let named = |label: &str| format!("CKA_{}", label.to_uppercase().replace(' ', "_"));
    let mut found: BTreeMap<String, String> = view::attribute_texts(&key.attributes)
        .into_iter()
        .map(|(label, value)| (named(&label), value))
        .collect();
    found.insert("CKA_LABEL".to_owned(), key.label.clone());
    found.insert("CKA_ID".to_owned(), hex::encode(&key.id));
    found.insert("CKA_KEY_TYPE".to_owned(), view::key_type(key.key_type));
    found.insert("URI".to_owned(), key.uri.to_string());
    match &key.public_key {
        Ok(public_key) => {
            found.insert("algorithm".to_owned(), public_key.algorithm().to_string());
            found.insert(PUBLIC_KEY_SHA256.to_owned(), Fingerprint(public_key.sha256()).to_string());
        }
        Err(error) => {
            found.insert("algorithm".to_owned(), error.to_string());
        }
    }
    found
}
