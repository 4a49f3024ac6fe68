//! Which presentation contexts a host accepts, and in which encoding.
//!
//! It stands apart because negotiation is a decision of its own, made by a bind and again by each alter_context. It reads and
//! writes no PDU.

use crate::host::Group;
use crate::wire::bind::{Bind, Context, ContextResult, SyntaxId};
use crate::wire::ndr::TransferSyntax;
use crate::wire::pdu::MAX_FRAGMENT;

/// The smallest fragment size that a Windows server agrees to.
const MIN_FRAGMENT: u16 = 2048;

/// Most alter_contexts of one association; Windows clients send one.
const MAX_ALTERATIONS: u8 = 8;

/// Most presentation contexts that are remembered: those of a bind and of all alter_contexts.
const MAX_REMEMBERED: usize = 16 * (MAX_ALTERATIONS as usize + 1);

/// The bind time features that are granted when asked for: both of [MS-RPCE] 2.2.2.14.
const FEATURES: u16 = 3;

/// What a bind agreed on.
#[derive(Debug)]
pub(super) struct Bound {
    /// The fragment size in both directions.
    pub(super) max_fragment: u16,
    /// The association group.
    pub(super) group: Group,
    /// Whether the client asked for concurrent multiplexing.
    pub(super) multiplexing: bool,
    ndr64: bool,
    alterations: u8,
    contexts: Vec<(u16, TransferSyntax)>,
}

impl Bound {
    pub(super) fn new(bind: &Bind, group: Group, multiplexing: bool, ndr64: bool) -> Self {
        // Windows answers one size for both directions and a multiple of eight.
        let max_fragment = bind.max_xmit.min(bind.max_recv).clamp(MIN_FRAGMENT, MAX_FRAGMENT) & !7;
        Self { max_fragment, group, multiplexing, ndr64, alterations: 0, contexts: Vec::with_capacity(2) }
    }

    /// Decides on the contexts of a bind; the results are in their order.
    ///
    /// [MS-RPCE] 3.3.1.5.6: at most one transfer syntax is accepted, the preferred one if it is offered. A second context
    /// that offers it is rejected all the same.
    pub(super) fn negotiate(&mut self, contexts: &[Context]) -> Vec<ContextResult> {
        let offered = |syntax| contexts.iter().any(|context| is_kms(&context.interface) && offers(context, syntax));
        let preferred =
            if self.ndr64 && offered(TransferSyntax::Ndr64) { TransferSyntax::Ndr64 } else { TransferSyntax::Ndr32 };
        let mut taken = false;
        let decide = |context| {
            let result = self.decide(context, preferred, taken);
            taken |= result.is_accepted();
            result
        };
        contexts.iter().map(decide).collect()
    }

    /// Decides on the contexts of an alter_context; nothing if it breaks the protocol.
    pub(super) fn alter(&mut self, contexts: &[Context]) -> Option<Vec<ContextResult>> {
        if self.alterations >= MAX_ALTERATIONS || !well_formed(contexts) || contexts.is_empty() {
            return None;
        }
        // A context that is there keeps its encoding. Windows takes the offer of another one that it knows for an error,
        // and an offer of none that it knows for a mere rejection.
        let breaks = |context: &Context| {
            self.syntax_of(context.id).is_some_and(|there| {
                let other = [TransferSyntax::Ndr32, TransferSyntax::Ndr64].into_iter().any(|it| offers(context, it));
                !offers(context, there) && other
            })
        };
        if contexts.iter().any(breaks) {
            return None;
        }
        self.alterations += 1;
        Some(self.negotiate(contexts))
    }

    /// The encoding that was accepted for a context.
    pub(super) fn syntax_of(&self, context: u16) -> Option<TransferSyntax> {
        self.contexts.iter().find(|(id, _)| *id == context).map(|(_, syntax)| *syntax)
    }

    fn decide(&mut self, context: &Context, preferred: TransferSyntax, taken: bool) -> ContextResult {
        if let Some(asked) = features(context) {
            return ContextResult::negotiated(asked & FEATURES);
        }
        if !is_kms(&context.interface) {
            return ContextResult::reject(ContextResult::INTERFACE_UNKNOWN);
        }
        let there = self.syntax_of(context.id);
        let syntax = there.unwrap_or(preferred);
        if taken || !offers(context, syntax) || self.contexts.len() >= MAX_REMEMBERED {
            return ContextResult::reject(ContextResult::SYNTAXES_UNKNOWN);
        }
        if there.is_none() {
            self.contexts.push((context.id, syntax));
        }
        ContextResult::accept(syntax.id())
    }
}

/// Whether every context offers something and at most one asks for bind time features ([MS-RPCE] 3.3.1.5.3).
pub(super) fn well_formed(contexts: &[Context]) -> bool {
    let asking = contexts.iter().filter(|context| features(context).is_some()).count();
    asking <= 1 && contexts.iter().all(|context| !context.transfer.is_empty())
}

/// The bind time features that a context asks for: it does so with its first syntax.
fn features(context: &Context) -> Option<u16> {
    context.transfer.first().and_then(SyntaxId::asked_features)
}

fn offers(context: &Context, syntax: TransferSyntax) -> bool {
    context.transfer.contains(&syntax.id())
}

/// C706 13.2.6.2: the major version must be equal, the minor at most that of the server, which is 0.
fn is_kms(interface: &SyntaxId) -> bool {
    *interface == SyntaxId::KMS
}
