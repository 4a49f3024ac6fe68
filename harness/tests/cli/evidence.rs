//! The folder of `kmslab evidence`: what is in it by where somebody stands, and when it is not made.
#![expect(clippy::disallowed_methods, reason = "test: reads the files that the program made")]

use crate::program::kmslab;

/// A place for a folder that is not there yet; it vanishes.
struct Place(std::path::PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("kmslab-evidence-{}-{name}", std::process::id())))
    }

    fn text(&self) -> &str {
        self.0.to_str().expect("a path of letters")
    }

    fn has(&self, file: &str) -> bool {
        self.0.join(file).exists()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

#[test]
fn the_folder_holds_what_can_be_collected_there() {
    let place = Place::new("from");
    let ran = kmslab(&["evidence", "network/tcp1688-silent", "-o", place.text(), "--from", "dns"]).ends(0);
    assert!(place.has("dns1/contoso.com.dns") && place.has("README.txt"), "{}", ran.out);
    assert!(!place.has("ipconfig.txt") && !place.has("kms1"), "{}", ran.out);
    let notice = std::fs::read_to_string(place.0.join("README.txt")).expect("it was made");
    assert!(notice.starts_with("SIMULATION\r\n") && !notice.contains("silent"), "{notice}");
}

#[test]
fn a_folder_that_holds_something_is_left_alone() {
    let place = Place::new("twice");
    let arguments = ["evidence", "network/tcp1688-silent", "-o", place.text()];
    kmslab(&arguments).ends(0);
    let registry = std::fs::read(place.0.join("sl.reg")).expect("it was made");
    assert!(registry.starts_with(&[0xFF, 0xFE]), "an export is UTF-16LE with a byte order mark");
    let refused = kmslab(&arguments).ends(4);
    assert!(refused.err.contains("--force"), "{}", refused.err);
    kmslab(&[&arguments[..], &["--force", "--lang", "ko"]].concat()).ends(0);
    let console = std::fs::read(place.0.join("ipconfig.txt")).expect("it was made");
    // The first word behind "Windows IP" in code page 949.
    assert!(console.windows(4).any(|octets| octets == [0xB1, 0xB8, 0xBC, 0xBA]), "it is in Korean");
}

#[test]
fn nobody_sits_at_a_client_that_is_not_there() {
    let place = Place::new("nobody");
    let ran = kmslab(&["evidence", "network/tcp1688-silent", "-o", place.text(), "--client", "pc99"]).ends(2);
    assert!(ran.err.contains("pc7"), "{}", ran.err);
    kmslab(&["evidence", "network/tcp1688-silent", "-o", place.text(), "--step", "9"]).ends(2);
    assert!(!place.0.exists());
}

#[test]
fn the_notice_of_the_folder_is_passed_over() {
    let place = Place::new("notice");
    kmslab(&["evidence", "network/tcp1688-refused", "-o", place.text()]).ends(0);
    let file = |name: &str| format!("{}/{name}", place.text());
    let ran = kmslab(&["reproduce", &file("README.txt"), &file("slmgr-ato.txt")]).ends(1);
    assert!(ran.err.contains("README.txt: passed over") && !ran.err.contains("not understood"), "{}", ran.err);
    // A code alone has many causes: a list that nobody reads to its end is not printed.
    assert!(
        ran.out.contains("too little was sent") && ran.out.contains("more that would show the same"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("Ask next") && !ran.out.contains("assumed:"), "{}", ran.out);
}

#[test]
fn a_file_that_is_no_text_is_told_with_its_reason() {
    let place = Place::new("no-text");
    kmslab(&["evidence", "network/tcp1688-refused", "-o", place.text()]).ends(0);
    let file = |name: &str| format!("{}/{name}", place.text());
    std::fs::write(file("log.evtx"), b"ElfFile\0and nothing behind").expect("the folder is ours");
    std::fs::write(file("tool"), b"\x7FELF\x02\x01\x01\x00\x00\x01\x02\x03\x04\x05\x06").expect("the folder is ours");
    let ran = kmslab(&["reproduce", &file("log.evtx"), &file("tool"), &file("slmgr-ato.txt")]).ends(1);
    assert!(ran.err.contains("tool: neither a text nor a capture"), "{}", ran.err);
    // Built with the feature it is a broken log.
    assert_eq!(ran.err.contains("--features event-log"), !cfg!(feature = "event-log"), "{}", ran.err);
}
