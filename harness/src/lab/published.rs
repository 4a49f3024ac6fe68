//! The environment of a step as its KMS hosts have made it: what they had published by then stands in the zones.
//!
//! Pure. It is played on the simulated network, in virtual time, so that nobody waits for it; afterwards a host that publishes has nothing
//! left to ask, and is a server like all others. What clients did in earlier steps is not played: a command takes their place.

use double::Seed;

use crate::environment::Environment;
use crate::network::stage::NetworkKind;
use crate::runner::Play;
use crate::scenario::Step;

/// The environment of the last of these steps; `seed` is that of the run of their scenario.
#[must_use]
pub fn published(steps: &[Step], seed: Seed) -> Option<Environment> {
    let mut environment = steps.last()?.environment.clone();
    let publishes = |step: &Step| step.environment.kms_hosts.iter().any(|host| host.publishing.is_some());
    if !steps.iter().any(publishes) {
        return Some(environment);
    }
    let mut play = Play::new(seed, &NetworkKind::Simulated);
    for step in steps {
        // The simulated network can show everything.
        play.enter(&step.environment, step.at).ok()?;
    }
    for server in &mut environment.dns_servers {
        if let Some(zones) = play.stage.zones(&server.id) {
            server.service.zones = zones;
        }
    }
    for host in &mut environment.kms_hosts {
        host.publishing = None;
    }
    Some(environment)
}

#[cfg(test)]
mod tests {
    use mock_dns::name::DomainName;

    use super::*;
    use crate::runner::seed_of;
    use crate::scenario::catalogue;
    use crate::scenario::load::load;

    #[track_caller]
    fn check(scenario: &str, expected: usize) {
        let scenario = load(&catalogue::embedded(), scenario).expect("in the catalogue");
        let environment = published(&scenario.steps, seed_of(&scenario, 1)).expect("it has steps");
        let name = DomainName::parse("_vlmcs._tcp.contoso.com").unwrap();
        let zones = environment.dns_servers.iter().flat_map(|server| &server.service.zones);
        assert_eq!(zones.flat_map(|zone| zone.records()).filter(|record| record.name == name).count(), expected);
    }

    #[test]
    fn a_host_has_published_where_it_may() {
        check("publishing/published", 1);
        check("publishing/refused", 0);
        check("kms/publishing-disabled", 0);
        check("healthy/domain-member", 1);
    }
}
