//! `ipconfig /all`: the machine's name, its suffixes, its adapters.
//!
//! Labels and layout from public samples (kms-behaviour 5.1). What a machine here has no such thing of is left out: link-local
//! addresses, leases, DHCPv6. The physical address is drawn from the seed, with the bit that marks it as assigned by hand. The name of the
//! adapter's make says SIMULATION: a place that no diagnosis reads.

use std::net::IpAddr;

use evidence::vantage::Adapter;

use super::NotShown;
use super::layout::{columns, dotted};
use crate::desk::Desk;
use crate::label::{Label, Language};

/// The make of every adapter.
const MAKE: &str = "SIMULATION Ethernet Adapter";

/// The column of the colon, counted from the beginning of the label.
const fn width(language: Language) -> usize {
    match language {
        Language::English | Language::German | Language::French | Language::Chinese => 33,
        Language::Korean => 27,
    }
}

/// `ipconfig /all`.
///
/// # Errors
/// On a machine whose configuration cannot be read.
pub fn all(desk: &Desk<'_>, language: Language) -> Result<String, NotShown> {
    let ip = desk.vantage.ip_configuration()?;
    let mut page = Page { language, text: String::new() };
    let no = Label::No.written(language);
    page.text.push_str(&format!("\n{}\n\n", Label::Heading.written(language)));
    page.line(Label::HostName, desk.name);
    let primary = ip.primary_suffix.as_ref().map(ToString::to_string).unwrap_or_default();
    page.line(Label::PrimarySuffix, &primary);
    page.line(Label::NodeType, Label::Hybrid.written(language));
    page.line(Label::IpRouting, no);
    page.line(Label::WinsProxy, no);
    let suffixes: Vec<String> = ip.suffixes_tried().iter().map(ToString::to_string).collect();
    page.list(Label::SearchList, &suffixes);
    for (number, adapter) in (1..).zip(&ip.adapters) {
        page.adapter(desk, number, adapter);
    }
    Ok(page.text)
}

/// A page that is being filled.
struct Page {
    language: Language,
    text: String,
}

impl Page {
    fn line(&mut self, label: Label, value: &str) {
        let text = label.written(self.language);
        // Of this label a Korean Windows prints three columns fewer.
        let narrower = if label == Label::ConnectionSuffix && self.language == Language::Korean { 3 } else { 0 };
        self.text.push_str(&format!("   {} : {value}\n", dotted(text, width(self.language) - narrower)));
    }

    /// A label with one value a line; without any value there is no line.
    fn list(&mut self, label: Label, values: &[String]) {
        let Some((first, rest)) = values.split_first() else { return };
        self.line(label, first);
        let indent = " ".repeat("   ".len() + width(self.language) + " : ".len());
        rest.iter().for_each(|value| self.text.push_str(&format!("{indent}{value}\n")));
    }

    fn adapter(&mut self, desk: &Desk<'_>, number: u64, adapter: &Adapter) {
        let language = self.language;
        let yes_no = |yes: bool| if yes { Label::Yes.written(language) } else { Label::No.written(language) };
        self.text.push_str(&format!(
            "\n{} {}:\n\n",
            Label::EthernetAdapter.written(language),
            adapter_name(desk, language, number)
        ));
        let suffix = adapter.suffix.as_ref().map(ToString::to_string).unwrap_or_default();
        self.line(Label::ConnectionSuffix, &suffix);
        self.line(Label::Description, MAKE);
        self.line(Label::PhysicalAddress, &physical_address(desk, number));
        self.line(Label::Dhcp, yes_no(adapter.dhcp));
        self.line(Label::Autoconfiguration, yes_no(true));
        let address = format!("{}({}) ", adapter.address, Label::Preferred.written(language));
        match adapter.address {
            IpAddr::V4(_) => {
                self.line(Label::Ipv4Address, &address);
                self.line(Label::SubnetMask, &adapter.mask.to_string());
            }
            IpAddr::V6(_) => self.line(Label::Ipv6Address, &address),
        }
        self.line(Label::Gateway, &adapter.gateway.map(|gateway| gateway.to_string()).unwrap_or_default());
        let servers: Vec<String> = adapter.dns.iter().map(ToString::to_string).collect();
        self.list(Label::DnsServers, &servers);
        if adapter.address.is_ipv4() {
            self.line(Label::Netbios, Label::Enabled.written(language));
        }
    }
}

/// The name that Windows gives an adapter: since Windows 8 "Ethernet", before "Local Area Connection" (general knowledge).
pub(super) fn adapter_name(desk: &Desk<'_>, language: Language, number: u64) -> String {
    let generation = desk.vantage.licensing().map(|licensing| licensing.generation).unwrap_or_default();
    let old = matches!(generation, "windows-vista" | "windows-7");
    let name = match (old, language) {
        (false, Language::Korean) => "이더넷",
        (false, _) => "Ethernet",
        (true, Language::Korean) => "로컬 영역 연결",
        (true, _) => "Local Area Connection",
    };
    // A tab stop would break here what a number does not: names are short.
    debug_assert!(columns(name) < 40, "{name}");
    if number == 1 { name.to_owned() } else { format!("{name} {number}") }
}

/// An address that nobody's adapter has: locally administered (IEEE 802 c), drawn from the seed.
fn physical_address(desk: &Desk<'_>, number: u64) -> String {
    let [a, b, c, d, e, ..] = desk.seed.child("physical address").nth(number).bytes16();
    format!("02-{a:02X}-{b:02X}-{c:02X}-{d:02X}-{e:02X}")
}
