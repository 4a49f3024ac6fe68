//! First stage: what is said instead of the honest answer.
//!
//! It stands apart because it rewrites values, before anything is encoded or sealed. It can change a granted answer and it
//! can refuse; it has no way to grant.

use crate::host::Answer;
use crate::host::association::Said;
use crate::host::config::Epid;
use crate::wire::bind::{BindAck, BindNak, ContextResult, SyntaxId};
use crate::wire::call::{Fault, Status};
use crate::wire::{Guid, Hresult};
use double::WallTime;

notation::choice! {
    /// What is said instead of the honest answer.
    pub enum ReplyFault("reply fault") {
        /// bind_nak with this reason instead of bind_ack.
        "bind-nak" => BindNak(NakReason),
        /// bind_ack and alter_context_resp reject these presentation contexts.
        "reject" => Reject(Rejected),
        /// An RPC fault with this status instead of the response.
        "rpc-fault" => RpcFault(Status),
        /// An RPC fault with this status instead of bind_ack, where none belongs.
        "bind-fault" => BindFault(Status),
        /// An RPC fault with this status instead of alter_context_resp: the context is refused.
        "alter-context-fault" => AlterContextFault(Status),
        /// bind_ack and alter_context_resp lack their last result.
        "too-few-results" => TooFewResults,
        /// bind_ack and alter_context_resp accept with an encoding that nobody offered.
        "wrong-syntax" => WrongSyntax,
        /// bind_ack agrees to fragments of this size.
        "fragment-sizes" => FragmentSizes(u16),
        /// This HRESULT instead of what the host decided.
        "hresult" => Refuse(Refusal),
        /// A granted answer tells this current count.
        "count" => Count(u32),
        /// A granted answer carries the CMID of another client.
        "wrong-client" => WrongClient,
        /// A granted answer carries another time than the request's.
        "wrong-time" => WrongTime,
        /// A granted answer tells these intervals.
        "intervals" => Intervals(Intervals),
        /// A granted answer comes from a host with this extended product id; begins with LAB-.
        "identity" => Identity(Epid),
    }
}

notation::record! {
    /// When a client is told to come again, in minutes.
    pub struct Intervals("intervals") {
        /// After a failure.
        "activation" => activation: u32,
        /// After a success.
        "renewal" => renewal: u32,
    }
}

/// The identifier of an encoding that nobody has.
const NOBODYS_SYNTAX: SyntaxId = SyntaxId { guid: Guid([0x5a; 16]), version: 1 };

notation::choice! {
    /// The reason of a bind_nak (C706 12.6.3.1).
    pub enum NakReason("bind_nak reason") {
        /// 0.
        "not-specified" => NotSpecified,
        /// 1.
        "congestion" => Congestion,
        /// 2.
        "local-limit" => LocalLimit,
        /// 4.
        "protocol-version" => ProtocolVersion,
        /// 8.
        "auth-type" => AuthType,
        /// 9.
        "invalid-checksum" => InvalidChecksum,
    }
}

notation::choice! {
    /// Which presentation contexts are rejected.
    pub enum Rejected("rejected contexts") {
        /// Those of NDR32.
        "ndr32" => Ndr32,
        /// Those of NDR64.
        "ndr64" => Ndr64,
        /// All of them, because of their encodings.
        "all" => All,
        /// All of them, because the interface is unknown: another RPC server has the port.
        "interface" => Interface,
    }
}

/// An HRESULT that refuses. One that does not is refused when a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal(Hresult);

impl Refusal {
    /// Checks the severity bit.
    ///
    /// # Errors
    /// The HRESULT is a success.
    pub fn new(hresult: Hresult) -> Result<Self, String> {
        if hresult.is_failure() {
            return Ok(Self(hresult));
        }
        Err(format!("{hresult} is a success; a fault can only refuse, with 0x80000000 or above"))
    }

    /// The HRESULT.
    #[must_use]
    pub const fn hresult(self) -> Hresult {
        self.0
    }
}

notation::text_format!(
    Refusal,
    "an HRESULT that refuses, e.g. 0xC004F042",
    |text| text.parse().map_err(|error: crate::wire::hresult::NotAnHresult| error.to_string()).and_then(Refusal::new),
    |refusal| refusal.0.to_string()
);

impl ReplyFault {
    /// Whether there is something in `said` that this fault changes.
    pub(super) const fn touches(&self, said: &Said) -> bool {
        match self {
            Self::BindNak(_) | Self::BindFault(_) | Self::FragmentSizes(_) => matches!(said, Said::BindAck { .. }),
            Self::AlterContextFault(_) => matches!(said, Said::AlterContextResp { .. }),
            Self::Reject(_) | Self::TooFewResults | Self::WrongSyntax => {
                matches!(said, Said::BindAck { .. } | Said::AlterContextResp { .. })
            }
            Self::RpcFault(_) | Self::Refuse(_) => matches!(said, Said::Response { .. }),
            Self::Count(_) | Self::WrongClient | Self::WrongTime | Self::Intervals(_) | Self::Identity(_) => {
                matches!(said, Said::Response { answer: Answer::Granted(_), .. })
            }
        }
    }

    pub(super) fn rewrite(&self, said: &mut Said) {
        match (self, said) {
            (Self::BindNak(reason), said) => *said = Said::BindNak(BindNak { reason: reason.on_the_wire() }),
            (Self::Reject(rejected), Said::BindAck { ack, .. } | Said::AlterContextResp { ack, .. }) => {
                rejected.rewrite(ack);
            }
            (Self::BindFault(status) | Self::AlterContextFault(status), said) => {
                *said = Said::Fault(Fault { context: 0, did_not_execute: false, status: *status });
            }
            (Self::TooFewResults, Said::BindAck { ack, .. } | Said::AlterContextResp { ack, .. }) => {
                ack.results.pop();
            }
            (Self::WrongSyntax, Said::BindAck { ack, .. } | Said::AlterContextResp { ack, .. }) => {
                for result in ack.results.iter_mut().filter(|result| result.is_accepted()) {
                    result.syntax = NOBODYS_SYNTAX;
                }
            }
            (Self::FragmentSizes(size), Said::BindAck { ack, .. }) => (ack.max_xmit, ack.max_recv) = (*size, *size),
            (Self::RpcFault(status), said @ Said::Response { .. }) => {
                let Said::Response { context, .. } = *said else { return };
                *said = Said::Fault(Fault { context, did_not_execute: false, status: *status });
            }
            (Self::Refuse(refusal), Said::Response { answer, .. }) => *answer = Answer::Refused(refusal.0),
            (Self::Count(count), Said::Response { answer: Answer::Granted(granted), .. }) => {
                granted.response.current_count = *count;
            }
            (Self::WrongClient, Said::Response { answer: Answer::Granted(granted), .. }) => {
                granted.response.client = Guid(granted.response.client.0.map(|octet| !octet));
            }
            (Self::WrongTime, Said::Response { answer: Answer::Granted(granted), .. }) => {
                granted.response.client_time = WallTime(!granted.response.client_time.0);
            }
            (Self::Intervals(intervals), Said::Response { answer: Answer::Granted(granted), .. }) => {
                granted.response.activation_interval = intervals.activation;
                granted.response.renewal_interval = intervals.renewal;
            }
            (Self::Identity(epid), Said::Response { answer: Answer::Granted(granted), .. }) => {
                granted.response.epid = epid.text();
            }
            // What the fault does not touch stays as it is.
            (
                Self::Reject(_)
                | Self::TooFewResults
                | Self::WrongSyntax
                | Self::FragmentSizes(_)
                | Self::RpcFault(_)
                | Self::Refuse(_)
                | Self::Count(_)
                | Self::WrongClient
                | Self::WrongTime
                | Self::Intervals(_)
                | Self::Identity(_),
                _,
            ) => {}
        }
    }
}

impl NakReason {
    const fn on_the_wire(&self) -> u16 {
        match self {
            Self::NotSpecified => BindNak::NOT_SPECIFIED,
            Self::Congestion => 1,
            Self::LocalLimit => BindNak::LOCAL_LIMIT,
            Self::ProtocolVersion => BindNak::VERSION,
            Self::AuthType => BindNak::AUTH_TYPE,
            Self::InvalidChecksum => 9,
        }
    }
}

impl Rejected {
    fn rewrite(&self, ack: &mut BindAck) {
        let (only, reason) = match self {
            Self::Ndr32 => (Some(SyntaxId::NDR32), ContextResult::SYNTAXES_UNKNOWN),
            Self::Ndr64 => (Some(SyntaxId::NDR64), ContextResult::SYNTAXES_UNKNOWN),
            Self::All => (None, ContextResult::SYNTAXES_UNKNOWN),
            Self::Interface => (None, ContextResult::INTERFACE_UNKNOWN),
        };
        for result in &mut ack.results {
            let meant = match only {
                Some(syntax) => result.is_accepted() && result.syntax == syntax,
                None => true,
            };
            if meant {
                *result = ContextResult::reject(reason);
            }
        }
    }
}
