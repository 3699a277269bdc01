import KeepAlivePlatform
import Testing

@testable import KeepAliveCurl
@testable import KeepAliveHealthMonitor

/// How the rest of a certificate's time is judged, on both sides of each limit.
struct CertificateCheckTests {
    private static let now = WallTime(microseconds: 1_768_838_847_000_000)
    private static let day: Int64 = 86_400

    private static func check(
        _ left: Int64, subject: String? = nil, hasName: Bool = true, warningDays: Int = 14
    ) -> ProbeResult.SubCheck {
        CertificateCheck.check(
            Certificate(end: 1_768_838_847 + left, subject: subject, hasAlternativeName: hasName), now: now,
            warningDays: warningDays)
    }

    @Test(
        arguments: [
            (-1, .unhealthy, "has expired"), (0, .unhealthy, "has expired"), (1, .degraded, "expires within a day"),
            (day - 1, .degraded, "expires within a day"), (day, .degraded, "expires in 1 day"),
            (2 * day - 1, .degraded, "expires in 1 day"), (2 * day, .degraded, "expires in 2 days"),
            (14 * day - 1, .degraded, "expires in 13 days"), (14 * day, .healthy, "expires in 14 days"),
        ] as [(Int64, ProbeStatus, String)])
    func theWarningComesInTime(left: Int64, status: ProbeStatus, words: String) {
        let found = Self.check(left)
        #expect(found.name == "certificate.days")
        #expect(found.status == status)
        #expect(found.message == "the certificate \(words)")
        #expect(found.value == Double(left) / 86_400)
    }

    @Test func theFirstToExpireOfAChainIsNamed() {
        #expect(
            Self.check(-1, subject: "/CN=Authority").message == "the certificate /CN=Authority of its chain has expired"
        )
    }

    @Test func aCertificateThatBrowsersRefuseIsNeverHealthy() {
        let lack = "the certificate has no subject alternative name, and browsers refuse it"
        let young = Self.check(30 * Self.day, hasName: false)
        #expect(young.status == .degraded && young.message == lack)
        let old = Self.check(Self.day, hasName: false)
        #expect(old.status == .degraded && old.message == "the certificate expires in 1 day; \(lack)")
        let expired = Self.check(0, hasName: false)
        #expect(expired.status == .unhealthy && expired.message == "the certificate has expired; \(lack)")
    }

    /// Two weeks before its end, unless the file says otherwise.
    @Test(arguments: [(14 * day - 1, .degraded), (14 * day, .healthy)] as [(Int64, ProbeStatus)])
    func anAnswerWarnsInTime(left: Int64, status: ProbeStatus) throws {
        let probe = try makeProbe(HTTPProbe.self, ["url": "https://127.0.0.1/"])
        var response = HTTPClientResponse(status: 200, headers: [], body: [], elapsed: .zero)
        response.certificate = Certificate(end: 1_768_838_847 + left, subject: nil, hasAlternativeName: true)
        #expect(probe.judge(response, at: Self.now).status == status)
    }
}
