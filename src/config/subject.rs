//! SubjectDefaults: what the subjects of our own CAs have in common.

use crate::x509::name::attribute::{self, AttributeType};
use crate::x509::name::{Attribute, Name};

/// Attributes that the subject of a CA of ours gets where it is given without them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubjectDefaults(pub(super) Vec<(&'static AttributeType, String)>);

impl SubjectDefaults {
    /// Short names and values, in the order in which names have them.
    pub fn attributes(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(known, text)| (known.short, text.as_str()))
    }

    /// `given` with the attributes that it lacks. Each is put before the first attribute that comes after it in
    /// the order of BR 7.1.4.2; what was given stays in its own order.
    ///
    /// # Errors
    /// A [`der::Error`] when the name is too large to be encoded.
    pub fn complete(&self, given: &Name) -> Result<Name, der::Error> {
        // Sets apart from each other, so that one can be put between two.
        let mut attributes = given.attributes();
        for attribute in &mut attributes {
            attribute.rdn = attribute.rdn.saturating_mul(2).saturating_add(1);
        }
        for (known, text) in &self.0 {
            if attributes.iter().any(|found| found.oid == known.oid) {
                continue;
            }
            let at =
                attributes.iter().position(|found| rank(found) > rank_of(known)).unwrap_or(attributes.len());
            let octets = text.clone().into_bytes();
            attributes.insert(at, Attribute { oid: known.oid, tag: known.string.tag(), octets, rdn: 0 });
        }
        Name::from_attributes(&apart(attributes))
    }
}

/// Numbers the sets anew: what was put in stands alone in its set.
fn apart(mut attributes: Vec<Attribute>) -> Vec<Attribute> {
    let mut set = 0_usize;
    let mut before = None;
    for attribute in &mut attributes {
        let own = attribute.rdn;
        if before.is_some_and(|before| before != own || own == 0) {
            set = set.saturating_add(1);
        }
        before = Some(own);
        attribute.rdn = set;
    }
    attributes
}

fn rank(found: &Attribute) -> usize {
    attribute::by_oid(&found.oid).map_or(usize::MAX, rank_of)
}

fn rank_of(known: &AttributeType) -> usize {
    attribute::ATTRIBUTE_TYPES.iter().position(|other| other.oid == known.oid).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_put_where_it_belongs_and_nothing_else_moves() {
        let known = |short: &str| attribute::by_short_name(short).unwrap();
        let defaults =
            SubjectDefaults(vec![(known("C"), "AT".to_owned()), (known("O"), "Example".to_owned())]);
        for (given, wanted) in [
            ("CN=Root", "C=AT,O=Example,CN=Root"),
            ("C=DE,CN=Root", "C=DE,O=Example,CN=Root"),
            ("O=Other,CN=Root", "C=AT,O=Other,CN=Root"),
            ("CN=Root,C=DE", "O=Example,CN=Root,C=DE"),
            ("L=Graz+ST=Styria,CN=Root", "C=AT,ST=Styria+L=Graz,O=Example,CN=Root"),
        ] {
            let name: Name = given.parse().unwrap();
            let completed = defaults.complete(&name).unwrap().to_string();
            let same = |text: &str| text.parse::<Name>().unwrap();
            assert_eq!(same(&completed), same(wanted), "{given} became {completed}");
        }
        assert_eq!(defaults.complete(&Name::empty()).unwrap().to_string(), "C=AT,O=Example");
    }
}
