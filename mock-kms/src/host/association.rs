//! One RPC association with an honest server: what each PDU leads to.
//!
//! It stands apart because these are the rules of RPC, the same for any interface: where they are not in C706 or
//! [MS-RPCE] they are what Windows servers do (the expectations of Samba's raw protocol tests). Here is neither time nor
//! socket; deadlines and delivery are the connection's.

mod negotiation;
mod reply;

use double::WallTime;

use super::Host;
use crate::journal::{RequestSeen, What};
use crate::wire::bind::{Bind, BindAck, BindNak};
use crate::wire::call::{Fault, Request, Status};
use crate::wire::ndr::{self, OPNUM};
use crate::wire::pdu::{AUTH_TRAILER, Flags, Header, PacketType};
use crate::wire::stream::{FragmentError, Reassembly};
use negotiation::{Bound, well_formed};
pub(crate) use reply::{Reply, Said};

/// Authentication levels that exist ([MS-RPCE] 2.2.1.1.8, connect to privacy; 1 is "none").
const AUTH_LEVELS: std::ops::RangeInclusive<u8> = 2..=6;

/// The largest stub that a fragment may announce in `alloc_hint` while more is to come: 4 MiB, as Windows has it.
const MAX_ANNOUNCED_STUB: u32 = 0x40_0000;

/// The state of one association.
#[derive(Debug, Default)]
pub(crate) struct Association {
    bound: Option<Bound>,
    reassembly: Reassembly,
}

/// What a PDU leads to.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// What was received.
    pub(crate) heard: What,
    /// What is said to it.
    pub(crate) reply: Option<Reply>,
    /// Whether the host closes the connection after that.
    pub(crate) close: bool,
}

impl Association {
    /// What a whole PDU with a good header leads to.
    pub(crate) fn receive(&mut self, host: &mut Host, header: &Header, pdu: &[u8], wall: WallTime) -> Outcome {
        match header.kind() {
            Some(PacketType::Bind) => self.bind(host, header, pdu),
            Some(PacketType::AlterContext) => self.alter_context(header, pdu),
            Some(PacketType::Request) => self.request(host, header, pdu, wall),
            // An orphaned call is not forgotten: its last fragment may still come, and Windows then executes it.
            Some(PacketType::CoCancel | PacketType::Orphaned) => {
                Outcome { heard: What::Ignored { packet_type: header.packet_type }, reply: None, close: false }
            }
            Some(
                PacketType::Response
                | PacketType::Fault
                | PacketType::BindAck
                | PacketType::BindNak
                | PacketType::AlterContextResp
                | PacketType::Auth3
                | PacketType::Shutdown,
            )
            | None => {
                let heard = What::Ignored { packet_type: header.packet_type };
                Outcome::refuse(header, heard, Status::PROTOCOL, 0).close()
            }
        }
    }

    /// What a header leads to that cannot be honoured; the connection cannot go on.
    pub(crate) fn receive_bad(header: &Header, problem: crate::wire::DecodeError) -> Outcome {
        let heard = What::Unreadable(problem);
        let about_version = matches!(problem.field, "rpc_vers" | "rpc_vers_minor" | "auth_length");
        if about_version && header.kind() == Some(PacketType::Bind) {
            return nak(header, heard, BindNak::VERSION);
        }
        if header.version.0 == 5 {
            return Outcome::refuse(header, heard, Status::PROTOCOL, 0).close();
        }
        // Not RPC at all: there is nobody who would understand an answer.
        Outcome { heard: What::NotRpc, reply: None, close: true }
    }

    /// Leaves its association group, because the connection has ended.
    pub(crate) fn end(&mut self) {
        *self = Self::default();
    }

    /// Whether the fragments of a call are still arriving.
    pub(crate) const fn is_inside_call(&self) -> bool {
        self.reassembly.is_inside_call()
    }

    fn bind(&mut self, host: &mut Host, header: &Header, pdu: &[u8]) -> Outcome {
        let bind = match Bind::read(header, pdu) {
            Ok(bind) => bind,
            Err(error) => return nak(header, What::Unreadable(error), BindNak::NOT_SPECIFIED),
        };
        let none_offered = bind.contexts.is_empty();
        if header.auth_length != 0 {
            // A KMS host registers no authentication: whatever type it is, it is not recognised.
            let level_exists = auth_level(header, pdu).is_some_and(|level| AUTH_LEVELS.contains(&level));
            let reason = if level_exists { BindNak::AUTH_TYPE } else { BindNak::NOT_SPECIFIED };
            return nak(header, What::Bind { contexts: bind.contexts }, reason);
        }
        let refused = self.bound.is_some() || none_offered || !well_formed(&bind.contexts);
        let group = match bind.group {
            _ if refused => None,
            0 => Some(host.new_group()),
            known => host.join_group(known),
        };
        let Some(group) = group else {
            return nak(header, What::Bind { contexts: bind.contexts }, BindNak::NOT_SPECIFIED);
        };
        let multiplexing = header.flags.has(Flags::CONCURRENT_MULTIPLEXING);
        let mut bound = Bound::new(&bind, group, multiplexing, host.config().ndr64);
        let ack = BindAck {
            max_xmit: bound.max_fragment,
            max_recv: bound.max_fragment,
            group: bound.group.id,
            secondary_address: match &host.config().secondary_address {
                Some(text) => text.clone().into_bytes(),
                None => host.config().port.to_string().into_bytes(),
            },
            results: bound.negotiate(&bind.contexts),
        };
        self.bound = Some(bound);
        let echoed = header.flags.only(Flags::CONCURRENT_MULTIPLEXING.with(Flags::HEADER_SIGNING));
        let said = Said::BindAck { ack, flags: Flags::WHOLE.with(echoed) };
        Outcome::say(header, What::Bind { contexts: bind.contexts }, said)
    }

    fn alter_context(&mut self, header: &Header, pdu: &[u8]) -> Outcome {
        let alter = match Bind::read(header, pdu) {
            Ok(alter) => alter,
            Err(error) => return Outcome::not_executed(header, What::Unreadable(error), Status::PROTOCOL, 0).close(),
        };
        let bound = self.bound.as_mut().filter(|_| header.auth_length == 0);
        let answer = bound.and_then(|bound| {
            let results = bound.alter(&alter.contexts)?;
            // Sizes and group of an alter_context are ignored; those of the bind stay.
            let (max_xmit, max_recv) = (bound.max_fragment, bound.max_fragment);
            Some(BindAck { max_xmit, max_recv, group: bound.group.id, secondary_address: Vec::new(), results })
        });
        let heard = What::AlterContext { contexts: alter.contexts };
        let Some(ack) = answer else {
            return Outcome::not_executed(header, heard, Status::PROTOCOL, 0).close();
        };
        let flags = Flags::WHOLE.with(header.flags.only(Flags::HEADER_SIGNING));
        Outcome::say(header, heard, Said::AlterContextResp { ack, flags })
    }

    fn request(&mut self, host: &mut Host, header: &Header, pdu: &[u8], wall: WallTime) -> Outcome {
        let request = match Request::read(header, pdu) {
            Ok(request) => request,
            Err(error) => return Outcome::refuse(header, What::Unreadable(error), Status::PROTOCOL, 0).close(),
        };
        let context = request.context;
        let seen = || What::Request(RequestSeen { version: None, size: request.stub.len(), base: None });
        let Some(bound) = &self.bound else {
            return Outcome::refuse(header, seen(), Status::PROTOCOL, context).close();
        };
        if header.auth_length != 0 {
            return Outcome::refuse(header, seen(), Status::ACCESS_DENIED, context).close();
        }
        if header.flags.has(Flags::FIRST.with(Flags::PENDING_CANCEL)) {
            return Outcome::not_executed(header, seen(), Status::NO_CALL_ACTIVE, 0).close();
        }
        if !header.flags.has(Flags::LAST) && request.alloc_hint > MAX_ANNOUNCED_STUB {
            return Outcome::refuse(header, seen(), Status::ACCESS_DENIED, context).close();
        }
        let pending = self.reassembly.pending();
        let stub = match self.reassembly.add(header, (context, request.opnum), request.stub) {
            Ok(Some(stub)) => stub,
            Ok(None) => return Outcome { heard: What::Fragment, reply: None, close: false },
            Err(FragmentError::TooMany | FragmentError::TooLong) => {
                return Outcome::refuse(header, seen(), Status::ACCESS_DENIED, context).close();
            }
            Err(error @ (FragmentError::Interleaved | FragmentError::Orphan)) => {
                // Without multiplexing the call that was left incomplete is to blame, and is told so.
                let blamed = pending.filter(|_| error == FragmentError::Interleaved && !bound.multiplexing);
                let (call_id, context) = blamed.unwrap_or((header.call_id, 0));
                return Outcome::refuse(&Header { call_id, ..*header }, seen(), Status::PROTOCOL, context).close();
            }
        };
        let Some(syntax) = bound.syntax_of(context) else {
            return Outcome::not_executed(header, seen(), Status::UNKNOWN_INTERFACE, 0);
        };
        if request.opnum != OPNUM {
            return Outcome::not_executed(header, seen(), Status::OPERATION_RANGE, context);
        }
        let message = match ndr::read_request(syntax, header.byte_order(), &stub) {
            Ok(message) => message,
            Err(error) => return Outcome::refuse(header, What::Unreadable(error), Status::BAD_STUB_DATA, context),
        };
        let (seen, answer) = host.answer(message, wall);
        let said = Said::Response { context, syntax, max_fragment: bound.max_fragment, answer };
        Outcome::say(header, What::Request(seen), said)
    }
}

impl Outcome {
    fn say(header: &Header, heard: What, said: Said) -> Self {
        Self { heard, reply: Some(Reply { call_id: header.call_id, said }), close: false }
    }

    fn refuse(header: &Header, heard: What, status: Status, context: u16) -> Self {
        Self::say(header, heard, Said::Fault(Fault { context, did_not_execute: false, status }))
    }

    fn not_executed(header: &Header, heard: What, status: Status, context: u16) -> Self {
        Self::say(header, heard, Said::Fault(Fault { context, did_not_execute: true, status }))
    }

    fn close(self) -> Self {
        Self { close: true, ..self }
    }
}

/// The level in the authentication trailer, which stands eight octets before the authentication value (C706 13.2.6.1).
fn auth_level(header: &Header, pdu: &[u8]) -> Option<u8> {
    let trailer = pdu.len().checked_sub(usize::from(header.auth_length) + AUTH_TRAILER)?;
    pdu.get(trailer + 1).copied()
}

/// A bind that is refused; Windows closes the connection after it.
fn nak(header: &Header, heard: What, reason: u16) -> Outcome {
    Outcome::say(header, heard, Said::BindNak(BindNak { reason })).close()
}
