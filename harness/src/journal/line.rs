//! The lines of a journal file, declared once: how they are written and their JSON Schema.
//!
//! Keys are added, never changed; a reader skips keys and types of lines that it does not know.

use double::Moment;
use notation::{Format, Kind, Tree};
use serde_json::{Map, Value, json};

/// The version of the format. It changes when something changes its meaning, not when something is added.
pub const VERSION: u32 = 1;

/// The meta-schema that the schema is written in.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

notation::record! {
    /// The first line.
    pub struct BeginLine {
        /// The version of the format.
        "version" => version: u32,
        /// The program that wrote it, and its version.
        "program" => program: String,
        /// Always true: nothing of this happened on a network of somebody's.
        "simulation" => simulation: bool,
        /// The network that it happened on: simulated, loopback, isolated.
        "network" => network: String,
        /// The seed of every random choice.
        "seed" => seed: u64,
    }
}

notation::record! {
    /// An attempt begins; the entries that follow belong to it.
    pub struct AttemptLine {
        /// The scenario.
        "scenario" => scenario: String,
        /// The step, counted from 1.
        "step" => step: u64,
        /// The client.
        "client" => client: String,
        /// The Windows generation that it behaves like.
        "profile" => profile: String,
        /// The true time (UTC) at moment 0.
        "start" => start: String,
        /// Who is there.
        "machines" => machines: Vec<MachineLine>,
        /// How it ended, in one word; none where another program stood in the place of the client.
        "outcome" => outcome: Option<String>,
        /// How long it took on the clock of the run, in milliseconds.
        "virtual_ms" => virtual_ms: u64,
    }
}

notation::record! {
    /// A machine.
    pub struct MachineLine {
        /// Its id.
        "id" => id: String,
        /// What it is there for: client, dns, host.
        "role" => role: String,
        /// Its addresses.
        "addresses" => addresses: Vec<String>,
    }
}

notation::choice! {
    /// Where in the stack something happened.
    pub enum Layer {
        /// A message of DNS, or what came of one.
        "dns" => Dns,
        /// A connection.
        "tcp" => Tcp,
        /// DCE/RPC.
        "rpc" => Rpc,
        /// A message of KMS inside a call.
        "kms" => Kms,
        /// The event log of a machine; nothing crosses the wire with it.
        "log" => Log,
    }
}

notation::choice! {
    /// Who sent what an entry tells of.
    pub enum Sender {
        /// The one that asks or connects.
        "client" => Client,
        /// The one that answers or listens.
        "server" => Server,
    }
}

notation::record! {
    /// One thing that a machine did or saw.
    pub struct EntryLine {
        /// Its number in the attempt, counted from 1, in the order of cause and effect.
        "number" => number: u64,
        /// When, in microseconds since moment 0.
        "at_us" => at_us: u64,
        /// At which machine.
        "machine" => machine: String,
        /// What that machine is there for: client, dns, host.
        "role" => role: Option<String>,
        /// Where in the stack.
        "layer" => layer: Layer,
        /// What, in one word: query, reply, connect, bind, request, closed and so on.
        "event" => event: String,
        /// What, in the words that expectations match.
        "text" => text: String,
        /// Which exchange, counted from 1: a question and everything that answers it, or a connection, at both of its ends.
        "conversation" => conversation: Option<u64>,
        /// Who sent it.
        "sender" => sender: Option<Sender>,
        /// udp or tcp.
        "transport" => transport: Option<String>,
        /// The other end, as far as it is known: a port of 0 is not.
        "peer" => peer: Option<String>,
        /// DNS: the transaction.
        "id" => id: Option<u32>,
        /// DNS: the name that is asked for.
        "name" => name: Option<String>,
        /// DNS: the type that is asked for.
        "record_type" => record_type: Option<String>,
        /// DNS: the code of a reply.
        "rcode" => rcode: Option<String>,
        /// DNS: whether a reply was cut.
        "truncated" => truncated: Option<bool>,
        /// DNS: whether a reply names other servers instead of an answer.
        "referral" => referral: Option<bool>,
        /// DNS: the records of a reply's answer section, as type and data.
        "answers" => answers: Vec<String>,
        /// RPC and KMS: which connection of the machine, counted from 1.
        "connection" => connection: Option<u64>,
        /// RPC: presentation contexts that are offered.
        "contexts" => contexts: Option<u64>,
        /// RPC: result/reason of each context.
        "results" => results: Vec<String>,
        /// RPC: the status of a fault, or the reason of a bind_nak.
        "status" => status: Option<String>,
        /// KMS: the version of the protocol, e.g. 6.0.
        "version" => version: Option<String>,
        /// KMS: the result.
        "hresult" => hresult: Option<String>,
        /// KMS: the current count.
        "count" => count: Option<u32>,
        /// Why something did not happen or was not taken, in the words of the text.
        "why" => why: Option<String>,
        /// What crossed the wire, in hexadecimal: DNS messages without their length on TCP where this machine asked, else as sent; PDUs.
        "octets" => octets: Option<String>,
        /// Only where asked for: what the laboratory alone knows, such as the fault that struck.
        "note" => note: Option<String>,
    }
}

notation::record! {
    /// An event that a machine's event log gained in the attempt: those of the client, then those of each KMS host.
    pub struct LoggedLine {
        /// When, in microseconds since moment 0: for a client the last thing it did; none where it did nothing.
        "at_us" => at_us: Option<u64>,
        /// At which machine.
        "machine" => machine: String,
        /// What that machine is there for: client, host.
        "role" => role: String,
        /// In which log: Application, Key Management Service.
        "log" => log: String,
        /// The id of the event: 8198, 12288 to 12294.
        "event" => event: u32,
        /// Its HRESULT: any one of these where sources disagree; none where the event has none.
        "code" => code: Vec<String>,
        /// How sure the code is: documented, field, inferred.
        "confidence" => confidence: String,
        /// Its other parameters, in their order.
        "parameters" => parameters: Vec<FieldLine>,
    }
}

notation::record! {
    /// A parameter of an event.
    pub struct FieldLine {
        /// Its name.
        "name" => name: String,
        /// Its value, as the event shows it.
        "value" => value: String,
    }
}

notation::record! {
    /// The last line: the journal is whole.
    pub struct EndLine {
        /// How many attempts there are.
        "attempts" => attempts: u64,
        /// How many entries there are.
        "entries" => entries: u64,
        /// How many events of logs there are.
        "logged" => logged: u64,
    }
}

impl EntryLine {
    /// An entry of which nothing is known but what it is.
    #[must_use]
    pub fn new(layer: Layer, event: &str) -> Self {
        Self {
            number: 0,
            at_us: 0,
            machine: String::new(),
            role: None,
            layer,
            event: event.to_owned(),
            text: String::new(),
            conversation: None,
            sender: None,
            transport: None,
            peer: None,
            id: None,
            name: None,
            record_type: None,
            rcode: None,
            truncated: None,
            referral: None,
            answers: Vec::new(),
            connection: None,
            contexts: None,
            results: Vec::new(),
            status: None,
            version: None,
            hresult: None,
            count: None,
            why: None,
            octets: None,
            note: None,
        }
    }
}

/// A moment as the lines tell it: microseconds since moment 0.
#[must_use]
pub fn microseconds(at: Moment) -> u64 {
    u64::try_from(at.since_start().as_micros()).unwrap_or(u64::MAX)
}

/// A line as JSON, with its type in front.
#[must_use]
pub fn json(kind: &str, line: &impl Format) -> Value {
    let mut object = Map::new();
    object.insert("type".to_owned(), json!(kind));
    if let Value::Object(keys) = value(&line.write()) {
        object.extend(keys);
    }
    Value::Object(object)
}

fn value(tree: &Tree) -> Value {
    match &tree.kind {
        Kind::Text(text) | Kind::Moment(text) => json!(text),
        Kind::Integer(number) => json!(number),
        Kind::Float(number) => json!(number),
        Kind::Flag(flag) => json!(flag),
        Kind::List(items) => items.iter().map(value).collect(),
        Kind::Table(table) => {
            Value::Object(table.0.iter().map(|(key, tree)| (key.text.clone(), value(tree))).collect())
        }
    }
}

/// The schema of one line of a journal.
#[must_use]
pub fn schema() -> Value {
    let lines = [
        ("begin", BeginLine::schema()),
        ("attempt", AttemptLine::schema()),
        ("entry", EntryLine::schema()),
        ("logged", LoggedLine::schema()),
        ("end", EndLine::schema()),
    ];
    let lines = lines.map(|(kind, schema)| typed(kind, schema));
    json!({
        "$schema": DRAFT,
        "$id": format!("urn:kmslab:journal:{VERSION}"),
        "title": "A line of a journal of kmslab",
        "description": "A journal is a file of JSON Lines: begin, then for each attempt its line, its entries and what it left in event logs, then end.",
        "anyOf": lines,
    })
}

/// The schema of a line, which knows its type.
fn typed(kind: &str, mut schema: Value) -> Value {
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.shift_insert(0, "type".to_owned(), json!({"const": kind}));
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.insert(0, json!("type"));
    }
    schema
}
