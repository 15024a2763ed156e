//! Empty: the package names its dependencies for `kryoptic.sh`, and that is all.
