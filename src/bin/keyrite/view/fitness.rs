//! Whether a CA of this home may use a key: one row on a page, two members in JSON.

use keyrite::token::{KeyInfo, Requirements};

/// The answer and what it rests on.
#[derive(Clone, Debug)]
pub(crate) struct Fitness {
    /// Whether a CA may use the key.
    pub(crate) fit: bool,
    /// What forbids it; of a fit key what is tolerated although it is not as it should be.
    pub(crate) reasons: Vec<String>,
}

impl Fitness {
    /// What a home's requirements make of a key.
    pub(crate) fn of(key: &KeyInfo, requirements: &Requirements) -> Self {
        if let Err(error) = &key.public_key {
            return Self { fit: false, reasons: vec![error.to_string()] };
        }
        let forbidding = requirements.judge(&key.attributes);
        let fit = forbidding.is_empty();
        let told = if fit { requirements.doubts(&key.attributes) } else { forbidding };
        Self { fit, reasons: told.iter().map(ToString::to_string).collect() }
    }

    /// The whole in one sentence.
    pub(crate) fn words(&self) -> String {
        match (self.fit, self.reasons.as_slice()) {
            (true, []) => "yes".to_owned(),
            (true, reasons) => format!("yes, but {}", reasons.join(", ")),
            (false, reasons) => format!("no: {}", reasons.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::View;
    use super::*;
    use crate::render::Text as _;
    use crate::safe_text::Page;

    #[test]
    fn it_is_one_row_and_two_members() {
        let reasons = vec!["CKA_LOCAL is false".to_owned(), "CKA_DERIVE is true".to_owned()];
        let view = View::default().row("fit", Fitness { fit: true, reasons });
        let mut page = Page::default();
        view.text(&mut page);
        assert_eq!(page.as_str(), "fit  yes, but CKA_LOCAL is false, CKA_DERIVE is true\n");
        let json = serde_json::to_value(&view).unwrap();
        let wanted =
            serde_json::json!({"fit": true, "reasons": ["CKA_LOCAL is false", "CKA_DERIVE is true"]});
        assert_eq!(json, wanted);
        assert_eq!(Fitness { fit: true, reasons: Vec::new() }.words(), "yes");
        assert_eq!(Fitness { fit: false, reasons: vec!["x".to_owned()] }.words(), "no: x");
    }
}
