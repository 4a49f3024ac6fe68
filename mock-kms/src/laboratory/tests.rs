//! What the profile promises: sizes, round trips, and that nothing else opens.

use std::sync::Arc;

use double::WallTime;

use super::*;
use crate::wire::Guid;
use crate::wire::kms::WorkstationName;

fn request(version: Version) -> BaseRequest {
    BaseRequest {
        version: version.dword(),
        virtual_machine: 1,
        license_status: 5,
        minutes_left: 43_200,
        application: Guid([0x55; 16]),
        sku: Guid([0x11; 16]),
        counted: Guid([0x22; 16]),
        client: Guid([0x33; 16]),
        required_clients: 25,
        client_time: WallTime(0x01dc_0000_0000_0000),
        previous_client: Guid::NIL,
        workstation: WorkstationName::new("pc7.contoso.com"),
    }
}

fn response(version: Version, epid: &str) -> BaseResponse {
    BaseResponse {
        version: version.dword(),
        epid: Arc::from(epid),
        client: Guid([0x33; 16]),
        client_time: WallTime(0x01dc_0000_0000_0000),
        current_count: 26,
        activation_interval: 120,
        renewal_interval: 10_080,
    }
}

#[test]
fn sizes_are_those_of_the_product() {
    let epid = "L".repeat(49);
    let sizes = Version::ALL.map(|version| {
        let sealed = seal_request(version, &request(version));
        (sealed.len(), seal_response(version, &response(version, &epid), request_iv(&sealed), [7; 16]).len())
    });
    assert_eq!(sizes, [(252, 160), (260, 228), (260, 260)]);
}

#[test]
fn what_was_sealed_opens() {
    for version in Version::ALL {
        let sealed = seal_request(version, &request(version));
        assert_eq!(open_request(&sealed), Ok(request(version)));
        for length in [0, 1, 7, 8, 49, 63] {
            let response = response(version, &"E".repeat(length));
            let answer = seal_response(version, &response, request_iv(&sealed), [9; 16]);
            assert_eq!(open_response(&answer, request_iv(&sealed)), Ok(response));
        }
    }
}

#[test]
fn an_answer_to_another_request_does_not_open() {
    for version in [Version::V5, Version::V6] {
        let sealed = seal_request(version, &request(version));
        let other = seal_request(version, &BaseRequest { minutes_left: 1, ..request(version) });
        let answer = seal_response(version, &response(version, "LAB-"), request_iv(&sealed), [9; 16]);
        let expected = if version == Version::V6 { OpenError::OtherRequest } else { OpenError::NotLaboratory };
        assert_eq!(open_response(&answer, request_iv(&other)), Err(expected));
    }
}

#[test]
fn no_changed_bit_opens() {
    for version in Version::ALL {
        let mut sealed = seal_request(version, &request(version));
        let mut answer = seal_response(version, &response(version, "LAB-"), request_iv(&sealed), [9; 16]);
        for bit in 0..answer.len() * 8 {
            answer[bit / 8] ^= 1 << (bit % 8);
            assert!(open_response(&answer, request_iv(&sealed)).is_err(), "version {version}, response bit {bit}");
            answer[bit / 8] ^= 1 << (bit % 8);
        }
        for bit in 0..sealed.len() * 8 {
            sealed[bit / 8] ^= 1 << (bit % 8);
            assert!(open_request(&sealed).is_err(), "version {version}, request bit {bit}");
            sealed[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn every_length_is_judged_and_none_panics() {
    for version in Version::ALL {
        let sealed = seal_request(version, &request(version));
        let answer = seal_response(version, &response(version, "LAB-"), request_iv(&sealed), [9; 16]);
        for end in 0..sealed.len() {
            assert!(matches!(open_request(&sealed[..end]), Err(OpenError::Unreadable(_))), "{end}");
        }
        for end in 0..answer.len() {
            assert!(open_response(&answer[..end], request_iv(&sealed)).is_err(), "{end}");
        }
        let mut long = answer;
        long.resize(70_000, 0);
        assert!(open_response(&long, request_iv(&sealed)).is_err());
    }
}

#[test]
fn sizes_and_versions_that_do_not_fit_are_named() {
    let mut sealed = seal_request(Version::V6, &request(Version::V6));
    sealed.pop();
    let error = open_request(&sealed).unwrap_err();
    assert_eq!(
        error.to_string(),
        "unreadable message: at byte 0: size of the request: is 259, must be 260 for versions 5 and 6"
    );
    sealed[2] = 7;
    let error = open_request(&sealed).unwrap_err();
    assert_eq!(
        error.to_string(),
        "unreadable message: at byte 0: version: is 458752, must be 4.0, 5.0 or 6.0, minor first"
    );
}
