//! `kmslab diagnose`: the diagnosis on the real network of this machine, which only asks.
//!
//! It walks the way of a KMS client as far as the RPC bind, then investigates as in a scenario. It sends no KMS request, so it can
//! say why no KMS host is reached, and never whether one would activate. Remedies are told and not tried.

use std::io::Write;
use std::net::IpAddr;

use clap::Args;
use double::{MachineId, Seed};
use evidence::diagnosis::{Case, Place, investigate, plan};
use evidence::timeline::{Recorder, Role, Timeline};
use mock_dns::name::DomainName;
use mock_kms::wire::Guid;

use crate::client::{ClientProfile, ClientState, Identity, Stand, activate};
use crate::diagnosis::system::{AtSystem, Told};
use crate::environment::machine::Profile;
use crate::environment::switches::Switches;
use crate::error::{CommandError, ExitCode};
use crate::network::system::SystemNetwork;
use crate::report::diagnosis::{self, Form};
use crate::{cli_input, cli_resolver};

/// What `diagnose` is asked.
#[derive(Debug, Args)]
pub struct DiagnoseArgs {
    /// A DNS server to ask, instead of those of this machine; can be repeated
    #[arg(long, value_name = "ADDRESS")]
    dns: Vec<IpAddr>,
    /// A DNS suffix of the client, instead of those of this machine; can be repeated
    #[arg(long, value_name = "DOMAIN", value_parser = domain)]
    suffix: Vec<DomainName>,
    /// The KMS host that is registered by hand on the client, as `slmgr /skms` takes it; discovery is then not tried first
    #[arg(long, value_name = "NAME[:PORT]", value_parser = registered)]
    host: Option<(String, Option<u16>)>,
    /// The client generation to ask like
    #[arg(long = "as", value_name = "PROFILE", default_value = "windows-11", value_parser = cli_input::words::<Profile>(Profile::WORDS))]
    profile: Profile,
    /// Only say what would be sent, and to whom
    #[arg(long)]
    dry_run: bool,
    /// For people or, as JSON Lines, for programs
    #[arg(long, default_value = "human", value_parser = cli_input::words::<Form>(Form::WORDS))]
    format: Form,
}

fn domain(text: &str) -> Result<DomainName, String> {
    DomainName::parse(text)
        .map_err(|error| error.to_string())
        .and_then(|name| if name.is_root() { Err("the root is no suffix".to_owned()) } else { Ok(name) })
}

/// A name and a port as `slmgr /skms` takes them: an IPv6 address stands in brackets.
fn registered(text: &str) -> Result<(String, Option<u16>), String> {
    let (name, port) = match text.rfind(']') {
        Some(end) => (&text[..=end], text[end + 1..].strip_prefix(':')),
        None => text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port))),
    };
    let port =
        port.map(|port| port.parse::<u16>().map_err(|_| "the port is no number; an IPv6 address stands in brackets"));
    let port = port.transpose()?.filter(|port| *port != 0);
    if name.is_empty() {
        Err("a name or an address comes before the port".to_owned())
    } else {
        Ok((name.to_owned(), port))
    }
}

/// Diagnoses.
///
/// # Errors
/// A machine whose resolver cannot be read and that nobody told of, or output that cannot be written.
pub fn diagnose(args: &DiagnoseArgs, out: &mut dyn Write, err: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let (told, told_by) = told(args)?;
    let facts = AtSystem::new(told);
    let plan = plan(&facts);
    diagnosis::announce(&plan, &told_by, args.dry_run, err).map_err(CommandError::Output)?;
    err.flush().map_err(CommandError::Output)?;
    if args.dry_run {
        return Ok(ExitCode::AsExpected);
    }
    let network = SystemNetwork::new();
    let machine = MachineId::new("client");
    let recorder = Recorder::default();
    let seed = Seed::new(0);
    let identity = Identity {
        machine: machine.clone(),
        name: "CLIENT".to_owned(),
        profile: ClientProfile::of(&args.profile),
        switches: Switches::default(),
        product: facts.product().into(),
        outside_kms: None,
        cmid: Guid::NIL,
        seed,
    };
    let stand = Stand::new(&identity, &facts, &network, &recorder).only_binding();
    let attempt = activate(&stand, ClientState::default());
    let journal = Timeline { machines: vec![(machine.clone(), Role::Client)], entries: recorder.take() };
    let client = Place { machine: &machine, role: Role::Client, addresses: &[], vantage: &facts, network: &network };
    let evidence = investigate(&Case { client, others: &[], journal: &journal, outcome: &attempt.outcome, seed });
    let findings = evidence::diagnosis::diagnose(&evidence);
    diagnosis::tell(&evidence, &findings, &args.format, out).map_err(CommandError::Output)?;
    let wrong = findings.iter().any(|finding| finding.severity == evidence::diagnosis::Severity::Error);
    Ok(if wrong { ExitCode::Differs } else { ExitCode::AsExpected })
}

/// What the command line says, and where it is silent, the machine; and who said it.
fn told(args: &DiagnoseArgs) -> Result<(Told, String), CommandError> {
    let (mut servers, mut suffixes) = (args.dns.clone(), args.suffix.clone());
    let mut told_by = "the command line".to_owned();
    if servers.is_empty() || suffixes.is_empty() {
        match cli_resolver::resolver_configuration() {
            Ok(found) => {
                told_by = match (servers.is_empty(), suffixes.is_empty()) {
                    (true, true) => found.told_by,
                    (true, false) => format!("the command line (suffixes) and {}", found.told_by),
                    (false, _) => format!("the command line (servers) and {}", found.told_by),
                };
                if servers.is_empty() {
                    servers = found.servers;
                }
                if suffixes.is_empty() {
                    suffixes = found.search;
                }
            }
            // Servers are enough to go on: a client without a suffix is a finding, not a failure.
            Err(error) if servers.is_empty() => return Err(error),
            Err(_) => {}
        }
    }
    let mut sources: Vec<IpAddr> = Vec::new();
    for source in servers.iter().filter_map(|server| SystemNetwork::source_for(*server)) {
        if !sources.iter().any(|known| known.is_ipv4() == source.is_ipv4()) {
            sources.push(source);
        }
    }
    let hosts = cli_resolver::hosts();
    let told = Told { servers, suffixes, host: args.host.clone(), profile: args.profile.clone(), hosts, sources };
    Ok((told, told_by))
}
