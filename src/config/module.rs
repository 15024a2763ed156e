//! The sections `[modules."PATH"]`: in what a PKCS#11 module differs from the standard.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::id;
use crate::policy::document::Table;

/// The numbers by which a module knows mechanisms; absent means the standard's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModuleConfig {
    /// In place of `CKM_ML_DSA`.
    pub ml_dsa: Option<u64>,
    /// In place of `CKM_ML_DSA_KEY_PAIR_GEN`.
    pub ml_dsa_key_pair_gen: Option<u64>,
}

/// The largest number of a mechanism: the one above it is `CK_UNAVAILABLE_INFORMATION`.
const LARGEST: u64 = u64::MAX - 1;

/// Reads all sections.
pub(super) fn read(table: &Table<'_>) -> BTreeMap<PathBuf, ModuleConfig> {
    let mut modules = BTreeMap::new();
    for name in table.keys() {
        let path = PathBuf::from(&name.value);
        if !path.is_absolute() {
            let message = format!("{:?}, wanted the absolute path of a module", name.value);
            table.problem(id::MODULE, &name.place, &name.value, message);
        }
        modules.extend(table.inside(&name.value, module).map(|module| (path, module)));
    }
    modules
}

fn module(table: &Table<'_>) -> ModuleConfig {
    let number = |key| table.number(key, LARGEST);
    let (sign, generate) = (number("ml_dsa"), number("ml_dsa_key_pair_gen"));
    if let (Some(sign), Some(generate)) = (&sign, &generate)
        && sign.value == generate.value
    {
        let message = format!("0x{:x}, which is also that of ml_dsa: one number cannot be both", sign.value);
        table.problem(id::MECHANISM, &generate.place, "ml_dsa_key_pair_gen", message);
    }
    ModuleConfig {
        ml_dsa: sign.map(|found| found.value),
        ml_dsa_key_pair_gen: generate.map(|found| found.value),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::HomeConfig;

    fn problem(text: &str) -> String {
        let problems = HomeConfig::parse(text).unwrap_err();
        problems.as_slice().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn numbers_are_written_as_vendors_print_them() {
        let text = "[modules.\"/usr/lib/vendor/libpkcs11.so\"]\nml_dsa = 0x8000_0105\n\
                    ml_dsa_key_pair_gen = 0xFFFF_FFFF_8000_0104\n[modules.\"/opt/other.so\"]\nml_dsa = 29\n";
        let config = HomeConfig::parse(text).unwrap();
        let found: Vec<(&Path, ModuleConfig)> = config.modules().collect();
        let other = ModuleConfig { ml_dsa: Some(29), ml_dsa_key_pair_gen: None };
        let vendor =
            ModuleConfig { ml_dsa: Some(0x8000_0105), ml_dsa_key_pair_gen: Some(0xffff_ffff_8000_0104) };
        let (first, second) = (Path::new("/opt/other.so"), Path::new("/usr/lib/vendor/libpkcs11.so"));
        assert_eq!(found, [(first, other), (second, vendor)]);
        assert_eq!(HomeConfig::parse("").unwrap().modules().count(), 0);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, wanted) in [
            (
                "[modules.\"libpkcs11.so\"]\n",
                "line 1: modules.libpkcs11.so: \"libpkcs11.so\", wanted the absolute path of a module [CFG-MODULE]",
            ),
            (
                "[modules.\"/m.so\"]\nml_dsa = 1\nml_dsa_key_pair_gen = 0x1\n",
                "line 3: modules./m.so.ml_dsa_key_pair_gen: 0x1, which is also that of ml_dsa: one number cannot be \
                 both [CFG-MECHANISM]",
            ),
            (
                "[modules.\"/m.so\"]\nml_dsa = 0xFFFFFFFFFFFFFFFF\n",
                "line 2: modules./m.so.ml_dsa: FFFFFFFFFFFFFFFF, wanted 0 to 18446744073709551614 [TOML-VALUE]",
            ),
            (
                "[modules.\"/m.so\"]\nmldsa = 1\n",
                "line 2: modules./m.so.mldsa: unknown key, did you mean \"ml_dsa\"? [TOML-UNKNOWN-KEY]",
            ),
            (
                "[modules.\"/m.so\"]\nml_dsa = \"0x1d\"\n",
                "line 2: modules./m.so.ml_dsa: found string, wanted a whole number [TOML-WRONG-TYPE]",
            ),
        ] {
            assert_eq!(problem(text), wanted);
        }
    }
}
