import KeepAlivePlatform
import Testing

@testable import KeepAlivePostgreSQL

/// Which server is tried when, and what an error means: without a server.
struct ConnectPlanTests {
    private let start = MonotonicTime(nanoseconds: 0)

    private func makePlan(_ url: String = "postgres://a,b/x") throws -> ConnectPlan {
        ConnectPlan(try PostgreSQLAddress(url), application: "tests", within: .seconds(4), now: start)
    }

    /// A server that starts or is full says nothing about the next; a wrong password is wrong everywhere.
    @Test(
        arguments: [("57P03", true), ("53300", true), ("28P01", false), ("3D000", false), (nil, true)]
            as [(String?, Bool)])
    func aRefusalThatAllWouldRepeatEndsThePlan(state: String?, goesOn: Bool) throws {
        var plan = try makePlan()
        let first = plan.next(now: start)
        #expect(first?.host.name == "a")
        let refusal = PostgreSQLError(.connect, "refused", sqlState: state)
        plan.fail(refusal)
        let second = plan.next(now: start)
        #expect(second?.host.name == (goesOn ? "b" : nil))
        #expect(plan.failure == refusal)
    }

    @Test func nothingIsTriedAtTheDeadline() throws {
        var plan = try makePlan()
        let late = plan.next(now: start.advanced(by: .seconds(4)))
        #expect(late == nil)
        #expect(plan.failure == PostgreSQLError(.deadline, "no connection within 4 s"))
    }

    @Test func aStandbyIsPreferredOnEveryHostFirst() throws {
        var plan = try makePlan("postgres://a,b/x?target_session_attrs=prefer-standby")
        var found: [String] = []
        while let attempt = plan.next(now: start) {
            let kind = attempt.settings.first { $0.keyword == "target_session_attrs" }?.value ?? ""
            found.append("\(attempt.host.name) \(kind)")
        }
        #expect(found == ["a standby", "b standby", "a any", "b any"])
    }

    @Test func whatFailedIsSaidOnce() throws {
        let hosts = try PostgreSQLAddress("postgres://a,b/x").hosts
        var plan = try makePlan()
        plan.failLate(at: hosts[0])
        #expect(plan.failure == PostgreSQLError(.deadline, "a:5432 did not answer in time (limit 4 s)"))
        plan.failLookup(of: hosts[1])
        let late = "a:5432 did not answer in time; no name server answered in time for b (limit 4 s)"
        #expect(plan.failure == PostgreSQLError(.deadline, late))
        plan = try makePlan()
        for _ in hosts { plan.fail(PostgreSQLError(.connect, "full", sqlState: "53300")) }
        #expect(plan.failure == PostgreSQLError(.connect, "full", sqlState: "53300"))
    }

    private static let errors: [(kind: PostgreSQLError.Kind, state: String?, mayPass: Bool)] = [
        (.connect, nil, true), (.server, nil, false), (.connect, "57P03", true), (.connect, "28P01", false),
        (.server, "40001", true), (.server, "55P03", true), (.server, "23505", false), (.deadline, nil, true),
        (.lost, nil, true), (.address, nil, false), (.misuse, nil, false), (.connect, "08006", true),
        (.server, "53300", true), (.server, "58030", true), (.server, "42501", false),
    ]

    @Test func whatMayPassByItself() {
        for (kind, state, mayPass) in Self.errors {
            #expect(PostgreSQLError(kind, "x", sqlState: state).mayPass == mayPass, "\(kind) \(state ?? "")")
        }
    }

    /// An owner of the database has to give it.
    @Test(arguments: [("42501", true), ("42P01", false), ("28000", false), (nil, false)] as [(String?, Bool)])
    func aMissingRightHasACodeOfItsOwn(state: String?, isMissing: Bool) {
        #expect(PostgreSQLError(.server, "x", sqlState: state).isMissingRight == isMissing)
    }

    @Test func wordsOfErrors() {
        let name = "connection to server at \"127.0.0.1\", port 5432 failed: "
        #expect(PostgreSQLError(.connect, "\(name)no; \(name)FATAL: starting up").reason == "FATAL: starting up")
        #expect(PostgreSQLError(.server, "no table").reason == "no table")
        let words = Errno("connect", code: ECONNREFUSED).message
        let codes: [(PostgreSQLError.Kind, Int32?)] = [(.connect, ECONNREFUSED), (.lost, ECONNREFUSED), (.server, nil)]
        for (kind, code) in codes {
            #expect(PostgreSQLError(kind, "\(name)\(words)").systemError == code)
        }
        #expect(PostgreSQLError(.connect, words, sqlState: "28P01").systemError == nil)
    }

    @Test func whatCannotBeSent() {
        let texts: [String?] = ["a", nil, "", "b\"c\\"]
        #expect(PostgreSQLQuery.array(texts) == #"{"a",NULL,"","b\"c\\"}"#)
        #expect(PostgreSQLQuery.array(texts.prefix(0)) == "{}")
        let most = [String?](repeating: nil, count: 65_535)
        #expect(PostgreSQLQuery("SELECT 1", most).fault == nil)
        #expect(PostgreSQLQuery("SELECT 1", most + [nil]).fault?.kind == .misuse)
        #expect(PostgreSQLQuery("SELECT\0").fault?.message == "the statement holds a NUL character")
        let second = PostgreSQLQuery("SELECT $1, $2", ["a", "b\0"]).fault
        #expect(second?.message == "the value of $2 holds a NUL character")
    }

    /// What the URL sets counts, but results are read as UTF-8.
    @Test func settingsOfTheURLComeFirst() throws {
        let url = "postgres://u@a:7/x?keepalives_idle=99&client_encoding=LATIN1&application_name="
        var plan = try makePlan(url)
        let next = plan.next(now: start)
        let attempt = try #require(next)
        let settings = Dictionary(uniqueKeysWithValues: attempt.settings.map { ($0.keyword, $0.value) })
        let expected = [
            "host": "a", "port": "7", "user": "u", "dbname": "x", "keepalives_idle": "99", "keepalives_interval": "5",
            "client_encoding": "UTF8", "fallback_application_name": "tests", "gssencmode": "disable",
            // A server that is gone is noticed.
            "keepalives": "1", "keepalives_count": "3", "tcp_user_timeout": "20000",
        ]
        for (keyword, value) in expected { #expect(settings[keyword] == value, "\(keyword)") }
        for keyword in ["hostaddr", "application_name", "target_session_attrs"] {
            #expect(settings[keyword] == nil, "\(keyword)")
        }
    }
}
