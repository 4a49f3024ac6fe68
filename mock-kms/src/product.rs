//! The products of the laboratory: what a simulated client is and what a simulated host key covers.
//!
//! It stands apart because clients, hosts and environments must mean the same by the same word. It is no table of real
//! products: application ids are the three that public documentation prints, everything else is made from the name.

use std::sync::LazyLock;

use double::WallTime;
use sha2::{Digest, Sha256};

use crate::wire::Guid;
use crate::wire::kms::{BaseRequest, Version, WorkstationName};

/// Application id of Windows.
pub const WINDOWS: Guid =
    Guid::from_fields(0x55c9_2734, 0xd682, 0x4d71, [0x98, 0x3e, 0xd6, 0xec, 0x3f, 0x16, 0x05, 0x9f]);
/// Application id of Office 2010.
pub const OFFICE_2010: Guid =
    Guid::from_fields(0x59a5_2881, 0xa989, 0x479d, [0xaf, 0x46, 0xf2, 0x75, 0xc6, 0x37, 0x06, 0x63]);
/// Application id of Office 2013 and later.
pub const OFFICE: Guid =
    Guid::from_fields(0x0ff1_ce15, 0xa989, 0x479d, [0xaf, 0x46, 0xf2, 0x75, 0xc6, 0x37, 0x06, 0x63]);

/// The licence status of a machine whose grace is over ([`BaseRequest::license_status`]).
const NOTIFICATION: u32 = 5;

/// How many clients a client edition of Windows wants to see counted.
const REQUIRED_BY_CLIENTS: u32 = 25;
/// How many clients servers and Office want to see counted.
const REQUIRED_BY_SERVERS_AND_OFFICE: u32 = 5;

notation::choice! {
    /// A group of products that a KMS host key covers or does not cover, named by its generation.
    pub enum Product("product") {
        /// Windows Vista.
        "windows-vista" => WindowsVista,
        /// Windows 7.
        "windows-7" => Windows7,
        /// Windows 8.
        "windows-8" => Windows8,
        /// Windows 8.1.
        "windows-8.1" => Windows81,
        /// Windows 10.
        "windows-10" => Windows10,
        /// Windows 11.
        "windows-11" => Windows11,
        /// Windows Server 2008.
        "windows-server-2008" => WindowsServer2008,
        /// Windows Server 2008 R2.
        "windows-server-2008-r2" => WindowsServer2008R2,
        /// Windows Server 2012.
        "windows-server-2012" => WindowsServer2012,
        /// Windows Server 2012 R2.
        "windows-server-2012-r2" => WindowsServer2012R2,
        /// Windows Server 2016.
        "windows-server-2016" => WindowsServer2016,
        /// Windows Server 2019.
        "windows-server-2019" => WindowsServer2019,
        /// Windows Server 2022.
        "windows-server-2022" => WindowsServer2022,
        /// Windows Server 2025.
        "windows-server-2025" => WindowsServer2025,
        /// Office 2010.
        "office-2010" => Office2010,
        /// Office 2013.
        "office-2013" => Office2013,
        /// Office 2016.
        "office-2016" => Office2016,
        /// Office 2019.
        "office-2019" => Office2019,
        /// Office LTSC 2021.
        "office-2021" => Office2021,
        /// Office LTSC 2024.
        "office-2024" => Office2024,
    }
}

impl Product {
    /// Every edition of Windows: what the newest Windows host key covers, and no Office.
    pub const WINDOWS: [Self; 14] = [
        Self::WindowsVista,
        Self::Windows7,
        Self::Windows8,
        Self::Windows81,
        Self::Windows10,
        Self::Windows11,
        Self::WindowsServer2008,
        Self::WindowsServer2008R2,
        Self::WindowsServer2012,
        Self::WindowsServer2012R2,
        Self::WindowsServer2016,
        Self::WindowsServer2019,
        Self::WindowsServer2022,
        Self::WindowsServer2025,
    ];

    /// The application id that a request of this product carries.
    #[must_use]
    pub fn application(&self) -> Guid {
        match self.family() {
            Family::Client | Family::Server => WINDOWS,
            Family::Office if *self == Self::Office2010 => OFFICE_2010,
            Family::Office => OFFICE,
        }
    }

    /// The counted id, on which a host decides: a laboratory GUID, made from the name.
    #[must_use]
    pub fn counted(&self) -> Guid {
        self.ids().1
    }

    /// The SKU id: a laboratory GUID, made from the name.
    #[must_use]
    pub fn sku(&self) -> Guid {
        self.ids().2
    }

    fn ids(&self) -> (&'static str, Guid, Guid) {
        let word = self.word();
        IDS.iter().find(|ids| ids.0 == word).copied().unwrap_or_else(|| ids_of(word))
    }

    /// The required client count (N policy).
    #[must_use]
    pub fn required_clients(&self) -> u32 {
        match self.family() {
            Family::Client => REQUIRED_BY_CLIENTS,
            Family::Server | Family::Office => REQUIRED_BY_SERVERS_AND_OFFICE,
        }
    }

    /// What a machine with this product asks that was never activated and has nothing left of its grace.
    #[must_use]
    pub fn request(&self, version: Version, client: Guid, name: &str, at: WallTime) -> BaseRequest {
        BaseRequest {
            version: version.dword(),
            virtual_machine: 0,
            license_status: NOTIFICATION,
            minutes_left: 0,
            application: self.application(),
            sku: self.sku(),
            counted: self.counted(),
            client,
            required_clients: self.required_clients(),
            client_time: at,
            previous_client: Guid::NIL,
            workstation: WorkstationName::new(name),
        }
    }

    fn family(&self) -> Family {
        let word = self.word();
        if word.starts_with("office-") {
            Family::Office
        } else if word.starts_with("windows-server-") {
            Family::Server
        } else {
            Family::Client
        }
    }
}

enum Family {
    Client,
    Office,
    Server,
}

/// Word, counted id and SKU id of every product: made once, because each request and each host needs them.
static IDS: LazyLock<Vec<(&'static str, Guid, Guid)>> =
    LazyLock::new(|| Product::WORDS.iter().map(|(word, _)| ids_of(word)).collect());

fn ids_of(word: &'static str) -> (&'static str, Guid, Guid) {
    (word, laboratory_guid("counted id", word), laboratory_guid("SKU id", word))
}

/// A GUID of version 8 ("vendor specific", RFC 9562 5.8) from a text that says what it is.
fn laboratory_guid(kind: &str, name: &str) -> Guid {
    let digest = Sha256::new().chain_update("kmslab laboratory ").chain_update(kind).chain_update(name).finalize();
    let mut octets = [0; 16];
    for (place, octet) in octets.iter_mut().zip(digest) {
        *place = octet;
    }
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut octets;
    *version = *version & 0x0f | 0x80;
    *variant = *variant & 0x3f | 0x80;
    Guid::from_big_endian(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(product: Product, application: &str, required: u32) {
        assert_eq!(product.application().to_string(), application);
        assert_eq!(product.required_clients(), required);
    }

    #[test]
    fn applications_and_thresholds_are_the_documented_ones() {
        check(Product::Windows11, "55c92734-d682-4d71-983e-d6ec3f16059f", 25);
        check(Product::WindowsServer2022, "55c92734-d682-4d71-983e-d6ec3f16059f", 5);
        check(Product::Office2010, "59a52881-a989-479d-af46-f275c6370663", 5);
        check(Product::Office2021, "0ff1ce15-a989-479d-af46-f275c6370663", 5);
    }

    #[test]
    fn laboratory_ids_say_so_and_differ() {
        let counted = Product::WINDOWS.map(|product| product.counted());
        for (index, guid) in counted.iter().enumerate() {
            assert_eq!(guid.to_string().as_bytes()[14], b'8', "version 8: {guid}");
            assert!(!counted[..index].contains(guid));
        }
        assert_ne!(Product::Windows10.sku(), Product::Windows10.counted());
    }
}
