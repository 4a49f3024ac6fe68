//! What every test double of this workspace needs, and nothing of what one of them plays.
//!
//! The mocks never import each other; what both need is here: time that is passed in, randomness from a seed, the selector
//! that says when a fault strikes, the envelope of the journal, and the loops that keep a server within limits.
//!
//! In reading order:
//! - [`moment`]: time since a run began
//! - [`wall`]: what a clock on a wall shows, as FILETIME
//! - [`seed`]: randomness that a seed decides
//! - [`selector`]: first N, every Nth, until, chance
//! - [`journal`]: entries, and a ring that counts what it lost
//! - [`admission`]: where a double may listen, and for whom
//! - [`seats`]: who may hold a connection at once
//! - [`escape`]: text from outside, made safe to print
//! - [`clock`]: DRIVER, real time as moments, scaled
//! - [`descriptors`]: DRIVER, how many connections the process may have
//! - [`serve`]: DRIVER, accept loop with limits, a thread for servers

pub mod admission;
pub mod clock;
pub mod descriptors;
pub mod escape;
pub mod journal;
pub mod moment;
pub mod seats;
pub mod seed;
pub mod selector;
pub mod serve;
pub mod wall;

pub use admission::{Admission, NotAdmitted};
pub use clock::Clock;
pub use journal::{Entry, Held, MachineId, Ring};
pub use moment::Moment;
pub use seed::Seed;
pub use selector::{Occasion, Selector};
pub use wall::WallTime;
