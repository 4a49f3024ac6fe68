//! Codes, by the family in which they arise: the family says where to look.
//!
//! Rule of thumb: a code of [`dns`] means that TCP port 1688 was never tried; one of [`transport`] that the host's name,
//! address, port or RPC is the trouble; one of [`host`] that TCP and RPC work. [`client`] and [`elsewhere`] are no affair
//! between client and KMS host at all.

mod client;
mod dns;
mod elsewhere;
mod host;
mod transport;

use super::Written;

/// Every family.
pub(super) const FAMILIES: [&[Written]; 5] =
    [dns::CODES, transport::CODES, host::CODES, client::CODES, elsewhere::CODES];
