//! DRIVER: runs scenarios on several threads and hands their records out in order, with how long each really took.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "driver: threads, and the time that a run really takes"
)]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use super::record::{RunEvent, ScenarioRecord, Status, Summary};
use super::{Settings, run_scenario};
use crate::scenario::Scenario;

/// Runs all scenarios and tells `report` in the order of the list, whichever thread is done first.
///
/// With `fail_fast`, what comes after the first failure in the list is neither told nor counted.
pub fn run_all(
    scenarios: &[Scenario],
    settings: &Settings,
    jobs: usize,
    fail_fast: bool,
    report: &mut dyn FnMut(&RunEvent<'_>),
) -> Summary {
    let started = Instant::now();
    report(&RunEvent::Begin { scenarios: scenarios.len(), network: settings.network.word(), seed: settings.seed });
    let mut summary = Summary::default();
    let mut tell = |record: ScenarioRecord| {
        summary.count(&record);
        report(&RunEvent::Scenario(&record));
        !(fail_fast && record.status == Status::Failed)
    };
    if jobs <= 1 || scenarios.len() <= 1 {
        // No thread needed, and none started: the first line of a small run comes sooner.
        scenarios.iter().all(|scenario| tell(timed(scenario, settings)));
    } else {
        in_threads(scenarios, settings, jobs, &mut tell);
    }
    summary.elapsed = started.elapsed();
    report(&RunEvent::End(summary));
    summary
}

fn in_threads(scenarios: &[Scenario], settings: &Settings, jobs: usize, tell: &mut dyn FnMut(ScenarioRecord) -> bool) {
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (send, receive) = mpsc::channel();
        for _ in 0..jobs.min(scenarios.len()) {
            let (send, next, stop) = (send.clone(), &next, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(scenario) = scenarios.get(index) else { return };
                    if send.send((index, timed(scenario, settings))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        let mut waiting: Vec<Option<ScenarioRecord>> = scenarios.iter().map(|_| None).collect();
        let mut told = 0;
        for (index, record) in receive {
            waiting[index] = Some(record);
            while let Some(record) = waiting.get_mut(told).and_then(Option::take) {
                told += 1;
                if !tell(record) {
                    stop.store(true, Ordering::Relaxed);
                    return;
                }
            }
        }
    });
}

fn timed(scenario: &Scenario, settings: &Settings) -> ScenarioRecord {
    let started = Instant::now();
    let mut record = run_scenario(scenario, settings);
    record.elapsed = started.elapsed();
    record
}
