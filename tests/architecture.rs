//! The plan of the house, held against every file under `src/`.
//!
//! Each rule is first shown to fire on a snippet that breaks it, then applied to the source.

#[cfg(test)]
mod architecture {
    mod imports;
    mod rules;
    mod source;
    mod table;
    mod tokens;
}
