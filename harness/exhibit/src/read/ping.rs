//! `ping`: who sent an echo reply.
//!
//! Judged by the reply and its source, not by words: a line with a source and a time is an echo reply, a line with a source and
//! without one is somebody's word that the target was not reached. The head line names the target in every language.

use std::net::IpAddr;

use crate::claim::Says;
use crate::read::Why;
use crate::read::field::{address, address_in};
use crate::read::page::{Line, typed};
use crate::read::recognise::{Mark, Piece};
use crate::read::sink::Sink;
use crate::tool::Tool;

/// What is said of a name that cannot be resolved. Korean, German and French: general knowledge.
const UNRESOLVED: [&str; 4] =
    ["could not find host ", "호스트를 찾을 수 없습니다", "konnte Host ", "n’a pas pu trouver l’hôte"];

/// Words of the statistics that follow. All but English are from general knowledge.
const STATISTICS: [&str; 11] = [
    "Packets: Sent",
    "Approximate round trip",
    "Minimum =",
    "패킷: 보냄",
    "왕복 시간",
    "최소 =",
    "Pakete: Gesendet",
    "Ca. Zeitangaben",
    "Paquets",
    "Durée approximative",
    "Control-C",
];

pub(super) fn mark(lines: &[Line<'_>]) -> Option<Mark> {
    let words = lines.first()?.words();
    let failed = UNRESOLVED.iter().any(|text| words.contains(text)) && words.starts_with("Ping");
    (head(words).is_some() || is_echo(words) || failed).then_some(Mark::Body)
}

/// Name and address of the target: `Pinging dns1.contoso.com [10.0.0.53] with 32 bytes of data:`.
fn head(words: &str) -> Option<(String, IpAddr)> {
    let shaped = words.contains(" 32") && words.ends_with(':') || words.starts_with("Pinging ");
    let starts =
        ["Pinging ", "Ping ", "Ping wird", "Envoi d", "正在 Ping "].iter().any(|start| words.starts_with(start));
    let found = address_in(words).filter(|_| shaped && starts)?;
    let name = words.split_once(" [").and_then(|(before, _)| before.split_whitespace().last());
    Some((name.map_or_else(|| found.to_string(), str::to_owned), found))
}

/// Whether this is an echo reply: it has a source and one time. Statistics have several times and no source.
fn is_echo(words: &str) -> bool {
    words.match_indices("ms").filter(|(at, _)| is_time(words.get(..*at).unwrap_or_default())).count() == 1
        && address_in(words).is_some()
}

/// Whether `before`, what stands before `ms`, ends in `<1` or `=12`.
fn is_time(before: &str) -> bool {
    let before = before.trim_end();
    let label = before.trim_end_matches(|c: char| c.is_ascii_digit());
    label.len() < before.len() && label.ends_with(['<', '='])
}

/// One series of echo requests.
struct Series {
    line: usize,
    to: String,
    address: Option<IpAddr>,
    reply_from: Option<IpAddr>,
    /// Somebody or nobody answered: something was read about it.
    judged: bool,
}

pub(super) fn read(piece: Piece<'_>, sink: &mut Sink<'_>) {
    let words = piece.command.map(|command| typed(command.text).unwrap_or(command.words())).unwrap_or_default();
    let typed_target = words.split_whitespace().skip(1).find(|word| !word.starts_with(['-', '/']));
    let mut series: Option<Series> = None;
    for line in piece.lines.iter().filter(|line| !line.is_blank()) {
        let words = line.words();
        if let Some((to, address)) = head(words) {
            end(series.take(), sink);
            series = Some(Series { line: line.number, to, address: Some(address), reply_from: None, judged: false });
        } else if is_echo(words) {
            let from = address_in(words);
            let open = series.get_or_insert_with(|| Series {
                line: line.number,
                to: typed_target.map_or_else(|| from.map(|from| from.to_string()).unwrap_or_default(), str::to_owned),
                address: typed_target.map_or(from, address),
                reply_from: None,
                judged: true,
            });
            (open.reply_from, open.judged) = (open.reply_from.or(from), true);
        } else if UNRESOLVED.iter().any(|text| words.contains(text)) {
            end(series.take(), sink);
            let named = words.split_once("host ").and_then(|(_, rest)| rest.split_whitespace().next());
            match named.map(|name| name.trim_end_matches('.')).or(typed_target) {
                Some(to) => {
                    let says = Says::Ping { to: to.to_owned(), address: None, reply_from: None };
                    sink.claim(line.number, Tool::Ping, says);
                }
                None => sink.unread(line.number, Why::Incomplete("which name was not found is not shown")),
            }
        } else if STATISTICS.iter().any(|text| words.contains(text)) || words.contains("Ping") {
        } else if let Some(open) = &mut series {
            // "Request timed out.", "Destination host unreachable." in any language: no echo reply.
            let short = words.split_whitespace().count() <= SENTENCE_WORDS && !words.contains('=');
            open.judged |= short;
            if !short {
                sink.unread(line.number, Why::Unknown(Tool::Ping));
            }
        } else {
            sink.unread(line.number, Why::Unknown(Tool::Ping));
        }
    }
    end(series, sink);
}

/// The longest sentence of ping about a request without a reply has fewer words.
const SENTENCE_WORDS: usize = 9;

fn end(series: Option<Series>, sink: &mut Sink<'_>) {
    let Some(series) = series else { return };
    if !series.judged {
        sink.unread(series.line, Why::Incomplete("whether there was an echo reply is missing"));
        return;
    }
    if series.reply_from.is_some() && series.reply_from != series.address {
        sink.doubt(series.line, "the echo reply comes from another address than the one that was pinged");
    }
    let says = Says::Ping { to: series.to, address: series.address, reply_from: series.reply_from };
    sink.claim(series.line, Tool::Ping, says);
}
