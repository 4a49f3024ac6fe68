//! The change vocabulary: typed, invertible operations on things with stable ids.
//!
//! A scenario is a healthy environment plus such operations; a remedy, a mutant and a command to a running lab are the same
//! type. It names things and says what happens to them; whether they exist, and what undoes an operation, only an
//! environment can tell (`kmslab::environment::apply`). It is never a merge of tables: each operation says all that it does.

use mock_dns::name::DomainName;
use mock_dns::record::RecordType;
use notation::{Format, Id, Key, Kind, Placed, Problem, Problems, Table, Tree};

/// Operations, applied in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change(pub Vec<Operation>);

impl Format for Change {
    fn read(tree: &Tree, problems: &mut Problems) -> Option<Self> {
        Vec::read(tree, problems).map(Self)
    }

    fn write(&self) -> Tree {
        self.0.write()
    }

    fn schema() -> notation::serde_json::Value {
        Vec::<Operation>::schema()
    }

    fn absent() -> Option<Self> {
        Some(Self::default())
    }

    fn is_absent(&self) -> bool {
        self.0.is_empty()
    }
}

notation::choice! {
    /// One operation: a verb, and what it is done to.
    pub enum Operation("operation") {
        /// Adds something that was not there.
        "add" => Add(Addition),
        /// Removes something that is there.
        "remove" => Remove(Removal),
        /// Gives something another value.
        "set" => Set(Setting),
        /// Takes a value back to its default, or a registry value away.
        "clear" => Clear(Clearing),
    }
}

notation::choice! {
    /// What can be added.
    pub enum Addition("kind of addition") {
        /// A resource record, as a line of a zone file: { at, text }.
        "record" => Record(AddRecord),
        /// A zone at a DNS server: { at, origin, text }.
        "zone" => Zone(Thing),
        /// A network rule: { id, from, to, protocol, port, where, how }.
        "rule" => Rule(Thing),
        /// A fault of a DNS server's or KMS host's answers: { at, id, ... }.
        "fault" => Fault(Thing),
        /// A DNS server.
        "dns_server" => DnsServer(Thing),
        /// A KMS host.
        "kms_host" => KmsHost(Thing),
        /// A KMS client.
        "client" => Client(Thing),
    }
}

notation::choice! {
    /// What can be removed.
    pub enum Removal("kind of removal") {
        /// The resource records of a name, or those of one type, or one of them: { at, name, type, data }.
        "records" => Records(RemoveRecords),
        /// A zone: { at, origin }.
        "zone" => Zone(RemoveZone),
        /// A network rule: { id }.
        "rule" => Rule(Named),
        /// A fault: { at, id }.
        "fault" => Fault(RemoveFault),
        /// A machine: { id }.
        "machine" => Machine(Named),
    }
}

notation::choice! {
    /// What can be set.
    pub enum Setting("kind of setting") {
        /// A key of a machine, dotted where it lies deeper: { at, key, to }.
        "value" => Value(SetValue),
        /// A registry value of a machine: { at, path, name, type, data }.
        "registry" => Registry(Thing),
    }
}

notation::choice! {
    /// What can be cleared.
    pub enum Clearing("kind of clearing") {
        /// A key of a machine, which then means its default: { at, key }.
        "value" => Value(ClearValue),
        /// A registry value of a machine: { at, path, name }.
        "registry" => Registry(ClearRegistry),
    }
}

notation::record! {
    /// A resource record to add.
    pub struct AddRecord("add.record") {
        /// The DNS server.
        "at" => at: Placed<Id>,
        /// The record as a line of a zone file, owner name first.
        "text" => text: Placed<String>,
        /// The origin of the zone that gets it; the closest one around the owner name when absent.
        "zone" => zone: Option<Placed<DomainName>>,
        /// Before which record of the zone it is put, counted from 0; at the end when absent.
        "position" => position: Option<usize>,
    }
}

notation::record! {
    /// Resource records to remove; it must fit at least one.
    pub struct RemoveRecords("remove.records") {
        /// The DNS server.
        "at" => at: Placed<Id>,
        /// The owner name, compared without case.
        "name" => name: Placed<DomainName>,
        /// Only records of this type.
        "type" => kind: Option<RecordType>,
        /// Only the record with this data, as it stands in a zone file.
        "data" => data: Option<Placed<String>>,
        /// Only in the zone with this origin.
        "zone" => zone: Option<Placed<DomainName>>,
        /// Only the record at this place of its zone, counted from 0: for one of several that are alike.
        "position" => position: Option<usize>,
    }
}

notation::record! {
    /// A zone to remove.
    pub struct RemoveZone("remove.zone") {
        /// The DNS server.
        "at" => at: Placed<Id>,
        /// The origin of the zone.
        "origin" => origin: Placed<DomainName>,
    }
}

notation::record! {
    /// A fault to remove.
    pub struct RemoveFault("remove.fault") {
        /// The DNS server or KMS host.
        "at" => at: Placed<Id>,
        /// The fault.
        "id" => id: Placed<Id>,
    }
}

notation::record! {
    /// Something that its id alone names.
    pub struct Named("this removal") {
        /// The id.
        "id" => id: Placed<Id>,
    }
}

notation::record! {
    /// A key of a machine and its new value.
    pub struct SetValue("set.value") {
        /// The machine.
        "at" => at: Placed<Id>,
        /// The key, dotted where it lies deeper: ip.primary_suffix.
        "key" => key: Placed<String>,
        /// The value, of the type that the key has.
        "to" => to: Tree,
    }
}

notation::record! {
    /// A key of a machine that is to mean its default.
    pub struct ClearValue("clear.value") {
        /// The machine.
        "at" => at: Placed<Id>,
        /// The key, dotted where it lies deeper.
        "key" => key: Placed<String>,
    }
}

notation::record! {
    /// A registry value to take away.
    pub struct ClearRegistry("clear.registry") {
        /// The machine.
        "at" => at: Placed<Id>,
        /// The key.
        "path" => path: Placed<String>,
        /// The name of the value.
        "name" => name: Placed<String>,
    }
}

/// Something whose own keys only an environment knows, with where it goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Thing {
    /// The machine it belongs to, where it belongs to one.
    pub at: Option<Placed<Id>>,
    /// Before which of its kind it is put, counted from 0; at the end when absent.
    pub position: Option<usize>,
    /// Its own keys.
    pub body: Tree,
}

impl Format for Thing {
    fn read(tree: &Tree, problems: &mut Problems) -> Option<Self> {
        let table = notation::format::expect_table(tree, problems)?;
        let at = notation::format::read_key(tree, table, "this operation", "at", None, problems)?;
        let position = notation::format::read_key(tree, table, "this operation", "position", None, problems)?;
        let own = table.0.iter().filter(|(key, _)| key.text != "at" && key.text != "position").cloned();
        Some(Self { at, position, body: Tree { span: tree.span, kind: Kind::Table(Table(own.collect())) } })
    }

    fn write(&self) -> Tree {
        let mut table = Table::default();
        if let Some(at) = &self.at {
            table.push("at", at.write());
        }
        if let Some(position) = &self.position {
            table.push("position", position.write());
        }
        if let Some(own) = self.body.as_table() {
            table.0.extend(
                own.0.iter().map(|(key, value)| (Key { span: key.span, text: key.text.clone() }, value.clone())),
            );
        }
        Tree::built(Kind::Table(table))
    }

    fn schema() -> notation::serde_json::Value {
        notation::serde_json::json!({"type": "object"})
    }
}

impl Thing {
    /// The machine, for kinds that belong to one.
    ///
    /// # Errors
    /// A problem that says so where it is missing.
    pub fn machine(&self) -> Result<&Placed<Id>, Problem> {
        self.at.as_ref().ok_or_else(|| {
            Problem::refused(self.body.span, "this operation needs the key `at`")
                .hint("the id of the machine it belongs to")
        })
    }
}
