//! Where Microsoft's own texts disagree, or say nothing: a switch with a default for each, never a silent choice.
//!
//! A switch belongs to a client, so that one scenario can show both readings side by side. Its doc says who says what.

notation::record! {
    /// How a client behaves where the sources disagree or are silent.
    pub struct Switches("the switches of a client") {
        /// Whether a registered KMS host that fails is followed by discovery. "KMS Activation Timing and Discovery" lists the sources
        /// as steps that follow each other; the slmgr page, "Deploy KMS Activation" and the known issues page say that a registered
        /// host disables discovery. Default: no.
        "registered_falls_through" => registered_falls_through: bool = false,
        /// Whether the connection-specific suffix (DHCP option 15) is a source of suffixes. The guideline says so and Windows 11 was
        /// measured to do it; a field report of 2014 says that a primary suffix is required. Default: yes.
        "uses_connection_suffix" => uses_connection_suffix: bool = true,
        /// Whether the name of the AD domain is asked besides a different primary suffix. The guideline names it as the zone of a
        /// domain member; no text speaks of a disjoint namespace. Default: yes.
        "uses_ad_domain" => uses_ad_domain: bool = true,
        /// Whether that name is asked before the primary suffix. The order between sources of suffixes is published nowhere, and only single
        /// sources were measured. Default: no.
        "asks_ad_domain_first" => asks_ad_domain_first: bool = false,
        /// Whether a suffix search list is asked alone, as the general resolver does, or before the machine's own suffixes. The slmgr page
        /// says that the list is used, and no text says what becomes of the others. Default: alone.
        "search_list_replaces_suffixes" => search_list_replaces_suffixes: bool = true,
        /// Whether a suffix of one label is asked for an SRV record. Devolution stops above it; no text says it of the KMS client.
        /// Default: yes.
        "asks_single_label_suffixes" => asks_single_label_suffixes: bool = true,
        /// Whether the name resolution policy table decides which servers are asked. The resolver does so for every name; no text says it of
        /// the KMS client. Default: yes.
        "follows_name_resolution_policy" => follows_name_resolution_policy: bool = true,
        /// Whether the parents of the primary suffix are asked too, down to two labels, as the general resolver does without a
        /// search list. No text says it of the KMS client. Default: no.
        "devolves" => devolves: bool = false,
        /// Whether the addresses of an SRV record's target "." are asked for, or the record is passed over as RFC 2782 wants it. What a KMS
        /// client does is published nowhere. Default: they are asked for, and there are none.
        "asks_for_null_target" => asks_for_null_target: bool = true,
        /// Whether a registered name with a final dot is taken as the name without it, as DNS takes it. slmgr stores it as it was typed;
        /// what the RPC binding makes of it is published nowhere. Default: yes.
        "takes_final_dot" => takes_final_dot: bool = true,
        /// Whether priority and weight of SRV records count. The guideline says that they are not used; "Configure DNS for
        /// activating volume licensed versions of Office" and a measurement say that they are, from Windows 7 on. Default: by generation.
        "honours_priority" => honours_priority: Option<bool>,
        /// Whether the next suffix is asked when every host of an SRV answer failed. Published nowhere. Default: no.
        "next_suffix_after_dead_hosts" => next_suffix_after_dead_hosts: bool = false,
        /// Whether an attempt ends when three hosts of an SRV answer failed. Microsoft's texts name no limit; a measurement with three dead
        /// hosts saw all three asked, and none had more. Default: no.
        "tries_three_hosts_at_most" => tries_three_hosts_at_most: bool = false,
        /// Whether a connection goes on until its time-out when ICMP says "unreachable" or "prohibited". RFC 1122 4.2.3.9 asks that of TCP;
        /// RFC 5461 tells of systems that give up while they connect. No text says what Windows does. Default: no.
        "connects_past_icmp_errors" => connects_past_icmp_errors: bool = false,
        /// Whether a query that nobody answers is given up after 12 s instead of 10. KB2834226 shows 10 in a trace; a Microsoft blog
        /// gives waits that add up to 12 for Vista and Windows 7. Default: no.
        "gives_dns_up_at_12_s" => gives_dns_up_at_12_s: bool = false,
        /// Whether SERVFAIL ends the search as a name error does, and the next server is not asked. The first version of KB2834226
        /// said so, today's does not. Default: no.
        "server_failure_ends_search" => server_failure_ends_search: bool = false,
        /// Whether `slmgr /ckms` also forgets the host that discovery found. The guideline presents it so; "Deploy KMS Activation" says it
        /// of /skms, and the script itself touches neither. Default: yes.
        "ckms_forgets_host" => ckms_forgets_host: bool = true,
        /// Whether `slmgr /skms`, with a name or a port alone, forgets the host that discovery found: "Deploy KMS Activation" says so, and
        /// the script does not touch it. Default: no.
        "skms_forgets_host" => skms_forgets_host: bool = false,
        /// Whether a machine that was just installed has 30 days of initial grace. The general page on troubleshooting KMS says so of
        /// every client; a fresh Windows 11 Enterprise was measured in notification. Default: by generation, all but Windows 11.
        "starts_in_grace" => starts_in_grace: Option<bool>,
        /// Whether a licence that ran out is followed by 30 days of additional grace, as notes of two universities say and a text of
        /// slmgr.vbs suggests, or by notification at once, as later texts tell it. Default: by generation, until Windows 7.
        "expired_has_grace" => expired_has_grace: Option<bool>,
        /// Whether a client whose renewal failed watches its network for 15 minutes, and tries at once when that changes. "KMS Activation
        /// Timing and Discovery" says so, of network changes "or other qualifying events" that it does not name, and of no generation;
        /// no other text does. Default: yes, for changes of its addresses, servers and suffixes.
        "watches_network_after_failure" => watches_network_after_failure: bool = true,
        /// Whether a question by multicast DNS leaves from a free port, as that of a simple querier (RFC 6762 5.1), who is answered
        /// alone, or from port 5353. The measurement of Windows 11 tells only that it is asked. Default: from 5353.
        "multicasts_as_simple_querier" => multicasts_as_simple_querier: bool = false,
        /// Whether a question by multicast DNS says that a unicast reply is welcome (RFC 6762 5.4). The measurement of Windows 11 does
        /// not tell. Default: no.
        "multicasts_welcoming_unicast" => multicasts_welcoming_unicast: bool = false,
    }
}

impl Default for Switches {
    /// Every switch at its default.
    fn default() -> Self {
        Self {
            registered_falls_through: false,
            uses_connection_suffix: true,
            uses_ad_domain: true,
            asks_ad_domain_first: false,
            search_list_replaces_suffixes: true,
            asks_single_label_suffixes: true,
            follows_name_resolution_policy: true,
            devolves: false,
            asks_for_null_target: true,
            takes_final_dot: true,
            honours_priority: None,
            next_suffix_after_dead_hosts: false,
            tries_three_hosts_at_most: false,
            connects_past_icmp_errors: false,
            gives_dns_up_at_12_s: false,
            server_failure_ends_search: false,
            ckms_forgets_host: true,
            skms_forgets_host: false,
            starts_in_grace: None,
            expired_has_grace: None,
            watches_network_after_failure: true,
            multicasts_as_simple_querier: false,
            multicasts_welcoming_unicast: false,
        }
    }
}
