//! Our KMS client over real sockets against an RPC server of others.
//!
//! It stands apart because everywhere else the client meets our own host, with which it could share a misunderstanding. Impacket's
//! server knows NDR32 only, no features and no alter_context, answers rejected contexts in its own way and cuts fragments as it likes.

use std::net::Ipv4Addr;

use double::{MachineId, Moment, Seed, WallTime};
use evidence::registry::{Data, RegistryValue, SOFTWARE_PROTECTION, ValueType};
use evidence::timeline::{Recorder, Timeline};
use evidence::vantage::{Adapter, Denied, IpConfiguration, Vantage};
use kmslab::client::{ClientProfile, ClientState, Identity, ProductIds, Stand, activate};
use kmslab::environment::machine::Profile;
use kmslab::environment::switches::Switches;
use kmslab::network::system::SystemNetwork;
use mock_kms::product::Product;
use mock_kms::wire::Guid;

use crate::tool;

/// What the client's clock shows: some day in 2025.
const NOW: WallTime = WallTime(134_000_000_000_000_000);

/// A machine on which the host's address is registered.
struct Registered {
    registry: Vec<RegistryValue>,
    ip: IpConfiguration,
}

impl Registered {
    fn at(port: &str) -> Self {
        let value = |name: &str, data: &str| RegistryValue {
            path: SOFTWARE_PROTECTION.to_owned(),
            name: name.to_owned(),
            kind: ValueType::Sz,
            data: Data::Text(data.to_owned()),
        };
        let address = "127.0.0.1";
        let adapter = Adapter {
            address: address.parse().expect("an address"),
            mask: Ipv4Addr::new(255, 0, 0, 0),
            gateway: None,
            dns: Vec::new(),
            dhcp: false,
            suffix: None,
            metric: 25,
        };
        Self {
            registry: vec![value("KeyManagementServiceName", address), value("KeyManagementServicePort", port)],
            ip: IpConfiguration {
                primary_suffix: None,
                ad_domain: None,
                search_list: Vec::new(),
                adapters: vec![adapter],
                nrpt: Vec::new(),
                hosts: Vec::new(),
                netbios: Vec::new(),
            },
        }
    }
}

impl Vantage for Registered {
    fn registry(&self) -> Result<&[RegistryValue], Denied> {
        Ok(&self.registry)
    }

    fn ip_configuration(&self) -> Result<&IpConfiguration, Denied> {
        Ok(&self.ip)
    }

    fn clock(&self, now: Moment) -> Result<WallTime, Denied> {
        Ok(NOW.at(now))
    }
}

/// A client of a generation asks a server that does `what`; the outcome and what both sent each other.
#[track_caller]
fn check(profile: &Profile, what: &[&str], outcome: &str, conversation: &[&str]) {
    let script = tool::script("impacket_host.py");
    let Some((port, _server)) = tool::server(&tool::impacket_python(), &[&[script.as_str()], what].concat()) else {
        return;
    };
    let identity = Identity {
        machine: MachineId::new("pc7"),
        name: "PC7".to_owned(),
        profile: ClientProfile::of(profile),
        switches: Switches::default(),
        product: ProductIds::from(&Product::Windows10),
        outside_kms: None,
        cmid: Guid([0x77; 16]),
        seed: Seed::new(1),
    };
    let vantage = Registered::at(&port);
    let network = SystemNetwork::new();
    let recorder = Recorder::default();
    let attempt = activate(&Stand::new(&identity, &vantage, &network, &recorder), ClientState::default());
    let lines: Vec<String> = recorder.take().iter().map(Timeline::line).collect();
    // What is not RPC names the port, which is another in every run.
    let lines: Vec<&str> =
        lines.iter().map(|line| line.trim_start_matches("pc7: ")).filter(|line| !line.contains(&port)).collect();
    assert_eq!(lines, conversation);
    assert_eq!(attempt.outcome.word.word(), outcome, "{:?}", attempt.outcome);
}

/// What our client asks for, once it is bound: Windows 11 in version 6 of the protocol, Windows 7 in version 4.
const REQUEST: &str = "request 6.0 size 260 from PC7 cmid 77777777-7777-7777-7777-777777777777 required 25";
const REQUEST_4: &str = "request 4.0 size 252 from PC7 cmid 77777777-7777-7777-7777-777777777777 required 25";

#[test]
fn our_client_understands_an_answer_of_others() {
    // Impacket rejects as a user (1), not as a provider, and names a syntax in what it rejects.
    let windows_11 = ["bind 3 contexts", "bind_ack 0/0 1/2 1/2", REQUEST, "response 0xC004F042"];
    check(&Profile::Windows11, &["hresult", "0xC004F042"], "kms-host-refused", &windows_11);
    let windows_7 = ["bind 2 contexts", "bind_ack 0/0 1/2", REQUEST_4, "response 0xC004F041"];
    check(&Profile::Windows7, &["hresult", "0xC004F041"], "kms-host-refused", &windows_7);
}

#[test]
fn our_client_understands_a_refusal_of_others() {
    let unknown = ["bind 3 contexts", "bind_ack 1/1 1/2 1/2"];
    check(&Profile::Windows11, &["other-interface"], "rpc-failed", &unknown);
    let fault = ["bind 3 contexts", "bind_ack 0/0 1/2 1/2", REQUEST, "fault 0x000006E4 (no name)"];
    check(&Profile::Windows11, &["other-operation"], "rpc-failed", &fault);
}
