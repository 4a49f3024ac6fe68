//! Zones and delegations, and the policy that sends a client to another server for some names.
//!
//! Apart from records, because they move whole domains: each line says what else goes with it.

use std::net::IpAddr;

use mock_dns::name::DomainName;

use super::records::{on, server_name};
use super::{Known, On, Shell, Typed, quote};
use crate::diagnosis::remedy;

/// Said of a new zone.
const WHOLE: &str = "the server then answers for every name of the domain; on a domain controller /dsprimary in place of /primary /file FILE";

/// Said of a delegation.
const MOVES: &str = "note its NS records and their addresses before: the names below it are answered here again, from what this zone holds";

/// Said of a policy.
const POLICY: &str = "a rule that a group policy made is corrected in the group policy, or it comes back";

impl Known<'_> {
    pub(super) fn add_zone(&self, domain: &DomainName) -> Vec<Typed> {
        let server = self.servers().first().copied();
        let Some(zone) = plain(domain) else {
            return vec![on(server, Shell::ByHand, format!("create the zone {domain}")).why(quote::WHY)];
        };
        let name = server_name(server);
        let add = format!("dnscmd {name} /zoneadd {zone} /primary /file {zone}.dns");
        let with_cmdlet =
            format!("Add-DnsServerPrimaryZone -ComputerName '{name}' -Name '{zone}' -ZoneFile '{zone}.dns'");
        vec![
            on(server, Shell::Cmd, add).undo(format!("dnscmd {name} /zonedelete {zone} /f")).why(WHOLE),
            on(server, Shell::PowerShell, with_cmdlet)
                .undo(format!("Remove-DnsServerZone -ComputerName '{name}' -Name '{zone}' -Force"))
                .why(WHOLE),
            on(
                server,
                Shell::ByHand,
                format!("on BIND: a zone statement for {zone}, and a file with its SOA and NS records"),
            ),
        ]
    }

    pub(super) fn remove_delegation(&self, domain: &DomainName) -> Vec<Typed> {
        let server = self.servers().first().copied();
        let line =
            format!("take the NS lines of {} out, and the addresses of name servers below it", domain.absolute());
        let mut lines = vec![on(server, Shell::ZoneFile, line).undo("put the lines back").why(MOVES)];
        let parent = domain.parent().and_then(|parent| self.zone_of(&parent)).filter(|parent| parent != domain);
        let Some(child) = plain(domain) else { return lines };
        let zone = match &parent {
            Some(parent) => plain(parent),
            None => Some("<parent zone>".to_owned()),
        };
        let Some(zone) = zone else { return lines };
        let node = parent.as_ref().and_then(|parent| child.strip_suffix(&format!(".{parent}")).map(str::to_owned));
        let node = node.unwrap_or_else(|| "<child domain>".to_owned());
        let name = server_name(server);
        let with_cmdlet = format!(
            "Remove-DnsServerZoneDelegation -ComputerName '{name}' -Name '{zone}' -ChildZoneName '{node}' -Force"
        );
        let undo = format!(
            "Add-DnsServerZoneDelegation -ComputerName '{name}' -Name '{zone}' -ChildZoneName '{node}' -NameServer '<its name server>' \
             -IPAddress '<its address>'"
        );
        lines.insert(0, on(server, Shell::PowerShell, with_cmdlet).undo(undo).why(MOVES));
        let delete = format!("dnscmd {name} /recorddelete {zone} {node} NS /f");
        let undo = format!("dnscmd {name} /recordadd {zone} {node} NS <its name server>");
        lines.insert(0, on(server, Shell::Cmd, delete).undo(undo).why(MOVES));
        lines
    }

    pub(super) fn ask_server_for(&self, namespace: &DomainName, server: &remedy::Known<IpAddr>) -> Vec<Typed> {
        let policies = self.reading.ip.iter().flat_map(|ip| &ip.fact.nrpt);
        let old: Vec<String> = policies
            .filter(|rule| rule.namespace == *namespace)
            .flat_map(|rule| rule.dns.iter().map(|server| format!("'{server}'")))
            .collect();
        let Some(plain) = plain(namespace).filter(|_| self.cmdlets) else {
            let line =
                format!("let the name resolution policy ask {server} for {namespace} (secpol.msc or group policy)");
            return vec![Typed::new(On::Client, Shell::ByHand, line).why(POLICY)];
        };
        let set = |servers: &str| {
            format!(
                "Get-DnsClientNrptRule | Where-Object {{ $_.Namespace -contains '.{plain}' }} | \
                 ForEach-Object {{ Set-DnsClientNrptRule -Name $_.Name -NameServers {servers} }}"
            )
        };
        let line = Typed::new(On::Client, Shell::PowerShell, set(&format!("'{server}'"))).why(POLICY);
        vec![if old.is_empty() { line } else { line.undo(set(&old.join(","))) }]
    }
}

/// A domain as every command line takes it.
fn plain(domain: &DomainName) -> Option<String> {
    quote::name(&domain.to_string()).map(str::to_owned)
}
