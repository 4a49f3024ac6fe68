//! A message of a publishing host over TCP: one connection, one answer.
//!
//! It stands apart because nothing of the schedule for datagrams applies here: TCP sends again by itself.

use double::Moment;
use evidence::network::Stream;
use mock_dns::framing;

/// Sends a message and gives what `fits` makes of the answer; none when nobody answers fittingly until `end`.
pub(super) fn ask<T>(
    stream: &mut dyn Stream,
    bytes: &[u8],
    end: Moment,
    fits: impl FnOnce(&[u8]) -> Option<T>,
) -> Option<T> {
    stream.write(&framing::frame(bytes)?).ok()?;
    let mut received = Vec::new();
    loop {
        if let Some(answer) = framing::first(&received) {
            return fits(answer);
        }
        if stream.read(&mut received, end).ok()? == 0 {
            return None;
        }
    }
}
