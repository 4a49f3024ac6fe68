//! How a text becomes a file: line ends and code page, as Windows writes them.
//!
//! A console that is redirected writes its OEM code page: 949 on a Korean Windows, 437 on an English one, whose texts here are ASCII.
//! Exports of the registry are UTF-16LE with a byte order mark (general knowledge). It opens no file.

use encoding_rs::EUC_KR;

/// In what form a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As a console writes it.
    Console,
    /// UTF-16LE with a byte order mark.
    Unicode,
    /// ASCII, as a DNS server writes its zones on Windows.
    Plain,
    /// ASCII with line feeds, as BIND writes it.
    Unix,
    /// No text at all.
    Octets,
}

impl Form {
    /// The octets of a text. A console writes UTF-8 instead of its code page where `utf8` says so.
    #[must_use]
    pub fn octets(self, text: &str, utf8: bool) -> Vec<u8> {
        if matches!(self, Self::Unix | Self::Octets) {
            return text.as_bytes().to_vec();
        }
        let text = text.replace('\n', "\r\n");
        match self {
            // The encoder of this name writes code page 949 (Encoding Standard, euc-kr).
            Self::Console if !utf8 && !text.is_ascii() => EUC_KR.encode(&text).0.into_owned(),
            Self::Console | Self::Plain | Self::Unix | Self::Octets => text.into_bytes(),
            Self::Unicode => "\u{FEFF}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn texts_become_what_windows_writes() {
        let check = |form: Form, text: &str, utf8: bool, expected: &[u8]| {
            assert_eq!(form.octets(text, utf8), expected, "{form:?} {text:?}");
        };
        check(Form::Console, "a\n", false, b"a\r\n");
        // Code page 949: GA is B0 A1, NA is B3 AA.
        check(Form::Console, "가나", false, &[0xB0, 0xA1, 0xB3, 0xAA]);
        check(Form::Console, "가", true, "가".as_bytes());
        check(Form::Unicode, "a\n", false, &[0xFF, 0xFE, 0x61, 0, 0x0D, 0, 0x0A, 0]);
        check(Form::Plain, "a\n", false, b"a\r\n");
        check(Form::Unix, "a\n", false, b"a\n");
    }
}
