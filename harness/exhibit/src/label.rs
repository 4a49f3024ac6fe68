//! What Windows calls a thing in the languages that are known here: one table, from which texts are written and recognised.
//!
//! It stands apart because writer and reader must not disagree about a label. English and Korean are from public samples
//! throughout. German, French and Chinese are where a public sample shows them (kms-behaviour: ipconfig /all); a cell whose
//! comment says so is from general knowledge. A missing cell means that nobody here knows: reading then goes by structure.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// No label has more octets, in whatever code page it was read.
const LONGEST: usize = 200;

/// A language of Windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// English (United States).
    English,
    /// Korean.
    Korean,
    /// German.
    German,
    /// French.
    French,
    /// Chinese, simplified.
    Chinese,
}

impl Language {
    /// All of them, in the order of the table's columns.
    pub const ALL: [Self; 5] = [Self::English, Self::Korean, Self::German, Self::French, Self::Chinese];
}

/// Something that a tool labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// The heading of `ipconfig`.
    Heading,
    /// The computer name.
    HostName,
    /// The primary DNS suffix.
    PrimarySuffix,
    /// The node type of NetBIOS.
    NodeType,
    /// Whether packets are routed.
    IpRouting,
    /// Whether there is a WINS proxy.
    WinsProxy,
    /// The suffix search list.
    SearchList,
    /// Whether the medium is connected.
    MediaState,
    /// The value of [`Label::MediaState`] for a medium that is not.
    MediaDisconnected,
    /// The suffix of the connection.
    ConnectionSuffix,
    /// The search list of the connection.
    ConnectionSearchList,
    /// The adapter's description.
    Description,
    /// Its physical address.
    PhysicalAddress,
    /// Whether DHCP is enabled.
    Dhcp,
    /// Whether it may give itself an address.
    Autoconfiguration,
    /// A link-local address of IPv6.
    LinkLocal,
    /// Another address of IPv6.
    Ipv6Address,
    /// A temporary address of IPv6.
    TemporaryIpv6,
    /// An address of IPv4.
    Ipv4Address,
    /// An address of IPv4 that the adapter gave itself.
    AutoIpv4,
    /// An address, as Windows XP and Server 2003 call it.
    OldAddress,
    /// The subnet mask.
    SubnetMask,
    /// When the lease began.
    LeaseObtained,
    /// When it ends.
    LeaseExpires,
    /// The default gateways.
    Gateway,
    /// The DHCP server.
    DhcpServer,
    /// An identifier of DHCPv6.
    Iaid,
    /// The unique identifier of the DHCPv6 client.
    Duid,
    /// The DNS servers.
    DnsServers,
    /// The WINS server.
    Wins,
    /// Whether NetBIOS runs over TCP/IP.
    Netbios,
    /// Behind an address that is in use.
    Preferred,
    /// "Yes".
    Yes,
    /// "No".
    No,
    /// "Enabled".
    Enabled,
    /// The kind of an adapter with a cable, in the head of its block; the adapter's name follows it.
    EthernetAdapter,
    /// Of `nslookup`: the server that was asked.
    NslookupServer,
    /// Of `nslookup`: its address, and the address of what was found.
    NslookupAddress,
    /// The value of [`Label::NodeType`] that every machine here has.
    Hybrid,
    /// Of `nslookup`: the name whose addresses follow.
    NslookupName,
    /// Of `nslookup`: the names that led there.
    NslookupAliases,
    /// Of `nslookup`: before what the server knows from others.
    NonAuthoritative,
}

/// A row of the table: English, Korean, German, French, Chinese.
type Row = (Label, [Option<&'static str>; 5]);

const fn row(label: Label, texts: [&'static str; 5]) -> Row {
    let mut cells = [None; 5];
    let mut at = 0;
    while at < cells.len() {
        cells[at] = if texts[at].is_empty() { None } else { Some(texts[at]) };
        at += 1;
    }
    (label, cells)
}

#[rustfmt::skip]
const TABLE: [Row; 42] = [
    row(Label::Heading, ["Windows IP Configuration", "Windows IP 구성", "Windows-IP-Konfiguration", "Configuration IP de Windows", "Windows IP 配置"]),
    row(Label::HostName, ["Host Name", "호스트 이름", "Hostname", "Nom de l’hôte", "主机名"]),
    row(Label::PrimarySuffix, ["Primary Dns Suffix", "주 DNS 접미사", "Primäres DNS-Suffix", "Suffixe DNS principal", "主 DNS 后缀"]),
    row(Label::NodeType, ["Node Type", "노드 유형", "Knotentyp", "Type de noeud", "节点类型"]),
    row(Label::IpRouting, ["IP Routing Enabled", "IP 라우팅 사용", "IP-Routing aktiviert", "Routage IP activé", "IP 路由已启用"]),
    row(Label::WinsProxy, ["WINS Proxy Enabled", "WINS 프록시 사용", "WINS-Proxy aktiviert", "Proxy WINS activé", "WINS 代理已启用"]),
    row(Label::SearchList, ["DNS Suffix Search List", "DNS 접미사 검색 목록", "DNS-Suffixsuchliste", "Liste de recherche du suffixe DNS", "DNS 后缀搜索列表"]),
    // Chinese: general knowledge.
    row(Label::MediaState, ["Media State", "미디어 상태", "Medienstatus", "Statut du média", "媒体状态"]),
    // French and Chinese: general knowledge.
    row(Label::MediaDisconnected, ["Media disconnected", "미디어 연결 끊김", "Medium getrennt", "Média déconnecté", "媒体已断开连接"]),
    row(Label::ConnectionSuffix, ["Connection-specific DNS Suffix", "연결별 DNS 접미사", "Verbindungsspezifisches DNS-Suffix", "Suffixe DNS propre à la connexion", "连接特定的 DNS 后缀"]),
    // General knowledge.
    row(Label::ConnectionSearchList, ["Connection-specific DNS Suffix Search List", "", "", "", ""]),
    row(Label::Description, ["Description", "설명", "Beschreibung", "Description", "描述"]),
    row(Label::PhysicalAddress, ["Physical Address", "물리적 주소", "Physische Adresse", "Adresse physique", "物理地址"]),
    row(Label::Dhcp, ["DHCP Enabled", "DHCP 사용", "DHCP aktiviert", "DHCP activé", "DHCP 已启用"]),
    row(Label::Autoconfiguration, ["Autoconfiguration Enabled", "자동 구성 사용", "Autokonfiguration aktiviert", "Configuration automatique activée", "自动配置已启用"]),
    // German: general knowledge.
    row(Label::LinkLocal, ["Link-local IPv6 Address", "링크-로컬 IPv6 주소", "Verbindungslokale IPv6-Adresse", "Adresse IPv6 de liaison locale", "本地链接 IPv6 地址"]),
    // Korean, German and Chinese: general knowledge.
    row(Label::Ipv6Address, ["IPv6 Address", "IPv6 주소", "IPv6-Adresse", "Adresse IPv6", "IPv6 地址"]),
    // General knowledge.
    row(Label::TemporaryIpv6, ["Temporary IPv6 Address", "임시 IPv6 주소", "Temporäre IPv6-Adresse", "Adresse IPv6 temporaire", "临时 IPv6 地址"]),
    row(Label::Ipv4Address, ["IPv4 Address", "IPv4 주소", "IPv4-Adresse", "Adresse IPv4", "IPv4 地址"]),
    // General knowledge.
    row(Label::AutoIpv4, ["Autoconfiguration IPv4 Address", "자동 구성 IPv4 주소", "IPv4-Adresse (Auto. Konfiguration)", "Adresse d’autoconfiguration IPv4", "自动配置 IPv4 地址"]),
    // General knowledge.
    row(Label::OldAddress, ["IP Address", "IP 주소", "IP-Adresse", "Adresse IP", "IP 地址"]),
    // French: general knowledge.
    row(Label::SubnetMask, ["Subnet Mask", "서브넷 마스크", "Subnetzmaske", "Masque de sous-réseau", "子网掩码"]),
    // French: general knowledge.
    row(Label::LeaseObtained, ["Lease Obtained", "임대 시작 날짜", "Lease erhalten", "Bail obtenu", "获得租约的时间"]),
    // French: general knowledge.
    row(Label::LeaseExpires, ["Lease Expires", "임대 만료 날짜", "Lease läuft ab", "Bail expirant", "租约过期的时间"]),
    // French: general knowledge.
    row(Label::Gateway, ["Default Gateway", "기본 게이트웨이", "Standardgateway", "Passerelle par défaut", "默认网关"]),
    // French: general knowledge.
    row(Label::DhcpServer, ["DHCP Server", "DHCP 서버", "DHCP-Server", "Serveur DHCP", "DHCP 服务器"]),
    // German and Chinese: general knowledge.
    row(Label::Iaid, ["DHCPv6 IAID", "DHCPv6 IAID", "DHCPv6-IAID", "IAID DHCPv6", "DHCPv6 IAID"]),
    // German and Chinese: general knowledge.
    row(Label::Duid, ["DHCPv6 Client DUID", "DHCPv6 클라이언트 DUID", "DHCPv6-Client-DUID", "DUID de client DHCPv6", "DHCPv6 客户端 DUID"]),
    // Chinese: general knowledge.
    row(Label::DnsServers, ["DNS Servers", "DNS 서버", "DNS-Server", "Serveurs DNS", "DNS 服务器"]),
    // German and Chinese: general knowledge.
    row(Label::Wins, ["Primary WINS Server", "주 WINS 서버", "Primärer WINS-Server", "Serveur WINS principal", "主 WINS 服务器"]),
    // Chinese: general knowledge.
    row(Label::Netbios, ["NetBIOS over Tcpip", "Tcpip를 통한 NetBIOS", "NetBIOS über TCP/IP", "NetBIOS sur Tcpip", "TCPIP 上的 NetBIOS"]),
    row(Label::Preferred, ["Preferred", "기본 설정", "Bevorzugt", "préféré", "首选"]),
    // German, French and Chinese: general knowledge.
    row(Label::Yes, ["Yes", "예", "Ja", "Oui", "是"]),
    // German, French and Chinese: general knowledge.
    row(Label::No, ["No", "아니요", "Nein", "Non", "否"]),
    // German, French and Chinese: general knowledge.
    row(Label::Enabled, ["Enabled", "사용", "Aktiviert", "Activé", "已启用"]),
    // Chinese: general knowledge.
    row(Label::EthernetAdapter, ["Ethernet adapter", "이더넷 어댑터", "Ethernet-Adapter", "Carte Ethernet", "以太网适配器"]),
    // German: general knowledge.
    row(Label::NslookupServer, ["Server", "서버", "Server", "Serveur", "服务器"]),
    row(Label::NslookupAddress, ["Address", "Address", "Address", "Address", "Address"]),
    // German, French and Chinese: general knowledge.
    row(Label::Hybrid, ["Hybrid", "혼성", "Hybrid", "Hybride", "混合"]),
    // German, French and Chinese: general knowledge.
    row(Label::NslookupName, ["Name", "이름", "Name", "Nom", "名称"]),
    row(Label::NslookupAliases, ["Aliases", "Aliases", "Aliases", "Aliases", "Aliases"]),
    // German and French: general knowledge.
    row(Label::NonAuthoritative, ["Non-authoritative answer", "권한 없는 응답", "Nicht autorisierende Antwort", "Réponse ne faisant pas autorité", "非权威应答"]),
];

impl Label {
    /// What Windows calls it in that language; none where nobody here knows.
    #[must_use]
    pub fn text(self, language: Language) -> Option<&'static str> {
        let cells = TABLE.iter().find(|(label, _)| *label == self)?.1;
        let column = Language::ALL.iter().position(|known| *known == language)?;
        cells.get(column).copied().flatten()
    }

    /// What is written: in that language, or in English where nobody here knows it.
    #[must_use]
    pub fn written(self, language: Language) -> &'static str {
        self.text(language).or_else(|| self.text(Language::English)).unwrap_or_default()
    }

    /// The languages in which `text` is this label, however it is capitalised and whichever apostrophe it has.
    pub fn languages_of(self, text: &str) -> impl Iterator<Item = Language> {
        let text = if text.len() > LONGEST { String::new() } else { folded(text) };
        Language::ALL.into_iter().filter(move |language| self.text(*language).is_some_and(|own| folded(own) == text))
    }

    /// The label that `text` is in some language.
    #[must_use]
    pub fn recognise(text: &str) -> Option<Self> {
        static KNOWN: LazyLock<BTreeMap<String, Label>> = LazyLock::new(|| {
            let cells =
                TABLE.iter().flat_map(|(label, cells)| cells.iter().flatten().map(|cell| (folded(cell), *label)));
            // Of two labels with one text the first of the table is meant.
            cells.rev().collect()
        });
        if text.len() > LONGEST {
            return None;
        }
        KNOWN.get(&folded(text)).copied()
    }
}

/// Without case, with one kind of apostrophe and one blank between words.
fn folded(text: &str) -> String {
    let straight = text.replace(['’', '´', '`'], "'").to_lowercase();
    straight.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<Label>) {
        assert_eq!(Label::recognise(text), expected, "{text}");
    }

    #[test]
    fn labels_are_recognised_however_they_are_spelt() {
        check("Primary DNS Suffix", Some(Label::PrimarySuffix));
        check("Nom de l'hôte", Some(Label::HostName));
        check("Nom de l’hôte", Some(Label::HostName));
        check("주  DNS 접미사", Some(Label::PrimarySuffix));
        check("DNS-SERVER", Some(Label::DnsServers));
        check("DNS", None);
        check("", None);
    }

    #[test]
    fn no_text_is_two_labels() {
        // "Server" is nslookup's in two languages, "Description" ipconfig's in two: the same label each time.
        for (label, cells) in TABLE {
            for text in cells.into_iter().flatten() {
                check(text, Some(label));
            }
        }
    }

    #[test]
    fn english_knows_every_label() {
        assert!(TABLE.iter().all(|(label, _)| label.text(Language::English).is_some()));
    }
}
