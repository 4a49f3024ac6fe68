//! slmgr.vbs and ospp.vbs. Their verbs are written with a slash or a dash; ospp separates its argument by a colon.

use evidence::vantage::KeyChannel;

use super::{Act, Command, Key, Look, Trouble, usage};
use crate::scenario::Action;

pub(super) fn slmgr(words: &[&str]) -> Result<Command, Trouble> {
    let verb = words.first().map(|word| word.to_ascii_lowercase()).unwrap_or_default();
    let verb = verb.strip_prefix(['/', '-']).unwrap_or_default();
    let argument = words.get(1).copied();
    let client = |action| Ok(Command::Act(Act::Client(action)));
    let needed = || argument.map(str::to_owned).ok_or_else(|| usage("slmgr"));
    match verb {
        "ato" => client(Action::Activate),
        "dlv" | "dli" | "xpr" => Ok(Command::Look(Look::Licence)),
        "skms" => client(Action::Skms(needed()?)),
        "ckms" => client(Action::Ckms),
        "skms-domain" => client(Action::SkmsDomain(needed()?)),
        "ckms-domain" => client(Action::CkmsDomain),
        "skhc" => client(Action::Skhc),
        "ckhc" => client(Action::Ckhc),
        "ipk" => Ok(Command::Act(Act::Key(key(&words[1..].join(" "))?))),
        _ => Err(usage("slmgr")),
    }
}

/// The kind of a key. No product key is ever typed here: its name in angle brackets stands for it.
fn key(text: &str) -> Result<Key, Trouble> {
    let text = text.to_ascii_lowercase();
    let has = |word: &str| text.contains(word);
    match () {
        () if has("host key") || has("csvlk") => Ok(Key::Host),
        () if has("mak") => Ok(Key::Client(KeyChannel::Mak)),
        () if has("setup key") || has("gvlk") => Ok(Key::Client(KeyChannel::Gvlk)),
        () => Err(Trouble::Usage("slmgr /ipk <client setup key> | <MAK> | <host key>: the words, in place of a key")),
    }
}

pub(super) fn ospp(words: &[&str]) -> Result<Command, Trouble> {
    let verb = words.first().map(|word| word.to_ascii_lowercase()).unwrap_or_default();
    let verb = verb.strip_prefix(['/', '-']).unwrap_or_default();
    let (verb, argument) = verb.split_once(':').map_or((verb, None), |(verb, argument)| (verb, Some(argument)));
    let client = |action| Ok(Command::Act(Act::Client(action)));
    let needed = || argument.map(str::to_owned).ok_or(Trouble::Usage("ospp.vbs /sethst:HOST | /setprt:PORT"));
    match verb {
        "dstatus" | "dstatusall" => Ok(Command::Look(Look::Office)),
        "act" => Ok(Command::Act(Act::ActivateOffice)),
        "sethst" => client(Action::Skms(needed()?)),
        "setprt" => client(Action::Skms(format!(":{}", needed()?))),
        "remhst" => client(Action::Ckms),
        "skms-domain" => client(Action::SkmsDomain(needed()?)),
        "ckms-domain" => client(Action::CkmsDomain),
        _ => Err(usage("ospp.vbs")),
    }
}
