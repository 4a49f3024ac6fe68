//! What Windows and Office call their editions in the output of the licensing scripts, and the version of the licensing service.
//!
//! The forms are from public samples (kms-behaviour 5.3, 5.4; Microsoft's articles on /dlv and /dstatus); which edition a machine here
//! has is nowhere said, so it is always the one that volume customers have: Enterprise, Standard, Professional Plus. Build numbers are general
//! knowledge; they tell the generation and no patch level.

use evidence::vantage::{KeyChannel, Licensing};
use mock_kms::product::{Product, WINDOWS};

/// The name of a product.
#[must_use]
pub fn name(product: &Product) -> &'static str {
    match product {
        Product::WindowsVista => "Windows(TM) Vista, Enterprise edition",
        Product::Windows7 => "Windows(R) 7, Enterprise edition",
        Product::Windows8 | Product::Windows81 | Product::Windows10 | Product::Windows11 => {
            "Windows(R), Enterprise edition"
        }
        Product::WindowsServer2008 => "Windows Server(R), ServerStandard edition",
        Product::WindowsServer2008R2 => "Windows Server(R), ServerStandard edition",
        Product::WindowsServer2012
        | Product::WindowsServer2012R2
        | Product::WindowsServer2016
        | Product::WindowsServer2019
        | Product::WindowsServer2022
        | Product::WindowsServer2025 => "Windows(R), ServerStandard edition",
        Product::Office2010 => "Office 14, OfficeProPlus-KMS_Client edition",
        Product::Office2013 => "Office 15, OfficeProPlusVL_KMS_Client edition",
        Product::Office2016 => "Office 16, Office16ProPlusVL_KMS_Client edition",
        Product::Office2019 => "Office 19, Office19ProPlus2019VL_KMS_Client_AE edition",
        Product::Office2021 => "Office 21, Office21ProPlus2021VL_KMS_Client_AE edition",
        Product::Office2024 => "Office 24, Office24ProPlus2024VL_KMS_Client_AE edition",
    }
}

/// Whether it is an Office: then ospp.vbs tells of it, and slmgr of the Windows below.
#[must_use]
pub fn is_office(product: &Product) -> bool {
    product.application() != WINDOWS
}

/// The description: family and channel.
pub(super) fn description(licensing: &Licensing) -> String {
    let family = if is_office(&licensing.product) {
        name(&licensing.product).split(',').next().unwrap_or_default()
    } else {
        "Windows(R) Operating System"
    };
    let channel = match licensing.key {
        KeyChannel::Mak => "VOLUME_MAK",
        KeyChannel::Gvlk | KeyChannel::None => "VOLUME_KMSCLIENT",
    };
    format!("{family}, {channel} channel")
}

/// The version of the software licensing service.
pub(super) fn service_version(licensing: &Licensing) -> &'static str {
    match licensing.product {
        Product::WindowsServer2016 => "10.0.14393.0",
        Product::WindowsServer2019 => "10.0.17763.1",
        Product::WindowsServer2022 => "10.0.20348.1",
        Product::WindowsServer2025 => "10.0.26100.1",
        Product::WindowsVista
        | Product::Windows7
        | Product::Windows8
        | Product::Windows81
        | Product::Windows10
        | Product::Windows11
        | Product::WindowsServer2008
        | Product::WindowsServer2008R2
        | Product::WindowsServer2012
        | Product::WindowsServer2012R2
        | Product::Office2010
        | Product::Office2013
        | Product::Office2016
        | Product::Office2019
        | Product::Office2021
        | Product::Office2024 => match licensing.generation {
            "windows-vista" => "6.0.6002.18005",
            "windows-7" => "6.1.7601.17514",
            "windows-8" => "6.2.9200.16384",
            "windows-8.1" => "6.3.9600.16384",
            "windows-11" => "10.0.22621.1",
            _ => "10.0.19041.1",
        },
    }
}
