//! What a host says, and its PDUs.
//!
//! It stands apart because this is the value that faults rewrite before anything is encoded. It decides nothing.

use crate::host::Answer;
use crate::journal::What;
use crate::wire::Hresult;
use crate::wire::bind::{BindAck, BindNak};
use crate::wire::call::{self, Fault};
use crate::wire::ndr::{self, Returned, TransferSyntax};
use crate::wire::pdu::{Flags, PacketType};

/// Windows tells the low octet of the context alone in a response (in a fault it tells both).
const RESPONSE_CONTEXT: u16 = 0xff;

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
    AlterContextResp { ack: BindAck, flags: Flags },
    Fault(Fault),
    Response { context: u16, syntax: TransferSyntax, max_fragment: u16, answer: Answer },
}

impl Reply {
    /// Appends the PDU or, where it does not fit into one fragment, the PDUs.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match &self.said {
            Said::BindAck { ack, flags } => ack.write(PacketType::BindAck, *flags, self.call_id, out),
            Said::BindNak(nak) => nak.write(self.call_id, out),
            Said::AlterContextResp { ack, flags } => ack.write(PacketType::AlterContextResp, *flags, self.call_id, out),
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
                call::write_response(self.call_id, *context & RESPONSE_CONTEXT, &stub, *max_fragment, out);
            }
        }
    }
}

impl From<Said> for What {
    fn from(said: Said) -> Self {
        match said {
            Said::BindAck { ack, .. } => Self::BindAck { results: ack.results },
            Said::BindNak(nak) => Self::BindNak { reason: nak.reason },
            Said::AlterContextResp { ack, .. } => Self::AlterContextResp { results: ack.results },
            Said::Fault(fault) => Self::Fault { status: fault.status },
            Said::Response { answer: Answer::Granted(granted), .. } => {
                Self::Response { hresult: Hresult::OK, count: Some(granted.response.current_count) }
            }
            Said::Response { answer: Answer::Refused(hresult), .. } => Self::Response { hresult, count: None },
        }
    }
}
