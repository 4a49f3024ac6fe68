//! DRIVER: documents of the repository that tests generate.
//!
//! A table that is written by hand rots; one that a test writes and holds says what is.
#![expect(clippy::disallowed_methods, reason = "driver: reads and writes documents of the repository")]

use std::path::PathBuf;

/// Holds a generated document against what it should be; `KMSLAB_BLESS` rewrites it.
#[track_caller]
pub(crate) fn golden(path: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if std::env::var_os("KMSLAB_BLESS").is_some() {
        std::fs::write(&path, text).expect("the repository can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, text, "KMSLAB_BLESS=1 rewrites {}; read the difference", path.display());
}
