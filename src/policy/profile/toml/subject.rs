//! The rules for the subject's distinguished name, as TOML.

use crate::policy::document::{Found, Table};
use crate::policy::names;
use crate::policy::problem::nearest;
use crate::policy::profile::pattern::Pattern;
use crate::policy::profile::subject::{AttributeRule, Order, Others, SubjectRules};
use crate::x509::limits;
use crate::x509::name::attribute::{self, AttributeType, StringType};

use super::{id, others};

pub(super) fn read(table: &Table<'_>) -> Option<SubjectRules> {
    let other_attributes = table.word("other_attributes", &Others::WORDS);
    let order = table.word("order", &Order::WORDS);
    let common_name_in_alt_names = table.flag("common_name_in_alt_names");
    let attributes = table.inside_required("attributes", |list| {
        list.keys().iter().filter_map(|key| attribute_rule(list, key)).collect::<Vec<_>>()
    })?;
    let listed = order.is_some_and(|found| found.value == Order::AsListed.word());
    Some(SubjectRules {
        attributes,
        other_attributes: other_attributes.map_or(Others::Refuse, |found| others(found.value)),
        order: if listed { Order::AsListed } else { Order::AsAsked },
        common_name_in_alt_names: common_name_in_alt_names.is_some_and(|found| found.value),
    })
}

/// A word, or a table of what the attribute must be.
fn attribute_rule(list: &Table<'_>, key: &Found<String>) -> Option<(&'static AttributeType, AttributeRule)> {
    let known = attribute::ATTRIBUTE_TYPES.iter().find(|known| known.short == key.value);
    let Some(known) = known else {
        list.pass_over(&key.value);
        let shorts = attribute::ATTRIBUTE_TYPES.iter().map(|known| known.short);
        let near =
            nearest(&key.value, shorts).map_or_else(String::new, |near| format!(", did you mean {near:?}?"));
        list.problem(id::ATTRIBUTE, &key.place, &key.value, format!("unknown attribute type{near}"));
        return None;
    };
    let rule = if list.is_text(&key.value) {
        let word = list.word(&key.value, &["required", "optional", "forbidden"])?;
        match word.value {
            "forbidden" => AttributeRule::Forbidden,
            word => AttributeRule::asked(known, word == "required"),
        }
    } else {
        list.inside(&key.value, |table| rule_of_table(known, table)).flatten()?
    };
    Some((known, rule))
}

fn rule_of_table(known: &AttributeType, table: &Table<'_>) -> Option<AttributeRule> {
    let string = string(known, table);
    if table.has("fixed") {
        let fixed = table.parse::<String>("fixed")?;
        if let Some(why) = names::fault(known, string, &fixed.value) {
            let message = format!("{:?}, wanted {why}", fixed.value);
            table.problem(id::FIXED, &fixed.place, "fixed", message);
        }
        // What a parent says of a value that is asked for may stand beside it.
        table.word("need", &["required", "optional"]);
        table.pass_over("maximum");
        let pattern = table.parse::<Pattern>("pattern");
        if let Some(pattern) = pattern.filter(|pattern| !pattern.value.matches(&fixed.value)) {
            let message =
                format!("{:?}, which does not match the pattern {:?}", fixed.value, pattern.value.as_str());
            table.problem(id::FIXED, &fixed.place, "fixed", message);
        }
        return Some(AttributeRule::Fixed { value: fixed.value, string });
    }
    let need = table.word_required("need", &["required", "optional"]);
    let pattern = table.parse::<Pattern>("pattern").map(|found| found.value);
    let most = u64::try_from(limits::ALT_NAMES).unwrap_or(u64::MAX);
    let maximum = table.number("maximum", most);
    if let Some(none) = maximum.as_ref().filter(|found| found.value == 0) {
        table.problem(id::ATTRIBUTE, &none.place, "maximum", "0, wanted at least 1, or \"forbidden\"");
    }
    let maximum = maximum.and_then(|found| usize::try_from(found.value).ok());
    Some(AttributeRule::Asked {
        required: need?.value == "required",
        pattern,
        string,
        maximum: maximum.unwrap_or_else(|| AttributeRule::usual_maximum(known)),
    })
}

/// The string type: PrintableString may stand for any UTF8String (RFC 5280 s.4.1.2.4), and nothing for another.
fn string(known: &AttributeType, table: &Table<'_>) -> StringType {
    let Some(found) = table.word("string", &["utf8", "printable"]) else { return known.string };
    match (found.value, known.string) {
        ("printable", StringType::Utf8) => StringType::Printable,
        ("utf8", StringType::Utf8) | ("printable", StringType::Printable) => known.string,
        (word, _) => {
            let message = format!("{word}, which RFC 5280 does not allow in {}", known.short);
            table.problem(id::ATTRIBUTE, &found.place, "string", message);
            known.string
        }
    }
}
