//! Registry values, raw: path, name, type, data. A value under the wrong key or of the wrong type is then simply what it is,
//! and whoever reads it decides what that means.
//!
//! Paths and names compare without case, as Windows does (kms-behaviour: Registry). Nothing here knows which value means what.

use std::fmt;

use notation::{Format, Kind, Problem, Problems, Tree};

/// The root of the licensing keys in Windows Vista and Server 2008.
pub const SOFTWARE_LICENSING: &str = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\SL";

/// The root of the licensing keys of Office 2010, and of Office 2013 on Windows 7 (the constants of ospp.vbs).
pub const OFFICE_SOFTWARE_PROTECTION: &str = r"HKLM\SOFTWARE\Microsoft\OfficeSoftwareProtectionPlatform";

/// The root of the licensing keys since Windows 7 and Server 2008 R2.
pub const SOFTWARE_PROTECTION: &str = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform";

/// The registry value of the registered KMS machine name.
pub const HOST_NAME: &str = "KeyManagementServiceName";
/// The registry value of its port; a text, although it holds a number.
pub const HOST_PORT: &str = "KeyManagementServicePort";
/// The registry value of the lookup domain.
pub const LOOKUP_DOMAIN: &str = "KeyManagementServiceLookupDomain";
/// The registry value that turns host caching off.
pub const CACHING_DISABLED: &str = "DisableKeyManagementServiceHostCaching";

/// The hives that a KMS client or host reads.
const HIVES: [&str; 3] = ["HKLM", "HKU", "HKCU"];

notation::choice! {
    /// The type of a registry value.
    pub enum ValueType("registry value type") {
        /// A text.
        "REG_SZ" => Sz,
        /// A 32-bit number.
        "REG_DWORD" => Dword,
        /// A list of texts.
        "REG_MULTI_SZ" => MultiSz,
    }
}

notation::record! {
    /// A value as `reg query` shows it.
    pub struct RegistryValue("a registry value") check RegistryValue::check {
        /// The key, from the hive down, e.g. HKLM\SOFTWARE\....
        "path" => path: String,
        /// The name of the value.
        "name" => name: String,
        /// Its type.
        "type" => kind: ValueType = ValueType::Sz,
        /// Its data: a text, a number or a list of texts, as the type says.
        "data" => data: Data,
    }
}

/// The data of a value; whether it fits the type is checked when the value is read.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// A text.
    Text(String),
    /// A number.
    Number(u32),
    /// A list of texts.
    List(Vec<String>),
}

impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::List(list) => f.write_str(&list.join("; ")),
        }
    }
}

impl Format for Data {
    fn read(tree: &Tree, problems: &mut Problems) -> Option<Self> {
        match tree.kind {
            Kind::Integer(_) => u32::read(tree, problems).map(Self::Number),
            Kind::List(_) => Vec::read(tree, problems).map(Self::List),
            Kind::Text(_) | Kind::Float(_) | Kind::Flag(_) | Kind::Moment(_) | Kind::Table(_) => {
                String::read(tree, problems).map(Self::Text)
            }
        }
    }

    fn write(&self) -> Tree {
        match self {
            Self::Text(text) => text.write(),
            Self::Number(number) => number.write(),
            Self::List(list) => list.write(),
        }
    }

    fn schema() -> notation::serde_json::Value {
        notation::serde_json::json!({"anyOf": [String::schema(), u32::schema(), Vec::<String>::schema()]})
    }
}

impl RegistryValue {
    /// Whether type and data belong together, and path and name can exist.
    ///
    /// # Errors
    /// A problem placed at the key of `tree`, the value, that is wrong.
    fn check(&self, tree: &Tree) -> Result<(), Problem> {
        let place = |key: &str| tree.as_table().and_then(|table| table.find(key)).map_or(tree.span, |tree| tree.span);
        let fits = matches!(
            (&self.kind, &self.data),
            (ValueType::Sz, Data::Text(_)) | (ValueType::Dword, Data::Number(_)) | (ValueType::MultiSz, Data::List(_))
        );
        if !fits {
            let (word, wanted) = match self.kind {
                ValueType::Sz => ("REG_SZ", "a string"),
                ValueType::Dword => ("REG_DWORD", "an integer"),
                ValueType::MultiSz => ("REG_MULTI_SZ", "an array of strings"),
            };
            let fitting = match self.data {
                Data::Text(_) => "REG_SZ",
                Data::Number(_) => "REG_DWORD",
                Data::List(_) => "REG_MULTI_SZ",
            };
            let hint = format!("write {wanted}, or type = \"{fitting}\" to play a value of the wrong type");
            return Err(Problem::refused(place("data"), format!("{word} holds {wanted}")).hint(hint));
        }
        let hive = self.path.split('\\').next().unwrap_or_default();
        if !HIVES.contains(&hive) {
            let problem =
                Problem::refused(place("path"), format!("a registry path begins with one of {}", HIVES.join(", ")));
            return Err(problem.at_part(0..hive.len()).hint(format!("such as {SOFTWARE_PROTECTION}")));
        }
        Ok(())
    }

    /// Whether this is the value of that name under that key.
    #[must_use]
    pub fn is(&self, path: &str, name: &str) -> bool {
        self.path.eq_ignore_ascii_case(path) && self.name.eq_ignore_ascii_case(name)
    }
}

/// The text of a value, if it exists and is a REG_SZ.
#[must_use]
pub fn text<'a>(values: &'a [RegistryValue], path: &str, name: &str) -> Option<&'a str> {
    let value = values.iter().find(|value| value.is(path, name))?;
    if let Data::Text(text) = &value.data { Some(text) } else { None }
}

/// The KMS host that is registered by hand below a root of the licensing keys, and its port where one is: of the SKU, of the
/// application, of all.
#[must_use]
pub fn registered_host<'a>(
    values: &'a [RegistryValue],
    root: &str,
    application: &dyn fmt::Display,
    sku: &dyn fmt::Display,
) -> Option<(&'a str, Option<u16>)> {
    // Most machines have no such value: then no path need be written out.
    values.iter().find(|value| value.name.eq_ignore_ascii_case(HOST_NAME))?;
    let paths = [format!(r"{root}\{application}\{sku}"), format!(r"{root}\{application}"), root.to_owned()];
    paths.iter().find_map(|path| {
        let name = text(values, path, HOST_NAME).filter(|name| !name.is_empty())?;
        Some((name, text(values, path, HOST_PORT).and_then(|port| port.parse().ok())))
    })
}

/// The list of a value, if it exists and is a REG_MULTI_SZ.
#[must_use]
pub fn list<'a>(values: &'a [RegistryValue], path: &str, name: &str) -> Option<&'a [String]> {
    let value = values.iter().find(|value| value.is(path, name))?;
    if let Data::List(list) = &value.data { Some(list) } else { None }
}

/// The number of a value, if it exists and is a REG_DWORD.
#[must_use]
pub fn number(values: &[RegistryValue], path: &str, name: &str) -> Option<u32> {
    let value = values.iter().find(|value| value.is(path, name))?;
    if let Data::Number(number) = value.data { Some(number) } else { None }
}
