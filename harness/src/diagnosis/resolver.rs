//! What the resolver of a machine is configured to do, from what systems write down about it.
//!
//! Pure: texts and lists go in. Each system has a place of its own, and a diagnosis says which of them told it, because a machine may
//! have several that disagree.

use std::net::{IpAddr, Ipv4Addr};

use mock_dns::name::DomainName;

/// Most name servers that a C library asks (resolv.conf(5): MAXNS).
const SERVERS_MAX: usize = 3;

/// The addresses at which systemd-resolved answers for the servers that it knows (systemd-resolved.service(8)).
const STUBS: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::new(127, 0, 0, 53)), IpAddr::V4(Ipv4Addr::new(127, 0, 0, 54))];

/// What a resolver is configured to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResolverConfiguration {
    /// The DNS servers, in the order in which they are asked.
    pub servers: Vec<IpAddr>,
    /// The suffixes, in the order in which they are appended.
    pub search: Vec<DomainName>,
    /// Where that stands.
    pub told_by: String,
}

/// What Windows says of an adapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterSettings {
    /// Its DNS servers, in their order.
    pub servers: Vec<IpAddr>,
    /// Its connection-specific suffix, empty where it has none.
    pub suffix: String,
    /// Lower is preferred.
    pub metric: u32,
}

impl ResolverConfiguration {
    /// Reads the text of a resolv.conf(5) that stands at `path`; what it does not know is passed over, as resolvers do.
    #[must_use]
    pub fn parse(text: &str, path: &str) -> Self {
        let mut found = Self { told_by: path.to_owned(), ..Self::default() };
        for line in text.lines() {
            let mut words = line.split_whitespace();
            match words.next() {
                Some("nameserver") => {
                    // A zone index belongs to the system, not to the address.
                    found.servers.extend(words.next().and_then(|word| word.split('%').next()?.parse::<IpAddr>().ok()));
                }
                // The last one counts.
                Some("search" | "domain") => found.search = words.filter_map(suffix).collect(),
                _ => {}
            }
        }
        found
    }

    /// What programs of a Unix do: they ask the first servers of resolv.conf; where that names the stub of systemd-resolved, it asks
    /// those of a file of its own, `behind`. Suffixes are appended by the program, so its own file counts where it has any.
    #[must_use]
    pub fn of_unix(mut first: Self, behind: Option<Self>) -> Self {
        let is_stub = first.servers.iter().any(|server| STUBS.contains(server));
        match behind.filter(|behind| is_stub && !behind.servers.is_empty()) {
            Some(behind) => {
                let search = if first.search.is_empty() { behind.search } else { first.search };
                let told_by =
                    format!("{}, because {} names the stub of systemd-resolved", behind.told_by, first.told_by);
                Self { servers: behind.servers, search, told_by }
            }
            None => {
                first.servers.truncate(SERVERS_MAX);
                first
            }
        }
    }

    /// What Windows does: the servers of all adapters, those of the lowest metric first; the search list, or where there is none the
    /// primary suffix of the machine and then those of its adapters. The list is a text with commas, as the registry has it.
    #[must_use]
    pub fn of_windows(mut adapters: Vec<AdapterSettings>, search_list: &str, domain: Option<&str>) -> Self {
        adapters.sort_by_key(|adapter| adapter.metric);
        let mut servers: Vec<IpAddr> = Vec::new();
        for server in adapters.iter().flat_map(|adapter| &adapter.servers) {
            if !is_site_local(*server) && !servers.contains(server) {
                servers.push(*server);
            }
        }
        let mut search: Vec<DomainName> = search_list.split(',').filter_map(|name| suffix(name.trim())).collect();
        let listed = !search.is_empty();
        let own = domain.into_iter().chain(adapters.iter().map(|adapter| adapter.suffix.as_str()));
        for name in own.filter(|_| !listed).filter_map(suffix) {
            if !search.contains(&name) {
                search.push(name);
            }
        }
        let from = if listed { "the suffix search list" } else { "the domain of the machine and its adapters" };
        Self { servers, search, told_by: format!("the network adapters of Windows, and {from}") }
    }
}

/// A name that can be appended.
fn suffix(text: &str) -> Option<DomainName> {
    DomainName::parse(text).ok().filter(|name| !name.is_root())
}

/// Whether it is one of the addresses that Windows lists on an adapter to which nobody has given a server: a prefix that is no longer in
/// use (fec0::/10, RFC 3879).
fn is_site_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.segments().first().is_some_and(|first| first & 0xFFC0 == 0xFEC0))
}

#[cfg(test)]
mod tests {
    use super::{AdapterSettings, ResolverConfiguration};

    #[track_caller]
    fn check(found: &ResolverConfiguration, servers: &[&str], search: &[&str], told_by: &str) {
        let shown: Vec<String> = found.servers.iter().map(ToString::to_string).collect();
        assert_eq!(shown, servers);
        let shown: Vec<String> = found.search.iter().map(ToString::to_string).collect();
        assert_eq!(shown, search);
        assert_eq!(found.told_by, told_by);
    }

    #[track_caller]
    fn check_file(text: &str, servers: &[&str], search: &[&str]) {
        let found = ResolverConfiguration::of_unix(ResolverConfiguration::parse(text, "a file"), None);
        check(&found, servers, search, "a file");
    }

    #[test]
    fn a_file_is_read_as_resolvers_read_it() {
        check_file(
            "nameserver 10.0.0.53\nsearch corp.example lab.example\n",
            &["10.0.0.53"],
            &["corp.example", "lab.example"],
        );
        check_file("# a comment\n; another\noptions edns0\nnameserver ::1\n", &["::1"], &[]);
        check_file("search a.example\ndomain b.example\n", &[], &["b.example"]);
        check_file("nameserver fe80::1%eth0\nnameserver nonsense\n", &["fe80::1"], &[]);
        check_file(
            "nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\nnameserver 10.0.0.4",
            &["10.0.0.1", "10.0.0.2", "10.0.0.3"],
            &[],
        );
        check_file("search .\nsearch a..b\n", &[], &[]);
    }

    #[test]
    fn behind_the_stub_of_systemd_resolved_its_own_servers_are_asked() {
        let parse = ResolverConfiguration::parse;
        let stub = "# This is /run/systemd/resolve/stub-resolv.conf\nnameserver 127.0.0.53\noptions edns0 trust-ad\n";
        let uplink = "nameserver 10.0.0.53\nnameserver 10.0.0.54\nnameserver 10.1.0.53\nnameserver 10.1.0.54\n\
                      # Too many DNS servers configured, the following entries may be ignored.\nsearch corp.example lab.example\n";
        let behind = || Some(parse(uplink, "resolved's"));
        let all = ["10.0.0.53", "10.0.0.54", "10.1.0.53", "10.1.0.54"];
        let told_by = "resolved's, because the file names the stub of systemd-resolved";
        check(
            &ResolverConfiguration::of_unix(parse(stub, "the file"), behind()),
            &all,
            &["corp.example", "lab.example"],
            told_by,
        );
        let own = format!("{stub}search own.example\n");
        check(&ResolverConfiguration::of_unix(parse(&own, "the file"), behind()), &all, &["own.example"], told_by);
        // Nobody behind the stub is known, or there is no stub.
        let empty = Some(parse("# nothing yet\n", "resolved's"));
        check(&ResolverConfiguration::of_unix(parse(stub, "the file"), empty), &["127.0.0.53"], &[], "the file");
        let direct = parse("nameserver 10.9.9.9\n", "the file");
        check(&ResolverConfiguration::of_unix(direct, behind()), &["10.9.9.9"], &[], "the file");
    }

    #[test]
    fn windows_asks_the_servers_of_its_adapters() {
        let adapter = |servers: &[&str], suffix: &str, metric| AdapterSettings {
            servers: servers.iter().map(|server| server.parse().expect("an address")).collect(),
            suffix: suffix.to_owned(),
            metric,
        };
        let adapters = || {
            vec![
                adapter(&["192.168.1.1", "fec0:0:0:ffff::1"], "home.example", 50),
                adapter(&["10.0.0.53", "10.0.0.54"], "corp.example", 5),
                adapter(&["10.0.0.53"], "", 75),
            ]
        };
        let servers = ["10.0.0.53", "10.0.0.54", "192.168.1.1"];
        check(
            &ResolverConfiguration::of_windows(adapters(), "", Some("ad.example")),
            &servers,
            &["ad.example", "corp.example", "home.example"],
            "the network adapters of Windows, and the domain of the machine and its adapters",
        );
        let list = "one.example, two.example,";
        check(
            &ResolverConfiguration::of_windows(adapters(), list, Some("ad.example")),
            &servers,
            &["one.example", "two.example"],
            "the network adapters of Windows, and the suffix search list",
        );
    }
}
