//! The client's licensing service: slmgr, ospp.vbs, and the registry where neither has a verb.
//!
//! The registry is exported before it is changed, and its service is restarted after it, by the name that it has on the
//! generation: slsvc on Vista and Server 2008, sppsvc later, osppsvc for Office 2010 (and 2013 on Windows 7).

use super::{Known, On, Shell, Tool, Typed, quote};
use crate::diagnosis::remedy;
use crate::registry::{Data, HOST_NAME, HOST_PORT, LOOKUP_DOMAIN, RegistryValue, SOFTWARE_LICENSING};

/// The file to which a key is exported before it is changed.
const BEFORE: &str = "kms-before.reg";

/// Said of a registration by hand.
const OUTLIVES: &str = "goes round DNS and outlives the host: type the undo when discovery works again. The guideline's routing \
                        test never does, and its IPv6 example lacks the brackets";

/// Said of ospp.vbs.
const OSPP_FOLDER: &str = "a 32-bit Office on a 64-bit Windows lies below %ProgramFiles(x86)%";

/// Said of a restart.
const RESTART: &str = "the service reads the value when it starts";

impl Known<'_> {
    /// A command of the tool, e.g. `/ato` or `/act`.
    fn tool(&self, slmgr: &str, ospp: &str) -> String {
        match self.tool {
            Tool::Slmgr => format!("slmgr {slmgr}"),
            Tool::Ospp(folder) => {
                format!(r#"cscript //nologo "%ProgramFiles%\Microsoft Office\{folder}\ospp.vbs" {ospp}"#)
            }
        }
    }

    fn at_client(&self, slmgr: &str, ospp: &str) -> Typed {
        let typed = Typed::new(On::Client, Shell::Cmd, self.tool(slmgr, ospp));
        if self.tool == Tool::Slmgr { typed } else { typed.why(OSPP_FOLDER) }
    }

    pub(super) fn clear_lookup_domain(&self) -> Vec<Typed> {
        if !self.lookup_domain {
            return self.remove_registry_value(self.root, LOOKUP_DOMAIN);
        }
        let line = self.at_client("/ckms-domain", "/ckms-domain");
        let before = self.reading.setting("", LOOKUP_DOMAIN).and_then(|value| quote::name(value.fact.1));
        vec![match before {
            Some(domain) => line.undo(self.tool(&format!("/skms-domain {domain}"), &format!("/skms-domain:{domain}"))),
            None => line,
        }]
    }

    /// slmgr clears one place at a time: the global one, or that of an activation id. For an application it has no verb.
    pub(super) fn clear_registered_host(&self) -> Vec<Typed> {
        let Some(registered) = self.reading.registered() else {
            return vec![self.at_client("/ckms", "/remhst")];
        };
        let below = registered.value.fact.path.get(self.root.len()..).unwrap_or_default().trim_start_matches('\\');
        let parts: Vec<&str> = below.split('\\').filter(|part| !part.is_empty()).collect();
        let id = match parts.as_slice() {
            [] => String::new(),
            [_, sku] if quote::name(sku).is_some() && self.tool == Tool::Slmgr => format!(" {sku}"),
            _ => return self.remove_registration(registered.value.fact),
        };
        let line = self.at_client(&format!("/ckms{id}"), "/remhst");
        vec![match self.registration(registered.name, registered.port) {
            Some((slmgr, ospp)) => line.undo(self.tool(&format!("{slmgr}{id}"), &ospp)),
            None => line,
        }]
    }

    /// Name and port, both, where they stand.
    fn remove_registration(&self, value: &RegistryValue) -> Vec<Typed> {
        let mut lines = self.remove_registry_value(&value.path, HOST_NAME);
        let port = self.reading.registry().any(|other| other.fact.is(&value.path, HOST_PORT));
        if port && let Some(path) = quote::cmd(&value.path) {
            let delete = Typed::new(On::Client, Shell::Cmd, format!("reg delete {path} /v {HOST_PORT} /f"));
            lines.insert(lines.len().saturating_sub(1), delete);
        }
        lines
    }

    /// The arguments that register a host: for slmgr, for ospp.vbs.
    fn registration(&self, name: &str, port: u16) -> Option<(String, String)> {
        let name = quote::name(name)?;
        let and = " & ";
        let ospp = match self.tool {
            Tool::Slmgr => String::new(),
            // It does not split host and port.
            Tool::Ospp(_) => format!("/sethst:{name}{and}{}", self.tool("", &format!("/setprt:{port}"))),
        };
        Some((format!("/skms {name}:{port}"), ospp))
    }

    pub(super) fn register_host(&self, host: &remedy::Known<String>, port: u16) -> Vec<Typed> {
        let registration = match host {
            remedy::Known::Is(name) => self.registration(name, port),
            remedy::Known::Blank(blank) => {
                let ospp = format!("/sethst:<{blank}> & {}", self.tool("", &format!("/setprt:{port}")));
                Some((format!("/skms <{blank}>:{port}"), ospp))
            }
        };
        let Some((slmgr, ospp)) = registration else {
            let host = double::escape::Untrusted(&host.to_string()).to_string();
            return vec![Typed::refused(On::Client, format!("register this KMS host with slmgr /skms: {host}"))];
        };
        let before = self.reading.registered().and_then(|before| self.registration(before.name, before.port));
        let undo = before.map_or_else(|| self.tool("/ckms", "/remhst"), |(slmgr, ospp)| self.tool(&slmgr, &ospp));
        vec![self.at_client(&slmgr, &ospp).undo(undo).why(OUTLIVES)]
    }

    pub(super) fn remove_registry_value(&self, path: &str, name: &str) -> Vec<Typed> {
        let (Some(key), Some(value)) = (quote::cmd(path), quote::cmd(name)) else {
            let place = format!("{path}\\{name}");
            let place = double::escape::Untrusted(&place).to_string();
            return vec![Typed::refused(On::Client, format!("remove this value with regedit: {place}"))];
        };
        let export = format!("reg export {key} {BEFORE} /y");
        let delete = Typed::new(On::Client, Shell::Cmd, format!("reg delete {key} /v {value} /f"));
        let undo = self.reg_add(path, name).unwrap_or_else(|| format!("reg import {BEFORE}"));
        vec![
            Typed::new(On::Client, Shell::Cmd, export).why("keeps the whole key, so that nothing is lost"),
            delete.undo(undo),
            self.restart(),
        ]
    }

    /// The line that writes a value again as it was.
    fn reg_add(&self, path: &str, name: &str) -> Option<String> {
        reg_add(self.reading.registry().find(|value| value.fact.is(path, name))?.fact)
    }

    /// A value of a KMS host, and the restart without which it does not count.
    pub(super) fn host_registry(&self, at: &str, path: &str, name: &str, to: Option<&RegistryValue>) -> Vec<Typed> {
        let before = self.reading.host_registry().find(|value| value.fact.is(path, name));
        let key_and_value = quote::cmd(path).zip(quote::cmd(name));
        let delete = key_and_value.as_ref().map(|(key, value)| format!("reg delete {key} /v {value} /f"));
        let line = match to {
            Some(value) => reg_add(value),
            None => delete.clone(),
        };
        let (Some((key, _)), Some(line)) = (key_and_value, line) else {
            let place = format!("{path}\\{name}");
            let place = double::escape::Untrusted(&place).to_string();
            return vec![Typed::refused(On::Host, format!("correct this value with regedit: {place}")).at(at)];
        };
        let undo = before.and_then(|before| reg_add(before.fact)).or_else(|| delete.filter(|_| before.is_none()));
        let undo = undo.unwrap_or_else(|| format!("reg import {BEFORE}"));
        let old = path.eq_ignore_ascii_case(SOFTWARE_LICENSING);
        // The older key is the beginning of the newer one's path neither way: `SL` ends there or goes on with `\`.
        let service = if old { "slsvc" } else { "sppsvc" };
        let lines = [
            Typed::new(On::Host, Shell::Cmd, format!("reg export {key} {BEFORE} /y")),
            Typed::new(On::Host, Shell::Cmd, line).undo(undo),
            Typed::new(On::Host, Shell::Cmd, format!("net stop {service} & net start {service}")).why(RESTART),
        ];
        lines.into_iter().map(|line| line.at(at)).collect()
    }

    fn restart(&self) -> Typed {
        let service = self.service;
        Typed::new(On::Client, Shell::Cmd, format!("net stop {service} & net start {service}")).why(RESTART)
    }

    pub(super) fn new_client_machine_id(&self) -> Vec<Typed> {
        match self.tool {
            Tool::Slmgr => vec![
                Typed::new(On::Client, Shell::Cmd, "slmgr /rearm").why(
                    "on each clone, and restart it; the number of rearms is limited. Generalise images with sysprep before they are cloned",
                ),
            ],
            Tool::Ospp(folder) => vec![
                Typed::new(On::Client, Shell::Cmd, format!(r#""%ProgramFiles%\Microsoft Office\{folder}\ospprearm.exe""#))
                    .why("on each clone; the number of rearms is limited, so rearm the image before it is cloned"),
            ],
        }
    }

    pub(super) fn install_key(&self, key: &str) -> Vec<Typed> {
        vec![
            self.at_client(&format!("/ipk {key}"), &format!("/inpkey:{key}"))
                .why("replaces the key that is installed: note its last five characters before (slmgr /dlv)"),
            self.at_client("/ato", "/act"),
        ]
    }
}

/// The line that writes a value; none where a command line cannot hold it.
fn reg_add(value: &RegistryValue) -> Option<String> {
    let (key, name) = (quote::cmd(&value.path)?, quote::cmd(&value.name)?);
    let (kind, data) = match &value.data {
        Data::Text(text) => ("REG_SZ", quote::cmd(text)?),
        Data::Number(number) => ("REG_DWORD", number.to_string()),
        // reg.exe separates the texts of a list by these two characters.
        Data::List(texts) => ("REG_MULTI_SZ", quote::cmd(&texts.join(r"\0"))?),
    };
    Some(format!("reg add {key} /v {name} /t {kind} /d {data} /f"))
}
