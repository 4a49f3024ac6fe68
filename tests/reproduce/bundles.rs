//! Bundles that do not suffice, or contradict themselves: what was sent, and which question is the right result.
//!
//! Typed from the formats that are public, never written by our own writers; no two come in the same form. Whose network it is,
//! is invented.

/// The right result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// More than one explanation, and something to ask for.
    Open,
    /// Two places that contradict each other.
    Contradiction,
    /// No single explanation: what was sent fits nothing, or too much.
    NotSure,
}

/// Something that somebody sent.
pub(crate) struct Bundle {
    /// What it is.
    pub(crate) what: &'static str,
    /// Names and contents.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// What must come of it.
    pub(crate) right: Right,
}

const fn bundle(what: &'static str, files: &'static [(&'static str, &'static str)], right: Right) -> Bundle {
    Bundle { what, files, right }
}

/// `ipconfig /all` on an English machine.
const IPCONFIG: &str = "
Windows IP Configuration

   Host Name . . . . . . . . . . . . : WS0815
   Primary Dns Suffix  . . . . . . . : corp.adatum.example
   DNS Suffix Search List. . . . . . : corp.adatum.example

Ethernet adapter Ethernet:

   Connection-specific DNS Suffix  . : corp.adatum.example
   DHCP Enabled. . . . . . . . . . . : Yes
   IPv4 Address. . . . . . . . . . . : 10.20.30.40(Preferred)
   Subnet Mask . . . . . . . . . . . : 255.255.255.0
   Default Gateway . . . . . . . . . : 10.20.30.1
   DNS Servers . . . . . . . . . . . : 10.20.30.2
";

/// The same of another machine, on a Korean one.
const IPCONFIG_KO: &str = "Windows IP 구성

   호스트 이름 . . . . . . . . : WS4711
   주 DNS 접미사 . . . . . . . : corp.adatum.example
   DNS 접미사 검색 목록. . . . : corp.adatum.example

이더넷 어댑터 이더넷:

   연결별 DNS 접미사. . . . : corp.adatum.example
   DHCP 사용 . . . . . . . . . : 예
   IPv4 주소 . . . . . . . . . : 10.20.30.40(기본 설정)
   서브넷 마스크 . . . . . . . : 255.255.255.0
   기본 게이트웨이 . . . . . . : 10.20.30.1
   DNS 서버. . . . . . . . . . : 10.20.30.2
";

/// A record, in the form of nslookup.
const SRV: &str = "C:\\>nslookup -type=SRV _vlmcs._tcp.corp.adatum.example
Server:  dc1.corp.adatum.example
Address:  10.20.30.2

_vlmcs._tcp.corp.adatum.example SRV service location:
          priority       = 0
          weight         = 0
          port           = 1688
          svr hostname   = lic.corp.adatum.example
lic.corp.adatum.example internet address = 10.20.30.9
";

/// That there is none, quoted in a mail.
const NO_SRV_QUOTED: &str = "Kim wrote:
> C:\\>nslookup -type=SRV _vlmcs._tcp.corp.adatum.example
> Server:  dc1.corp.adatum.example
> Address:  10.20.30.2
>
> *** dc1.corp.adatum.example can't find _vlmcs._tcp.corp.adatum.example: Non-existent domain
";

const ATO_TIMEOUT: &str = "Activating Windows(R), Professional edition (11111111-2222-3333-4444-555555555555) ...
Error: 0xC004F074 The Software Licensing Service reported that the product could not be activated.
";

const EVENT: &str = "Log Name:      Application
Source:        Microsoft-Windows-Security-SPP
Event ID:      12288
Computer:      WS0815.corp.adatum.example
Description:
The client has sent an activation request to the key management service machine.
Info:
0xC004F074, 0x00000000, lic.corp.adatum.example:1688, 33333333-2222-3333-4444-555555555555, 2026/03/02 09:00, 0, 2, 0, 11111111-2222-3333-4444-555555555555, 25
";

const EVENT_XML: &str = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID Qualifiers='16384'>12288</EventID><TimeCreated SystemTime='2026-03-02T09:00:00.000000000Z'/><Computer>WS0815.corp.adatum.example</Computer></System><EventData><Data>0x8007232B, 0x00000000, lic.corp.adatum.example:1688, 33333333-2222-3333-4444-555555555555, 2026/03/02 09:00, 0, 2, 0, 11111111-2222-3333-4444-555555555555, 25</Data></EventData></Event>";

const OSPP: &str = "---Processing--------------------------
Installed product key detected - attempting to activate the following product:
SKU ID: 22222222-2222-3333-4444-555555555555
LICENSE NAME: Office 16, Office16ProPlusVL_KMS_Client edition
LICENSE DESCRIPTION: Office 16, VOLUME_KMSCLIENT channel
ERROR CODE: 0xC004F074
---Exiting-----------------------------
";

const DLV: &str = "Software licensing service version: 10.0.19041.1

Name: Windows(R), Professional edition
Description: Windows(R) Operating System, VOLUME_KMSCLIENT channel
License Status: Notification
DNS auto-discovery: KMS name not available
";

const DLV_HOST: &str = "Name: Windows(R), ServerStandard edition
Description: Windows(R) Operating System, VOLUME_KMS_WS19 channel
License Status: Licensed

Key Management Service is enabled on this machine
    Current count: 3
    Listening on Port: 1688
    DNS publishing enabled
";

const RESOLVED: &str = "PS C:\\> Resolve-DnsName -Type SRV _vlmcs._tcp.corp.adatum.example -Server 10.20.30.2

Name                                     Type   TTL   Section    NameTarget                     Priority Weight Port
----                                     ----   ---   -------    ----------                     -------- ------ ----
_vlmcs._tcp.corp.adatum.example          SRV    3600  Answer     lic2.corp.adatum.example       0        0      1688
";

const TNC: &str = "PS C:\\> Test-NetConnection lic.corp.adatum.example -Port 1688
WARNING: TCP connect to (10.20.30.9 : 1688) failed

ComputerName           : lic.corp.adatum.example
RemoteAddress          : 10.20.30.9
RemotePort             : 1688
InterfaceAlias         : Ethernet
SourceAddress          : 10.20.30.40
PingSucceeded          : True
PingReplyDetails (RTT) : 0 ms
TcpTestSucceeded       : False
";

const REG: &str = "Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\SoftwareProtectionPlatform]
\"KeyManagementServiceName\"=\"lic.corp.adatum.example\"
";

const REG_QUERY: &str =
    "C:\\>reg query \"HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\SoftwareProtectionPlatform\"

HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\SoftwareProtectionPlatform
    KeyManagementServiceName    REG_SZ    old.corp.adatum.example
";

const PING_KO: &str = "C:\\>ping 10.20.30.2

Ping 10.20.30.2 32바이트 데이터 사용:
요청 시간이 만료되었습니다.
요청 시간이 만료되었습니다.

10.20.30.2에 대한 Ping 통계:
    패킷: 보냄 = 2, 받음 = 0, 손실 = 2 (100% 손실),
";

const ZONE: &str = "$ORIGIN corp.adatum.example.
$TTL 1h
@ IN SOA dc1.corp.adatum.example. hostmaster.corp.adatum.example. ( 42 900 600 86400 3600 )
@ IN NS dc1
dc1 IN A 10.20.30.2
_vlmcs._tcp IN SRV 0 0 1688 lic
lic IN A 10.20.30.9
";

const DNSMASQ: &str = "domain=corp.adatum.example
srv-host=_vlmcs._tcp.corp.adatum.example,lic.corp.adatum.example,1688,0,100
address=/lic.corp.adatum.example/10.20.30.9
";

const UNKNOWN_CODE: &str = "Activating Windows(R), Professional edition (11111111-2222-3333-4444-555555555555) ...
Error: 0x80070005 Access denied.
";

/// All of them.
pub(crate) const BUNDLES: &[Bundle] = &[
    bundle("settings of a Korean machine alone", &[("ip.txt", IPCONFIG_KO)], Right::Open),
    bundle("a code alone", &[("ato.txt", ATO_TIMEOUT)], Right::Open),
    bundle("what Office shows alone", &[("ospp.txt", OSPP)], Right::Open),
    bundle("an event and settings", &[("mail.txt", EVENT), ("ip.txt", IPCONFIG)], Right::Open),
    bundle("an event as XML", &[("events.xml", EVENT_XML)], Right::Open),
    bundle("no record, quoted in a mail, and no attempt", &[("mail.txt", NO_SRV_QUOTED)], Right::Open),
    bundle("a good record and no attempt", &[("ip.txt", IPCONFIG), ("ns.txt", SRV)], Right::Open),
    bundle(
        "a good record, and a code of a host that is not reached",
        &[("all.txt", SRV), ("ato.txt", ATO_TIMEOUT)],
        Right::Open,
    ),
    bundle("a port that is closed, and nothing of why", &[("tnc.txt", TNC)], Right::Open),
    bundle("a licensing service that knows no host", &[("dlv.txt", DLV)], Right::Open),
    bundle("a DNS server that no echo comes from", &[("ping.txt", PING_KO)], Right::Open),
    bundle("a zone as it should be, and nothing of the client", &[("adatum.zone", ZONE)], Right::Open),
    bundle(
        "a configuration of dnsmasq and a code",
        &[("dnsmasq.conf", DNSMASQ), ("ato.txt", ATO_TIMEOUT)],
        Right::Open,
    ),
    bundle("a KMS host that counts few, and nothing of the client", &[("dlv.txt", DLV_HOST)], Right::Open),
    bundle("a registration, and nothing of what came of it", &[("sl.reg", REG)], Right::Open),
    bundle("two machines", &[("a.txt", IPCONFIG), ("b.txt", IPCONFIG_KO)], Right::Contradiction),
    bundle("a record that is there and is not", &[("a.txt", SRV), ("mail.txt", NO_SRV_QUOTED)], Right::Contradiction),
    bundle("two targets of two tools", &[("ns.txt", SRV), ("ps.txt", RESOLVED)], Right::Contradiction),
    bundle("two registrations", &[("sl.reg", REG), ("query.txt", REG_QUERY)], Right::Contradiction),
    bundle("two codes", &[("monday.txt", ATO_TIMEOUT), ("tuesday.txt", UNKNOWN_CODE)], Right::Contradiction),
    bundle("a code that nothing here shows", &[("ip.txt", IPCONFIG), ("ato.txt", UNKNOWN_CODE)], Right::NotSure),
    bundle(
        "a zone with the record, and its server that denies it",
        &[("adatum.zone", ZONE), ("mail.txt", NO_SRV_QUOTED), ("ip.txt", IPCONFIG)],
        Right::NotSure,
    ),
];
