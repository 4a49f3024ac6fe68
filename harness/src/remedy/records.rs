//! Acts on zones: at the DNS servers that the client asks and that hold the zone, and nowhere else.

use std::net::IpAddr;

use evidence::change::{AddRecord, Addition, Operation, Removal, RemoveRecords, Thing};
use evidence::diagnosis::Known;
use evidence::diagnosis::remedy::{KMS_ADDRESS, KMS_FQDN};
use mock_dns::aging::{DEFAULT_H, ZoneAging};
use mock_dns::name::DomainName;
use mock_dns::record::{Record, RecordData, RecordType, Srv};
use notation::{Format, Id, Kind, Table, Tree};

use super::{DoesNotApply, Resolver};
use crate::environment::DnsMachine;

/// The TTL of a record that a remedy adds: what Microsoft DNS gives by default.
const TTL: u32 = 3600;

impl Resolver {
    pub(super) fn add_srv(
        &mut self,
        owner: &DomainName,
        target: &Known<DomainName>,
        port: u16,
    ) -> Result<(), DoesNotApply> {
        let target = self.host_name(target)?;
        let data = RecordData::Srv(Srv { priority: 0, weight: 0, port, target });
        self.add_everywhere(owner, &data)
    }

    pub(super) fn add_address(
        &mut self,
        name: &Known<DomainName>,
        address: &Known<IpAddr>,
    ) -> Result<(), DoesNotApply> {
        let name = &self.host_name(name)?;
        let address = match address {
            Known::Is(address) => *address,
            Known::Blank(blank) => {
                let address = self.address_for(name).ok_or(DoesNotApply::Blank(blank))?;
                self.fill(blank, address);
                address
            }
        };
        let data = match address {
            IpAddr::V4(address) => RecordData::A(address),
            IpAddr::V6(address) => RecordData::Aaaa(address),
        };
        self.add_everywhere(name, &data)
    }

    pub(super) fn remove_record(&mut self, owner: &DomainName, data: &RecordData) -> Result<(), DoesNotApply> {
        let holds = |record: &Record| record.name == *owner && record.data == *data;
        let servers: Vec<Id> = self
            .asked_servers()
            .filter(|server| server.service.zones.iter().flat_map(|zone| zone.records()).any(holds))
            .map(|server| server.id.clone())
            .collect();
        for at in servers {
            let removal = RemoveRecords {
                at: at.into(),
                name: owner.clone().into(),
                kind: Some(data.record_type()),
                data: Some(absolute(data, owner).into()),
                zone: None,
                position: None,
            };
            self.operate(Operation::Remove(Removal::Records(removal)))?;
        }
        Ok(())
    }

    pub(super) fn remove_delegation(&mut self, domain: &DomainName) -> Result<(), DoesNotApply> {
        let zones = self.asked_servers().flat_map(|server| &server.service.zones);
        // The NS records at the top of a zone are no delegation.
        let cuts = zones.filter(|zone| zone.origin() != domain).flat_map(|zone| zone.records());
        let cut = |record: &&Record| record.name == *domain && record.data.record_type() == RecordType::NS;
        let away: Vec<RecordData> = cuts.filter(cut).map(|record| record.data.clone()).collect();
        away.iter().try_for_each(|data| self.remove_record(domain, data))
    }

    pub(super) fn add_zone(&mut self, domain: &DomainName) -> Result<(), DoesNotApply> {
        let without = |server: &&DnsMachine| !server.service.zones.iter().any(|zone| zone.origin() == domain);
        let servers: Vec<Id> = self.asked_servers().filter(without).map(|server| server.id.clone()).collect();
        for at in servers {
            let name = domain.absolute();
            let text = format!("@ {TTL} IN SOA {at}.{name} hostmaster.{name} 1 900 600 86400 900\n");
            let mut body = Table::default();
            body.push("origin", domain.write());
            body.push("text", text.write());
            let thing = Thing { at: Some(at.into()), position: None, body: Tree::built(Kind::Table(body)) };
            self.operate(Operation::Add(Addition::Zone(thing)))?;
        }
        Ok(())
    }

    pub(super) fn set_aging(&mut self, zone: &DomainName) -> Result<(), DoesNotApply> {
        let ages = |server: &&DnsMachine| server.service.aging.iter().any(|aging| aging.zone == *zone);
        let servers: Vec<DnsMachine> = self.asked_servers().filter(ages).cloned().collect();
        for DnsMachine { id, service, .. } in servers {
            let slower = |aging: ZoneAging| ZoneAging { no_refresh_h: DEFAULT_H, refresh_h: DEFAULT_H, ..aging };
            let aging = service.aging.into_iter().map(|aging| if aging.zone == *zone { slower(aging) } else { aging });
            self.set(&id, "service.aging", aging.collect::<Vec<_>>().write())?;
        }
        Ok(())
    }

    /// The DNS servers of the environment that the client asks.
    pub(super) fn asked_servers(&self) -> impl Iterator<Item = &DnsMachine> {
        let client = self.environment.client(&self.client);
        let adapters = client.into_iter().flat_map(|client| &client.ip.adapters).flat_map(|adapter| &adapter.dns);
        let policies = client.into_iter().flat_map(|client| &client.ip.nrpt).flat_map(|rule| &rule.dns);
        let asked: Vec<IpAddr> = adapters.chain(policies).copied().collect();
        self.environment
            .dns_servers
            .iter()
            .filter(move |server| server.addresses.iter().any(|address| asked.contains(address)))
    }

    fn add_everywhere(&mut self, owner: &DomainName, data: &RecordData) -> Result<(), DoesNotApply> {
        let within = |zone: &mock_dns::zone::Zone| owner.is_within(zone.origin());
        let servers: Vec<Id> = self
            .asked_servers()
            .filter(|server| server.service.zones.iter().any(within))
            .map(|server| server.id.clone())
            .collect();
        if servers.is_empty() {
            return Err(DoesNotApply::NoZone(owner.to_string()));
        }
        for at in servers {
            let record = Record { name: owner.clone(), ttl: TTL, data: data.clone() };
            let there = |known: &Record| known.name == record.name && known.data == record.data;
            let known = self.asked_servers().filter(|server| server.id == at).flat_map(|server| &server.service.zones);
            if known.flat_map(|zone| zone.records()).any(there) {
                continue;
            }
            let addition = AddRecord { at: at.into(), text: record.to_string().into(), zone: None, position: None };
            self.operate(Operation::Add(Addition::Record(addition)))?;
        }
        Ok(())
    }

    /// The name of a KMS host: as the evidence knows it, or that of a host of the environment that some zone gives an address of its;
    /// where all zones are lost, its id in the client's domain.
    pub(super) fn host_name(&mut self, name: &Known<DomainName>) -> Result<DomainName, DoesNotApply> {
        let blank = match name {
            Known::Is(name) => return Ok(name.clone()),
            Known::Blank(blank) => *blank,
        };
        let zones = self.environment.dns_servers.iter().flat_map(|server| &server.service.zones);
        let records: Vec<&Record> = zones.flat_map(|zone| zone.records()).collect();
        let hosts = self.environment.kms_hosts.iter();
        let named = hosts.flat_map(|host| &host.addresses).find_map(|address| {
            let is = |record: &&&Record| address_of(&record.data) == Some(*address);
            records.iter().find(is).map(|record| record.name.clone())
        });
        let name = named.or_else(|| self.name_in_domain()).ok_or(DoesNotApply::Blank(KMS_FQDN))?;
        self.fill(blank, &name);
        Ok(name)
    }

    fn name_in_domain(&self) -> Option<DomainName> {
        let ip = &self.environment.client(&self.client)?.ip;
        let domain = ip.ad_domain.as_ref().or(ip.primary_suffix.as_ref())?;
        domain.child(self.environment.kms_hosts.first()?.id.as_str()).ok()
    }

    /// The address of the KMS host with this name: the one whose id is its first label, else one that no zone gives a name.
    fn address_for(&self, name: &DomainName) -> Option<IpAddr> {
        let label = name.labels().next()?;
        let hosts = || self.environment.kms_hosts.iter();
        let called = hosts().find(|host| host.id.as_str().as_bytes().eq_ignore_ascii_case(label));
        let zones = self.environment.dns_servers.iter().flat_map(|server| &server.service.zones);
        let known: Vec<IpAddr> =
            zones.flat_map(|zone| zone.records()).filter_map(|record| address_of(&record.data)).collect();
        let nameless = || hosts().find(|host| !host.addresses.iter().any(|address| known.contains(address)));
        let host = called.or_else(nameless).or_else(|| hosts().next())?;
        let client = self.environment.client(&self.client)?;
        let usable = host.addresses.iter().find(|address| client.ip.has_family_of(**address));
        usable.or(host.addresses.first()).copied()
    }

    /// An address of a KMS host, for a blank.
    pub(super) fn any_host_address(&mut self) -> Result<IpAddr, DoesNotApply> {
        let hosts = self.environment.kms_hosts.iter().filter(|host| host.running);
        let address = hosts.flat_map(|host| &host.addresses).next().copied();
        let address = address.ok_or(DoesNotApply::Blank(KMS_ADDRESS))?;
        self.fill(KMS_ADDRESS, address);
        Ok(address)
    }
}

fn address_of(data: &RecordData) -> Option<IpAddr> {
    if let RecordData::A(address) = data {
        return Some(IpAddr::from(*address));
    }
    if let RecordData::Aaaa(address) = data { Some(IpAddr::from(*address)) } else { None }
}

/// The data as it stands in a zone file, names absolute.
fn absolute(data: &RecordData, owner: &DomainName) -> String {
    let line = Record { name: owner.clone(), ttl: TTL, data: data.clone() }.to_string();
    line.splitn(5, ' ').nth(4).unwrap_or_default().to_owned()
}
