//! Laws that hold for every scenario, every change, every line and every broken file.
//!
//! What one crate alone promises is held by its own tests (the codec and the zone text in `mock-dns`, reading and printing in
//! `notation`, the order of SRV records in the client); here stands what crosses them. In reading order: [`changes`] (a change and
//! what undoes it), [`texts`] (printed and loaded, broken and refused), [`runs`] (same seed, same bytes; expectations do not leak
//! into outcomes), [`lines`] (expectations about the journal), [`octets`] (RPC, in whatever pieces it arrives).

#[path = "properties/changes.rs"]
mod changes;
#[path = "properties/draw.rs"]
mod draw;
#[path = "properties/lines.rs"]
mod lines;
#[path = "properties/octets.rs"]
mod octets;
#[path = "properties/refusals.rs"]
mod refusals;
#[path = "properties/runs.rs"]
mod runs;
#[path = "properties/texts.rs"]
mod texts;

use std::sync::LazyLock;

use kmslab::environment::Environment;
use kmslab::scenario::load::{load, load_base};
use kmslab::scenario::{Library, Scenario, catalogue};
use proptest::test_runner::Config as ProptestConfig;

/// The catalogue, read once.
static LIBRARY: LazyLock<Library> = LazyLock::new(catalogue::embedded);

/// Every scenario of the catalogue.
static SCENARIOS: LazyLock<Vec<Scenario>> = LazyLock::new(|| {
    let names = LIBRARY.scenario_names();
    names.map(|name| load(&LIBRARY, name).unwrap_or_else(|refusal| panic!("{refusal}"))).collect()
});

/// Every base environment of the catalogue.
static BASES: LazyLock<Vec<Environment>> = LazyLock::new(|| {
    let names = LIBRARY.base_names();
    names.map(|name| load_base(&LIBRARY, name).unwrap_or_else(|refusal| panic!("{refusal}"))).collect()
});

/// So many cases. Failures are told with their input and not kept in files.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}
