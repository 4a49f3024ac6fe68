//! Repairing a service: which of the things that it does wrong a finding explains, and only those are taken away.
//!
//! This is the one table from faults of the mocks to findings. A fault that the finding does not explain stays: somebody who was
//! told "the server refuses" does not mend a slow line on the way. What no finding explains is harmless, and a healthy scenario
//! shows it.

use std::net::SocketAddr;
use std::time::Duration;

use evidence::change::{Addition, Operation, Removal, RemoveFault, Thing};
use mock_dns::fault::FaultRule as DnsFault;
use mock_dns::fault::delivery::DeliveryFault as DnsDelivery;
use mock_dns::fault::reply::ReplyFault as DnsReply;
use mock_dns::fault::wire::WireFault as DnsWire;
use mock_dns::server_core::TcpService;
use mock_kms::fault::{DeliveryFault, FaultRule, Refusal, Rejected, ReplyFault, WireFault};
use mock_kms::wire::Hresult;
use notation::{Format, Id};

use super::{DoesNotApply, Resolver};

/// What a fault leads to: the findings that explain it, or none and why it does no harm.
pub type Explained = Result<&'static [&'static str], &'static str>;

/// A DNS reply that is later than this is too late for every client: it has given up (kms-behaviour: time-outs).
const DNS_TOO_LATE: Duration = Duration::from_secs(10);

/// A KMS answer that is later than this is waited for no longer (kms-behaviour: time-outs).
const KMS_TOO_LATE: Duration = Duration::from_secs(60);

/// So slow a trickle, in time between its parts, that a bind_ack of some hundred octets is not whole by then.
const KMS_TOO_SLOW: Duration = Duration::from_secs(1);

const UNREACHABLE: Explained = Ok(&["dns-server-unreachable", "dns-server-dead-first"]);
const TCP_CLOSED: Explained = Ok(&["dns-truncated-tcp-closed"]);
const UNUSABLE: Explained = Ok(&["rpc-answer-unusable", "rpc-no-answer"]);

/// The findings that explain what a DNS server says wrong.
pub const fn dns_reply(fault: &DnsReply) -> Explained {
    match fault {
        DnsReply::Servfail | DnsReply::Notimp | DnsReply::Formerr => Ok(&["dns-server-failure"]),
        DnsReply::Refused => Ok(&["dns-server-refused"]),
        DnsReply::Nxdomain => Ok(&["dns-srv-missing", "dns-srv-filtered", "srv-target-unresolvable"]),
        DnsReply::NoData => Ok(&["dns-srv-missing", "dns-srv-filtered", "dns-no-data", "srv-target-unresolvable"]),
        DnsReply::EmptyAnswer => Ok(&["dns-no-data", "dns-srv-filtered", "srv-target-unresolvable"]),
        DnsReply::Hijacked(_) => Ok(&["dns-hijacked", "dns-no-data"]),
        DnsReply::NoPrivateAddresses => Ok(&["srv-target-unresolvable"]),
        DnsReply::Truncated => Err("the client asks again over TCP"),
        DnsReply::NotAuthoritative => Err("a client does not look at AA"),
        DnsReply::NoSoa => Err("a denial without SOA is not remembered, and denies all the same"),
        DnsReply::NoAdditionals => Err("the client asks for the addresses"),
        DnsReply::NoEdns => Err("the client asks without EDNS"),
        DnsReply::Oversized => Err("the client takes large datagrams; whether they arrive is another fault"),
        DnsReply::Ttl(_) => Err("an answer that is true may be remembered"),
    }
}

/// The findings that explain how a DNS server's replies are spoilt.
pub const fn dns_wire(fault: &DnsWire) -> Explained {
    match fault {
        DnsWire::WrongId
        | DnsWire::WrongQuestion
        | DnsWire::QrClear
        | DnsWire::Malformed
        | DnsWire::WrongCount
        | DnsWire::PointerLoop => UNREACHABLE,
        DnsWire::LowerCaseQuestion => Err("names compare without case"),
        DnsWire::TrailingBytes => Err("what stands behind the message is not read"),
    }
}

/// The findings that explain how a DNS server's replies fail to arrive.
pub fn dns_delivery(fault: &DnsDelivery) -> Explained {
    match fault {
        DnsDelivery::Silent
        | DnsDelivery::LostAbove(_)
        | DnsDelivery::FromOtherAddress(_)
        | DnsDelivery::FromOtherPort(_) => UNREACHABLE,
        DnsDelivery::Delayed(by) if by.duration() >= DNS_TOO_LATE => UNREACHABLE,
        DnsDelivery::Delayed(_) => Err("the reply comes in time"),
        DnsDelivery::Duplicated => Err("the second reply is thrown away"),
        DnsDelivery::TcpClosed | DnsDelivery::TcpReset | DnsDelivery::TcpHalf => TCP_CLOSED,
    }
}

/// The findings that explain what a KMS host says wrong.
pub fn kms_reply(fault: &ReplyFault) -> Explained {
    match fault {
        ReplyFault::BindNak(_) | ReplyFault::Reject(Rejected::Ndr64 | Rejected::All | Rejected::Interface) => {
            Ok(&["rpc-bind-refused"])
        }
        ReplyFault::TooFewResults | ReplyFault::WrongSyntax => Ok(&["rpc-bind-refused", "rpc-answer-unusable"]),
        ReplyFault::Reject(Rejected::Ndr32) => Err("the client speaks NDR64 too"),
        ReplyFault::RpcFault(_) | ReplyFault::BindFault(_) | ReplyFault::AlterContextFault(_) => Ok(&["rpc-fault"]),
        ReplyFault::FragmentSizes(_) => Err("every answer of a KMS host fits the smallest fragment"),
        ReplyFault::Intervals(_) | ReplyFault::Identity(_) => Err("the answer is granted all the same"),
        ReplyFault::Refuse(refusal) => refused(*refusal),
        ReplyFault::Count(_) => Ok(&["kms-count-too-low", "kms-count-split"]),
        ReplyFault::WrongClient | ReplyFault::WrongTime => Ok(&["rpc-answer-unusable"]),
    }
}

/// The findings that explain an HRESULT.
const fn refused(refusal: Refusal) -> Explained {
    match refusal.hresult() {
        Hresult::NOT_ACTIVATED => Ok(&["kms-host-not-activated"]),
        Hresult::NOT_ENABLED => Ok(&["kms-host-not-enabled"]),
        Hresult::ID_MISMATCH => Ok(&["kms-product-not-covered"]),
        Hresult::INVALID_TIMESTAMP => Ok(&["clock-skew"]),
        _ => Ok(&["kms-host-refused-request"]),
    }
}

/// The findings that explain how a KMS host's answers are spoilt.
pub const fn kms_wire(fault: &WireFault) -> Explained {
    match fault {
        WireFault::Truncate(_)
        | WireFault::WrongCallId
        | WireFault::WrongContext
        | WireFault::WrongLength(_)
        | WireFault::WrongType(_)
        | WireFault::WrongVersion(_)
        | WireFault::Invert(_)
        | WireFault::StubSize(_)
        | WireFault::StubCount(_)
        | WireFault::NoMessage
        | WireFault::WrongMac
        | WireFault::BadPadding => UNUSABLE,
        WireFault::EndlessFragments(_) => Ok(&["rpc-answer-unusable", "rpc-no-answer"]),
        WireFault::MessageWith(refusal) => refused(*refusal),
        WireFault::CancelCount(_) => Err("nothing was cancelled, and nobody asks"),
        WireFault::OverLong(_) => Err("octets behind the stub are padding"),
        WireFault::Duplicated => Err("the second PDU is never read"),
        WireFault::ZerosAfter(_) => Err("octets behind the message are not read"),
        WireFault::Fragments(_) => Err("RPC puts fragments together"),
    }
}

/// The findings that explain how a KMS host's answers fail to arrive.
pub fn kms_delivery(fault: &DeliveryFault) -> Explained {
    match fault {
        DeliveryFault::AcceptThenClose | DeliveryFault::AcceptThenReset => Ok(&["tcp1688-closed-after-accept"]),
        DeliveryFault::AcceptThenSilence | DeliveryFault::BindThenSilence => Ok(&["rpc-no-answer"]),
        DeliveryFault::CloseAfterAnswer => Err("a client asks once on a connection"),
        DeliveryFault::CloseAfter(_) | DeliveryFault::ResetAfter(_) | DeliveryFault::HalfOpen => {
            Ok(&["rpc-conversation-failed", "tcp1688-closed-after-accept"])
        }
        DeliveryFault::WrongService(_) => Ok(&["tcp1688-wrong-service"]),
        DeliveryFault::Late(by) if by.duration() >= KMS_TOO_LATE => Ok(&["rpc-no-answer"]),
        DeliveryFault::Slow(slow) if slow.every.duration() >= KMS_TOO_SLOW => UNUSABLE,
        DeliveryFault::Late(_) | DeliveryFault::Slow(_) => Err("the answer comes in time"),
    }
}

fn is_explained(by: &str, explained: Explained) -> bool {
    explained.is_ok_and(|findings| findings.contains(&by))
}

/// A rule without what a finding explains; none where nothing of it is left.
fn rest_of_dns(mut rule: DnsFault, finding: &str) -> Option<DnsFault> {
    rule.reply = rule.reply.filter(|fault| !is_explained(finding, dns_reply(fault)));
    rule.wire = rule.wire.filter(|fault| !is_explained(finding, dns_wire(fault)));
    rule.delivery = rule.delivery.filter(|fault| !is_explained(finding, dns_delivery(fault)));
    (rule.reply.is_some() || rule.wire.is_some() || rule.delivery.is_some()).then_some(rule)
}

fn rest_of_kms(mut rule: FaultRule, finding: &str) -> Option<FaultRule> {
    rule.reply = rule.reply.filter(|fault| !is_explained(finding, kms_reply(fault)));
    rule.wire = rule.wire.filter(|fault| !is_explained(finding, kms_wire(fault)));
    rule.delivery = rule.delivery.filter(|fault| !is_explained(finding, kms_delivery(fault)));
    (rule.reply.is_some() || rule.wire.is_some() || rule.delivery.is_some()).then_some(rule)
}

/// What becomes of a fault.
enum Rest<F> {
    /// The finding does not explain it.
    Whole,
    /// This is left of it.
    Part(F),
    /// Nothing is left of it.
    Nothing,
}

impl<F: PartialEq> Rest<F> {
    fn of(rule: &F, rest: Option<F>) -> Self {
        match rest {
            Some(rest) if rest == *rule => Self::Whole,
            Some(rest) => Self::Part(rest),
            None => Self::Nothing,
        }
    }
}

impl Resolver {
    /// Takes away what the finding explains of what the service at a socket does wrong, and nothing else.
    pub(super) fn repair_service(&mut self, at: SocketAddr, finding: &str) -> Result<(), DoesNotApply> {
        if let Some(machine) = self.dns_at(at).cloned() {
            let faults = machine.service.faults.iter();
            let rests = faults.map(|rule| (&rule.id, Rest::of(rule, rest_of_dns(rule.clone(), finding))));
            self.replace_faults(&machine.id, rests)?;
            let closed = machine.service.tcp != TcpService::Open && is_explained(finding, TCP_CLOSED);
            return if closed { self.clear(&machine.id, "service.tcp") } else { Ok(()) };
        }
        let Some(machine) = self.host_at(at).cloned() else { return Ok(()) };
        let rests = machine.faults.iter().map(|rule| (&rule.id, Rest::of(rule, rest_of_kms(rule.clone(), finding))));
        self.replace_faults(&machine.id, rests)
    }

    /// Removes faults, and puts what is left of one back in its place: the first that strikes decides.
    fn replace_faults<'f, F: Format>(
        &mut self,
        at: &Id,
        rests: impl Iterator<Item = (&'f Id, Rest<F>)>,
    ) -> Result<(), DoesNotApply> {
        let mut place = 0;
        for (id, rest) in rests {
            if matches!(rest, Rest::Whole) {
                place += 1;
                continue;
            }
            let removal = RemoveFault { at: at.clone().into(), id: id.clone().into() };
            self.operate(Operation::Remove(Removal::Fault(removal)))?;
            if let Rest::Part(rest) = rest {
                let thing = Thing { at: Some(at.clone().into()), position: Some(place), body: rest.write() };
                self.operate(Operation::Add(Addition::Fault(thing)))?;
                place += 1;
            }
        }
        Ok(())
    }
}
