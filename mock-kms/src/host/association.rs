//! One RPC association with an honest server: what each PDU leads to.
//!
//! It stands apart because these are the rules of RPC, the same for any interface: where they are not in C706 or
//! [MS-RPCE] they are what Windows servers do (the expectations of Samba's raw protocol tests). Here is neither time nor
//! socket; deadlines and delivery are the connection's.

use double::WallTime;

use super::{Answer, Host};
use crate::journal::{RequestSeen, What};
use crate::wire::Hresult;
use crate::wire::bind::{Bind, BindAck, BindNak, Context, ContextResult, SyntaxId};
use crate::wire::call::{self, Fault, Request, Status};
use crate::wire::ndr::{self, OPNUM, Returned, TransferSyntax};
use crate::wire::pdu::{Flags, Header, MAX_FRAGMENT, PacketType};
use crate::wire::stream::Reassembly;

/// The smallest fragment size that a Windows server agrees to.
const MIN_FRAGMENT: u16 = 2048;

/// Most alter_contexts of one association; Windows clients send one.
const MAX_ALTERATIONS: u8 = 8;

/// Most presentation contexts that are remembered: those of a bind and of all alter_contexts.
const MAX_REMEMBERED: usize = 16 * (MAX_ALTERATIONS as usize + 1);

/// The bind time features that are granted when asked for: both of [MS-RPCE] 2.2.2.14.
const FEATURES: u16 = 3;

/// The state of one association.
#[derive(Debug, Default)]
pub(crate) struct Association {
    bound: Option<Bound>,
    reassembly: Reassembly,
}

#[derive(Debug)]
struct Bound {
    max_fragment: u16,
    group: u32,
    alterations: u8,
    contexts: Vec<(u16, TransferSyntax)>,
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

/// A PDU that the host wants to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    /// The call that it answers.
    pub(crate) call_id: u32,
    /// What it says.
    pub(crate) said: Said,
}

/// What a host can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    BindAck { ack: BindAck, flags: Flags },
    BindNak(BindNak),
    AlterContextResp(BindAck),
    Fault(Fault),
    Response { context: u16, syntax: TransferSyntax, max_fragment: u16, answer: Answer },
}

impl Association {
    /// What a whole PDU with a good header leads to.
    pub(crate) fn receive(&mut self, host: &mut Host, header: &Header, pdu: &[u8], wall: WallTime) -> Outcome {
        match header.kind() {
            Some(PacketType::Bind) => self.bind(host, header, pdu),
            Some(PacketType::AlterContext) => self.alter_context(host, header, pdu),
            Some(PacketType::Request) => self.request(host, header, pdu, wall),
            Some(PacketType::CoCancel) => ignored(header),
            Some(PacketType::Orphaned) => {
                self.reassembly.forget(header.call_id);
                ignored(header)
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
            | None => refuse(header, What::Ignored { packet_type: header.packet_type }, Status::PROTOCOL).close(),
        }
    }

    /// What a header leads to that cannot be honoured; the connection cannot go on.
    pub(crate) fn receive_bad(header: &Header, problem: crate::wire::DecodeError) -> Outcome {
        let heard = What::Unreadable(problem);
        if problem.field.starts_with("rpc_vers") && header.kind() == Some(PacketType::Bind) {
            return nak(header, heard, BindNak::VERSION).close();
        }
        if header.version.0 == 5 {
            return refuse(header, heard, Status::PROTOCOL).close();
        }
        // Not RPC at all: there is nobody who would understand an answer.
        Outcome { heard: What::NotRpc, reply: None, close: true }
    }

    /// Whether the fragments of a call are still arriving.
    pub(crate) const fn is_inside_call(&self) -> bool {
        self.reassembly.is_inside_call()
    }

    fn bind(&mut self, host: &mut Host, header: &Header, pdu: &[u8]) -> Outcome {
        let bind = match Bind::read(header, pdu) {
            Ok(bind) => bind,
            Err(error) => return nak(header, What::Unreadable(error), BindNak::NOT_SPECIFIED).close(),
        };
        let known_group = bind.group == 0 || host.knows_group(bind.group);
        let features_asked = bind.contexts.iter().filter(|context| features(context).is_some()).count();
        let none_offered = bind.contexts.is_empty();
        let heard = |bind: Bind| What::Bind { contexts: bind.contexts };
        if !header.flags.has(Flags::WHOLE) {
            return refuse(header, heard(bind), Status::PROTOCOL).close();
        }
        if header.auth_length != 0 {
            // A KMS host registers no authentication: whatever type it is, it is not recognised.
            return nak(header, heard(bind), BindNak::AUTH_TYPE).close();
        }
        if self.bound.is_some() || features_asked > 1 {
            return nak(header, heard(bind), BindNak::NOT_SPECIFIED).close();
        }
        if none_offered || !known_group {
            return nak(header, heard(bind), BindNak::NOT_SPECIFIED);
        }
        // Windows answers one size for both directions and a multiple of eight.
        let max_fragment = bind.max_xmit.min(bind.max_recv).clamp(MIN_FRAGMENT, MAX_FRAGMENT) & !7;
        let group = if bind.group == 0 { host.new_group() } else { bind.group };
        let mut bound = Bound { max_fragment, group, alterations: 0, contexts: Vec::with_capacity(2) };
        let results = bound.negotiate(&bind.contexts, host.config().ndr64);
        let secondary_address = match &host.config().secondary_address {
            Some(text) => text.clone().into_bytes(),
            None => host.config().port.to_string().into_bytes(),
        };
        let ack = BindAck { max_xmit: max_fragment, max_recv: max_fragment, group, secondary_address, results };
        let multiplexing = Flags(header.flags.0 & Flags::CONCURRENT_MULTIPLEXING.0);
        self.bound = Some(bound);
        Outcome::say(header, heard(bind), Said::BindAck { ack, flags: Flags::WHOLE.with(multiplexing) })
    }

    fn alter_context(&mut self, host: &Host, header: &Header, pdu: &[u8]) -> Outcome {
        let alter = match Bind::read(header, pdu) {
            Ok(alter) => alter,
            Err(error) => return refuse(header, What::Unreadable(error), Status::PROTOCOL).close(),
        };
        let usable = header.flags.has(Flags::WHOLE) && header.auth_length == 0 && !alter.contexts.is_empty();
        let bound = self.bound.as_mut().filter(|bound| usable && bound.alterations < MAX_ALTERATIONS);
        let Some(bound) = bound else {
            return refuse(header, What::AlterContext { contexts: alter.contexts }, Status::PROTOCOL).close();
        };
        bound.alterations += 1;
        // Sizes and group of an alter_context are ignored; those of the bind stay.
        let ack = BindAck {
            max_xmit: bound.max_fragment,
            max_recv: bound.max_fragment,
            group: bound.group,
            secondary_address: Vec::new(),
            results: bound.negotiate(&alter.contexts, host.config().ndr64),
        };
        Outcome::say(header, What::AlterContext { contexts: alter.contexts }, Said::AlterContextResp(ack))
    }

    fn request(&mut self, host: &mut Host, header: &Header, pdu: &[u8], wall: WallTime) -> Outcome {
        let request = match Request::read(header, pdu) {
            Ok(request) => request,
            Err(error) => return refuse(header, What::Unreadable(error), Status::PROTOCOL).close(),
        };
        let seen = RequestSeen { version: None, size: request.stub.len(), base: None };
        let Some(bound) = self.bound.as_ref().filter(|_| header.auth_length == 0) else {
            return refuse(header, What::Request(seen), Status::PROTOCOL).close();
        };
        let stub = match self.reassembly.add(header, (request.context, request.opnum), request.stub) {
            Ok(Some(stub)) => stub,
            Ok(None) => return Outcome { heard: What::Fragment, reply: None, close: false },
            Err(_) => return refuse(header, What::Request(seen), Status::PROTOCOL).close(),
        };
        let Some(syntax) = bound.syntax_of(request.context) else {
            let fault = Fault { context: 0, did_not_execute: true, status: Status::UNKNOWN_INTERFACE };
            return Outcome::say(header, What::Request(seen), Said::Fault(fault));
        };
        let fault = |status| Said::Fault(Fault { context: request.context, did_not_execute: true, status });
        if request.opnum != OPNUM {
            return Outcome::say(header, What::Request(seen), fault(Status::OPERATION_RANGE));
        }
        let message = match ndr::read_request(syntax, header.byte_order(), &stub) {
            Ok(message) => message,
            Err(error) => return Outcome::say(header, What::Unreadable(error), fault(Status::BAD_STUB_DATA)),
        };
        let (seen, answer) = host.answer(message, wall);
        let max_fragment = bound.max_fragment;
        let said = Said::Response { context: request.context, syntax, max_fragment, answer };
        Outcome::say(header, What::Request(seen), said)
    }
}

impl Bound {
    /// Decides on each context, remembers the accepted ones, and gives the results in the order of the contexts.
    ///
    /// [MS-RPCE] 3.3.1.5.6: at most one transfer syntax is accepted, the preferred one if it is offered.
    fn negotiate(&mut self, contexts: &[Context], ndr64: bool) -> Vec<ContextResult> {
        let offered = |syntax: TransferSyntax| {
            contexts.iter().any(|context| is_kms(&context.interface) && context.transfer.contains(&syntax.id()))
        };
        let chosen =
            if ndr64 && offered(TransferSyntax::Ndr64) { TransferSyntax::Ndr64 } else { TransferSyntax::Ndr32 };
        contexts.iter().map(|context| self.decide(context, chosen)).collect()
    }

    fn decide(&mut self, context: &Context, chosen: TransferSyntax) -> ContextResult {
        if let Some(asked) = features(context) {
            return ContextResult::negotiated(asked & FEATURES);
        }
        if !is_kms(&context.interface) {
            return ContextResult::reject(ContextResult::INTERFACE_UNKNOWN);
        }
        if !context.transfer.contains(&chosen.id()) {
            return ContextResult::reject(ContextResult::SYNTAXES_UNKNOWN);
        }
        self.contexts.retain(|(id, _)| *id != context.id);
        if self.contexts.len() >= MAX_REMEMBERED {
            return ContextResult::reject(ContextResult::SYNTAXES_UNKNOWN);
        }
        self.contexts.push((context.id, chosen));
        ContextResult::accept(chosen.id())
    }

    fn syntax_of(&self, context: u16) -> Option<TransferSyntax> {
        self.contexts.iter().find(|(id, _)| *id == context).map(|(_, syntax)| *syntax)
    }
}

impl Outcome {
    fn say(header: &Header, heard: What, said: Said) -> Self {
        Self { heard, reply: Some(Reply { call_id: header.call_id, said }), close: false }
    }

    fn close(self) -> Self {
        Self { close: true, ..self }
    }
}

impl Reply {
    /// Appends the PDU or, where it does not fit into one fragment, the PDUs.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match &self.said {
            Said::BindAck { ack, flags } => ack.write(PacketType::BindAck, *flags, self.call_id, out),
            Said::BindNak(nak) => nak.write(self.call_id, out),
            Said::AlterContextResp(ack) => ack.write(PacketType::AlterContextResp, Flags::WHOLE, self.call_id, out),
            Said::Fault(fault) => fault.write(self.call_id, out),
            Said::Response { context, syntax, max_fragment, answer } => {
                let sealed;
                let returned = match answer {
                    Answer::Granted(granted) => {
                        sealed = granted.seal();
                        Returned { message: Some(&sealed), hresult: Hresult::OK }
                    }
                    Answer::Refused(hresult) => Returned { message: None, hresult: *hresult },
                };
                let mut stub = Vec::with_capacity(returned.message.map_or(0, <[u8]>::len) + 32);
                ndr::write_response(*syntax, &returned, &mut stub);
                call::write_response(self.call_id, *context, &stub, *max_fragment, out);
            }
        }
    }
}

impl From<Said> for What {
    fn from(said: Said) -> Self {
        match said {
            Said::BindAck { ack, .. } => Self::BindAck { results: ack.results },
            Said::BindNak(nak) => Self::BindNak { reason: nak.reason },
            Said::AlterContextResp(ack) => Self::AlterContextResp { results: ack.results },
            Said::Fault(fault) => Self::Fault { status: fault.status },
            Said::Response { answer: Answer::Granted(granted), .. } => {
                Self::Response { hresult: Hresult::OK, count: Some(granted.response.current_count) }
            }
            Said::Response { answer: Answer::Refused(hresult), .. } => Self::Response { hresult, count: None },
        }
    }
}

/// The bind time features that a context asks for: it does so with its first syntax.
fn features(context: &Context) -> Option<u16> {
    context.transfer.first().and_then(SyntaxId::asked_features)
}

/// C706 13.2.6.2: the major version must be equal, the minor at most that of the server, which is 0.
fn is_kms(interface: &SyntaxId) -> bool {
    *interface == SyntaxId::KMS
}

fn ignored(header: &Header) -> Outcome {
    Outcome { heard: What::Ignored { packet_type: header.packet_type }, reply: None, close: false }
}

fn refuse(header: &Header, heard: What, status: Status) -> Outcome {
    let fault = Fault { context: 0, did_not_execute: false, status };
    Outcome::say(header, heard, Said::Fault(fault))
}

fn nak(header: &Header, heard: What, reason: u16) -> Outcome {
    Outcome::say(header, heard, Said::BindNak(BindNak { reason }))
}
