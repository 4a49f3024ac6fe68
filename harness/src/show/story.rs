//! What a customer would tell: the ticket, and the machines by name and address.
//!
//! It stands apart because it must not give the answer away: no title, no scenario name, no change, no port, no expectation.

use std::net::IpAddr;

use double::escape::Untrusted;

use super::page::{Line, Page};
use crate::environment::machine::Profile;
use crate::scenario::Scenario;

/// The story alone, in lines of at most `width` columns.
#[must_use]
pub fn draw(scenario: &Scenario, width: usize) -> Vec<Line> {
    let mut page = Page::new(width);
    for (number, line) in ticket_lines(scenario).iter().enumerate() {
        page.section(if number == 0 { "ticket" } else { "" }, line);
    }
    let mut opening = "machines";
    for line in machines(scenario) {
        page.section(opening, &line);
        opening = "";
    }
    page.lines
}

/// The ticket as its author broke it into lines.
#[must_use]
pub fn ticket_lines(scenario: &Scenario) -> Vec<String> {
    scenario.ticket.trim().lines().map(|line| Untrusted(line).to_string()).collect()
}

/// Each machine that is there at any time, once.
fn machines(scenario: &Scenario) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut add = |line: String| {
        if !lines.contains(&line) {
            lines.push(line);
        }
    };
    for environment in scenario.steps.iter().map(|step| &step.environment) {
        for client in &environment.clients {
            let addresses: Vec<IpAddr> = client.ip.adapters.iter().map(|adapter| adapter.address).collect();
            let what = format!("{}, {}", Untrusted(&client.name), windows(&client.profile));
            add(format!("{:<8} {:<15} {what}", client.id.as_str(), list(&addresses)));
        }
        for server in &environment.dns_servers {
            add(format!("{:<8} {:<15} DNS server", server.id.as_str(), list(&server.addresses)));
        }
        for host in &environment.kms_hosts {
            add(format!("{:<8} {:<15} KMS host", host.id.as_str(), list(&host.addresses)));
        }
    }
    lines
}

/// `windows-10` as people write it.
#[must_use]
pub fn windows(profile: &Profile) -> String {
    profile.word().replace("windows-vista", "Windows Vista").replace("windows-", "Windows ")
}

/// Addresses in a row.
#[must_use]
pub fn list(addresses: &[IpAddr]) -> String {
    let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    if texts.is_empty() { "no address".to_owned() } else { texts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::super::tests_support::scenario;
    use super::draw;

    #[test]
    fn the_story_does_not_give_the_answer_away() {
        let scenario = scenario(
            "change = [{ set.value = { at = \"kms1\", key = \"service.state\", to = \"not-activated\" } }, \
             { add.rule = { id = \"wall\", port = 1688, how = \"silent\" } }]",
        );
        let lines = draw(&scenario, 80);
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "ticket   It does not work.",
                "machines pc7      10.0.0.107      PC7, Windows 10",
                "         dns1     10.0.0.53       DNS server",
                "         kms1     10.0.0.60       KMS host",
            ]
        );
    }
}
