//! The titles of look-alikes in other languages than that of their scenarios.
//!
//! A table of its own for the same reason as that of findings; the English titles stay in the scenarios. That each look-alike of a lesson
//! has its row is tested.

use super::Language;

/// The title of a scenario in a language, beside the one that stands in it.
#[must_use]
pub fn title<'a>(scenario: &str, own: &'a str, language: &Language) -> &'a str {
    match language {
        Language::En => own,
        Language::Ko => KO.iter().find(|(name, _)| *name == scenario).map_or(own, |(_, title)| title),
    }
}

const KO: &[(&str, &str)] = &[
    ("client/hosts-file", "hosts 파일에 KMS 호스트의 옛 주소가 있음"),
    ("client/lookup-domain-wrong", "조회 도메인이 클라이언트를 엉뚱한 영역으로 보냄"),
    ("client/negative-cache", "DNS 확인자가 이름이 없다고 기억함"),
    ("client/no-dns-server", "DNS 서버가 하나도 설정되지 않음"),
    ("client/no-key", "컴퓨터에 제품 키가 없음"),
    ("client/no-suffix", "컴퓨터에 어디에서 온 DNS 접미사도 없음"),
    ("client/search-list-incomplete", "DNS 접미사 검색 목록에 레코드가 있는 영역이 없음"),
    ("dns/query-refused", "DNS 서버가 이 클라이언트에 대한 응답을 거절함"),
    ("dns/server-failure", "DNS 서버가 SERVFAIL로 응답함"),
    ("dns/service-stopped", "방화벽이 켜진 서버에서 DNS 서비스가 멈춤"),
    ("dns/srv-bare-name", "SRV 레코드 뒤에 도메인이 없음"),
    ("dns/srv-missing", "영역에 KMS 호스트의 SRV 레코드가 없음"),
    ("dns/srv-owner-misspelt", "SRV 레코드의 소유자 이름 철자가 틀림"),
    ("dns/stale-address", "호스트 이름에 옛 주소가 있음"),
    ("dns/suffix-wrong", "클라이언트의 DNS 접미사가 레코드가 있는 영역과 다름"),
    ("dns/target-unresolvable", "레코드가 주소 없는 호스트를 가리킴"),
    ("dns/wildcard-address", "와일드카드 주소 레코드 때문에 SRV 레코드가 없다는 것이 보이지 않음"),
    ("kms/clock-skew", "클라이언트의 시계가 다섯 시간 빠름"),
    ("kms/host-not-activated", "KMS 호스트의 호스트 키가 정품 인증된 적이 없음"),
    ("kms/no-host-key", "레코드가 가리키는 컴퓨터에 KMS 호스트 키가 없음"),
    ("kms/product-not-covered", "호스트 키가 클라이언트의 Windows를 지원하지 않음"),
    ("kms/service-stopped", "방화벽이 켜진 KMS 호스트에서 라이선스 서비스가 멈춤"),
    ("network/client-firewall", "클라이언트 자신의 방화벽이 1688 포트로 나가는 연결을 버림"),
    ("network/tcp1688-silent", "TCP 1688 포트에서 아무 응답도 오지 않음"),
    ("network/wrong-port-in-record", "레코드의 포트가 호스트가 수신하는 포트와 다름"),
    ("publishing/disabled", "DisableDnsPublishing이 설정되어 있고 레코드를 수동으로 만든 사람도 없음"),
    ("publishing/refused", "영역이 동적 업데이트를 받지 않아 KMS 호스트가 게시할 수 없음"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{KO, title};
    use crate::learn::lesson::course;
    use crate::learn::text::Language;

    #[test]
    fn each_look_alike_has_a_title_in_korean_and_none_is_left_over() {
        let lessons = course().unwrap_or_else(|refusal| panic!("{refusal}"));
        let rivals = lessons.iter().flat_map(|named| &named.lesson.rivals);
        let rivals: BTreeSet<&str> = rivals.map(|rival| rival.value.as_str()).collect();
        let translated: Vec<&str> = KO.iter().map(|(name, _)| *name).collect();
        assert_eq!(translated, rivals.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_title_is_told_in_the_language_that_is_spoken() {
        let own = "No DNS server is configured";
        assert_eq!(title("client/no-dns-server", own, &Language::En), own);
        assert_eq!(title("client/no-dns-server", own, &Language::Ko), "DNS 서버가 하나도 설정되지 않음");
    }
}
