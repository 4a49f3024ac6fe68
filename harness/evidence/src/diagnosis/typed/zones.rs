//! Zones and delegations, and the policy that sends a client to another server for some names.
//!
//! Apart from records, because they move whole domains: each line says what else goes with it.

use std::net::IpAddr;

use mock_dns::aging::DEFAULT_H;
use mock_dns::name::DomainName;

use super::records::{on, server_name};
use super::{Known, On, Shell, Typed, quote};
use crate::diagnosis::remedy;

/// Said of a new zone.
const WHOLE: &str = "the server then answers for every name of the domain; on a domain controller /dsprimary in place of /primary /file FILE";

/// Said of a delegation.
const MOVES: &str = "note its NS records and their addresses before: the names below it are answered here again, from what this zone holds";

/// Said of the intervals of a zone.
const AGES: &str =
    "a refresh interval shorter than what a host needs to register again deletes records that are in use";

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

    pub(super) fn set_aging(&self, domain: &DomainName) -> Vec<Typed> {
        let server = self.servers().first().copied();
        let Some(zone) = plain(domain) else {
            let line = format!("give the zone {domain} intervals of seven days (DNS Manager, its properties, Aging)");
            return vec![on(server, Shell::ByHand, line).why(quote::WHY)];
        };
        let name = server_name(server);
        let before = self.reading.aging().find(|aging| aging.fact.zone == *domain).map(|aging| aging.fact);
        let mut lines = Vec::new();
        for (interval, old) in [
            ("NoRefreshInterval", before.map(|before| before.no_refresh_h)),
            ("RefreshInterval", before.map(|before| before.refresh_h)),
        ] {
            let set = |hours: u32| format!("dnscmd {name} /config {zone} /{interval} {hours}");
            let line = on(server, Shell::Cmd, set(DEFAULT_H)).why(AGES);
            lines.push(if let Some(old) = old { line.undo(set(old)) } else { line });
        }
        let set = |no_refresh: u32, refresh: u32| {
            format!(
                "Set-DnsServerZoneAging -ComputerName '{name}' -Name '{zone}' -Aging $true -NoRefreshInterval {} -RefreshInterval {}",
                time_span(no_refresh),
                time_span(refresh)
            )
        };
        let line = on(server, Shell::PowerShell, set(DEFAULT_H, DEFAULT_H)).why(AGES);
        lines.push(before.map_or(line.clone(), |before| line.undo(set(before.no_refresh_h, before.refresh_h))));
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

/// Hours as a TimeSpan of PowerShell: days, hours, minutes, seconds.
fn time_span(hours: u32) -> String {
    format!("{}.{:02}:00:00", hours / 24, hours % 24)
}

/// A domain as every command line takes it.
fn plain(domain: &DomainName) -> Option<String> {
    quote::name(&domain.to_string()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use double::{MachineId, Moment};
    use mock_dns::aging::ZoneAging;

    use super::*;
    use crate::diagnosis::fact::{Evidence, Fact};
    use crate::diagnosis::remedy::{Act, Remedy};
    use crate::diagnosis::step;
    use crate::diagnosis::typed::typed;
    use crate::outcome::{Outcome, OutcomeWord};

    fn name(text: &str) -> DomainName {
        DomainName::parse(text).expect("a name")
    }

    /// What is known at the DNS server: the intervals of a zone, or nothing.
    #[track_caller]
    fn check(aging: Option<(u32, u32)>, expected: &[(&str, Option<&str>)]) {
        let outcome = Outcome::of(OutcomeWord::NoKmsHostFound);
        let mut evidence = Evidence::default();
        let at = MachineId::new("dns1");
        evidence.push(Moment::START, &step::ATTEMPT, &at, Fact::Ended(Box::new(outcome)));
        if let Some((no_refresh_h, refresh_h)) = aging {
            let zone = name("contoso.com");
            let aging = ZoneAging { zone, no_refresh_h, refresh_h, static_stays: true };
            evidence.push(Moment::START, &step::AGING, &at, Fact::Aging(aging, Some(1)));
        }
        let lines = typed(&Remedy::repair(vec![Act::SetAging(name("contoso.com"))]), &evidence);
        let lines: Vec<_> = lines.iter().map(|line| (&*line.line, line.undo.as_deref())).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn intervals_are_set_to_seven_days_and_back_to_what_was_seen() {
        let server = "<DNS server of the domain>";
        let set = |interval: &str, hours: u32| format!("dnscmd {server} /config contoso.com /{interval} {hours}");
        let with_cmdlet = |no_refresh: &str, refresh: &str| {
            format!(
                "Set-DnsServerZoneAging -ComputerName '{server}' -Name 'contoso.com' -Aging $true -NoRefreshInterval {no_refresh} \
                 -RefreshInterval {refresh}"
            )
        };
        let week = ["NoRefreshInterval", "RefreshInterval"].map(|interval| set(interval, 168));
        let cmdlet = with_cmdlet("7.00:00:00", "7.00:00:00");
        check(
            Some((4, 30)),
            &[
                (&week[0], Some(&set("NoRefreshInterval", 4))),
                (&week[1], Some(&set("RefreshInterval", 30))),
                (&cmdlet, Some(&with_cmdlet("0.04:00:00", "1.06:00:00"))),
            ],
        );
        check(None, &[(&week[0], None), (&week[1], None), (&cmdlet, None)]);
    }
}
