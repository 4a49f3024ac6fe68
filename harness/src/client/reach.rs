//! Connecting to an address as the Windows stack does: silence is waited for, a refusal is not believed at once.

use std::net::SocketAddr;

use double::Moment;
use evidence::network::{Failure, Stream};
use evidence::timeline::ClientEvent;

use super::Stand;

/// Connects, or says how the last try failed.
///
/// # Errors
/// [`Failure::TimedOut`] after the profile's connect time-out, [`Failure::Refused`] after its repeated SYNs; an ICMP error at once,
/// or, with the switch for it, [`Failure::TimedOut`] like silence.
pub fn connect<'a>(stand: &'a Stand<'_>, to: SocketAddr) -> Result<Box<dyn Stream + 'a>, Failure> {
    let profile = stand.identity.profile;
    let ip = stand.vantage.ip_configuration().map_err(|_| Failure::NoSuchAddress)?;
    let give_up = stand.now().plus(profile.connect_give_up);
    let mut repeats = profile.refused_repeats;
    loop {
        stand.record_own(ClientEvent::Connect { to });
        let started = stand.now();
        let connected = match ip.source_for(to.ip()) {
            Some(local) => {
                stand.network.connect(local, to, give_up).or_else(|failure| believed(stand, failure, give_up))
            }
            None => Err(Failure::Unreachable),
        };
        let result = connected.as_ref().map(drop).map_err(|failure| *failure);
        stand.record_own(ClientEvent::Connected { to, result });
        match connected {
            Err(Failure::Refused) if repeats > 0 => {
                repeats -= 1;
                stand.network.wait_until(started.plus(profile.refused_pause));
            }
            ended => return ended,
        }
    }
}

/// What a failure comes to. RFC 1122 4.2.3.9 calls "host unreachable" and its like soft errors, which must not abort a connection.
fn believed<'a>(stand: &Stand<'_>, failure: Failure, give_up: Moment) -> Result<Box<dyn Stream + 'a>, Failure> {
    let soft = matches!(failure, Failure::Rejected | Failure::Unreachable);
    if soft && stand.identity.switches.connects_past_icmp_errors {
        stand.network.wait_until(give_up);
        return Err(Failure::TimedOut);
    }
    Err(failure)
}
