//! Tickets as people meet them: lines piped into the prompt, the progress file, an answer by itself.

use crate::program::{Folder, kmslab_typing};

#[test]
fn a_ticket_is_looked_into_mended_and_answered() {
    let folder = Folder::new("learn");
    let progress = folder.at("progress.toml");
    let typed =
        "client> nslookup -type=srv _vlmcs._tcp.contoso.com\ndns> dnscmd /zoneprint contoso.com\nlook\nhint\nquit\n";
    let ran = kmslab_typing(&["learn", "1", "--progress", &progress], typed).ends(0);
    assert!(ran.out.contains("Ticket 1") && ran.out.contains("Non-existent domain"), "{}", ran.out);
    assert!(ran.out.contains("#2   dns1> dnscmd /zoneprint contoso.com"), "{}", ran.out);
    assert!(!ran.out.contains("dns-srv-missing"), "the ticket gives nothing away: {}", ran.out);
    let wrong =
        kmslab_typing(&["answer", "dns-srv-owner-misspelt", "--because", "1", "--progress", &progress], "").ends(1);
    assert!(wrong.out.contains("dns-srv-owner-misspelt: not the cause"), "{}", wrong.out);
    // The session goes on where it was left.
    let typed = "dns> dnscmd /recordadd contoso.com _vlmcs._tcp 3600 SRV 0 0 1688 kms1.contoso.com.\nipconfig /flushdns\nslmgr /ato\n";
    kmslab_typing(&["learn", "1", "--progress", &progress], typed).ends(0);
    let right =
        kmslab_typing(&["answer", "dns-srv-missing", "--because", "1", "2", "--progress", &progress], "").ends(0);
    assert!(right.out.contains("100 of 100 points") && right.out.contains("Solution"), "{}", right.out);
    let listed = kmslab_typing(&["learn", "--progress", &progress, "--lang", "ko"], "").ends(0);
    assert!(listed.out.contains("38개 중 1개 해결"), "{}", listed.out);
    let none = kmslab_typing(&["answer", "1", "--progress", &progress], "").ends(2);
    assert!(none.err.contains("no ticket is open"), "{}", none.err);
}

/// What stands at the prompt is what `evidence` would write into a file, at a server too.
#[test]
fn tools_answer_as_they_do_in_files() {
    let folder = Folder::new("learn-tools");
    let typed = [
        "client> slmgr /dlv",
        "client> telnet 10.0.0.60 1688",
        "client> telnet 10.0.0.60 1700",
        "client> Test-NetConnection 10.0.0.53",
        "client> Resolve-DnsName -Type SRV _vlmcs._tcp.contoso.com -Server 10.0.0.53",
        "client> ospp.vbs /dstatus",
        r"host> reg query HKLM\SOFTWARE\Microsoft",
        "host> Test-NetConnection 10.0.0.60 -Port 1688",
        "host> slmgr /dlv",
        "dns> dnscmd /zoneprint contoso.com",
    ];
    let lines = typed.map(|line| format!("{line}\n")).concat();
    let ran = kmslab_typing(&["learn", "1", "--progress", &folder.at("progress.toml")], &lines).ends(0);
    for shown in [
        "License Status: Initial grace period\nTime remaining: 43200 minute(s) (30 day(s))\n",
        "(connected: the window is empty)\n",
        "Connecting To 10.0.0.60...Could not open connection to the host, on port 1700: Connect failed\n",
        "PingReplyDetails (RTT) : 1 ms\n",
        "FullyQualifiedErrorId : DNS_ERROR_RCODE_NAME_ERROR,Microsoft.DnsClient.Commands.ResolveDnsName\n",
        "shown by the other script",
        "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\n",
        "SourceAddress    : 10.0.0.60\nTcpTestSucceeded : True\n",
        "    Current count: 50\n    Listening on Port: 1688\n",
        ";  Zone NS records\n",
    ] {
        assert!(ran.out.contains(shown), "no `{shown}` in\n{}", ran.out);
    }
}

#[test]
fn a_broken_progress_file_is_refused_and_stays_as_it_is() {
    let folder = Folder::new("learn-broken");
    folder.write("progress.toml", "version = 7\n");
    let path = folder.at("progress.toml");
    let ran = kmslab_typing(&["learn", "1", "--progress", &path], "quit\n").ends(4);
    assert!(ran.err.contains("version 7") && ran.err.contains("progress.toml:1"), "{}", ran.err);
    assert_eq!(folder.read("progress.toml"), "version = 7\n");
    let ran = kmslab_typing(&["learn", "no-recrd", "--progress", &folder.at("other.toml")], "").ends(2);
    assert!(ran.err.contains("did you mean `no-record`?"), "{}", ran.err);
}

#[test]
fn a_seed_is_the_same_paper_for_everybody() {
    let folder = Folder::new("learn-seed");
    let open = |progress: &str, number: &str| {
        kmslab_typing(&["learn", "--seed", "7", number, "--progress", &folder.at(progress)], "slmgr /ato\nquit\n")
            .ends(0)
            .out
    };
    let first = open("one.toml", "1");
    assert!(first.contains("Ticket seed-7-1, difficulty "), "{first}");
    assert_eq!(first, open("two.toml", "1"));
    assert_ne!(first, open("three.toml", "2"));
    assert!(folder.read("one.toml").contains("seed-7-1"));
}

#[test]
fn an_exam_is_sat_sealed_and_summed_up() {
    let folder = Folder::new("learn-exam");
    let file = folder.at("kim.json");
    let exam = ["learn", "--exam", "--seed", "3", "--tickets", "2", "--name", "Kim", "--output", &file];
    let ran = kmslab_typing(&exam, "hint\nipconfig /all\nanswer 1 --because 1\nnext\n").ends(0);
    assert!(ran.out.contains("There are no hints in an exam") && ran.out.contains("Answer taken"), "{}", ran.out);
    assert!(!ran.out.contains("points") && ran.out.contains("1 of 2 tickets answered"), "{}", ran.out);
    let class = kmslab_typing(&["learn", "--class", &file], "").ends(0);
    assert!(class.out.contains("\nKim "), "{}", class.out);
    let page = kmslab_typing(&["learn", "--class", &file, "--format", "html"], "").ends(0);
    assert!(page.out.contains("<td>Kim</td>"), "{}", page.out);
    let changed = folder.write("lee.json", &folder.read("kim.json").replace("\"Kim\"", "\"Lee\""));
    let refused = kmslab_typing(&["learn", "--class", &file, &changed], "").ends(1);
    assert!(refused.out.contains("lee.json: its seal does not fit"), "{}", refused.out);
    // A teacher says which paper was set; a teacher's page speaks the teacher's language.
    kmslab_typing(&["learn", "--seed", "3", "--tickets", "2", "--class", &file], "").ends(0);
    let other = kmslab_typing(&["learn", "--seed", "4", "--lang", "ko", "--class", &file], "").ends(1);
    assert!(other.out.contains("출제된 시험이 아님: 시드 3, 티켓 2개"), "{}", other.out);
    kmslab_typing(&["learn", "--exam"], "").ends(2);
}
