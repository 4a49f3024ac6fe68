//! What the catalogue owes to its documents: every row of the guideline, every seed, every field case, with the scenario that shows it.
//!
//! What no environment can show stands here with its reason; so does what waits for another part of the program.

use std::collections::BTreeSet;

use kmslab::environment::Environment;
use kmslab::environment::switches::Switches;
use kmslab::scenario::catalogue::embedded;
use notation::Format;

/// A row of a document: its name, and the scenarios that show it, or why none can.
type Row = (&'static str, Shown);

#[derive(Clone, Copy, Debug)]
enum Shown {
    By(&'static [&'static str]),
    NotBecause(&'static str),
}
use Shown::{By, NotBecause};

/// The guideline's procedures, its discovery, the systems that it names, the forms of `slmgr /skms` that it lists.
const GUIDELINE: [Row; 22] = [
    ("G1: change the product key to a MAK", By(&["client/mak"])),
    ("G2: configure a KMS host", By(&["kms/no-host-key", "kms/host-not-activated", "kms/not-enabled"])),
    (
        "G3: verify basic IP connectivity to the DNS server",
        By(&["dns/server-silent", "dns/service-stopped", "healthy/first-dns-server-dead"]),
    ),
    (
        "G4: verify the configuration of the KMS host",
        By(&["kms/publishing-disabled", "healthy/publishing-off-static-record"]),
    ),
    ("G5: routing issue, the name works", By(&["dns/routing-test-by-name-works"])),
    ("G5: routing issue, only the address works", By(&["dns/routing-test-by-address-works"])),
    ("G5: routing issue, neither works", By(&["network/routing-test-fails-both-ways"])),
    (
        "G6: verify the DNS configuration",
        By(&["dns/srv-missing", "dns/stale-address", "dns/suffix-wrong", "client/search-list-incomplete"]),
    ),
    ("G7: create the SRV record by hand", By(&["dns/srv-owner-misspelt", "dns/target-doubled", "dns/srv-bare-name"])),
    ("G8: assign a KMS host by hand", By(&["client/registered-host-gone", "healthy/ckms-goes-back"])),
    (
        "G9: publish in several DNS domains",
        By(&["healthy/child-domain", "dns/child-domain-not-published", "kms/publish-list-without-domain"]),
    ),
    ("discovery: primary suffix of a domain member", By(&["healthy/domain-member"])),
    ("discovery: AD domain beside another suffix", By(&["healthy/disjoint-namespace"])),
    ("discovery: DHCP option 15 of a workgroup machine", By(&["healthy/workgroup-option-15"])),
    ("discovery: no source, nothing sent", By(&["client/no-suffix", "measured/run-a"])),
    ("discovery: another host after a failure", By(&["network/one-host-dead"])),
    ("discovery: the host that was found is remembered", By(&["healthy/cached-after-activation"])),
    ("systems: the whole list", By(&["generation/systems-of-the-guideline"])),
    ("-skms with an FQDN and a port", By(&["healthy/registered-by-name", "dns/routing-test-by-name-works"])),
    ("-skms with an IPv4 address", By(&["healthy/registered-by-address"])),
    ("-skms with an IPv6 address", By(&["healthy/registered-by-ipv6-address", "client/skms-ipv6-without-brackets"])),
    (
        "-skms with a NetBIOS name",
        By(&["healthy/registered-by-netbios-name", "client/registered-netbios-name-unknown"]),
    ),
];

/// The forty seeds of environments that the documents suggest, by number.
const SEEDS: [Row; 40] = [
    ("1", By(&["dns/srv-missing"])),
    ("2", By(&["client/no-suffix", "measured/run-a"])),
    ("3", By(&["dns/suffix-wrong", "client/search-list-incomplete"])),
    ("4", By(&["dns/server-silent", "dns/service-stopped"])),
    ("5", By(&["dns/other-type-at-name", "dns/denied-as-no-data", "measured/run-b"])),
    ("6", By(&["dns/target-unresolvable"])),
    ("7", By(&["dns/stale-address"])),
    ("8", By(&["network/one-host-dead", "dns/stale-record-beside-live-one", "measured/run-k"])),
    ("9", By(&["kms/unintended-hosts"])),
    ("10", By(&["network/tcp1688-silent"])),
    ("11", By(&["kms/service-stopped", "kms/service-stopped-no-firewall"])),
    ("12", By(&["network/tcp1688-rejected"])),
    ("13", By(&["network/listen-queue-full", "kms/accept-then-silence"])),
    ("14", By(&["kms/wrong-service-http", "kms/wrong-service-ssh"])),
    ("15", By(&["kms/bind-nak-not-specified", "kms/interface-unknown"])),
    ("16", By(&["kms/accept-then-close", "kms/reset-in-the-middle"])),
    ("17", By(&["network/wrong-port-in-record"])),
    ("18", By(&["client/registered-host-gone"])),
    ("19", By(&["healthy/skms-domain", "client/lookup-domain-wrong"])),
    ("20", By(&["client/discovered-host-gone"])),
    ("21", By(&["kms/count-too-low"])),
    ("22", By(&["kms/cloned-cmid"])),
    ("23", By(&["kms/clock-skew"])),
    ("24", By(&["healthy/clock-three-hours"])),
    ("25", By(&["kms/product-not-covered", "kms/office-key-missing"])),
    ("26", By(&["kms/host-not-activated", "kms/not-enabled", "kms/no-host-key"])),
    ("27", By(&["client/vpn-drops-1688"])),
    ("28", By(&["kms/publishing-disabled"])),
    ("29", By(&["publishing/second-host-has-no-permission"])),
    ("30", By(&["healthy/disjoint-namespace", "healthy/lookup-domain"])),
    ("31", By(&["client/skms-ipv6-without-brackets", "client/registered-ipv6-unbracketed"])),
    ("32", By(&["client/mak", "client/no-key"])),
    ("33", By(&["client/adba"])),
    ("34", By(&["dns/truncated-tcp-refused", "dns/truncated-tcp-closed"])),
    ("35", By(&["dns/wildcard-address", "dns/hijacked"])),
    ("36", By(&["healthy/alias-at-owner", "dns/target-alias"])),
    ("37", By(&["dns/server-failure"])),
    ("38", By(&["client/split-dns", "dns/split-brain"])),
    ("39", By(&["dns/suffix-and-firewall"])),
    ("40", By(&["healthy/domain-member", "healthy/slow-dns", "healthy/slow-path"])),
];

/// The field cases, by number; the numbering of the collection has gaps.
const CASES: [Row; 45] = [
    ("K01", By(&["dns/srv-missing", "dns/first-server-denies"])),
    ("K02", By(&["client/registered-host-gone"])),
    ("K03", By(&["generation/windows-7-srv-missing", "generation/windows-8-srv-missing"])),
    ("K04", By(&["client/no-suffix"])),
    ("K91", By(&["measured/run-a"])),
    ("K06", By(&["dns/srv-bare-name"])),
    ("K92", By(&["measured/run-b", "measured/run-c", "measured/run-d", "measured/run-e"])),
    ("K93", NotBecause("a client without IPv6 servers asks none here; the old site-local addresses are not modelled")),
    ("K09", By(&["dns/srv-not-implemented"])),
    ("K10", By(&["dns/srv-owner-misspelt", "dns/srv-owner-without-underscore"])),
    ("K11", By(&["dns/stale-record-beside-live-one", "dns/stale-address"])),
    ("K15", By(&["publishing/second-host-has-no-permission"])),
    ("K16", By(&["publishing/refused"])),
    ("K17", By(&["healthy/child-domain", "healthy/priority"])),
    ("K18", By(&["kms/publish-list-without-domain"])),
    ("K20", By(&["kms/unintended-hosts"])),
    ("K23", By(&["client/search-list-incomplete"])),
    ("K25", By(&["network/laptop-at-home"])),
    ("K26", By(&["client/no-key"])),
    ("K28", By(&["dns/stale-record-beside-live-one"])),
    ("K30", By(&["network/tcp1688-silent"])),
    ("K32", By(&["kms/service-stopped"])),
    ("K33", By(&["client/vpn-drops-1688"])),
    ("K35", By(&["network/host-unreachable"])),
    ("K37", By(&["dns/server-silent", "client/no-dns-server"])),
    ("K38", By(&["client/no-dns-server"])),
    ("K40", By(&["network/host-unreachable"])),
    ("K41", By(&["network/host-unreachable"])),
    ("K43", By(&["network/host-unreachable"])),
    ("K45", NotBecause("the image's agent never starts an attempt: there is nothing on any network")),
    ("K47", By(&["network/tcp1688-silent"])),
    ("K48", By(&["network/tcp1688-silent"])),
    ("K60", By(&["kms/count-too-low"])),
    ("K62", By(&["kms/cloned-cmid"])),
    ("K63", By(&["kms/clock-skew"])),
    ("K65", By(&["kms/product-not-covered"])),
    ("K67", By(&["kms/host-not-activated"])),
    ("K68", NotBecause("the limit of a host key is Microsoft's server's affair, not KMS's")),
    ("K69", By(&["kms/product-not-covered"])),
    ("K70", NotBecause("the size of an event log is no part of an environment")),
    ("K81", NotBecause("a stopped service on the client itself: no attempt is made")),
    ("K82", NotBecause("rights inside Windows")),
    ("K83", NotBecause("rights inside Windows")),
    ("K87", NotBecause("a client and a host on one machine are not modelled")),
    ("K88", By(&["client/no-key"])),
];

/// The measured runs of a Windows 11 client (kms-wire: Real client discovery behaviour).
const MEASURED: [Row; 11] = [
    ("run A", By(&["measured/run-a"])),
    ("run B", By(&["measured/run-b"])),
    ("run C", By(&["measured/run-c"])),
    ("run D", By(&["measured/run-d"])),
    ("run E", By(&["measured/run-e"])),
    ("run G", By(&["measured/run-g"])),
    ("run H", By(&["measured/run-h"])),
    ("run I", By(&["measured/run-i"])),
    ("run J", By(&["measured/run-j"])),
    ("run K", By(&["measured/run-k"])),
    (
        "run W",
        NotBecause(
            "Resolve-DnsName alone, no licensing: nothing is activated; that SRV is never asked by multicast, run H shows",
        ),
    ),
];

/// What becomes of a statement in doubt.
#[derive(Clone, Copy, Debug)]
enum Doubt {
    /// Switches of a client decide, by their keys.
    Switch(&'static [&'static str]),
    /// A key of a machine of the environment decides.
    Key(&'static str),
    /// There is nothing to decide, or nothing is decided; why.
    None(&'static str),
}
use Doubt::{Key, Switch};

/// Every statement on clients, hosts and the registry that the collection of Microsoft's texts (kms-behaviour 1 and 2) marks as contradictory
/// or uncertain, by section.
const DOUBTS: [(&str, Doubt); 29] = [
    ("1.1 a registered host that fails, and discovery", Switch(&["registered_falls_through"])),
    ("1.2 a final dot of a registered name", Switch(&["takes_final_dot"])),
    ("1.2 when the host that was found is forgotten", Switch(&["ckms_forgets_host", "skms_forgets_host"])),
    (
        "1.3 the order between sources of suffixes",
        Switch(&["asks_ad_domain_first", "search_list_replaces_suffixes", "uses_ad_domain"]),
    ),
    ("1.3 a connection's suffix without a primary one", Switch(&["uses_connection_suffix"])),
    ("1.3 whether the client devolves", Switch(&["devolves"])),
    (
        "1.3 the limit of devolution at the forest's root",
        Doubt::None("an environment has no forest; two labels, as the text of the policy has it"),
    ),
    ("1.3 a suffix of one label", Switch(&["asks_single_label_suffixes"])),
    ("1.3 name resolution policy", Switch(&["follows_name_resolution_policy"])),
    ("1.3 multicast: port and reply", Switch(&["multicasts_as_simple_querier", "multicasts_welcoming_unicast"])),
    ("1.4 priority and weight", Switch(&["honours_priority"])),
    ("1.4 how many hosts of an answer are tried", Switch(&["tries_three_hosts_at_most"])),
    ("1.4 the next suffix when all hosts failed", Switch(&["next_suffix_after_dead_hosts"])),
    (
        "1.4 a host that tells its port",
        Doubt::None("no field of a KMS message can carry one, and one page alone says so"),
    ),
    ("1.4 a target of a single dot", Switch(&["asks_for_null_target"])),
    ("1.6 how long DNS is waited for", Switch(&["gives_dns_up_at_12_s"])),
    ("1.6 a server failure, and the next server", Switch(&["server_failure_ends_search"])),
    ("1.6 a connection that ICMP answers", Switch(&["connects_past_icmp_errors"])),
    (
        "1.6 the first build with a connect time-out of 21 s",
        Doubt::None("a profile stands for a generation; either time is a constant of one"),
    ),
    (
        "1.6 how long a host is waited for that took the connection",
        Doubt::None(
            "without end by the defaults of RPC; a harness has to stop: a constant of the profile, marked as an assumption",
        ),
    ),
    ("1.6 grace of a machine just installed", Switch(&["starts_in_grace"])),
    ("1.6 what follows 180 days", Switch(&["expired_has_grace"])),
    ("1.6 a change of the network after a failed renewal", Switch(&["watches_network_after_failure"])),
    (
        "1.7 where a lookup domain is kept for each application",
        Doubt::None("it is read where slmgr and ospp.vbs write it, and was measured at the root key"),
    ),
    (
        "1.7 the type of the value that turns caching off",
        Doubt::None("the WMI method takes a flag; any number that is not zero counts"),
    ),
    (
        "1.7 where a discovered host is kept on disk",
        Doubt::None("it is state of the service here, and no registry value"),
    ),
    ("1.7 a value EnableDnsPublishing", Doubt::None("it was found in no text: not read")),
    ("1.8 the own domain beside a publish list", Key("home_with_list")),
    (
        "2 codes without a text on KMS, and numbers never seen",
        Doubt::None("an outcome shows such a code as inferred or not at all; explain says so"),
    ),
];

#[test]
fn every_doubt_is_a_switch_or_has_a_reason() {
    let known: BTreeSet<&str> = Switches::KEYS.iter().copied().collect();
    let mut decided = BTreeSet::new();
    let schema = Environment::schema().to_string();
    for (statement, doubt) in DOUBTS {
        match doubt {
            Switch(keys) => {
                assert!(keys.iter().all(|key| known.contains(key)), "{statement}: {keys:?} are not all switches");
                decided.extend(keys);
            }
            Key(key) => assert!(schema.contains(&format!("\"{key}\"")), "{statement}: no machine has a key {key}"),
            Doubt::None(reason) => assert!(!reason.is_empty(), "{statement}"),
        }
    }
    assert_eq!(decided, known, "a switch that decides no statement is a choice without a doubt");
}

#[test]
fn every_row_of_the_documents_is_shown() {
    let library = embedded();
    let names: BTreeSet<&str> = library.scenario_names().collect();
    let rows = GUIDELINE.iter().chain(&SEEDS).chain(&CASES).chain(&MEASURED);
    let mut wrong = Vec::new();
    for (row, shown) in rows {
        match shown {
            By([]) => wrong.push(format!("{row}: names no scenario")),
            By(list) => {
                let gone = list.iter().filter(|name| !names.contains(*name));
                wrong.extend(gone.map(|name| format!("{row}: there is no scenario {name}")));
            }
            NotBecause(reason) => assert!(!reason.is_empty(), "{row}"),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_catalogue_has_enough_healthy_but_unusual_controls() {
    let library = embedded();
    let controls = library.scenario_names().filter(|name| name.starts_with("healthy/")).count();
    assert!(controls >= 12, "{controls}");
    for name in [
        "healthy/port-1689",
        "healthy/priority",
        "healthy/ttl-zero",
        "healthy/second-suffix",
        "healthy/first-dns-server-dead",
        "healthy/ipv6-only",
        "healthy/slow-dns",
        "healthy/wildcard-beside-srv",
        "healthy/clock-three-hours",
        "healthy/registered-by-name",
        "healthy/publishing-off-static-record",
        "healthy/host-name-in-capitals",
    ] {
        assert!(library.scenario_names().any(|known| known == name), "{name}");
    }
}
