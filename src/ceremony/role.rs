//! Role: in what capacity people take part.

/// A role, and how many people have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// How the script calls it.
    pub name: String,
    /// What whoever has it does, in a sentence.
    pub description: String,
    /// How many people sign in as it before anything is done.
    pub people: u32,
    /// Whether they prove it by a signature of the key that the script names for them; without it, who has a key
    /// there does.
    pub proof: bool,
}
