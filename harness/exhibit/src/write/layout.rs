//! How consoles lay text out: columns in which a Hangul syllable is two wide, dotted labels, tab stops, the prompt.

/// How far apart the tab stops of a console are.
const TAB: usize = 8;

/// The prompt of a command window in which somebody typed.
pub const PROMPT: &str = r"C:\>";

/// The columns that a text takes: two for the wide characters of Korean and Chinese (Unicode Standard Annex 11, East Asian Wide).
#[must_use]
pub fn columns(text: &str) -> usize {
    let wide = |c: char| matches!(c, '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FF60}');
    text.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}

/// A label with dots up to a column; every second column before it holds one, whatever the label's length.
#[must_use]
pub fn dotted(label: &str, width: usize) -> String {
    let own = columns(label);
    // Labels that end in "Suffix" keep a blank before the first dot.
    let first = if label.ends_with("Suffix") { own + 1 } else { own };
    let dots = (own..width).map(|column| if column >= first && column % 2 != width % 2 { '.' } else { ' ' });
    format!("{label}{}", dots.collect::<String>())
}

/// A text followed by blanks up to the next tab stop, at least one.
#[must_use]
pub fn tabbed(text: &str) -> String {
    let own = columns(text);
    format!("{text}{}", " ".repeat(TAB - own % TAB))
}

#[cfg(test)]
mod tests {
    use super::{columns, dotted, tabbed};

    #[test]
    fn labels_are_dotted_as_ipconfig_dots_them() {
        let check = |label: &str, width: usize, expected: &str| assert_eq!(dotted(label, width), expected);
        check("Host Name", 33, "Host Name . . . . . . . . . . . .");
        check("Primary Dns Suffix", 33, "Primary Dns Suffix  . . . . . . .");
        check("IP Routing Enabled", 33, "IP Routing Enabled. . . . . . . .");
        check("Connection-specific DNS Suffix", 33, "Connection-specific DNS Suffix  .");
        check("주 DNS 접미사", 27, "주 DNS 접미사 . . . . . . .");
        check("연결별 DNS 접미사", 24, "연결별 DNS 접미사. . . .");
    }

    #[test]
    fn a_hangul_syllable_takes_two_columns() {
        assert_eq!(columns("호스트 이름"), 11);
        assert_eq!(tabbed("kms1.contoso.com"), "kms1.contoso.com        ");
        assert_eq!(tabbed("contoso.com"), "contoso.com     ");
    }
}
