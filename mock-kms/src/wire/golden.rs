//! Golden PDUs, written out by hand from the drawings of C706 12.6 and [MS-RPCE] 2.2.2, both ways.
//!
//! They stand apart from the codec on purpose: client and host share it, so a mistake in it would agree with itself.

use super::bind::{Bind, BindAck, BindNak, Context, ContextResult, SyntaxId};
use super::call::{Fault, Request, Response, Status, write_request, write_response};
use super::client_side::{alter_context_ndr32, bind_two_contexts, bind_windows_10, read_from_server};
use super::kms::{BaseRequest, BaseResponse, WorkstationName};
use super::pdu::{Flags, Header, PacketType};
use super::{ByteOrder, Guid};

/// 51c82175-844e-4750-b0d8-ec255555bc06, version 1.0.
const KMS: &str = "75 21 c8 51  4e 84  50 47  b0 d8 ec 25 55 55 bc 06  01 00 00 00";
/// 8a885d04-1ceb-11c9-9fe8-08002b104860, version 2.
const NDR32: &str = "04 5d 88 8a  eb 1c  c9 11  9f e8 08 00 2b 10 48 60  02 00 00 00";
/// 71710533-beba-4937-8319-b5dbef9ccc36, version 1.
const NDR64: &str = "33 05 71 71  ba be  37 49  83 19 b5 db ef 9c cc 36  01 00 00 00";
/// 6cb71c2c-9812-4540-0300-000000000000, version 1.
const FEATURES: &str = "2c 1c b7 6c  12 98  40 45  03 00 00 00 00 00 00 00  01 00 00 00";
const NIL: &str = "00 00 00 00  00 00  00 00  00 00 00 00 00 00 00 00  00 00 00 00";

/// Octets from hexadecimal digits; white space and the names in parentheses are for the reader.
#[track_caller]
fn hex(parts: &[&str]) -> Vec<u8> {
    let octet = |word| u8::from_str_radix(word, 16).unwrap_or_else(|_| panic!("not an octet: {word}"));
    let without_names = parts.iter().flat_map(|part| part.split('(').map(|piece| piece.rsplit(')').next().unwrap()));
    without_names.flat_map(str::split_whitespace).map(octet).collect()
}

fn bind_160() -> Vec<u8> {
    hex(&[
        "(version) 05 00 (bind) 0b (first,last,multiplex) 13 (drep) 10 00 00 00 (length) a0 00 (auth) 00 00 (call) 02 00 00 00",
        "(xmit) d0 16 (recv) d0 16 (group) 00 00 00 00 (contexts) 03 (reserved) 00 00 00",
        "(context) 00 00 (syntaxes) 01 00",
        KMS,
        NDR32,
        "(context) 01 00 (syntaxes) 01 00",
        KMS,
        NDR64,
        "(context) 02 00 (syntaxes) 01 00",
        KMS,
        FEATURES,
    ])
}

fn bind_ack_108() -> Vec<u8> {
    hex(&[
        "05 00 (bind_ack) 0c 13 10 00 00 00 (length) 6c 00 00 00 (call) 02 00 00 00",
        "(xmit) d0 16 (recv) d0 16 (group) 78 56 34 12 (address) 05 00 31 36 38 38 00 (pad) 00",
        "(results) 03 00 00 00",
        "(provider rejection) 02 00 (syntaxes) 02 00",
        NIL,
        "(acceptance) 00 00 00 00",
        NDR64,
        "(negotiate_ack) 03 00 (mask) 03 00",
        NIL,
    ])
}

fn alter_context_72() -> Vec<u8> {
    hex(&[
        "05 00 (alter_context) 0e 13 10 00 00 00 (length) 48 00 00 00 02 00 00 00",
        "d0 16 d0 16 00 00 00 00 01 00 00 00",
        "00 00 01 00",
        KMS,
        NDR32,
    ])
}

fn alter_context_resp_56() -> Vec<u8> {
    hex(&[
        "05 00 (alter_context_resp) 0f (first,last) 03 10 00 00 00 (length) 38 00 00 00 02 00 00 00",
        "d0 16 d0 16 78 56 34 12 (no address) 00 00 (pad) 00 00 (results) 01 00 00 00",
        "00 00 00 00",
        NDR32,
    ])
}

fn header(pdu: &[u8]) -> Header {
    let header = Header::read(pdu).unwrap();
    assert_eq!(header.check(), Ok(()));
    assert_eq!(usize::from(header.fragment_length), pdu.len());
    header
}

#[track_caller]
fn check_ack(kind: PacketType, flags: Flags, ack: &BindAck, golden: &[u8]) {
    let mut out = Vec::new();
    ack.write(kind, flags, 2, &mut out);
    assert_eq!(out, golden);
    assert_eq!(BindAck::read(&header(golden), golden).as_ref(), Ok(ack));
}

#[test]
fn binds() {
    assert_eq!(bind_windows_10(), bind_160());
    assert_eq!(alter_context_ndr32(), alter_context_72());
    assert_eq!(bind_two_contexts().len(), 116);
    let golden = bind_160();
    let bind = Bind::read(&header(&golden), &golden).unwrap();
    assert_eq!((bind.max_xmit, bind.max_recv, bind.group), (5840, 5840, 0));
    let offer = |id, syntax| Context { id, interface: SyntaxId::KMS, transfer: vec![syntax] };
    let features = SyntaxId::bind_time_features(3);
    assert_eq!(bind.contexts, [offer(0, SyntaxId::NDR32), offer(1, SyntaxId::NDR64), offer(2, features)]);
    assert_eq!(bind.contexts[2].transfer[0].asked_features(), Some(3));
}

#[test]
fn acks() {
    let ack = BindAck {
        max_xmit: 5840,
        max_recv: 5840,
        group: 0x1234_5678,
        secondary_address: b"1688".to_vec(),
        results: vec![
            ContextResult::reject(ContextResult::SYNTAXES_UNKNOWN),
            ContextResult::accept(SyntaxId::NDR64),
            ContextResult::negotiated(3),
        ],
    };
    check_ack(PacketType::BindAck, Flags(0x13), &ack, &bind_ack_108());
    let results = vec![ContextResult::accept(SyntaxId::NDR32)];
    let resp = BindAck { secondary_address: Vec::new(), results, ..ack };
    check_ack(PacketType::AlterContextResp, Flags::WHOLE, &resp, &alter_context_resp_56());
}

#[test]
fn refusals() {
    let golden = hex(&[
        "05 00 (bind_nak) 0d 03 10 00 00 00 18 00 00 00 02 00 00 00",
        "(reason) 04 00 (versions) 01 05 00 (pad) 00 00 00",
    ]);
    let mut out = Vec::new();
    BindNak { reason: BindNak::VERSION }.write(2, &mut out);
    assert_eq!(out, golden);
    assert_eq!(BindNak::read(&header(&golden), &golden), Ok(BindNak { reason: 4 }));
    let golden = hex(&[
        "05 00 (fault) 03 (did not execute) 23 10 00 00 00 20 00 00 00 05 00 00 00",
        "(hint) 20 00 00 00 (context) 01 00 (cancel) 00 00 (nca_s_op_rng_error) 02 00 01 1c (reserved) 00 00 00 00",
    ]);
    let fault = Fault { context: 1, did_not_execute: true, status: Status::OPERATION_RANGE };
    let mut out = Vec::new();
    fault.write(5, &mut out);
    assert_eq!(out, golden);
    assert_eq!(Fault::read(&header(&golden), &golden), Ok(fault));
}

#[test]
fn calls() {
    let golden = hex(&[
        "05 00 (request) 00 03 10 00 00 00 (length) 1b 00 00 00 (call) 03 00 00 00",
        "(hint) 03 00 00 00 (context) 01 00 (opnum) 00 00 (stub) aa bb cc",
    ]);
    let mut out = Vec::new();
    write_request(3, 1, 0, &[0xaa, 0xbb, 0xcc], 5840, &mut out);
    assert_eq!(out, golden);
    let request = Request::read(&header(&golden), &golden).unwrap();
    assert_eq!((request.alloc_hint, request.context, request.opnum, request.object), (3, 1, 0, None));
    assert_eq!(request.stub, [0xaa, 0xbb, 0xcc]);

    let golden = hex(&[
        "05 00 (response) 02 03 10 00 00 00 (length) 1a 00 00 00 (call) 03 00 00 00",
        "(hint) 02 00 00 00 (context) 01 00 (cancel) 00 00 (stub) aa bb",
    ]);
    let mut out = Vec::new();
    write_response(3, 1, &[0xaa, 0xbb], 5840, &mut out);
    assert_eq!(out, golden);
    let response = Response::read(&header(&golden), &golden).unwrap();
    assert_eq!(response, Response { alloc_hint: 2, context: 1, stub: &[0xaa, 0xbb] });
}

#[test]
fn a_request_with_an_object_and_one_in_fragments() {
    let golden = hex(&[
        "05 00 00 (object) 83 10 00 00 00 29 00 00 00 03 00 00 00 01 00 00 00 00 00 00 00",
        "(object) 75 21 c8 51 4e 84 50 47 b0 d8 ec 25 55 55 bc 06 (stub) aa",
    ]);
    let request = Request::read(&header(&golden), &golden).unwrap();
    assert_eq!((request.object, request.stub), (Some(SyntaxId::KMS.guid), &[0xaa][..]));

    let golden = hex(&[
        "05 00 00 (first) 01 10 00 00 00 20 00 00 00 02 00 00 00 (hint) 0a 00 00 00 00 00 00 00 07 07 07 07 07 07 07 07",
        "05 00 00 (last) 02 10 00 00 00 1a 00 00 00 02 00 00 00 (hint) 02 00 00 00 00 00 00 00 07 07",
    ]);
    let mut out = Vec::new();
    write_request(2, 0, 0, &[7; 10], 32, &mut out);
    assert_eq!(out, golden);
}

/// The base request as the table of the Operations Guide orders it.
fn base_request_236() -> Vec<u8> {
    let mut golden = hex(&[
        "(minor) 00 00 (major) 06 00 (VM) 01 00 00 00 (status) 05 00 00 00 (minutes) c0 a8 00 00",
        "(Windows) 34 27 c9 55 82 d6 71 4d 98 3e d6 ec 3f 16 05 9f",
        "(SKU) 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11",
        "(counted) 22 22 22 22 22 22 22 22 22 22 22 22 22 22 22 22",
        "(CMID) 33 33 33 33 33 33 33 33 33 33 33 33 33 33 33 33",
        "(required) 19 00 00 00 (time) 00 80 3e d5 de b1 9d 01",
        "(previous) 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
        "(name) 70 00 63 00 37 00",
    ]);
    golden.resize(236, 0);
    golden
}

#[test]
fn base_requests() {
    let golden = base_request_236();
    let request = BaseRequest {
        version: 0x0006_0000,
        virtual_machine: 1,
        license_status: 5,
        minutes_left: 43_200,
        application: "55c92734-d682-4d71-983e-d6ec3f16059f".parse().unwrap(),
        sku: Guid([0x11; 16]),
        counted: Guid([0x22; 16]),
        client: Guid([0x33; 16]),
        required_clients: 25,
        // 1970-01-01 in FILETIME.
        client_time: double::WallTime(116_444_736_000_000_000),
        previous_client: Guid::NIL,
        workstation: WorkstationName::new("pc7"),
    };
    let mut out = Vec::new();
    request.write(&mut out);
    assert_eq!(out, golden);
    assert_eq!(BaseRequest::read(&golden), Ok(request));
}

#[test]
fn base_responses() {
    let golden = hex(&[
        "(version) 00 00 06 00 (ePID) 0a 00 00 00 4c 00 41 00 42 00 2d 00 00 00",
        "(CMID) 33 33 33 33 33 33 33 33 33 33 33 33 33 33 33 33 (time) 00 80 3e d5 de b1 9d 01",
        "(count) 1a 00 00 00 (activation) 78 00 00 00 (renewal) 60 27 00 00",
    ]);
    let response = BaseResponse::read(&golden).unwrap();
    assert_eq!(&*response.epid, "LAB-");
    let told = (response.current_count, response.activation_interval, response.renewal_interval);
    assert_eq!(told, (26, 120, 10_080));
    let mut out = Vec::new();
    response.write(&mut out);
    assert_eq!(out, golden);
    let mut odd = golden.clone();
    odd[4] = 9;
    let error = BaseResponse::read(&odd).unwrap_err();
    assert_eq!(error.to_string(), "at byte 4: ePID length: is 9, must be even and at most 128");
    let mut long = golden;
    long.push(0);
    let error = BaseResponse::read(&long).unwrap_err();
    assert_eq!(error.to_string(), "at byte 54: octets after the message: is 1, must be 0");
}

#[test]
fn names_are_bounded_and_never_wrong() {
    assert_eq!(WorkstationName::new(&"x".repeat(70)).to_string().len(), 63);
    let mut units = [0x41; 64];
    units[1] = 0xd800;
    assert_eq!(WorkstationName(units).to_string().chars().count(), 64);
    assert_eq!(WorkstationName(units).to_string().chars().nth(1), Some(char::REPLACEMENT_CHARACTER));
}

/// Every reader, on every truncation and every changed bit of every golden message: an error or a value, never a panic.
#[test]
fn nothing_that_is_broken_panics() {
    let read_all = |bytes: &[u8]| {
        if let Ok(header) = Header::read(bytes) {
            header.check().ok();
            Bind::read(&header, bytes).ok();
            BindAck::read(&header, bytes).ok();
            Request::read(&header, bytes).ok();
            read_from_server(&header, bytes).ok();
        }
        for syntax in [super::ndr::TransferSyntax::Ndr32, super::ndr::TransferSyntax::Ndr64] {
            for order in [ByteOrder::Little, ByteOrder::Big] {
                super::ndr::read_request(syntax, order, bytes).ok();
                super::ndr::read_response(syntax, order, bytes).ok();
            }
        }
        BaseRequest::read(bytes).ok();
        BaseResponse::read(bytes).ok();
    };
    let goldens = [bind_160(), bind_ack_108(), alter_context_72(), alter_context_resp_56(), base_request_236()];
    for golden in goldens {
        for end in 0..=golden.len() {
            read_all(&golden[..end]);
        }
        for bit in 0..golden.len() * 8 {
            let mut changed = golden.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            read_all(&changed);
        }
    }
}
