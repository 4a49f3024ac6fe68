//! Samples that our own writer did not write, typed from public descriptions of the formats, and what must be read from them.
//!
//! Beside each sample stands what it says, a claim a line: place, tool, statement; then `?` for what was not understood and `~`
//! for doubts. A sample is also read in every other encoding that can hold it, with every kind of line end, and quoted as in a
//! mail: it must say the same.

use std::fmt::Write as _;
use std::path::PathBuf;

use exhibit::read::{Bounds, Encoding, Reading, read};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The samples, in the order of their names.
#[expect(clippy::disallowed_methods, reason = "driver: the samples are files")]
fn samples() -> Vec<(String, Vec<u8>)> {
    let mut samples = Vec::new();
    for entry in std::fs::read_dir(folder()).expect("the folder of samples") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if !name.ends_with(".claims") {
            samples.push((name, std::fs::read(&path).expect("a sample")));
        }
    }
    samples.sort();
    samples
}

fn said(reading: &Reading) -> String {
    let mut text = String::new();
    for claim in &reading.claims {
        writeln!(text, "{} {:?} {:?}", claim.place.line, claim.tool, claim.says).expect("a string");
    }
    for unread in &reading.unread {
        writeln!(text, "? {} {}", unread.place.line, unread.why).expect("a string");
    }
    for doubt in &reading.doubts {
        writeln!(text, "~ {} {}", doubt.place.line, doubt.what).expect("a string");
    }
    text
}

#[test]
#[expect(clippy::disallowed_methods, reason = "driver: the samples are files")]
fn samples_say_what_stands_beside_them() {
    let mut wrong = Vec::new();
    for (name, bytes) in samples() {
        let found = said(&read(&name, &bytes, &Bounds::default()));
        let path = folder().join(format!("{name}.claims"));
        if std::env::var("KMSLAB_BLESS").is_ok() {
            std::fs::write(&path, &found).expect("the expectation can be written");
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if found != expected {
            wrong.push(format!("{name}\nexpected\n{expected}\nfound\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// How a text is written in an encoding; none where it cannot be.
fn encoded(text: &str, encoding: Encoding) -> Option<Vec<u8>> {
    let wide = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let page = |page: &'static encoding_rs::Encoding| {
        let (bytes, _, lossy) = page.encode(text);
        (!lossy).then(|| bytes.into_owned())
    };
    let single = |upper: &[char; 128]| {
        let octet = |c: char| match u8::try_from(c) {
            Ok(byte) if byte.is_ascii() => Some(byte),
            _ => u8::try_from(0x80 + upper.iter().position(|known| *known == c)?).ok(),
        };
        text.chars().map(octet).collect()
    };
    match encoding {
        Encoding::Utf8 => Some(["\u{FEFF}".as_bytes(), text.as_bytes()].concat()),
        Encoding::Utf16Le => Some([&[0xFF, 0xFE], wide(u16::to_le_bytes).as_slice()].concat()),
        Encoding::Utf16Be => Some(wide(u16::to_be_bytes)),
        Encoding::Cp949 => page(encoding_rs::EUC_KR),
        Encoding::Cp936 => page(encoding_rs::GBK),
        Encoding::Windows1252 => page(encoding_rs::WINDOWS_1252),
        Encoding::Cp850 => single(&oem_cp::code_table::DECODING_TABLE_CP850),
        Encoding::Cp437 => single(&oem_cp::code_table::DECODING_TABLE_CP437),
        Encoding::Binary => None,
    }
}

/// The code pages in which Windows of the sample's language writes, by the end of the sample's name.
fn code_pages(name: &str) -> &'static [Encoding] {
    let stem = name.split('.').next().unwrap_or_default();
    match stem.rsplit('-').next() {
        Some("ko") => &[Encoding::Cp949],
        Some("zh") => &[Encoding::Cp936],
        Some("de" | "fr") => &[Encoding::Windows1252, Encoding::Cp850, Encoding::Cp437],
        _ => &[],
    }
}

#[test]
fn encodings_line_ends_and_quoting_change_nothing() {
    for (name, bytes) in samples() {
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let expected = said(&read(&name, text.as_bytes(), &Bounds::default()));
        let check = |form: &str, bytes: &[u8], encoding: Option<Encoding>| {
            let reading = read(&name, bytes, &Bounds::default());
            assert_eq!(said(&reading), expected, "{name}, {form}");
            if let Some(encoding) = encoding {
                assert_eq!(reading.encoding, encoding, "{name}, {form}");
            }
        };
        for encoding in [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be] {
            check("an encoding", &encoded(&text, encoding).expect("every text"), Some(encoding));
        }
        for encoding in code_pages(&name) {
            // A console that lacks a letter of the text writes a plainer one.
            let plain = text.replace('’', "'");
            let plain = encoded(&plain, *encoding).expect("the language's own code page");
            // 437 and 850 differ in few letters, so one may be taken for the other.
            let told = (*encoding != Encoding::Cp437).then_some(*encoding);
            check("a code page", &plain, told);
        }
        check("CRLF", text.replace('\n', "\r\n").as_bytes(), None);
        check("CR", text.replace('\n', "\r").as_bytes(), None);
        if !text.contains("\n>") {
            check("quoted", text.lines().map(|line| format!("> {line}\n")).collect::<String>().as_bytes(), None);
        }
    }
}
