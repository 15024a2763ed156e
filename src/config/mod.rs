//! keyrite.toml: what an operator writes about a home and its CAs.
