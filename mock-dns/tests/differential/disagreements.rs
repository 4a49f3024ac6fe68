//! Where NSD, Knot and BIND do not agree with each other, and why; there we are free, and the reason says what we do.

/// A part of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Aspect {
    Code,
    Authoritative,
    Truncated,
    Edns,
    Answer,
    Authority,
    Additional,
}

impl Aspect {
    pub(crate) const ALL: [Self; 7] =
        [Self::Code, Self::Authoritative, Self::Truncated, Self::Edns, Self::Answer, Self::Authority, Self::Additional];
}

/// A known disagreement.
pub(crate) struct Disagreement {
    pub(crate) aspect: Aspect,
    /// The start of the keys that it is about.
    pub(crate) key: &'static str,
    #[expect(dead_code, reason = "for the reader")]
    pub(crate) why: &'static str,
}

impl Disagreement {
    pub(crate) fn covers(&self, aspect: Aspect, key: &str) -> bool {
        self.aspect == aspect && key.starts_with(self.key)
    }
}

/// In the order of the questions. Keys are `name type way`, or the name of an odd message.
pub(crate) const DISAGREEMENTS: &[Disagreement] = &[
    Disagreement {
        aspect: Aspect::Additional,
        key: "_twice._tcp SRV ",
        why: "Knot sends the addresses once for each record that leads to them; we send them once, as NSD and BIND",
    },
    Disagreement {
        aspect: Aspect::Additional,
        key: "_glue._tcp SRV ",
        why: "Knot adds addresses from below a cut, NSD and BIND do not; nor do we, who have no authority for them",
    },
    Disagreement {
        aspect: Aspect::Additional,
        key: "_some._tcp SRV plain",
        why: "NSD fills the room with its own servers first; we fill it with the targets, as Knot and BIND",
    },
    Disagreement { aspect: Aspect::Additional, key: "_some._tcp SRV edns-600", why: "as above" },
    Disagreement {
        aspect: Aspect::Answer,
        key: "_many._tcp SRV plain",
        why: "BIND puts whole records into a truncated reply without EDNS; we send none, as NSD and Knot",
    },
    Disagreement {
        aspect: Aspect::Additional,
        key: "_many._tcp SRV tcp",
        why: "BIND adds no addresses to so large a set; we add them all, as NSD and Knot",
    },
    Disagreement { aspect: Aspect::Answer, key: "many A plain", why: "as above" },
    Disagreement {
        aspect: Aspect::Code,
        key: "loop1 A ",
        why: "BIND says SERVFAIL to a loop of aliases; we send the loop with NOERROR, as NSD and Knot",
    },
    Disagreement {
        aspect: Aspect::Code,
        key: "@ AXFR ",
        why: "over UDP NSD and Knot say NOTIMP and BIND REFUSED, over TCP Knot says NOTAUTH; we say REFUSED",
    },
    Disagreement {
        aspect: Aspect::Additional,
        key: "child NS ",
        why: "BIND adds only addresses from below the cut, NSD and Knot those of every server in the zone; so do we",
    },
    Disagreement { aspect: Aspect::Additional, key: "child A ", why: "as above" },
    Disagreement { aspect: Aspect::Additional, key: "x.child A ", why: "as above" },
    Disagreement { aspect: Aspect::Additional, key: "tochild A ", why: "as above" },
    Disagreement { aspect: Aspect::Additional, key: "_vlmcs._tcp.child SRV ", why: "as above" },
    Disagreement { aspect: Aspect::Additional, key: "ns.child A ", why: "as above" },
    Disagreement {
        aspect: Aspect::Code,
        key: "two questions claimed",
        why: "Knot is silent where NSD and BIND say FORMERR; so do we",
    },
    Disagreement { aspect: Aspect::Code, key: "question cut", why: "as above" },
    Disagreement { aspect: Aspect::Code, key: "label too long", why: "as above" },
    Disagreement { aspect: Aspect::Code, key: "pointer to itself", why: "as above" },
    Disagreement {
        aspect: Aspect::Code,
        key: "octets behind",
        why: "Knot says FORMERR to octets behind a query, NSD and BIND answer it; we say FORMERR",
    },
    Disagreement { aspect: Aspect::Authoritative, key: "octets behind", why: "as above" },
    Disagreement { aspect: Aspect::Answer, key: "octets behind", why: "as above" },
    Disagreement { aspect: Aspect::Code, key: "opcode NOTIFY", why: "three servers, three codes; we say NOTIMP" },
    Disagreement { aspect: Aspect::Authoritative, key: "opcode NOTIFY", why: "as above" },
    Disagreement {
        aspect: Aspect::Code,
        key: "opcode UPDATE",
        why: "a matter of policy: we can say REFUSED, NOTIMP or NOTAUTH",
    },
];
