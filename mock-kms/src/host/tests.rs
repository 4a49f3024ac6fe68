//! The order of answers, and the guarantee: without the laboratory keys there is no success.

use super::*;
use crate::laboratory::seal_request;

const NOW: WallTime = WallTime(134_000_000_000_000_000);

fn host(change: impl FnOnce(&mut HostConfig)) -> Host {
    let mut config = HostConfig { current_count: 25, ..HostConfig::default() };
    change(&mut config);
    Host::new(config, Seed::new(1))
}

fn request(version: Version) -> BaseRequest {
    Product::Windows10.request(version, Guid([0x33; 16]), "pc7", NOW)
}

/// The answer in one word: the count, or the refusal.
fn answer(host: &mut Host, message: &[u8]) -> Result<u32, Hresult> {
    match host.answer(message, NOW).1 {
        Answer::Granted(granted) => Ok(granted.response.current_count),
        Answer::Refused(hresult) => Err(hresult),
    }
}

#[track_caller]
fn check(config: impl Fn(&mut HostConfig), ask: impl Fn(&mut BaseRequest), expected: Result<u32, Hresult>) {
    for version in Version::ALL {
        let mut request = request(version);
        ask(&mut request);
        assert_eq!(answer(&mut host(&config), &seal_request(version, &request)), expected, "version {version}");
    }
}

#[test]
fn a_laboratory_client_is_granted() {
    check(|_| (), |_| (), Ok(26));
    check(|config| config.current_count = 3, |_| (), Ok(4));
    for version in Version::ALL {
        let sealed = seal_request(version, &request(version));
        let Answer::Granted(granted) = host(|_| ()).answer(&sealed, NOW).1 else { panic!("not granted") };
        let opened = laboratory::open_response(&granted.seal(), laboratory::request_iv(&sealed));
        assert_eq!(opened, Ok(granted.response));
    }
}

#[test]
fn the_state_of_the_host_comes_before_the_request() {
    let product = |request: &mut BaseRequest| request.counted = Guid([1; 16]);
    check(|config| config.state = HostState::NotActivated, product, Err(Hresult::NOT_ACTIVATED));
    check(|config| config.state = HostState::NotEnabled, product, Err(Hresult::NOT_ENABLED));
    check(|config| config.state = HostState::NoHostKey, product, Err(Hresult::NOT_ENABLED));
    let mut message = seal_request(Version::V6, &request(Version::V6));
    message[100] ^= 1;
    let mut host = host(|config| config.state = HostState::NotActivated);
    assert_eq!(answer(&mut host, &message), Err(Hresult::NOT_ACTIVATED));
}

#[test]
fn product_then_clock_then_count() {
    let late = |seconds: i64| move |request: &mut BaseRequest| request.client_time = NOW.shifted(seconds);
    let four_hours = 4 * 3600;
    check(|_| (), late(four_hours), Ok(26));
    check(|_| (), late(-four_hours), Ok(26));
    check(|_| (), late(four_hours + 1), Err(Hresult::INVALID_TIMESTAMP));
    check(|_| (), late(-four_hours - 1), Err(Hresult::INVALID_TIMESTAMP));
    check(|_| (), |request| request.application = Guid([9; 16]), Err(Hresult::ID_MISMATCH));
    check(|config| config.serves = vec![Product::Windows8], |_| (), Err(Hresult::ID_MISMATCH));
    let both = |request: &mut BaseRequest| {
        request.client_time = WallTime(0);
        request.application = crate::product::OFFICE;
    };
    check(|_| (), both, Err(Hresult::ID_MISMATCH));
}

#[test]
fn unreadable_versions_and_sizes() {
    let mut host = host(|config| config.newest_version = config::NewestVersion(Version::V5));
    assert_eq!(answer(&mut host, &seal_request(Version::V6, &request(Version::V6))), Err(Hresult::INVALID_DATA));
    assert_eq!(answer(&mut host, &seal_request(Version::V5, &request(Version::V5))), Ok(26));
    for message in [&[][..], &[0, 0, 6], &[0, 0, 7, 0, 1, 2], &[1, 0, 5, 0], &[0; 260]] {
        assert_eq!(answer(&mut host, message), Err(Hresult::INVALID_DATA), "{message:?}");
    }
    check(|_| (), |request| request.version = 0x0006_0001, Err(Hresult::INVALID_DATA));
}

#[test]
fn without_the_laboratory_keys_there_is_never_a_success() {
    let mut host = host(|_| ());
    let mut random = fastrand_of(Seed::new(7));
    for version in Version::ALL {
        let sealed = seal_request(version, &request(version));
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let answer = answer(&mut host, &changed);
            assert!(answer.is_err_and(Hresult::is_failure), "version {version}, bit {bit}");
        }
        let front = version.dword().to_le_bytes();
        for _ in 0..2000 {
            let mut message = sealed.clone();
            random(&mut message);
            message[..4].copy_from_slice(&front);
            assert_eq!(answer(&mut host, &message), Err(Hresult::SIMULATION));
        }
    }
    // Fields in the open and no protection at all: what version 4 would be without its tag.
    let mut plain = Vec::new();
    request(Version::V4).write(&mut plain);
    plain.resize(252, 0);
    assert_eq!(answer(&mut host, &plain), Err(Hresult::SIMULATION));
    assert_eq!(host.current_count(NOW), 25, "no refused request may count");
}

#[test]
fn version_4_fields_are_told_even_without_the_keys() {
    let mut message = seal_request(Version::V4, &request(Version::V4));
    message[251] ^= 1;
    let (seen, answer) = host(|_| ()).answer(&message, NOW);
    assert_eq!(answer, Answer::Refused(Hresult::SIMULATION));
    assert_eq!(seen.base.unwrap().workstation.to_string(), "pc7");
}

/// Fills buffers with octets that a seed decides.
fn fastrand_of(seed: Seed) -> impl FnMut(&mut [u8]) {
    let mut drawn = 0;
    move |buffer| {
        for chunk in buffer.chunks_mut(16) {
            drawn += 1;
            chunk.copy_from_slice(&seed.nth(drawn).bytes16()[..chunk.len()]);
        }
    }
}

/// Days of virtual time on one or several hosts: who comes, when, and what count each is told.
struct Calendar {
    hosts: Vec<Host>,
}

impl Calendar {
    fn new(hosts: usize) -> Self {
        Self { hosts: (0..hosts).map(|_| host(|config| config.current_count = 0)).collect() }
    }

    /// The count that a client of a product is told, if it activates.
    fn visit(&mut self, host: usize, client: u8, product: &Product, day: i64) -> u32 {
        let now = NOW.shifted(day * 24 * 60 * 60);
        let mut request = request(Version::V6);
        request.client = Guid([client; 16]);
        (request.application, request.counted) = (product.application(), product.counted());
        (request.required_clients, request.client_time) = (product.required_clients(), now);
        match self.hosts[host].answer(&seal_request(Version::V6, &request), now).1 {
            Answer::Granted(granted) => granted.response.current_count,
            Answer::Refused(hresult) => panic!("refused: {hresult}"),
        }
    }

    fn count(&self, host: usize, day: i64) -> u32 {
        self.hosts[host].current_count(NOW.shifted(day * 24 * 60 * 60))
    }
}

#[test]
fn clients_come_and_go_over_weeks() {
    let mut calendar = Calendar::new(1);
    for client in 1..=30 {
        // One a day.
        assert_eq!(calendar.visit(0, client, &Product::Windows10, i64::from(client)), u32::from(client));
    }
    assert_eq!(calendar.count(0, 31), 30);
    assert_eq!(calendar.count(0, 40), 21, "those of days 1 to 9 have been away for more than thirty days");
    assert_eq!(calendar.visit(0, 1, &Product::Windows10, 40), 22, "one of them is back");
    assert_eq!(calendar.count(0, 71), 0, "nobody came for thirty days");
}

#[test]
fn weekly_renewals_hold_the_count() {
    let mut calendar = Calendar::new(1);
    for week in 0..26 {
        for client in 1..=25 {
            calendar.visit(0, client, &Product::Windows10, week * 7);
        }
        assert_eq!(calendar.count(0, week * 7), 25, "week {week}");
    }
}

#[test]
fn cloned_clients_count_once() {
    let mut calendar = Calendar::new(1);
    for day in 0..30 {
        assert_eq!(calendar.visit(0, 7, &Product::Windows10, day), 1, "thirty PCs from one image");
    }
}

#[test]
fn hosts_count_for_themselves() {
    let mut calendar = Calendar::new(2);
    for client in 1..=40 {
        let host = usize::from(client % 2);
        assert_eq!(calendar.visit(host, client, &Product::Windows10, 0), u32::from(client.div_ceil(2)));
    }
    assert_eq!((calendar.count(0, 0), calendar.count(1, 0)), (20, 20), "forty clients, and no host has 25");
    for client in 1..=25 {
        // The second host is retired: its clients find the other one.
        calendar.visit(0, client, &Product::Windows10, 1);
    }
    assert_eq!(calendar.count(0, 1), 33);
}

#[test]
fn servers_and_clients_are_counted_together() {
    let mut calendar = Calendar::new(1);
    for server in 1..=12 {
        let told = calendar.visit(0, server, &Product::WindowsServer2019, 0);
        assert_eq!(told, u32::from(server).min(10), "a server wants 5, so 10 are kept");
    }
    assert_eq!(calendar.visit(0, 100, &Product::Windows10, 0), 11, "a client wants 25: from now on 50 are kept");
    for client in 101..=200 {
        calendar.visit(0, client, &Product::Windows10, 1);
    }
    assert_eq!(calendar.count(0, 1), 50);
    // The newest contacts are kept: the servers were forgotten, and a client that renews stays where it is.
    assert_eq!(calendar.visit(0, 200, &Product::Windows10, 2), 50);
    assert_eq!(calendar.count(0, 31), 50);
    assert_eq!(calendar.count(0, 32), 1);
}
