//! What is typed on a client before it tries to activate, as a person would type it.
//!
//! It stands apart from the change of a step because the network stays as it is: what is typed stays on the machine, over all later
//! steps, and is often what makes an attempt fail.

use double::escape::Untrusted;

use super::page::Page;
use crate::client::slmgr;
use crate::scenario::{Action, Run, Step};

/// Whether anything but attempts is done in a step.
pub(super) fn is_typed_in(step: &Step) -> bool {
    step.run.iter().any(|run| !run.action.tries())
}

/// One command; nothing for an attempt.
pub(super) fn draw(page: &mut Page, run: &Run) {
    let Some(command) = command(&run.action) else { return };
    page.section("typed", &format!("on {}: {command}", run.client.value));
    if let Action::Skms(argument) = &run.action
        && let Err(refused) = slmgr::skms("", argument)
    {
        page.section("", &format!("the script refuses it: {refused}; the earlier registration stays"));
    }
}

/// The command line of an action.
fn command(action: &Action) -> Option<String> {
    let plain = |command: &str| Some(command.to_owned());
    match action {
        Action::Activate | Action::Wait(_) => None,
        Action::Skms(argument) => Some(format!("slmgr /skms {}", Untrusted(argument))),
        Action::Ckms => plain("slmgr /ckms"),
        Action::SkmsDomain(domain) => Some(format!("slmgr /skms-domain {}", Untrusted(domain))),
        Action::CkmsDomain => plain("slmgr /ckms-domain"),
        Action::Skhc => plain("slmgr /skhc"),
        Action::Ckhc => plain("slmgr /ckhc"),
        Action::Flushdns => plain("ipconfig /flushdns"),
    }
}

#[cfg(test)]
mod tests {
    use crate::show::page::Page;
    use crate::show::tests_support::scenario;

    #[track_caller]
    fn check(run: &str, lines: &[&str]) {
        let scenario = scenario(&format!("run = [{run}]"));
        let mut page = Page::new(100);
        scenario.steps[0].run.iter().for_each(|run| super::draw(&mut page, run));
        let drawn: Vec<String> =
            page.lines.iter().map(|line| line.text.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(drawn, lines);
    }

    #[test]
    fn commands_are_shown_as_they_are_typed() {
        check(r#"{ client = "pc7", action = "activate" }"#, &[]);
        check(
            r#"{ client = "pc7", action = { skms = "kms1.contoso.com:1688" } }, { client = "pc7", action = "flushdns" }"#,
            &["typed on pc7: slmgr /skms kms1.contoso.com:1688", "typed on pc7: ipconfig /flushdns"],
        );
        check(
            r#"{ client = "pc7", action = { skms-domain = "contoso.com" } }"#,
            &["typed on pc7: slmgr /skms-domain contoso.com"],
        );
    }

    #[test]
    fn a_refused_argument_is_said_and_its_octets_are_escaped() {
        check(
            r#"{ client = "pc7", action = { skms = "fd00::10:1688" } }"#,
            &[
                "typed on pc7: slmgr /skms fd00::10:1688",
                "the script refuses it: the port is no number; the earlier registration stays",
            ],
        );
        check(r#"{ client = "pc7", action = { skms = "k\u001b[31m" } }"#, &["typed on pc7: slmgr /skms k\\u{1b}[31m"]);
    }
}
