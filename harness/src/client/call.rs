//! The RPC conversation with one KMS host: bind, alter_context where the host wants it, one request, one answer.
//!
//! Sizes and order are those of a Windows 10 or 11 client (kms-wire: bind of three contexts; the first request always in NDR32).
//! It does not connect and does not decide what a failure means.

use std::net::SocketAddr;
use std::sync::OnceLock;

use double::Moment;
use evidence::Event;
use evidence::network::{Failure, Stream};
use evidence::outcome::Licence;
use evidence::timeline::ClientEvent;
use mock_kms::journal::{KmsEvent, RequestSeen, Side, What};
use mock_kms::laboratory;
use mock_kms::wire::bind::{Bind, Context, ContextResult};
use mock_kms::wire::client_side::{
    CONTEXT_NDR32, CONTEXT_NDR64, FIRST_CALL_ID, FromServer, alter_context_ndr32, bind_two_contexts, bind_windows_10,
    read_from_server, write_call,
};
use mock_kms::wire::kms::{BaseRequest, BaseResponse, WorkstationName};
use mock_kms::wire::ndr::{self, TransferSyntax};
use mock_kms::wire::pdu::{Header, MAX_FRAGMENT};
use mock_kms::wire::stream::{PduStream, Reassembly};
use mock_kms::wire::{ByteOrder, Guid, Hresult};

use super::Stand;
use super::codes::Broken;
use super::profile::BindOffer;

/// What a host answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A failure.
    Refused(Hresult),
    /// A response that the laboratory keys open.
    Granted(BaseResponse),
    /// The conversation broke off, or made no sense.
    Broken(Broken),
    /// The bind was accepted, and nothing was asked.
    NotAsked,
}

/// A conversation over one connection.
pub struct Conversation<'a, 'b> {
    stand: &'a Stand<'b>,
    number: u64,
    /// The licence that the request tells of.
    licence: &'a Licence,
    stream: Box<dyn Stream + 'a>,
    received: PduStream,
    buffer: Vec<u8>,
    /// The presentation context of the request.
    context: u16,
    /// What is to be said if the conversation ends here.
    broken: Broken,
    until: Moment,
}

/// What the host sent.
enum Received {
    Contexts(Vec<ContextResult>),
    Stub {
        stub: Vec<u8>,
        order: ByteOrder,
        pdu: Vec<u8>,
    },
    /// A bind_nak or a fault: noted, and the end of the conversation.
    Refusal,
}

impl<'a, 'b> Conversation<'a, 'b> {
    /// A conversation that begins now.
    pub fn new(stand: &'a Stand<'b>, stream: Box<dyn Stream + 'a>, licence: &'a Licence) -> Self {
        let until = stand.now().plus(stand.identity.profile.call_give_up);
        Self {
            stand,
            number: stand.next_conversation(),
            licence,
            stream,
            received: PduStream::default(),
            buffer: Vec::new(),
            context: 0,
            broken: Broken::CallFailed,
            until,
        }
    }

    /// Holds the whole conversation; the connection is closed at its end.
    pub fn hold(mut self, peer: SocketAddr) -> Answer {
        let span = tracing::debug_span!("conversation", %peer);
        let _entered = span.enter();
        let answer = self.exchange();
        // Only the end of the exchange knows how it broke off.
        answer.unwrap_or(Answer::Broken(self.broken))
    }

    fn exchange(&mut self) -> Option<Answer> {
        let (context, syntax) = self.associate()?;
        if self.stand.only_binds {
            return Some(Answer::NotAsked);
        }
        self.context = context;
        let request = self.base_request();
        let message = laboratory::seal_request(self.stand.identity.profile.version, &request);
        let iv = laboratory::request_iv(&message);
        let (cmid, client_time) = (request.client, request.client_time);
        let mut pdu = Vec::with_capacity(message.len() + 48);
        write_call(FIRST_CALL_ID, context, syntax, &message, MAX_FRAGMENT, &mut pdu);
        let seen = RequestSeen { version: Some(request.version), size: message.len(), base: Some(Box::new(request)) };
        self.send(What::Request(seen), pdu)?;
        let Received::Stub { stub, order, pdu } = self.receive("response")? else { return None };
        let returned = match ndr::read_response(syntax, order, &stub) {
            Ok(returned) => returned,
            Err(error) => {
                self.note(What::Unreadable(error), pdu);
                return None;
            }
        };
        let response = returned.message.map(|message| laboratory::open_response(message, iv));
        let count =
            response.as_ref().and_then(|response| response.as_ref().ok()).map(|response| response.current_count);
        self.note(What::Response { hresult: returned.hresult, count }, pdu);
        match response {
            _ if returned.hresult.is_failure() => Some(Answer::Refused(returned.hresult)),
            // An answer that tells another client machine id or time than was sent is somebody else's.
            Some(Ok(response)) if response.client == cmid && response.client_time == client_time => {
                Some(Answer::Granted(response))
            }
            Some(Ok(_) | Err(_)) | None => None,
        }
    }

    /// Binds, and asks for NDR32 if the host chose NDR64: the first request goes out in NDR32.
    fn associate(&mut self) -> Option<(u16, TransferSyntax)> {
        let bind = match self.stand.identity.profile.bind {
            BindOffer::TwoContexts => Opening::two_contexts(),
            BindOffer::ThreeContexts => Opening::three_contexts(),
        };
        self.send(What::Bind { contexts: bind.contexts.clone() }, bind.pdu.clone())?;
        let Received::Contexts(results) = self.receive("bind_ack")? else { return None };
        if !agrees(&bind.contexts, &results) {
            self.broken = Broken::BindRefused;
            return None;
        }
        let accepted = |context: u16| results.get(usize::from(context)).is_some_and(ContextResult::is_accepted);
        if accepted(CONTEXT_NDR32) {
            return Some((CONTEXT_NDR32, TransferSyntax::Ndr32));
        }
        let offers_ndr64 = self.stand.identity.profile.bind == BindOffer::ThreeContexts;
        if !offers_ndr64 || !accepted(CONTEXT_NDR64) {
            self.broken = Broken::BindRefused;
            return None;
        }
        let alter = Opening::alter();
        self.send(What::AlterContext { contexts: alter.contexts.clone() }, alter.pdu.clone())?;
        let Received::Contexts(results) = self.receive("alter_context_resp")? else { return None };
        if !agrees(&alter.contexts, &results) {
            self.broken = Broken::BindRefused;
            return None;
        }
        if results.first().is_some_and(ContextResult::is_accepted) {
            return Some((CONTEXT_NDR32, TransferSyntax::Ndr32));
        }
        Some((CONTEXT_NDR64, TransferSyntax::Ndr64))
    }

    fn base_request(&self) -> BaseRequest {
        let identity = self.stand.identity;
        let client_time = self.stand.vantage.clock(self.stand.now()).unwrap_or(double::WallTime(0));
        BaseRequest {
            version: identity.profile.version.dword(),
            virtual_machine: 0,
            license_status: self.licence.word.number(),
            minutes_left: self.licence.minutes_left.unwrap_or_default(),
            application: identity.product.application,
            sku: identity.product.sku,
            counted: identity.product.counted,
            client: identity.cmid,
            required_clients: identity.product.required_clients,
            client_time,
            previous_client: Guid::NIL,
            workstation: WorkstationName::new(&identity.name),
        }
    }

    fn send(&mut self, what: What, pdu: Vec<u8>) -> Option<()> {
        let sent = self.stream.write(&pdu);
        self.note(what, pdu);
        if let Err(failure) = sent {
            self.stand.record_own(ClientEvent::GaveUp { waiting_for: "sending", failure });
        }
        sent.ok()
    }

    fn note(&self, what: What, octets: Vec<u8>) {
        let event = KmsEvent { connection: self.number, what, octets };
        self.stand.record(Event::Kms(event));
    }

    /// The next PDU of the host, made whole where it comes in fragments; none when the connection gives none.
    fn receive(&mut self, waiting_for: &'static str) -> Option<Received> {
        let mut reassembly = Reassembly::default();
        loop {
            let Some((header, pdu)) = self.next_pdu(waiting_for)? else { continue };
            if header.call_id != FIRST_CALL_ID {
                // Nobody was asked this ([C706] 12.6.3.1: the call id ties an answer to its call).
                self.note(What::NotRpc, pdu);
                return None;
            }
            match read_from_server(&header, &pdu) {
                Ok(FromServer::Response(response, _)) if response.context != self.context => {
                    self.note(What::NotRpc, pdu);
                    return None;
                }
                Ok(FromServer::Response(response, order)) => {
                    match reassembly.add(&header, (response.context, 0), response.stub) {
                        // The caller can read the stub, and notes what it says.
                        Ok(Some(stub)) => {
                            let stub = stub.into_owned();
                            return Some(Received::Stub { stub, order, pdu });
                        }
                        Ok(None) => {}
                        Err(_) => {
                            self.note(What::NotRpc, pdu);
                            return None;
                        }
                    }
                }
                Ok(FromServer::BindAck(ack)) => {
                    self.note(What::BindAck { results: ack.results.clone() }, pdu);
                    return Some(Received::Contexts(ack.results));
                }
                Ok(FromServer::AlterContextResp(ack)) => {
                    self.note(What::AlterContextResp { results: ack.results.clone() }, pdu);
                    return Some(Received::Contexts(ack.results));
                }
                Ok(FromServer::BindNak(nak)) => {
                    self.broken = Broken::BindRefused;
                    self.note(What::BindNak { reason: nak.reason }, pdu);
                    return Some(Received::Refusal);
                }
                Ok(FromServer::Fault(fault)) => {
                    self.broken = Broken::Fault(fault.status);
                    self.note(What::Fault { status: fault.status }, pdu);
                    return Some(Received::Refusal);
                }
                Err(error) => {
                    self.note(What::Unreadable(error), pdu);
                    return None;
                }
            }
        }
    }

    /// Reads until a PDU is there: `None` when none will come, `Some(None)` when more has to arrive first.
    fn next_pdu(&mut self, waiting_for: &'static str) -> Option<Option<(Header, Vec<u8>)>> {
        match self.received.next_pdu() {
            Ok(Some((header, pdu))) => return Some(Some((header, pdu.to_vec()))),
            Ok(None) => {}
            Err(bad) => {
                self.note(What::Unreadable(bad.problem), Vec::new());
                return None;
            }
        }
        self.buffer.clear();
        match self.stream.read(&mut self.buffer, self.until) {
            Ok(0) => {
                self.note_partial();
                self.note(What::Close { by: Side::Host }, Vec::new());
            }
            Ok(_) => {
                self.received.push(&self.buffer);
                return Some(None);
            }
            Err(Failure::Reset) => self.note(What::Reset { by: Side::Host }, Vec::new()),
            Err(failure) => {
                self.note_partial();
                self.stand.record_own(ClientEvent::GaveUp { waiting_for, failure });
            }
        }
        None
    }

    /// What came of a PDU that never became whole. A reset is no occasion: what the stack still held is gone then.
    fn note_partial(&self) {
        let partial = self.received.rest();
        if !partial.is_empty() {
            self.note(What::Incomplete, partial.to_vec());
        }
    }
}

/// Whether the results fit what was offered: one for each context (C706 12.6.3.1), and an encoding that is accepted was
/// offered. No source says what Windows does otherwise; here the association is taken for refused.
fn agrees(offered: &[Context], results: &[ContextResult]) -> bool {
    let fits = |(context, result): (&Context, &ContextResult)| {
        !result.is_accepted() || context.transfer.contains(&result.syntax)
    };
    offered.len() == results.len() && offered.iter().zip(results).all(fits)
}

/// A PDU that opens an association, and what it offers.
struct Opening {
    pdu: Vec<u8>,
    contexts: Vec<Context>,
}

impl Opening {
    fn new(pdu: Vec<u8>) -> Self {
        // Our own bytes are readable; if they were not, the journal would say so by an empty list.
        let read = Header::read(&pdu).and_then(|header| Bind::read(&header, &pdu));
        Self { contexts: read.map(|bind| bind.contexts).unwrap_or_default(), pdu }
    }

    /// The bind of Windows 10 and 11; the same for every connection.
    fn three_contexts() -> &'static Self {
        static BIND: OnceLock<Opening> = OnceLock::new();
        BIND.get_or_init(|| Self::new(bind_windows_10()))
    }

    /// The bind of older clients.
    fn two_contexts() -> &'static Self {
        static BIND: OnceLock<Opening> = OnceLock::new();
        BIND.get_or_init(|| Self::new(bind_two_contexts()))
    }

    /// The alter_context that asks for NDR32.
    fn alter() -> &'static Self {
        static ALTER: OnceLock<Opening> = OnceLock::new();
        ALTER.get_or_init(|| Self::new(alter_context_ndr32()))
    }
}
