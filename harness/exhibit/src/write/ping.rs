//! `ping`: four echo requests, really sent, and how ping.exe tells of them.
//!
//! English and Korean texts from public samples; that an unreachable target is told with the machine's own address behind
//! "Reply from" is general knowledge, and a trap that the guideline's test falls into. Which router sent an ICMP error is not known
//! here, so it is always the machine's own.

use std::net::IpAddr;
use std::time::Duration;

use evidence::network::Failure;

use super::NotShown;
use super::ask::targets;
use super::layout::PROMPT;
use crate::desk::Desk;
use crate::label::Language;

/// How many echo requests are sent, and how long each reply is waited for: the defaults of ping.exe.
const REQUESTS: u32 = 4;
const WAIT: Duration = Duration::from_secs(4);

/// How far apart the requests are.
const APART: Duration = Duration::from_secs(1);

/// The hops that a packet of Windows may take at first; every machine here is one link away.
const TTL: u8 = 128;

/// What became of one request.
enum Echo {
    After(Duration),
    Silence,
    Unreachable,
    General,
}

/// What ping prints for a name or an address.
///
/// # Errors
/// On a machine whose configuration cannot be read, or that lets nobody ping.
pub fn ping(desk: &Desk<'_>, language: Language, target: &str) -> Result<String, NotShown> {
    let targets = targets(desk, "ping", target)?;
    let Some((address, local)) = targets.first().copied() else { return Ok(words(language).not_found(target)) };
    let mut echoes = Vec::new();
    for _ in 0..REQUESTS {
        echoes.push(echo(desk, local, address)?);
    }
    Ok(words(language).page(target, address, local, &echoes))
}

/// A console in which every DNS server of the machine was pinged.
///
/// # Errors
/// On a machine whose configuration cannot be read, that lets nobody ping, or that has no DNS server.
pub fn console(desk: &Desk<'_>, language: Language) -> Result<String, NotShown> {
    let servers = desk.vantage.ip_configuration()?.dns_servers();
    if servers.is_empty() {
        return Err(NotShown::Nothing);
    }
    let pages = servers.iter().map(|server| {
        let page = ping(desk, language, &server.to_string())?;
        Ok(format!("{PROMPT}ping {server}\n{page}\n"))
    });
    pages.collect()
}

fn echo(desk: &Desk<'_>, local: Option<IpAddr>, to: IpAddr) -> Result<Echo, NotShown> {
    let Some(local) = local else { return Ok(Echo::General) };
    let network = desk.network;
    let sent = network.now();
    let reply = network.ping(local, to, sent.plus(WAIT));
    let took = network.now().since(sent);
    network.wait_until(sent.plus(APART));
    Ok(match reply {
        Ok(_) => Echo::After(took),
        Err(Failure::TimedOut | Failure::Refused | Failure::Reset) => Echo::Silence,
        Err(Failure::Unreachable | Failure::Rejected) => Echo::Unreachable,
        Err(Failure::NoSuchAddress) => Echo::General,
        Err(Failure::NotPermitted) => return Err(NotShown::Denied),
    })
}

/// The texts of a language.
struct Words(Language);

const fn words(language: Language) -> Words {
    Words(language)
}

impl Words {
    fn korean(&self) -> bool {
        self.0 == Language::Korean
    }

    fn not_found(&self, target: &str) -> String {
        if self.korean() {
            format!("Ping 요청에서 {target} 호스트를 찾을 수 없습니다. 이름을 확인하고 다시 시도하십시오.\n")
        } else {
            format!("Ping request could not find host {target}. Please check the name and try again.\n")
        }
    }

    fn page(&self, target: &str, address: IpAddr, local: Option<IpAddr>, echoes: &[Echo]) -> String {
        let named = if target == address.to_string() { target.to_owned() } else { format!("{target} [{address}]") };
        let head = if self.korean() {
            format!("\nPing {named} 32바이트 데이터 사용:\n")
        } else {
            format!("\nPinging {named} with 32 bytes of data:\n")
        };
        let lines: String = echoes.iter().map(|echo| self.line(echo, address, local)).collect();
        // An error message of ICMP counts as received: that is how the statistics come to lie.
        let received = echoes.iter().filter(|echo| matches!(echo, Echo::After(_) | Echo::Unreachable)).count();
        let lost = echoes.len() - received;
        let percent = lost * 100 / echoes.len().max(1);
        let sent = echoes.len();
        let counted = if self.korean() {
            format!(
                "\n{address}에 대한 Ping 통계:\n    패킷: 보냄 = {sent}, 받음 = {received}, 손실 = {lost} ({percent}% 손실),\n"
            )
        } else {
            format!(
                "\nPing statistics for {address}:\n    Packets: Sent = {sent}, Received = {received}, Lost = {lost} ({percent}% loss),\n"
            )
        };
        format!("{head}{lines}{counted}{}", self.times(echoes))
    }

    fn line(&self, echo: &Echo, address: IpAddr, local: Option<IpAddr>) -> String {
        match (echo, self.korean()) {
            (Echo::After(took), korean) => {
                let took = match took.as_millis() {
                    0 => "<1".to_owned(),
                    milliseconds => format!("={milliseconds}"),
                };
                // ICMPv6 tells neither size nor hops.
                match (address.is_ipv4(), korean) {
                    (true, false) => format!("Reply from {address}: bytes=32 time{took}ms TTL={TTL}\n"),
                    (true, true) => format!("{address}의 응답: 바이트=32 시간{took}ms TTL={TTL}\n"),
                    (false, false) => format!("Reply from {address}: time{took}ms \n"),
                    (false, true) => format!("{address}의 응답: 시간{took}ms \n"),
                }
            }
            (Echo::Silence, false) => "Request timed out.\n".to_owned(),
            (Echo::Silence, true) => "요청 시간이 만료되었습니다.\n".to_owned(),
            (Echo::Unreachable, korean) => {
                let from = local.unwrap_or(address);
                if korean {
                    format!("{from}의 응답: 대상 호스트에 연결할 수 없습니다.\n")
                } else {
                    format!("Reply from {from}: Destination host unreachable.\n")
                }
            }
            (Echo::General, false) => "PING: transmit failed. General failure. \n".to_owned(),
            (Echo::General, true) => "PING: 전송하지 못했습니다. 일반 오류입니다.\n".to_owned(),
        }
    }

    fn times(&self, echoes: &[Echo]) -> String {
        let times: Vec<u128> = echoes
            .iter()
            .filter_map(|echo| if let Echo::After(took) = echo { Some(took.as_millis()) } else { None })
            .collect();
        let (Some(least), Some(most)) = (times.iter().min(), times.iter().max()) else { return String::new() };
        let mean = times.iter().sum::<u128>() / times.len() as u128;
        if self.korean() {
            format!("왕복 시간(밀리초):\n    최소 = {least}ms, 최대 = {most}ms, 평균 = {mean}ms\n")
        } else {
            format!(
                "Approximate round trip times in milli-seconds:\n    Minimum = {least}ms, Maximum = {most}ms, Average = {mean}ms\n"
            )
        }
    }
}
