//! Everything that `learn` says of itself, in each language: one table, one row a phrase.
//!
//! It stands apart from logic, so that a translator needs this file alone. A row with a missing language does not compile; that both
//! have the same blanks is tested. What tools show comes from their writers, what customers say from the lessons.

pub mod findings;
pub mod titles;

notation::choice! {
    /// A language in which `learn` speaks.
    pub enum Language("language") {
        /// English.
        "en" => En,
        /// Korean.
        "ko" => Ko,
    }
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::En, Self::Ko];

    /// The language of a word, as it stands in files.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.word() == word)
    }
}

macro_rules! phrases {
    ($($name:ident: $en:literal, $ko:literal;)*) => {
        /// A phrase.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each row of the table says what it means")]
        pub enum Phrase {
            $($name),*
        }

        impl Phrase {
            /// Every phrase.
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$name),*];

            /// The words, with `{0}`, `{1}` for what is filled in.
            const fn words(self, language: &Language) -> &'static str {
                match (self, language) {
                    $((Self::$name, Language::En) => $en, (Self::$name, Language::Ko) => $ko,)*
                }
            }
        }
    };
}

phrases! {
    Lessons: "Lessons", "수업";
    Solved: "solved", "해결";
    Begun: "begun", "진행 중";
    NotBegun: "-", "-";
    ProgressLine: "{0} of {1} solved. `kmslab learn N` opens a ticket.", "{1}개 중 {0}개 해결. `kmslab learn N`으로 티켓을 엽니다.";
    TicketHeading: "Ticket {0}", "티켓 {0}";
    ExamHeading: "Exam ticket {0} of {1}", "시험 티켓 {1}개 중 {0}번";
    Machines: "Machines", "컴퓨터";
    RoleClient: "KMS client of the ticket", "티켓의 KMS 클라이언트";
    RoleNeighbour: "another client", "다른 클라이언트";
    RoleHost: "KMS host", "KMS 호스트";
    RoleDns: "DNS server", "DNS 서버";
    Welcome: "Type what you would type there. `client>`, `host>` or `dns>` in front of a command chooses the machine; `help` lists what can be typed.",
        "그 컴퓨터에서 입력할 명령을 입력하십시오. 명령 앞의 `client>`, `host>`, `dns>`로 컴퓨터를 고릅니다. `help`는 입력할 수 있는 것을 보여 줍니다.";
    HelpWords: "at client|host|dns|path [NAME]   sit down there\nlook                             what you have looked at, with numbers\nticket                           the ticket again\nhint                             a hint, by what you have not looked at yet\nanswer ?                         what can be answered\nanswer FINDING --because N ...   your answer, with the numbers of the evidence\nquit                             leave; the ticket stays open\n\nTools:",
        "at client|host|dns|path [이름]   그 컴퓨터 앞에 앉기\nlook                             살펴본 것과 그 번호\nticket                           티켓 다시 보기\nhint                             아직 살펴보지 않은 것에 따른 힌트\nanswer ?                         고를 수 있는 답\nanswer 결론 --because 번호 ...   답과 증거의 번호\nquit                             나가기. 티켓은 열린 채로 남습니다\n\n도구:";
    SittingAt: "You sit at {0}.", "{0} 앞에 앉았습니다.";
    NoSuchPlace: "There is no machine `{0}` here. There are: {1}.", "`{0}`이라는 컴퓨터가 없습니다. 있는 것: {1}.";
    UnknownTool: "`{0}` is no tool that is known here. `help` lists them.", "`{0}`은 여기서 알려진 도구가 아닙니다. `help`를 보십시오.";
    UnknownNear: "`{0}` is no tool that is known here. Did you mean `{1}`?", "`{0}`은 여기서 알려진 도구가 아닙니다. `{1}`을 뜻했습니까?";
    Usage: "Used here as: {0}", "여기서 쓰는 방법: {0}";
    LineTooLong: "That line is too long.", "줄이 너무 깁니다.";
    NotPiped: "Only the first command was typed: a pipe into `{0}` is not played.", "첫 번째 명령만 실행했습니다. `{0}`로 넘기는 것은 지원하지 않습니다.";
    NotHere: "That cannot be done on this machine. Try it at {0}.", "이 컴퓨터에서는 할 수 없습니다. {0}에서 해 보십시오.";
    NotShown: "This machine shows nothing for it.", "이 컴퓨터에는 보여 줄 것이 없습니다.";
    OtherTool: "What is to be activated on this machine is shown by the other script: slmgr for Windows, ospp.vbs for Office.", "이 컴퓨터에서 인증할 제품은 다른 스크립트가 보여 줍니다. Windows는 slmgr, Office는 ospp.vbs입니다.";
    NoSuchTool: "This generation of Windows has no such command.", "이 세대의 Windows에는 그런 명령이 없습니다.";
    ServiceStopped: "The licensing service does not run.", "라이선스 서비스가 실행되고 있지 않습니다.";
    Refused: "It was refused: {0}", "거부되었습니다: {0}";
    Done: "Done.", "완료했습니다.";
    NothingChanged: "Nothing has changed.", "바뀐 것이 없습니다.";
    BlockWins: "A rule that blocks wins over one that allows: {0} still blocks it.", "차단 규칙은 허용 규칙보다 우선합니다. {0} 규칙이 여전히 차단합니다.";
    LookedAtNothing: "You have looked at nothing yet.", "아직 살펴본 것이 없습니다.";
    NoHintInExam: "There are no hints in an exam.", "시험에는 힌트가 없습니다.";
    HintProcedure: "Guideline, procedure {0}.", "지침의 절차 {0}을 보십시오.";
    HintPlace: "Something at {0} has not been looked at: {1}.", "{0}에서 아직 살펴보지 않은 것이 있습니다: {1}.";
    HintCommand: "Type: {0}", "입력하십시오: {0}";
    HintEnough: "You have seen enough to know the cause. `answer ?` lists what it can be.", "원인을 알 만큼 살펴보았습니다. `answer ?`로 고를 수 있는 답을 보십시오.";
    HintFix: "The cause is still there. Mend it on the machine where it is, then try slmgr /ato.", "원인이 아직 남아 있습니다. 원인이 있는 컴퓨터에서 고친 다음 slmgr /ato를 해 보십시오.";
    TopicAttempt: "what an attempt shows and logs", "인증 시도의 결과와 로그";
    TopicSettings: "addresses, DNS servers and suffixes", "주소, DNS 서버, 접미사";
    TopicReach: "whether a machine replies", "컴퓨터의 응답 여부";
    TopicName: "what DNS says", "DNS의 응답";
    TopicCache: "what the resolver remembers", "확인자가 기억하는 것";
    TopicRegistry: "the licensing keys of the registry", "레지스트리의 라이선스 키";
    TopicLicence: "the state of the licensing service", "라이선스 서비스의 상태";
    TopicPort: "whether the port answers", "포트의 응답 여부";
    TopicZone: "the zone", "영역";
    TopicFirewall: "the firewall", "방화벽";
    TopicService: "whether the service runs", "서비스의 실행 여부";
    TopicClock: "the clock", "시계";
    TopicHosts: "the hosts file", "hosts 파일";
    Choices: "The cause is one of these; answer with its id or number (several, if there are several causes):", "원인은 다음 중 하나입니다. 이름이나 번호로 답하십시오(원인이 여럿이면 여럿):";
    AnswerUsage: "answer FINDING --because N [N ...], e.g. answer 3 --because 1 4; `answer ?` lists findings, `look` lists evidence", "answer 결론 --because 번호 [번호 ...], 예: answer 3 --because 1 4. 결론은 `answer ?`, 증거는 `look`";
    NoSuchFinding: "`{0}` is none of the answers. `answer ?` lists them.", "`{0}`은 고를 수 있는 답이 아닙니다. `answer ?`를 보십시오.";
    NoSuchEvidence: "There is no evidence with the number {0}. `look` lists it.", "{0}번 증거가 없습니다. `look`을 보십시오.";
    MarkCause: "cause", "원인";
    MarkEvidence: "evidence", "증거";
    MarkFix: "fix", "해결";
    MarkMethod: "method", "방법";
    CauseRight: "{0}: right", "{0}: 맞음";
    CauseWrong: "{0}: not the cause", "{0}: 원인이 아님";
    CauseMissing: "there is another cause that you have not named", "말하지 않은 원인이 더 있음";
    RivalExcluded: "#{0} tells it apart from: {1}", "#{0}으로 구별됨: {1}";
    RivalOpen: "it could as well be: {0}", "다음일 수도 있음: {0}";
    RivalCase: "a look-alike that is not told apart by what you cite", "든 증거로는 구별되지 않는 닮은 경우가 있음";
    CitedInVain: "#{0} tells nothing apart", "#{0}은 아무것도 구별하지 못함";
    NothingCited: "no evidence is named: --because N", "증거를 들지 않음: --because 번호";
    Healed: "{0} activates", "{0} 인증됨";
    NotHealed: "{0} does not activate: {1}", "{0} 인증되지 않음: {1}";
    BrokenRecord: "a record that was right is gone: {0}", "맞던 레코드가 없어짐: {0}";
    BrokenService: "a service that ran is stopped on {0}", "{0}에서 실행되던 서비스가 멈춤";
    Insecure: "insecure: `{0}` opens more than KMS needs", "안전하지 않음: `{0}`는 KMS에 필요한 것보다 많이 엶";
    PinLeft: "{0} has a registered KMS host now: that goes round the cause, and outlives the host", "{0}에 KMS 호스트가 등록됨: 원인을 비켜 갈 뿐이고 호스트보다 오래 남음";
    MethodPortBeforeName: "you tested the port before the name: without a name nothing goes to a port", "이름보다 포트를 먼저 시험함: 이름을 모르면 포트로 가는 것이 없음";
    MethodChangedFirst: "you changed something before you had looked at anything", "아무것도 살펴보기 전에 무언가를 바꿈";
    MethodNotVerified: "you did not try slmgr /ato after the last change", "마지막 변경 뒤에 slmgr /ato를 하지 않음";
    MethodShortName: "nslookup with a short name follows rules of its own: write the whole name out", "짧은 이름의 nslookup은 다른 규칙을 따름: 전체 이름을 쓸 것";
    MethodFirewallFirst: "you changed a firewall before you knew that the port is silent", "포트에 응답이 없는지 알기 전에 방화벽을 바꿈";
    MethodTestLeft: "you set a KMS host by hand and took it back: that is how the routing test ends", "KMS 호스트를 수동으로 지정했다가 되돌림: 라우팅 시험은 그렇게 끝내는 것이 맞음";
    MethodShort: "you needed {0} looks; the solution needs {1}", "살펴본 횟수 {0}번, 해답은 {1}번";
    Points: "{0} of 100 points", "100점 중 {0}점";
    Passed: "Solved.", "해결했습니다.";
    NotPassed: "Not solved yet. The ticket stays open.", "아직 해결되지 않았습니다. 티켓은 열려 있습니다.";
    ExamTaken: "Answer taken.", "답을 받았습니다.";
    Solution: "Solution", "해답";
    Decisive: "Decisive evidence", "결정적인 증거";
    OtherSolutions: "Also good", "다른 해답";
    Sources: "Sources", "출처";
    Remember: "Remember", "기억할 것";
    More: "`kmslab explain {0}` and `kmslab show {1}` tell more.", "`kmslab explain {0}`와 `kmslab show {1}`에 더 있습니다.";
    NoTicketOpen: "no ticket is open", "열린 티켓이 없음";
    OpenOne: "open one with `kmslab learn N`", "`kmslab learn N`으로 여십시오";
    Difficulty: "difficulty {0}", "난이도 {0}";
    ExamName: "This exam is {0}. Its result file is tamper-evident, not tamper-proof: its key is public.", "시험 {0}. 결과 파일은 변조를 알아낼 수 있을 뿐 막지는 못합니다. 키가 공개되어 있습니다.";
    ExamOver: "The exam is over: {0} of {1} tickets answered.", "시험이 끝났습니다. 티켓 {1}개 중 {0}개에 답했습니다.";
    NotAResult: "it is no result of an exam: {0}", "시험 결과가 아님: {0}";
    SealBroken: "its seal does not fit: it was changed after the exam", "봉인이 맞지 않음: 시험 뒤에 바뀜";
    OtherTickets: "its tickets were made by another version of kmslab, which has other lessons or scenarios", "수업이나 시나리오가 다른 버전의 kmslab이 만든 티켓임";
    OtherPaper: "it is not the paper that was set: seed {0}, {1} tickets", "출제된 시험이 아님: 시드 {0}, 티켓 {1}개";
    TicketMisplaced: "ticket {0} is not in its place: each ticket of the paper must be there, once and in order", "{0}번 티켓이 제자리에 없음: 시험의 모든 티켓이 차례대로 한 번씩 있어야 함";
    PointsDiffer: "ticket {0}: {1} points are claimed, {2} come out when it is played again", "티켓 {0}: 적힌 점수는 {1}점, 다시 실행하면 {2}점";
    ClassTitle: "Results of a class", "학급 결과";
    ClassPaper: "Exam {0}, {1} tickets", "시험 {0}, 티켓 {1}개";
    ClassName: "name", "이름";
    ClassTotal: "total", "합계";
    ClassMean: "mean", "평균";
    ClassNotCounted: "not counted", "집계하지 않음";
    ClassSeveralPapers: "These are {0} different papers: their points cannot be compared.", "서로 다른 시험이 {0}가지입니다. 점수를 서로 비교할 수 없습니다.";
    ClassSameWork: "{0} and {1} typed the same lines in every ticket", "{0}, {1}: 모든 티켓에서 입력한 줄이 같음";
    ClassSameName: "{0} is there {1} times", "{0}: 결과가 {1}개 있음";
    ClassToAsk: "worth a question", "확인해 볼 것";
    ClassWrong: "wrong causes", "잘못 고른 원인";
    ClassWrongOf: "{0} x {1} (exam {2}, ticket {3})", "{0}회 {1} (시험 {2}, 티켓 {3})";
    ClassSeal: "Each ticket was played again from its seed. The seal of a file is tamper-evident, not tamper-proof: its key is public, and no file shows who typed it.", "모든 티켓을 시드에서 다시 만들어 실행했습니다. 파일의 봉인은 변조를 알아낼 수 있을 뿐 막지는 못합니다. 키가 공개되어 있고, 누가 입력했는지는 어떤 파일도 보여 주지 않습니다.";
    NextTicket: "`next` opens the next ticket.", "`next`로 다음 티켓을 엽니다.";
}

impl Phrase {
    /// The phrase in a language, with its blanks filled.
    #[must_use]
    pub fn say(self, language: &Language, fill: &[&str]) -> String {
        let words = self.words(language);
        let mut said = String::with_capacity(words.len());
        let mut rest = words;
        // One pass: what is filled in is never read again.
        while let Some(at) = rest.find('{') {
            said.push_str(&rest[..at]);
            let behind = &rest[at + 1..];
            let end = behind.find('}').unwrap_or(behind.len());
            let number: Option<usize> = behind[..end].parse().ok();
            said.push_str(number.and_then(|number| fill.get(number)).copied().unwrap_or_default());
            rest = behind.get(end + 1..).unwrap_or_default();
        }
        said.push_str(rest);
        said
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Language, Phrase};

    fn blanks(words: &str) -> BTreeSet<&str> {
        words.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(blank, _)| blank).collect()
    }

    #[test]
    fn each_language_has_every_phrase_with_the_same_blanks() {
        for phrase in Phrase::ALL {
            let [en, ko] = [Language::En, Language::Ko].map(|language| phrase.words(&language));
            assert!(!en.trim().is_empty() && !ko.trim().is_empty(), "{phrase:?}");
            assert_eq!(blanks(en), blanks(ko), "{phrase:?}");
            let same_on_purpose = [Phrase::NotBegun];
            assert!(en != ko || same_on_purpose.contains(phrase), "{phrase:?} is not translated");
        }
    }

    #[test]
    fn what_is_filled_in_is_not_read_again() {
        assert_eq!(
            Phrase::UnknownNear.say(&Language::En, &["{1}", "ping"]),
            "`{1}` is no tool that is known here. Did you mean `ping`?"
        );
        assert_eq!(Phrase::Points.say(&Language::Ko, &["70"]), "100점 중 70점");
    }
}
