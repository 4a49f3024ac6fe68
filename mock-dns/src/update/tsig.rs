//! Transaction signatures (TSIG, RFC 8945) over the octets of a message: verifying an update, signing its answer.
//!
//! It stands apart because it sees octets only, and time as a number. The keys are written in the description of a server, in the
//! open: they protect nothing but a test. No other part of DNS security is here.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha512};

use crate::name::DomainName;
use crate::wire::{DecodeError, HEADER, Malformed, Reader};

/// Type TSIG and class ANY, of the record at the end of the additional section (RFC 8945 4.2).
const TYPE: u16 = 250;
const CLASS: u16 = 255;

/// How far the clocks of client and server may be apart, in seconds (RFC 8945 10).
pub const FUDGE: u16 = 300;

/// Errors of a signature (RFC 8945 3).
pub const BADSIG: u16 = 16;
/// The key is not known.
pub const BADKEY: u16 = 17;
/// The clocks are too far apart.
pub const BADTIME: u16 = 18;

notation::choice! {
    /// How a signature is made.
    pub enum Algorithm("TSIG algorithm") {
        /// HMAC with SHA-256, which everybody has.
        "hmac-sha256" => HmacSha256,
        /// HMAC with SHA-512.
        "hmac-sha512" => HmacSha512,
    }
}

notation::record! {
    /// A key with which updates are signed.
    pub struct UpdateKey("an update key") {
        /// Its name; both sides must call it the same.
        "name" => name: DomainName,
        /// How signatures are made with it.
        "algorithm" => algorithm: Algorithm = Algorithm::HmacSha256,
        /// The secret in base64, as BIND and nsupdate write it.
        "secret" => secret: Secret,
    }
}

/// A secret that is none: it stands in a file that everybody can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret(pub Vec<u8>);

notation::text_format!(
    Secret,
    "a secret in base64",
    |text| BASE64.decode(text.as_bytes()).map(Secret).map_err(|error| format!("no base64: {error}")),
    |secret| BASE64.encode(&secret.0)
);

/// The TSIG record of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name of the key.
    pub key: DomainName,
    /// The name of the algorithm.
    algorithm: DomainName,
    /// When it was signed, in seconds since 1970.
    time: u64,
    fudge: u16,
    mac: Vec<u8>,
    original_id: u16,
    /// Octets of the message before the record.
    covers: usize,
}

/// How an answer is signed, and what is wrong with the signature of the request.
#[derive(Clone, Debug)]
pub struct Answering {
    request: Signature,
    key: Option<UpdateKey>,
    /// An error of RFC 8945 3, or zero.
    error: u16,
    /// What the server's clock shows.
    now: u64,
}

impl Signature {
    /// Finds the TSIG record of a message; none if it has none.
    ///
    /// # Errors
    /// The message cannot be read, or the record does not stand at the end.
    pub fn find(bytes: &[u8]) -> Result<Option<Self>, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.take(4, "the header")?;
        let questions = reader.u16("a count")?;
        let records = [reader.u16("a count")?, reader.u16("a count")?, reader.u16("a count")?];
        for _ in 0..questions {
            reader.skip_name("a name")?;
            reader.take(4, "a type and a class")?;
        }
        let records: u32 = records.iter().map(|count| u32::from(*count)).sum();
        for left in (0..records).rev() {
            let start = reader;
            let name = reader.name("a record's name")?;
            let record_type = reader.u16("a record's type")?;
            let class = reader.u16("a record's class")?;
            reader.take(4, "a record's TTL")?;
            let length = reader.u16("a record's length")?;
            let content = reader;
            reader.take(usize::from(length), "a record's content")?;
            if record_type != TYPE {
                continue;
            }
            if left != 0 || class != CLASS || !reader.is_at_end() {
                return Err(start.error("a TSIG record", Malformed::Misplaced));
            }
            return Self::read(content, name, start.at()).map(Some);
        }
        Ok(None)
    }

    /// Reads the content (RFC 8945 4.2).
    ///
    /// ```text
    /// algorithm name | time 48 | fudge 16 | MAC size 16 | MAC | original id 16 | error 16 | other length 16 | other
    /// ```
    fn read(mut content: Reader<'_>, key: DomainName, covers: usize) -> Result<Self, DecodeError> {
        let algorithm = content.name("the algorithm of a TSIG record")?;
        let high = content.u16("the time of a TSIG record")?;
        let low = content.u32("the time of a TSIG record")?;
        let fudge = content.u16("the fudge of a TSIG record")?;
        let size = content.u16("the MAC size of a TSIG record")?;
        let mac = content.take(usize::from(size), "the MAC of a TSIG record")?.to_vec();
        let original_id = content.u16("the id of a TSIG record")?;
        Ok(Self { key, algorithm, time: u64::from(high) << 32 | u64::from(low), fudge, mac, original_id, covers })
    }

    /// Verifies it with the key that it names, at a time in seconds since 1970; none if the server has no clock, which then judges none.
    /// Gives how the answer is to be signed.
    #[must_use]
    pub fn verify(self, bytes: &[u8], key: Option<&UpdateKey>, now: Option<u64>) -> Answering {
        let clock = now.unwrap_or(self.time);
        let Some(key) = key.filter(|key| is_called(&key.algorithm, &self.algorithm)) else {
            return Answering { request: self, key: None, error: BADKEY, now: clock };
        };
        let variables = Variables { key: &self.key, algorithm: &key.algorithm, time: self.time, fudge: self.fudge };
        let signed = variables.signed(&[], &without_signature(bytes, &self), 0, &[]);
        if !is_mac(key, &signed, &self.mac) {
            return Answering { request: self, key: None, error: BADSIG, now: clock };
        }
        let error = if clock.abs_diff(self.time) > u64::from(self.fudge) { BADTIME } else { 0 };
        Answering { request: self, key: Some(key.clone()), error, now: clock }
    }
}

impl Answering {
    /// The key that signed the request, if everything about the signature is good.
    #[must_use]
    pub fn signer(&self) -> Option<&DomainName> {
        self.key.as_ref().filter(|_| self.error == 0).map(|key| &key.name)
    }

    /// The same, with an error found for another reason than the signature itself.
    #[must_use]
    pub fn with_error(self, error: u16) -> Self {
        Self { error, key: self.key.filter(|_| error != BADSIG && error != BADKEY), ..self }
    }

    /// Appends the TSIG record to an answer. Without a key, or with an error of the key or the MAC, it is there and signs nothing
    /// (RFC 8945 5.3.2).
    #[must_use]
    pub fn sign(&self, mut message: Vec<u8>) -> Vec<u8> {
        let algorithm = self.request.algorithm.as_wire().to_ascii_lowercase();
        let (time, other) =
            if self.error == BADTIME { (self.request.time, time48(self.now)) } else { (self.now, Vec::new()) };
        let mac = self.key.as_ref().map_or_else(Vec::new, |key| {
            let variables = Variables { key: &self.request.key, algorithm: &key.algorithm, time, fudge: FUDGE };
            mac(key, &variables.signed(&self.request.mac, &message, self.error, &other))
        });
        let mut content = algorithm;
        content.extend(time48(time));
        content.extend(FUDGE.to_be_bytes());
        content.extend(length_u16(&mac));
        content.extend(&mac);
        content.extend(message.first_chunk::<2>().copied().unwrap_or_default());
        content.extend(self.error.to_be_bytes());
        content.extend(length_u16(&other));
        content.extend(&other);
        message.extend(self.request.key.as_wire());
        message.extend(TYPE.to_be_bytes());
        message.extend(CLASS.to_be_bytes());
        message.extend([0; 4]);
        message.extend(length_u16(&content));
        message.extend(&content);
        count_additionals(&mut message, 1);
        message
    }
}

/// What is signed besides the message (RFC 8945 4.3.3).
struct Variables<'a> {
    key: &'a DomainName,
    algorithm: &'a Algorithm,
    time: u64,
    fudge: u16,
}

impl Variables<'_> {
    /// Everything that is signed, in order: the MAC of the request where an answer is signed, the message, the variables.
    fn signed(&self, request_mac: &[u8], message: &[u8], error: u16, other: &[u8]) -> Vec<u8> {
        let mut signed = Vec::with_capacity(message.len() + request_mac.len() + 128);
        if !request_mac.is_empty() {
            signed.extend(length_u16(request_mac));
            signed.extend(request_mac);
        }
        signed.extend(message);
        signed.extend(self.key.as_wire().to_ascii_lowercase());
        signed.extend(CLASS.to_be_bytes());
        signed.extend([0; 4]);
        signed.extend(wire_name(self.algorithm));
        signed.extend(time48(self.time));
        signed.extend(self.fudge.to_be_bytes());
        signed.extend(error.to_be_bytes());
        signed.extend(length_u16(other));
        signed.extend(other);
        signed
    }
}

/// The message as it was before it was signed (RFC 8945 5.2): without the record, its count one less, its id the original one.
fn without_signature(bytes: &[u8], signature: &Signature) -> Vec<u8> {
    let mut message = bytes.get(..signature.covers).unwrap_or_default().to_vec();
    if let Some(id) = message.first_chunk_mut::<2>() {
        *id = signature.original_id.to_be_bytes();
    }
    count_additionals(&mut message, u16::MAX);
    message
}

/// Adds to ARCOUNT; 65535 takes one away.
fn count_additionals(message: &mut [u8], more: u16) {
    if let Some([.., high, low]) = message.get_mut(..HEADER) {
        let count = u16::from_be_bytes([*high, *low]).wrapping_add(more);
        [*high, *low] = count.to_be_bytes();
    }
}

fn mac(key: &UpdateKey, signed: &[u8]) -> Vec<u8> {
    match key.algorithm {
        Algorithm::HmacSha256 => keyed::<Hmac<Sha256>>(key, signed),
        Algorithm::HmacSha512 => keyed::<Hmac<Sha512>>(key, signed),
    }
}

fn keyed<M: Mac + KeyInit>(key: &UpdateKey, signed: &[u8]) -> Vec<u8> {
    // HMAC takes a key of any length; were it otherwise, an empty MAC would verify nothing.
    <M as KeyInit>::new_from_slice(&key.secret.0)
        .map_or_else(|_| Vec::new(), |hmac| hmac.chain_update(signed).finalize().into_bytes().to_vec())
}

fn is_mac(key: &UpdateKey, signed: &[u8], found: &[u8]) -> bool {
    let expected = mac(key, signed);
    // Truncated MACs are allowed by RFC 8945 5.2.2.1 and used by nobody; they are refused.
    !expected.is_empty() && expected == found
}

fn is_called(algorithm: &Algorithm, name: &DomainName) -> bool {
    name.as_wire().to_ascii_lowercase() == wire_name(algorithm)
}

/// The algorithm as a domain name (RFC 8945 6): one label.
fn wire_name(algorithm: &Algorithm) -> Vec<u8> {
    let word = algorithm.word().as_bytes();
    let mut name = vec![u8::try_from(word.len()).unwrap_or_default()];
    name.extend(word);
    name.push(0);
    name
}

fn time48(seconds: u64) -> Vec<u8> {
    seconds.to_be_bytes().iter().skip(2).copied().collect()
}

/// Lengths of ours, all far below 65536.
fn length_u16(octets: &[u8]) -> [u8; 2] {
    u16::try_from(octets.len()).unwrap_or(u16::MAX).to_be_bytes()
}
