//! The mocks behind their own drivers, against programs that others wrote: dig, tshark, Samba and impacket.
//!
//! Our own client could share our misunderstandings; these cannot. Each program runs for a bounded time; one that is not installed is
//! skipped loudly. In reading order: [`tool`] (running a program), [`mocks`] (what is served), [`capture`] (captures that we write),
//! [`cases`] (what Windows is documented to do), [`rpc`] (whether we do it), [`foreign_host`] (our client), [`updates`]
//! (dynamic updates), [`kms_faults`] (what a fault looks like), [`bind`] and [`publishing`] (a KMS host that makes itself known).

#[path = "drivers/bind.rs"]
mod bind;
#[path = "drivers/capture.rs"]
mod capture;
#[path = "drivers/cases.rs"]
mod cases;
#[path = "drivers/foreign_host.rs"]
mod foreign_host;
#[path = "golden.rs"]
mod golden;
#[path = "drivers/kms_faults.rs"]
mod kms_faults;
#[path = "drivers/mocks.rs"]
mod mocks;
#[path = "drivers/publishing.rs"]
mod publishing;
#[path = "drivers/rpc.rs"]
mod rpc;
#[path = "drivers/tool.rs"]
mod tool;
#[path = "drivers/updates.rs"]
mod updates;

use capture::{Capture, From};

/// Severity "warning" of an expert item (Wireshark: PI_WARN); errors are above it, chat and notes below.
const WARNING: &str = "_ws.expert.severity >= 0x600000";

const ZONE: &str = "\
$TTL 3600
@            IN SOA dns1 hostmaster 1 900 600 86400 900
@            IN NS  dns1
dns1         IN A   10.0.0.53
kms1         IN A   10.0.0.60
_vlmcs._tcp  IN SRV 0 0 1688 kms1
";

/// What a program printed, word by word and line by line.
#[track_caller]
fn check(output: Option<String>, expected: &[&str]) {
    let Some(output) = output else { return };
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = output.lines().map(words).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines, expected, "{output}");
}

#[test]
fn dig_sees_the_record_and_its_address() {
    let dns = mocks::dns("contoso.com", ZONE);
    let at = format!("@{}", dns.address.ip());
    let port = dns.address.port().to_string();
    for transport in ["+notcp", "+tcp"] {
        let ask = |name: &str, kind: &str| {
            let shown = ["+noall", "+answer", "+additional", "+comments", "+nocookie", "+tries=1", transport];
            tool::output("dig", &[&[at.as_str(), "-p", &port], &shown[..], &[kind, name]].concat(), &[])
        };
        let status = |output: &str| output.lines().find(|line| line.contains("status:")).unwrap_or_default().to_owned();
        if let Some(output) = ask("_vlmcs._tcp.contoso.com", "SRV") {
            assert!(status(&output).contains("NOERROR"), "{output}");
            let records = output.lines().filter(|line| !line.starts_with(';')).collect::<Vec<_>>().join("\n");
            let srv = "_vlmcs._tcp.contoso.com. 3600 IN SRV 0 0 1688 kms1.contoso.com.";
            check(Some(records), &[srv, "kms1.contoso.com. 3600 IN A 10.0.0.60"]);
        }
        if let Some(output) = ask("_vlmcs._tcp.fabrikam.com", "SRV") {
            assert!(status(&output).contains("NXDOMAIN"), "{output}");
        }
    }
}

#[test]
fn tshark_dissects_our_conversation_without_a_warning() {
    let host = mocks::kms();
    let conversation = mocks::conversation(host.address);
    let capture = Capture::of(&[conversation]);
    let fields = ["dcerpc.pkt_type", "dcerpc.cn_call_id", "dcerpc.opnum"];
    // bind, bind_ack, alter_context, alter_context_resp, request and response ([C706] 12.6.4.2).
    check(dissected(&capture, "dcerpc", &fields), &["11 2", "12 2", "14 2", "15 2", "0 2 0", "2 2 0"]);
    let kms = "51c82175-844e-4750-b0d8-ec255555bc06";
    let bound = [kms; 3].join(",");
    check(dissected(&capture, "dcerpc.pkt_type == 11", &["dcerpc.cn_bind_to_uuid"]), &[&bound]);
    check(dissected(&capture, "dcerpc.pkt_type == 12", &["dcerpc.cn_ack_result"]), &["2,0,3"]);
    check(dissected(&capture, WARNING, &["_ws.expert.message"]), &[]);
}

#[test]
fn tshark_warns_where_something_is_wrong() {
    let mut capture = Capture::of(&[vec![(From::Client, mock_kms::wire::client_side::bind_windows_10())]]);
    // The TCP header of the last packet, which carries nothing, ends with its checksum and two octets more; behind it stand the end of the
    // options and the length of the block.
    let checksum = capture.len() - 12;
    capture[checksum] ^= 1;
    if let Some(warnings) = dissected(&capture, WARNING, &["_ws.expert.message"]) {
        assert!(warnings.contains("checksum"), "{warnings}");
    }
}

/// What tshark finds remarkable in the capture of the catalogue, and in which scenarios: all of it is planted there, or is what a client
/// does about it. A name that ends in `/` means a folder, a `*` any beginning of a name.
const REMARKABLE: [(&str, &[&str]); 5] = [
    (
        "DNS query retransmission",
        // Who hears nothing asks again with the same id; questions by multicast DNS all have id 0.
        &[
            "dns/",
            "healthy/first-query-lost",
            "healthy/lossy-path",
            "healthy/registered-local-name",
            "network/laptop-at-home*",
            "network/renewal-after-network-change",
            "client/",
            "measured/run-i",
        ],
    ),
    ("DNS response retransmission", &["dns/server-too-slow", "healthy/duplicate-replies"]),
    ("Malformed Packet", &["dns/reply-malformed", "dns/reply-pointer-loop", "dns/reply-wrong-count"]),
    ("Bind not acknowledged", &["kms/bind-nak-*"]),
    ("No dissector for algorithm:hmac-sha256", &["publishing/"]),
];

#[test]
fn tshark_opens_the_capture_of_the_catalogue() {
    let (capture, packets, resets) = capture::catalogue();
    let Some(remarkable) = dissected(&capture, WARNING, &["frame.number", "_ws.expert.message"]) else { return };
    let mut unexpected = Vec::new();
    for line in remarkable.lines() {
        let (frame, message) = line.split_once('\t').expect("two fields");
        let scenario = &packets[frame.parse::<usize>().expect("a number") - 1];
        let is_meant = |pattern: &&str| match pattern.strip_suffix('*') {
            Some(beginning) => scenario.starts_with(beginning),
            None if pattern.ends_with('/') => scenario.starts_with(pattern),
            None => scenario == pattern,
        };
        let is_reset = message.contains("Connection reset") && resets.contains(scenario);
        if !is_reset && !REMARKABLE.iter().any(|(known, here)| message.contains(known) && here.iter().any(is_meant)) {
            unexpected.push(format!("{scenario}, frame {frame}: {message}"));
        }
    }
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
    // Every packet of a port says what its protocol is: nothing stays mere octets but what another service says, and what breaks off.
    let plain = dissected(&capture, "data && !icmp && !icmpv6", &["frame.number"]).expect("it was there");
    let plain: Vec<&str> =
        plain.lines().map(|frame| &*packets[frame.parse::<usize>().expect("a number") - 1]).collect();
    assert!(plain.iter().all(|scenario| scenario.starts_with("kms/")), "{plain:?}");
    let by_multicast = dissected(&capture, "mdns", &["frame.number"]).expect("it was there");
    let asked = |name: &str| {
        by_multicast.lines().filter(|frame| packets[frame.parse::<usize>().expect("a number") - 1] == name).count()
    };
    // Two types, two families, three tries; a question and its answer.
    assert_eq!((asked("measured/run-i"), asked("healthy/registered-local-name")), (12, 2));
    // Names come from the file, and comments are there.
    let at_dns1 = ["-N", "nm", "-r", "-", "-Y", "ip.dst == 10.0.0.53", "-T", "fields", "-e", "ip.dst_host"];
    let named = tool::output("tshark", &at_dns1, &capture).expect("it was there");
    assert!(named.lines().any(|name| name == "dns1"), "{named}");
    let steps = dissected(&capture, "frame.comment contains \"step 2\"", &["frame.comment"]).expect("it was there");
    assert!(steps.lines().count() > 10, "{steps}");
    let faults =
        dissected(&capture, "frame.comment contains \"dns1:\" || frame.comment contains \"kms1:\"", &["frame.number"]);
    check(faults, &[]);
}

/// Scenarios whose captures are opened one by one: the ends of a connection, what a firewall stops, DNS over TCP, a service that does not run.
const EVIDENCE: [&str; 5] = [
    "healthy/domain-member",
    "healthy/truncated-tcp-works",
    "network/tcp1688-silent",
    "network/client-firewall",
    "kms/count-too-low",
];

#[test]
fn tshark_opens_the_captures_that_are_evidence() {
    for (name, capture) in capture::evidence(&EVIDENCE) {
        let Some(warnings) = dissected(&capture, WARNING, &["_ws.expert.message"]) else { return };
        assert!(warnings.is_empty(), "{name}: {warnings}");
        check(dissected(&capture, "frame.comment", &["frame.number"]), &[]);
    }
}

/// The fields of the packets that a filter picks, one packet a line.
#[track_caller]
fn dissected(capture: &[u8], filter: &str, fields: &[&str]) -> Option<String> {
    let mut arguments = vec!["-n", "-r", "-", "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"];
    arguments.extend(["-o", "udp.check_checksum:TRUE", "-Y", filter, "-T", "fields"]);
    arguments.extend(fields.iter().flat_map(|field| ["-e", field]));
    tool::output("tshark", &arguments, capture)
}
