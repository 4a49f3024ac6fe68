//! From bytes to text: which encoding it is, judged by the bytes alone.
//!
//! A console of Windows writes its OEM code page, PowerShell 5 UTF-16, regedit UTF-16 with a mark, everything newer UTF-8; no file
//! says which. Marks are believed, then what only one encoding explains; between code pages decides which of them makes known
//! labels and letters of the text. Nothing is refused: what fits nothing becomes U+FFFD.

use encoding_rs::{EUC_KR, GBK, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use oem_cp::code_table::{DECODING_TABLE_CP437, DECODING_TABLE_CP850};

use crate::label::Label;

/// How a text is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// UTF-8, and ASCII, which is the same.
    Utf8,
    /// UTF-16, little-endian.
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
    /// Code page 949, Korean.
    Cp949,
    /// Code page 936, Chinese.
    Cp936,
    /// Code page 1252, western Windows.
    Windows1252,
    /// Code page 850, western consoles.
    Cp850,
    /// Code page 437, consoles of the United States.
    Cp437,
    /// No text.
    Binary,
}

/// How many octets are looked at to judge the encoding.
const SAMPLE: usize = 64 << 10;

/// Of a text, at most one octet in so many is a control character.
const CONTROLS: usize = 50;

/// A label of Windows in the text weighs as much as so many letters.
const LABEL_WEIGHT: i64 = 20;

/// The encoding, and the text of the first `limit` octets without marks and NULs.
pub(super) fn decode(bytes: &[u8], limit: usize) -> (Encoding, String) {
    let bytes = bytes.get(..limit).unwrap_or(bytes);
    let encoding = judge(bytes);
    let text = text_of(bytes, encoding);
    (encoding, text.chars().filter(|c| !matches!(c, '\0' | '\u{FEFF}')).collect())
}

fn judge(bytes: &[u8]) -> Encoding {
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => return Encoding::Utf8,
        [0xFF, 0xFE, ..] => return Encoding::Utf16Le,
        [0xFE, 0xFF, ..] => return Encoding::Utf16Be,
        _ => {}
    }
    let sample = bytes.get(..SAMPLE).unwrap_or(bytes);
    if let Some(wide) = wide(sample) {
        return wide;
    }
    let controls = sample.iter().filter(|byte| **byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B));
    if controls.count() > sample.len() / CONTROLS + 1 {
        return Encoding::Binary;
    }
    match std::str::from_utf8(bytes) {
        Ok(_) => Encoding::Utf8,
        // Cut within its last character.
        Err(error) if error.error_len().is_none() => Encoding::Utf8,
        Err(_) => code_page(sample),
    }
}

/// UTF-16 without a mark: blanks, digits and line ends have a NUL on one side, in every language.
fn wide(sample: &[u8]) -> Option<Encoding> {
    let (mut even, mut odd) = (0, 0);
    for pair in sample.chunks_exact(2) {
        match pair {
            [0, 0] => {}
            [0, _] => even += 1,
            [_, 0] => odd += 1,
            _ => {}
        }
    }
    let enough = sample.len() / 2 / 8;
    match (even, odd) {
        (even, odd) if odd > enough && even * 10 <= odd => Some(Encoding::Utf16Le),
        (even, odd) if even > enough && odd * 10 <= even => Some(Encoding::Utf16Be),
        _ => None,
    }
}

/// The code page that explains the text best; of equals the first, so that 850, which has more letters, goes before 437.
fn code_page(sample: &[u8]) -> Encoding {
    // A character of two octets must not be torn at the end of the sample.
    let end = sample.iter().rposition(|byte| *byte == b'\n').unwrap_or(sample.len());
    let sample = sample.get(..end).unwrap_or(sample);
    let pages = [Encoding::Cp949, Encoding::Cp936, Encoding::Windows1252, Encoding::Cp850, Encoding::Cp437];
    let mut best = (i64::MIN, Encoding::Windows1252);
    for page in pages {
        let score = score(&text_of(sample, page), page);
        if score > best.0 {
            best = (score, page);
        }
    }
    best.1
}

fn score(text: &str, page: Encoding) -> i64 {
    let labels = text.lines().filter(|line| !line.is_ascii()).filter(|line| known(line)).count();
    let letters: i64 = text.chars().filter(|c| !c.is_ascii()).map(|c| likely(c, page)).sum();
    letters + LABEL_WEIGHT * i64::try_from(labels).unwrap_or(i64::MAX / LABEL_WEIGHT)
}

/// Whether the line begins with a label that somebody knows.
fn known(line: &str) -> bool {
    let label = line.split(':').next().unwrap_or_default();
    Label::recognise(label.trim_end_matches(['.', ' '])).is_some()
}

/// How much a character speaks for a code page that makes it of the bytes.
fn likely(c: char, page: Encoding) -> i64 {
    match page {
        // A syllable takes two octets, so it explains more than a letter of one.
        Encoding::Cp949 if ('가'..='힣').contains(&c) => 3,
        Encoding::Cp936 if ('\u{4E00}'..='\u{9FFF}').contains(&c) => 2,
        Encoding::Cp949 | Encoding::Cp936 => -3,
        Encoding::Windows1252
        | Encoding::Cp850
        | Encoding::Cp437
        | Encoding::Utf8
        | Encoding::Utf16Le
        | Encoding::Utf16Be
        | Encoding::Binary => match c {
            _ if LETTERS.contains(c) => 1,
            _ if c.is_alphabetic() => 0,
            _ => -1,
        },
    }
}

/// Letters and signs of western texts.
const LETTERS: &str = "äöüßéèêëàâçîïôûùñáíóúãõåæøœÄÖÜÉÈÀÇ’«»…–®";

fn text_of(bytes: &[u8], encoding: Encoding) -> String {
    match encoding {
        Encoding::Utf8 => UTF_8.decode_without_bom_handling(bytes).0.into_owned(),
        Encoding::Utf16Le => UTF_16LE.decode_without_bom_handling(bytes).0.into_owned(),
        Encoding::Utf16Be => UTF_16BE.decode_without_bom_handling(bytes).0.into_owned(),
        Encoding::Cp949 => EUC_KR.decode_without_bom_handling(bytes).0.into_owned(),
        Encoding::Cp936 => GBK.decode_without_bom_handling(bytes).0.into_owned(),
        Encoding::Windows1252 => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
        Encoding::Cp850 => single(bytes, &DECODING_TABLE_CP850),
        Encoding::Cp437 => single(bytes, &DECODING_TABLE_CP437),
        Encoding::Binary => String::new(),
    }
}

/// A code page of one octet a character, given by its upper half.
fn single(bytes: &[u8], upper: &[char; 128]) -> String {
    let decode = |byte: &u8| match byte.checked_sub(0x80) {
        None => char::from(*byte),
        Some(index) => upper.get(usize::from(index)).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
    };
    bytes.iter().map(decode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: (Encoding, &str)) {
        let (encoding, text) = decode(bytes, 1 << 20);
        assert_eq!((encoding, text.as_str()), expected);
    }

    #[test]
    fn marks_are_believed() {
        check(b"\xEF\xBB\xBFabc", (Encoding::Utf8, "abc"));
        check(b"\xFF\xFEa\0\r\0\n\0", (Encoding::Utf16Le, "a\r\n"));
        check(b"\xFE\xFF\0a\0b", (Encoding::Utf16Be, "ab"));
    }

    #[test]
    fn utf_16_shows_without_a_mark() {
        check(b"H\0o\0s\0t\0 \0:\0", (Encoding::Utf16Le, "Host :"));
        check(b"\0H\0o\0s\0t\0 \0:", (Encoding::Utf16Be, "Host :"));
    }

    #[test]
    fn code_pages_are_told_by_labels_and_letters() {
        // "DNS 서버 : 1" and "설명" in code page 949 (KS X 1001).
        check(b"DNS \xBC\xAD\xB9\xF6 : 1\r\n\xBC\xB3\xB8\xED :", (Encoding::Cp949, "DNS 서버 : 1\r\n설명 :"));
        // "主机名" and "描述" in code page 936 (GB 2312).
        check(b"\xD6\xF7\xBB\xFA\xC3\xFB : pc7\n\xC3\xE8\xCA\xF6 :", (Encoding::Cp936, "主机名 : pc7\n描述 :"));
        check(b"Prim\x84res DNS-Suffix : a\n", (Encoding::Cp850, "Primäres DNS-Suffix : a\n"));
        check(b"Prim\xE4res DNS-Suffix : a\n", (Encoding::Windows1252, "Primäres DNS-Suffix : a\n"));
        check(b"Nom de l\x92h\xF4te : a\n", (Encoding::Windows1252, "Nom de l’hôte : a\n"));
    }

    #[test]
    fn what_is_cut_or_no_text_does_no_harm() {
        check("Adresse privé".as_bytes().split_last().expect("not empty").1, (Encoding::Utf8, "Adresse priv\u{FFFD}"));
        check(b"", (Encoding::Utf8, ""));
        check(b"\x7FELF\x02\x01\x01\x00\x00\x01\x02\x03\x04\x05\x06", (Encoding::Binary, ""));
        check(b"a NUL \0in a long text", (Encoding::Utf8, "a NUL in a long text"));
    }
}
