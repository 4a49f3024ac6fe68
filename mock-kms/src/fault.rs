//! What goes wrong on purpose, in three stages: what is said, how it is encoded, how it arrives.
//!
//! It stands apart from the host because a fault is a rewrite of what an honest host would have sent: it adds nothing that
//! the host did not decide, and in particular it cannot make a success out of a refusal. Faults begin after accept; a port
//! that is silent or closed is the network's affair.

mod arrival;
mod encoding;
mod saying;

use std::net::IpAddr;

use double::{Moment, Occasion, Seed, Selector};
use notation::Id;

pub(crate) use arrival::{Delivery, End, Start};
pub use arrival::{DeliveryFault, Greeting, Slow};
pub use encoding::WireFault;
pub use saying::{Intervals, NakReason, Refusal, Rejected, ReplyFault};

use crate::host::association::{Reply, Said};

notation::record! {
    /// One thing that a KMS host does wrong, and when.
    pub struct FaultRule("a fault of a KMS host") {
        /// Its name: what a change refers to and what the note of a struck entry says.
        "id" => id: Id,
        /// On which occasions it strikes; always, if missing. An occasion is a PDU that the fault can touch; for a
        /// delivery fault, a connection.
        "when" => when: Selector = Selector::ALWAYS,
        /// Only the client at this address; every client, if missing. Its occasions alone count.
        "client" => client: Option<IpAddr>,
        /// Only this kind of PDU; every kind that the fault can touch, if missing.
        "on" => on: Option<SentPdu>,
        /// What is said instead of the honest answer.
        "reply" => reply: Option<ReplyFault>,
        /// How the answer is encoded.
        "wire" => wire: Option<WireFault>,
        /// How the answer arrives.
        "delivery" => delivery: Option<DeliveryFault>,
    }
}

notation::choice! {
    /// A kind of PDU that a host sends.
    pub enum SentPdu("kind of PDU") {
        /// The answer to a bind.
        "bind-ack" => BindAck,
        /// The refusal of a bind.
        "bind-nak" => BindNak,
        /// The answer to an alter_context.
        "alter-context-resp" => AlterContextResp,
        /// The answer of the KMS host.
        "response" => Response,
        /// The refusal of a call by RPC.
        "fault" => Fault,
    }
}

/// The faults of one host, and how often each had its occasion.
#[derive(Clone, Debug)]
pub struct Faults {
    rules: Vec<Armed>,
    seed: Seed,
}

#[derive(Clone, Debug)]
struct Armed {
    rule: FaultRule,
    /// Occasions so far of the reply, the wire and the delivery stage.
    occasions: [u64; 3],
}

/// The three stages, in the order in which an answer goes through them.
#[derive(Debug, Clone, Copy)]
enum Stage {
    Reply,
    Wire,
    Delivery,
}

impl Faults {
    /// Faults whose chances come from `seed`. They strike in the order of the list.
    #[must_use]
    pub fn new(rules: Vec<FaultRule>, seed: Seed) -> Self {
        let mut faults = Self { rules: Vec::new(), seed };
        faults.replace(rules);
        faults
    }

    /// Changes the faults; one that stays, by its id, goes on counting its occasions.
    pub fn replace(&mut self, rules: Vec<FaultRule>) {
        let before = std::mem::take(&mut self.rules);
        let occasions_of = |id: &Id| before.iter().find(|armed| armed.rule.id == *id).map(|armed| armed.occasions);
        let arm = |rule: FaultRule| Armed { occasions: occasions_of(&rule.id).unwrap_or_default(), rule };
        self.rules = rules.into_iter().map(arm).collect();
    }

    /// First stage: rewrites what is said. Gives the note for the journal.
    pub(crate) fn rewrite_reply(&mut self, reply: &mut Reply, client: IpAddr, at: Moment) -> Option<String> {
        let mut note = None;
        for armed in &mut self.rules {
            let Some(fault) = armed.rule.reply.clone() else { continue };
            if fault.touches(&reply.said) && armed.strikes(Stage::Reply, (client, Some(&reply.said)), self.seed, at) {
                fault.rewrite(&mut reply.said);
                armed.sign(&mut note);
            }
        }
        note
    }

    /// Second stage: rewrites the octets of what is said.
    pub(crate) fn rewrite_octets(
        &mut self,
        reply: &Reply,
        octets: &mut Vec<u8>,
        (client, at): (IpAddr, Moment),
        note: &mut Option<String>,
    ) {
        for armed in &mut self.rules {
            let Some(fault) = armed.rule.wire.clone() else { continue };
            if fault.touches(&reply.said) && armed.strikes(Stage::Wire, (client, Some(&reply.said)), self.seed, at) {
                fault.rewrite(reply, octets);
                armed.sign(note);
            }
        }
    }

    /// Third stage: how a new connection delivers. The first rule that strikes decides.
    pub(crate) fn delivery(&mut self, client: IpAddr, at: Moment) -> Delivery {
        for armed in &mut self.rules {
            let Some(fault) = armed.rule.delivery.clone() else { continue };
            if armed.strikes(Stage::Delivery, (client, None), self.seed, at) {
                let mut note = None;
                armed.sign(&mut note);
                return Delivery::new(Some(fault), note);
            }
        }
        Delivery::new(None, None)
    }
}

impl Armed {
    /// Counts an occasion and says whether the fault strikes on it.
    fn strikes(&mut self, stage: Stage, (client, said): (IpAddr, Option<&Said>), seed: Seed, at: Moment) -> bool {
        let its_client = self.rule.client.is_none_or(|only| only == client);
        let its_kind = match (&self.rule.on, said) {
            (Some(on), Some(said)) => *on == SentPdu::of(said),
            (None, _) | (_, None) => true,
        };
        if !its_client || !its_kind {
            return false;
        }
        let [reply, wire, delivery] = &mut self.occasions;
        let ordinal = match stage {
            Stage::Reply => reply,
            Stage::Wire => wire,
            Stage::Delivery => delivery,
        };
        *ordinal += 1;
        let occasion = Occasion { ordinal: *ordinal, at, seed: seed.child(self.rule.id.as_str()) };
        self.rule.when.picks(&occasion)
    }

    fn sign(&self, note: &mut Option<String>) {
        match note {
            Some(note) => {
                note.push_str(", ");
                note.push_str(self.rule.id.as_str());
            }
            None => *note = Some(format!("fault {}", self.rule.id)),
        }
    }
}

impl SentPdu {
    pub(crate) const fn of(said: &Said) -> Self {
        match said {
            Said::BindAck { .. } => Self::BindAck,
            Said::BindNak(_) => Self::BindNak,
            Said::AlterContextResp { .. } => Self::AlterContextResp,
            Said::Fault(_) => Self::Fault,
            Said::Response { .. } => Self::Response,
        }
    }
}
