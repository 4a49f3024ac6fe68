//! What the event logs of the machines gained in an attempt, as records with every parameter by its name.
//!
//! It stands apart from the entries because an event log is written from what happened and is no part of it: nothing crosses the
//! wire with it. The names and the order of the parameters are those of Microsoft's volume activation documents (ff793440).

use double::Moment;
use evidence::outcome::LoggedEvent;

use super::Attempt;
use super::line::{FieldLine, LoggedLine, microseconds};
use crate::diagnosis::host_log::logged::logged;

/// The parameters of each event behind its HRESULT, in order.
const PARAMETERS: [(u32, &[&str]); 6] = [
    (8198, &["application_id", "activation_id"]),
    (
        12_288,
        &[
            "status_flags",
            "kms_host",
            "client_machine_id",
            "client_time",
            "virtual_machine",
            "license_status",
            "minutes_left",
            "activation_id",
            "required_clients",
        ],
    ),
    (
        12_289,
        &[
            "status_flags",
            "activated",
            "unused",
            "current_count",
            "activation_interval",
            "renewal_interval",
            "client_time",
        ],
    ),
    (
        12_290,
        &[
            "required_clients",
            "client_name",
            "client_machine_id",
            "client_time",
            "virtual_machine",
            "license_status",
            "minutes_left",
            "activation_id",
        ],
    ),
    (12_293, &["domain"]),
    (12_294, &["domain"]),
];

/// Events whose first parameter is no HRESULT.
const WITHOUT_CODE: [u32; 2] = [12_291, 12_294];

/// The events of an attempt: those of the client, then those of each KMS host, each in its order.
pub(super) fn lines(attempt: &Attempt<'_>) -> Vec<LoggedLine> {
    let client = attempt.client.id.as_str();
    let own = attempt.timeline.entries.iter().filter(|entry| entry.machine.as_str() == client);
    // The service writes when it is done; the client's last entry is the nearest moment that is known.
    let done = own.map(|entry| entry.at).max();
    let mut lines: Vec<LoggedLine> = attempt.events.iter().map(|event| line(client, "client", done, event)).collect();
    for host in &attempt.environment.kms_hosts {
        let events = logged(attempt.timeline, host.id.as_str());
        lines.extend(events.iter().map(|logged| line(host.id.as_str(), "host", Some(logged.at), &logged.event)));
    }
    lines
}

fn line(machine: &str, role: &str, at: Option<Moment>, event: &LoggedEvent) -> LoggedLine {
    let names = PARAMETERS.iter().find(|(id, _)| *id == event.id).map_or(&[] as &[&str], |(_, names)| names);
    let has_code = !WITHOUT_CODE.contains(&event.id);
    LoggedLine {
        at_us: at.map(microseconds),
        machine: machine.to_owned(),
        role: role.to_owned(),
        log: if event.id == 12_290 { "Key Management Service" } else { "Application" }.to_owned(),
        event: event.id,
        code: event.code.any.iter().filter(|_| has_code).map(ToString::to_string).collect(),
        confidence: event.code.confidence.word().to_owned(),
        parameters: names
            .iter()
            .zip(&event.fields)
            .map(|(name, value)| FieldLine { name: (*name).to_owned(), value: value.clone() })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use evidence::outcome::{Confidence, Surface};
    use mock_kms::wire::Hresult;

    use super::*;

    #[track_caller]
    fn check(id: u32, fields: &[&str], expected: &str) {
        let code = Surface { any: vec![Hresult(0x8007_2338)], confidence: Confidence::Documented };
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        let line = line("kms1", "host", None, &LoggedEvent { id, code, fields });
        let parameters: Vec<String> =
            line.parameters.iter().map(|field| format!("{}={}", field.name, field.value)).collect();
        assert_eq!(format!("{}: {:?} {}", line.log, line.code, parameters.join(" ")), expected);
    }

    #[test]
    fn parameters_have_names() {
        check(12_293, &["contoso.com"], r#"Application: ["0x80072338"] domain=contoso.com"#);
        check(12_294, &["contoso.com"], "Application: [] domain=contoso.com");
        check(12_291, &[], "Application: [] ");
        check(12_292, &[], r#"Application: ["0x80072338"] "#);
    }
}
