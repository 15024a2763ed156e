//! Templates: scripts for the usual kinds of ceremony, each complete, to be copied and changed.

/// The files of a template.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// What it is called.
    pub name: &'static str,
    /// What it is for, in a sentence.
    pub purpose: &'static str,
    /// The script.
    pub script: &'static str,
    /// The site.
    pub site: &'static str,
    /// Answers with which it can be rehearsed without anybody.
    pub answers: &'static str,
}

/// The files of a template, by its name.
macro_rules! template {
    ($name:literal, $purpose:literal) => {
        Template {
            name: $name,
            purpose: $purpose,
            script: include_str!(concat!("template/", $name, ".toml")),
            site: include_str!(concat!("template/", $name, ".site.toml")),
            answers: include_str!(concat!("template/", $name, ".answers.toml")),
        }
    };
}

/// Every template, in the order in which they are listed.
pub const TEMPLATES: [Template; 6] = [
    template!("root-and-intermediate", "make a root CA and an intermediate CA below it"),
    template!("annual-crl", "issue the next CRL of an offline root"),
    template!("cross-sign", "certify the root of another organisation across"),
    template!("rekey", "make the next root, and certify old and new across"),
    template!("emergency-revocation", "revoke an intermediate CA, and publish that"),
    template!("decommission", "end a root: its last CRL, and the end of its key"),
];

impl Template {
    /// The template of a name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        TEMPLATES.iter().find(|template| template.name == name)
    }

    /// What stands beside the script to be read first.
    #[must_use]
    pub fn notes(&self) -> String {
        format!(
            "A ceremony to {}.

  script.toml    what will be done: change it, and have it reviewed
  site.toml      with which tokens: the names of the script, and the URIs that keyrite token list shows
  answers.toml   answers for a rehearsal without anybody

1. Write the sections [ca.NAME] of the script into keyrite.toml of the CA's home: what they say gets into certificates.
2. keyrite ceremony rehearse script.toml --answers answers.toml --out rehearsal
   needs SoftHSM 2 and nothing else. Do it again without --answers, with the people of the day.
3. keyrite ceremony plan script.toml --site site.toml
   shows every field of what will be signed. Its hash names the plan: write it down, and have it compared.
4. keyrite ceremony script script.toml --out script.html
   is the same on paper, with boxes to tick.
5. keyrite ceremony run script.toml --site site.toml --plan HASH --dir DIR
   does it. After a crash: keyrite ceremony resume DIR
6. keyrite ceremony bundle DIR --out BUNDLE, keyrite ceremony verify BUNDLE, keyrite ceremony report BUNDLE --out FILE
",
            self.purpose
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Answers, Script, Site};
    use super::*;

    #[test]
    fn every_template_can_be_read_and_names_its_tokens_and_people() {
        for template in TEMPLATES {
            let script = match Script::parse(template.script) {
                Ok(script) => script,
                Err(problems) => panic!("{}: {problems}", template.name),
            };
            let site = Site::parse(template.site).unwrap();
            assert!(site.missing(&script).is_empty(), "{}", template.name);
            let answers = Answers::parse(template.answers).unwrap();
            for role in &script.roles {
                let named = answers.people[&role.name].len();
                assert_eq!(named, usize::try_from(role.people).unwrap(), "{} {}", template.name, role.name);
            }
            script.for_rehearsal().unwrap();
        }
    }
}
