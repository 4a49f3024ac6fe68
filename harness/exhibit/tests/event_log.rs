//! Event logs, put together octet by octet from "Windows XML Event Log (EVTX) format" (libyal) and the tokens of [MS-EVEN6] 2.2.12.
#![cfg(feature = "event-log")]

use double::WallTime;
use exhibit::claim::{Claim, EventClaim, Says};
use exhibit::read::{Bounds, Reading, Why, read};
use proptest::prelude::*;

/// Octets of the header of a file, of a chunk and of the header of a chunk.
const FILE_HEADER: usize = 4096;
const CHUNK: usize = 65536;
const CHUNK_HEADER: usize = 512;
/// 2026-03-02T09:00:00Z in steps of 100 ns since 1601.
const AT: u64 = 134_169_156_000_000_000;

fn u16s(value: usize) -> [u8; 2] {
    u16::try_from(value).expect("small").to_le_bytes()
}

fn u32s(value: usize) -> [u8; 4] {
    u32::try_from(value).expect("small").to_le_bytes()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A chunk under construction: all offsets in it count from its beginning.
struct Chunk {
    bytes: Vec<u8>,
    records: u64,
}

impl Chunk {
    fn new() -> Self {
        Self { bytes: vec![0; CHUNK_HEADER], records: 0 }
    }

    fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Where a name stands, and right there the name: next, hash (which readers do not look at), characters, text, zero.
    fn name(&mut self, name: &str) {
        let here = self.bytes.len() + 4;
        self.put(&u32s(here));
        self.put(&[0; 6]);
        self.put(&u16s(name.len()));
        self.put(&utf16(name));
        self.put(&[0, 0]);
    }

    /// A length of four octets, and what it counts.
    fn sized(&mut self, content: impl FnOnce(&mut Self)) {
        let at = self.bytes.len();
        self.put(&[0; 4]);
        content(self);
        let length = u32s(self.bytes.len() - at - 4);
        self.bytes[at..at + 4].copy_from_slice(&length);
    }

    /// An element of a template: start (0x01), its dependency (none), size, name, end of the start tag (0x02), content, end (0x04).
    fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.put(&[0x01, 0xFF, 0xFF]);
        self.sized(|chunk| {
            chunk.name(name);
            chunk.put(&[0x02]);
            content(chunk);
            chunk.put(&[0x04]);
        });
    }

    /// An empty element with one attribute: start with attributes (0x41), attribute (0x06), end of an empty element (0x03).
    fn attribute(&mut self, element: &str, attribute: &str, value: &[u8]) {
        self.put(&[0x41, 0xFF, 0xFF]);
        self.sized(|chunk| {
            chunk.name(element);
            chunk.sized(|chunk| {
                chunk.put(&[0x06]);
                chunk.name(attribute);
                chunk.put(value);
            });
            chunk.put(&[0x03]);
        });
    }

    /// A record: signature, size, number, time, an instance of a template (0x0C) that is defined right there, its four values, and
    /// the size once more.
    fn record(&mut self, id: u16, computer: &str, data: &str) {
        let start = self.bytes.len();
        self.records += 1;
        let number = self.records.to_le_bytes();
        self.put(&[b"**\0\0".as_slice(), &[0; 4], &number, &AT.to_le_bytes()].concat());
        self.put(&[0x0F, 1, 1, 0, 0x0C, 1]);
        self.put(&u32s(start + 1));
        let definition = self.bytes.len() + 4;
        self.put(&u32s(definition));
        // The next template, and a GUID whose first four octets are the template's id.
        self.put(&[[0; 4], u32s(start + 1), [0; 4], [0; 4], [0; 4]].concat());
        self.sized(Self::template);
        let values: [(u8, Vec<u8>); 4] = [
            (0x06, id.to_le_bytes().to_vec()),
            (0x11, AT.to_le_bytes().to_vec()),
            (0x01, utf16(computer)),
            (0x01, utf16(data)),
        ];
        self.put(&u32s(values.len()));
        for (kind, value) in &values {
            self.put(&[u16s(value.len()), [*kind, 0]].concat());
        }
        for (_, value) in &values {
            self.put(value);
        }
        self.put(&[0x00]);
        self.put(&vec![0; (self.bytes.len() + 4 - start).wrapping_neg() % 8]);
        let size = u32s(self.bytes.len() + 4 - start);
        self.put(&size);
        self.bytes[start + 4..start + 8].copy_from_slice(&size);
    }

    /// `<Event><System><EventID>0</EventID><TimeCreated SystemTime="1"/><Computer>2</Computer></System>
    /// <EventData><Data>3</Data></EventData></Event>`, where a number is a substitution (0x0D, number, type).
    fn template(&mut self) {
        self.put(&[0x0F, 1, 1, 0]);
        self.element("Event", |chunk| {
            chunk.element("System", |chunk| {
                chunk.element("EventID", |chunk| chunk.put(&[0x0D, 0, 0, 0x06]));
                chunk.attribute("TimeCreated", "SystemTime", &[0x0D, 1, 0, 0x11]);
                chunk.element("Computer", |chunk| chunk.put(&[0x0D, 2, 0, 0x01]));
            });
            chunk.element("EventData", |chunk| {
                chunk.element("Data", |chunk| chunk.put(&[0x0D, 3, 0, 0x01]));
            });
        });
        self.put(&[0x00]);
    }

    /// The file: header of the file, header of the chunk, tables of names and templates that are empty, records.
    fn file(mut self) -> Vec<u8> {
        let last = self.records.to_le_bytes();
        let first = 1_u64.to_le_bytes();
        let end = u32s(self.bytes.len());
        let header = [b"ElfChnk\0".as_slice(), &first, &last, &first, &last, &u32s(128), &end, &end].concat();
        self.bytes[..header.len()].copy_from_slice(&header);
        self.bytes.resize(CHUNK, 0);
        let mut file = [b"ElfFile\0".as_slice(), &[0; 16], &(self.records + 1).to_le_bytes()].concat();
        // Size of the header, minor and major version, size of its block, one chunk.
        file.extend([u32s(128).as_slice(), &u16s(1), &u16s(3), &u16s(FILE_HEADER), &u16s(1)].concat());
        file.resize(FILE_HEADER, 0);
        [file, self.bytes].concat()
    }
}

const FAILED: &str = "0xC004F074, 0x00000000, kms1.contoso.com:1688, 11111111-2222-3333-4444-555555555555, 2026/03/02 09:00, 0, 2, \
    41760, 66666666-7777-8888-9999-000000000000, 25";

/// An event of another service, then one of the licensing service.
fn log() -> Vec<u8> {
    let mut chunk = Chunk::new();
    chunk.record(1000, "pc7.contoso.com", "notepad.exe");
    chunk.record(12288, "pc7.contoso.com", FAILED);
    chunk.file()
}

fn reading(bytes: &[u8]) -> Reading {
    read("Application.evtx", bytes, &Bounds::default())
}

#[test]
fn an_event_is_read_and_those_of_others_are_passed_over() {
    let reading = reading(&log());
    assert_eq!(reading.unread, []);
    let [Claim { place, says: Says::Event(event), .. }] = reading.claims.as_slice() else { panic!("{reading:?}") };
    let fields: Vec<String> = FAILED.split(", ").skip(1).map(str::to_owned).collect();
    let expected = EventClaim {
        id: 12288,
        computer: Some("pc7.contoso.com".to_owned()),
        at: Some(WallTime(AT)),
        code: mock_kms::wire::Hresult(0xC004_F074),
        fields,
    };
    assert_eq!((place.line, event), (2, &expected));
}

#[test]
fn what_is_broken_is_told_with_its_record() {
    let mut bytes = log();
    bytes.truncate(FILE_HEADER - 1);
    assert!(matches!(reading(&bytes).unread.as_slice(), [unread] if matches!(unread.why, Why::Broken(_))));

    // The second record's substitution promises a value that ends behind the chunk.
    let mut bytes = log();
    let computer = utf16("pc7.contoso.com");
    let second = bytes.windows(computer.len()).rposition(|window| window == computer).expect("its computer");
    let sizes = second - 8 - 2 - 4 * 4;
    bytes[sizes + 12..sizes + 14].copy_from_slice(&[0xFF, 0xFF]);
    let reading = reading(&bytes);
    assert_eq!(reading.claims, []);
    assert!(matches!(reading.unread.as_slice(), [unread] if unread.place.line == 2), "{reading:?}");
}

proptest! {
    #[test]
    fn a_torn_log_is_no_danger(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = log();
        // What is behind the records is empty: flips there would show nothing.
        let records = FILE_HEADER + CHUNK_HEADER + 2500;
        for (at, with) in flips {
            bytes[at.index(records)] ^= with;
        }
        let torn = &bytes[..bytes.len() - cut.index(bytes.len())];
        for bytes in [bytes.as_slice(), torn] {
            let reading = reading(bytes);
            prop_assert!(reading.claims.len() <= 2);
            prop_assert!(reading.unread.len() <= reading.unread_count);
        }
    }
}
