import KeepAliveKit
import Testing

@testable import KeepAliveHealthMonitor

struct ParametersTests {
    private func parameters(_ query: String?) throws -> Parameters {
        try Parameters(query.map { Array($0.utf8) }, allowed: ["hours", "service"])
    }

    @Test(
        arguments: [
            (nil, nil), ("", nil), ("&", nil), ("hours=1", nil), ("service=a", "a"), ("service=a%20b+c", "a b c"),
            ("service=caf%C3%A9", "café"), ("service=%2B%26%3d%25", "+&=%"), ("&&service=a&", "a"),
            ("service=a=b", "a=b"),
            ("s%65rvice=a", "a"), ("service=%0A", "\n"),
        ] as [(String?, String?)])
    func texts(query: String?, service: String?) throws {
        #expect(try parameters(query).service("service") == service)
    }

    @Test(arguments: [
        ("hour=1", "\"hour\" is not a parameter of this path: there are hours, service"),
        ("=", "\"\" is not a parameter of this path"),
        ("Hours=1", "\"Hours\" is not a parameter"), ("hours=1&hours=1", "hours is given twice"),
        ("hours=1&h%6Furs=2", "hours is given twice"), ("service=%", "service is not allowed: % has to"),
        ("service=%4", "% has to"), ("service=%zz", "% has to"), ("service=%+1", "% has to"),
        ("%zz=1", "a parameter's name"),
        ("service=%FF", "not UTF-8"), ("service=%C0%80", "not UTF-8"), ("service=%ED%A0%80", "not UTF-8"),
        ("service=a%00", "service is not allowed: it holds a NUL"),
    ])
    func whatIsNotUnderstoodIsRefused(query: String, reason: String) throws {
        let refusal = try #require(throws: Refusal.self) { try parameters(query) }
        #expect(refusal.status == .badRequest)
        #expect(refusal.reason.contains(reason), "\(refusal.reason)")
    }

    @Test func anEmptyServiceIsRefused() throws {
        let refusal = try #require(throws: Refusal.self) { try parameters("service=").service("service") }
        #expect(refusal.reason == "service: \"\" is not allowed: give the name of a service, or leave it out")
    }

    @Test(arguments: [(nil, 24), ("hours=1", 1), ("hours=2160", 2160), ("hours=007", 7)] as [(String?, Int)])
    func numbers(query: String?, hours: Int) throws {
        #expect(try parameters(query).integer("hours", in: 1...2160, default: 24) == hours)
    }

    @Test(arguments: [
        "0", "2161", "-1", "%2B1", "+1", "1.0", "1e2", "", "x", "99999999999999999999", "%D9%A1", " 1", "1%20",
    ])
    func otherNumbersAreRefused(text: String) throws {
        let refusal = try #require(throws: Refusal.self) {
            try parameters("hours=\(text)").integer("hours", in: 1...2160, default: 24)
        }
        #expect(refusal.reason.hasPrefix("hours: \""))
        #expect(refusal.reason.hasSuffix("\" is not allowed: give a whole number from 1 to 2160"))
    }

    @Test func words() throws {
        let words: KeyValuePairs<String, Int> = ["up": 1, "down": 2]
        #expect(try parameters("service=down").word("service", of: words, default: 0) == 2)
        #expect(try parameters("").word("service", of: words, default: 0) == 0)
        let refusal = try #require(throws: Refusal.self) {
            try parameters("service=UP").word("service", of: words, default: 0)
        }
        #expect(refusal.reason == "service: \"UP\" is not allowed: give one of up, down")
    }

    /// In a path a plus means itself.
    @Test func paths() throws {
        #expect(try Parameters.decode("a+b%2fc".utf8, "SERVICE", inQuery: false) == "a+b/c")
    }

    /// The address of a page may hold more than is asked for; of two values the first counts, as in a browser.
    @Test func aSharedAddressIsReadAsFarAsItCanBe() {
        let query = "hours=%zz&service=a+b&utm=mail&service=c&hours=&%zz=1"
        let parameters = Parameters(ofPage: Array(query.utf8), known: ["hours", "service"])
        #expect(parameters.all == ["service": "a b", "hours": ""])
        #expect(Parameters(ofPage: nil, known: ["hours"]).all.isEmpty)
    }
}
