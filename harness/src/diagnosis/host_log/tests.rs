//! What stands in the log of a host after a few attempts.

use double::{Moment, Seed, WallTime};
use evidence::vantage::Vantage;
use mock_kms::wire::Hresult;
use mock_kms::wire::kms::BaseRequest;

use super::*;
use crate::diagnosis::AtHost;
use crate::network::stage::{NetworkKind, stage};
use crate::scenario::catalogue::embedded;
use crate::scenario::load::load;

/// What a scenario's first step leaves at `kms1` when its hosts start: events as lines, low priority.
#[track_caller]
fn check(scenario: &str, expected: &[&str], low_priority: bool) {
    let scenario = load(&embedded(), scenario).expect("it is in the catalogue");
    let environment = &scenario.steps[0].environment;
    let mut stage = stage(&NetworkKind::Simulated, Seed::new(1));
    stage.enter(environment, Moment::START).expect("it can be shown");
    let mut logs = HostLogs::default();
    logs.start(&*stage, environment);
    logs.start(&*stage, environment);
    let timeline = stage.timeline().expect("nothing is lost");
    logs.read(&*stage, environment, &timeline);
    let machine = &environment.kms_hosts[0];
    let client = &environment.clients[0].id;
    let at_host = AtHost { machine, client, environment, logs: &logs, start: environment.start };
    let told: Vec<String> =
        at_host.events().unwrap().iter().map(|event| format!("{} {}", event.id, event.code.any[0])).collect();
    assert_eq!(told, expected);
    let service = at_host.kms_service().unwrap();
    assert_eq!((service.current_count, service.low_priority), (50, low_priority));
}

#[test]
fn what_a_start_logs_is_logged_once() {
    check("kms/not-initialised", &["12291 0x00000000"], false);
    check("healthy/host-without-renewal-timer", &["12292 0x80070005"], false);
    check("healthy/host-with-low-priority", &[], true);
}

#[test]
fn a_request_is_event_12290_with_nine_fields() {
    let mut base = BaseRequest::read(&[0; 236]).unwrap();
    base.workstation = mock_kms::wire::kms::WorkstationName::new("PC7");
    base.client_time = WallTime(129_223_662_600_000_000);
    base.required_clients = 25;
    let logged = Logged::answer(Moment::START, &base, Hresult::NOT_ACTIVATED);
    assert_eq!(logged.event.code.any, [Hresult::NOT_ACTIVATED]);
    assert_eq!(logged.event.fields.len(), 8);
    assert_eq!(logged.event.fields[..2], ["25", "PC7"]);
    assert_eq!(logged.event.fields[3], "2010/6/30 10:11");
}
