//! The sentences of findings in other languages than that of their table.
//!
//! A table of its own, so that a translator sees sentence beside sentence; the English ones stay where they are. That each finding has
//! its row is tested.

use evidence::diagnosis::Entry;

use super::Language;

/// The sentence of a finding in a language.
#[must_use]
pub fn sentence(entry: &Entry, language: &Language) -> &'static str {
    match language {
        Language::En => entry.sentence,
        Language::Ko => KO.iter().find(|(id, _)| *id == entry.id).map_or(entry.sentence, |(_, sentence)| sentence),
    }
}

const KO: &[(&str, &str)] = &[
    ("client-not-kms", "이 컴퓨터는 KMS 클라이언트가 아님: 제품 키가 MAK이거나 없음"),
    ("adba-instead", "Active Directory가 컴퓨터를 인증함: KMS 호스트에 묻지 않으며 물을 필요도 없음"),
    ("client-no-dns-server", "클라이언트에 DNS 서버가 하나도 없음"),
    ("client-no-suffix", "클라이언트에 어디에서 온 DNS 접미사도 없어서 아무것도 묻지 않음"),
    ("client-lookup-domain-wrong", "조회 도메인이 모든 SRV 질문을 KMS 호스트가 없는 도메인으로 보냄"),
    ("client-search-list-incomplete", "접미사 검색 목록에 KMS 호스트를 게시한 도메인이 없음"),
    ("client-pin-ipv6-unbracketed", "등록된 KMS 호스트가 대괄호 없는 IPv6 주소의 첫 조각임"),
    ("client-pin-unresolvable", "등록된 KMS 호스트가 어디에서도 확인되지 않는 짧은 이름임"),
    ("client-pin-port-wrong", "등록된 포트가 KMS 호스트가 수신하는 포트가 아님"),
    ("client-pin-stale", "KMS 호스트가 수동으로 등록되어 있고 그 이름으로는 아무도 응답하지 않음"),
    ("client-pin-wrong-type", "등록된 KMS 호스트가 아무도 읽지 않는 형식으로 레지스트리에 있음"),
    ("client-pin-wrong-key", "등록된 KMS 호스트가 이 세대가 읽지 않는 다른 세대의 레지스트리 키에 있음"),
    ("client-pin-hides-discovery", "KMS 호스트가 수동으로 등록되어 자동 검색을 하지 않음"),
    ("client-pin-left-by-test", "지침의 라우팅 시험이 남긴 것처럼 보이는 등록임"),
    ("client-hosts-file-stale", "hosts 파일이 KMS 호스트에 아무도 응답하지 않는 주소를 줌"),
    ("client-resolver-cache-stale", "클라이언트가 DNS가 더는 주지 않는 응답을 기억함"),
    ("client-resolver-cache-negative", "클라이언트는 이름이 없다고 기억하지만 이제는 있음"),
    ("client-licence-expired", "클라이언트의 라이선스 기간이 지났고 그 뒤로 갱신되지 않음"),
    ("client-discovered-host-gone", "지난번에 찾은 KMS 호스트가 응답하지 않아 다른 호스트를 찾음"),
    ("host-publishing-disabled", "KMS 호스트가 스스로 게시하지 않도록 설정되었고 레코드를 수동으로 추가한 사람도 없음"),
    ("host-publish-list-incomplete", "KMS 호스트가 목록의 도메인에 게시하는데 클라이언트의 도메인이 목록에 없음"),
    ("host-port-value-ignored", "KMS 호스트의 수신 포트가 서비스가 읽지 않는 곳에 적혀 있음: 다른 키이거나 다른 형식"),
    ("dns-update-refused", "DNS 서버가 KMS 호스트의 게시용 동적 업데이트를 받지 않음"),
    ("dns-update-owned-by-other-host", "다른 호스트가 만들고 소유한 레코드에 KMS 호스트가 자신을 추가할 수 없음"),
    ("dns-server-unreachable", "클라이언트의 DNS 서버가 쓸 만한 응답을 주지 않음"),
    ("dns-server-dead-first", "클라이언트의 DNS 서버 하나가 죽어 있고 다른 서버가 늦게 응답함"),
    ("dns-server-failure", "DNS 서버가 실패로 응답함: SERVFAIL, FORMERR 또는 NOTIMP"),
    ("dns-server-refused", "DNS 서버가 이 클라이언트나 이 도메인에 대한 응답을 거절함"),
    ("dns-truncated-tcp-closed", "응답이 UDP에 너무 크고 DNS 서버가 TCP로는 주지 않음"),
    ("dns-hijacked", "DNS 서버가 모든 이름에 주소를 줌: 종속 포털, 싱크홀, 공급자"),
    ("dns-delegation-lame", "도메인이 응답하지 않는 DNS 서버에 위임됨"),
    ("dns-server-wrong", "DNS 서버가 클라이언트의 도메인을 전혀 모름"),
    ("dns-split-brain", "클라이언트의 두 DNS 서버가 같은 영역을 갖는데 하나에만 레코드가 있음"),
    ("dns-zone-missing", "클라이언트 도메인의 DNS 서버에 그 영역이 없음"),
    ("dns-suffix-mismatch", "클라이언트의 접미사가 DNS 서버가 모르는 도메인이거나 KMS 호스트를 게시한 도메인이 아님"),
    ("dns-srv-owner-misspelt", "SRV 레코드의 소유자 이름 철자가 틀림"),
    ("dns-srv-bare-name", "SRV 레코드가 도메인 없이 _vlmcs._tcp에만 있음"),
    ("dns-srv-in-other-zone", "레코드가 클라이언트의 영역이 아닌 다른 영역에 있음"),
    ("dns-no-data", "이름은 있으나 SRV 레코드가 없음, 또는 응답에서 SRV 레코드가 제거됨"),
    ("dns-wildcard", "와일드카드가 도메인의 모든 이름에 응답하여 없는 레코드가 레코드 없는 이름처럼 보임"),
    ("dns-srv-scavenged", "SRV 레코드가 있었지만 제때 새로 고쳐지지 않아 DNS 서버의 청소 작업으로 삭제됨"),
    ("dns-srv-missing", "클라이언트의 DNS 영역에 KMS 호스트의 SRV 레코드가 없음"),
    ("dns-srv-filtered", "영역에 레코드가 있는데 클라이언트는 없다는 응답을 받음"),
    ("srv-target-null", "SRV 레코드가 호스트 \".\"을 가리킴: 도메인이 KMS 호스트를 제공하지 않는다는 뜻"),
    ("srv-target-unresolvable", "SRV 레코드가 가리키는 호스트에 주소가 없음"),
    ("srv-target-other-family", "KMS 호스트에 클라이언트가 쓰지 않는 주소 체계의 주소만 있음"),
    ("srv-target-alias", "SRV 레코드가 가리켜서는 안 되는 별칭을 가리킴"),
    ("srv-port-wrong", "SRV 레코드의 포트가 KMS 호스트가 수신하는 포트와 다름"),
    ("srv-address-stale", "DNS에 있는 KMS 호스트 주소에서 아무도 응답하지 않음: 오래된 레코드이거나 없어진 컴퓨터"),
    ("srv-some-hosts-dead", "게시된 KMS 호스트 중 일부가 응답하지 않고 다른 호스트가 늦게 응답함"),
    ("srv-priority-ignored", "레코드의 우선순위나 가중치가 다르지만 이 세대는 둘 다 보지 않음"),
    ("network-host-unreachable", "KMS 호스트의 주소로 가는 경로가 없음"),
    ("client-firewall-blocks", "클라이언트 자신의 방화벽이 KMS 호스트로의 연결을 막음"),
    ("network-path-blocks", "클라이언트와 KMS 호스트 사이의 장치가 연결을 막음"),
    ("host-firewall-blocks", "KMS 호스트 자신의 방화벽이 연결을 막음: 규칙은 있으나 기본으로 꺼져 있음"),
    ("tcp1688-queue-full", "KMS 호스트의 수신 대기열이 가득 참: 서비스는 실행 중이나 연결을 더 받지 않음"),
    (
        "tcp1688-silent",
        "컴퓨터는 있으나 KMS 포트에 응답이 없음: 방화벽이 버리거나, 서비스가 멈췄거나, 호스트 키가 없거나, 연결을 더 받지 않음",
    ),
    ("tcp1688-refused", "KMS 호스트의 포트가 닫혀 있음: 수신하는 것이 없거나 방화벽이 그렇게 응답함"),
    ("tcp1688-rejected", "방화벽이 ICMP \"administratively prohibited\"로 응답함"),
    ("tcp1688-wrong-service", "KMS 포트에서 RPC 서비스가 아닌 다른 것이 수신함"),
    ("tcp1688-closed-after-accept", "연결이 받아들여진 직후 끊김: 컴퓨터 자신이나 앞에 있는 프록시 또는 필터에 의해"),
    ("rpc-bind-refused", "RPC가 응답하지만 KMS 인터페이스와의 연결을 거절함"),
    ("rpc-fault", "RPC가 연결은 받아들이고 호출을 거절함"),
    (
        "rpc-no-answer",
        "포트가 연결을 받은 뒤 아무 말도 하지 않음: 서비스가 멈춰 있거나 프록시가 잡고 있거나 다른 서비스임",
    ),
    ("rpc-conversation-failed", "대화가 제대로 시작되었다가 중간에 끊김"),
    ("rpc-answer-unusable", "이 호출의 응답이 아닌 것이 옴: 손상되었거나 잘렸거나 다른 클라이언트의 것"),
    ("kms-service-not-initialised", "KMS 호스트의 키 관리 서비스가 시작할 때 초기화되지 못함"),
    ("kms-service-stopped", "KMS 호스트의 라이선스 서비스가 멈춤"),
    ("kms-host-no-key", "KMS 호스트로 게시된 컴퓨터에 KMS 호스트 키가 없음"),
    ("kms-host-not-activated", "KMS 호스트 자신이 인증되지 않았다고 응답함"),
    ("kms-host-not-enabled", "KMS 호스트의 키 관리 서비스가 사용하도록 설정되지 않았다고 응답함"),
    ("kms-product-not-covered", "호스트 키가 클라이언트의 제품을 지원하지 않음"),
    ("clock-skew", "클라이언트와 KMS 호스트의 시계가 네 시간 넘게 차이 남"),
    ("kms-host-refused-request", "KMS 호스트가 요청을 읽고 자체 코드로 거절함"),
    ("kms-count-too-low", "KMS 호스트가 아직 이 제품에 필요한 수의 클라이언트를 세지 못함"),
    (
        "kms-count-split",
        "여러 KMS 호스트가 클라이언트를 나눠 가져 어느 것도 수를 채우지 못함. 의도하지 않은 호스트일 수 있음",
    ),
    ("kms-cmid-cloned", "여러 컴퓨터가 같은 클라이언트 컴퓨터 ID를 말하여 하나로 세어짐"),
    ("nothing-wrong", "잘못된 것이 없음: 컴퓨터가 인증됨"),
];

#[cfg(test)]
mod tests {
    use evidence::diagnosis::table;

    use super::KO;

    #[test]
    fn each_finding_has_a_sentence_in_korean_and_none_is_left_over() {
        let known: Vec<&str> = table::all().map(|entry| entry.id).collect();
        let translated: Vec<&str> = KO.iter().map(|(id, _)| *id).collect();
        assert_eq!(translated, known);
    }
}
