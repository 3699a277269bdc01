import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAlivePostgreSQL

/// Connecting: refusals, silence, several hosts.
@Suite(.timeLimit(.minutes(3)))
struct ConnectTests {
    private func failure(_ url: String, within limit: Duration = .seconds(60)) async throws -> PostgreSQLError? {
        let address = try PostgreSQLAddress(url)
        return try await BlockingWork.run {
            do throws(PostgreSQLError) {
                _ = try PostgreSQLConnection.connect(to: address, application: "tests", within: limit)
                return nil
            } catch {
                return error
            }
        }
    }

    @Test func refusedLogins() async throws {
        let server = try await PostgreSQLServer.shared()
        #expect(try await failure(server.url(user: "locked", password: "geheim")) == nil)
        let wrong = try #require(try await failure(server.url(user: "locked", password: "falsch-42")))
        #expect(wrong.kind == .connect)
        #expect(wrong.sqlState == "28P01")
        #expect(wrong.message.contains("password authentication failed for user \"locked\""))
        #expect(!"\(wrong)".contains("falsch-42") && !"\(wrong)".contains("LOCATION"))
        #expect(!wrong.mayPass && wrong.isRefusedLogin)
        let none = try #require(try await failure(server.url(user: "locked")))
        #expect(none.isRefusedLogin)
        #expect(try await failure(server.url(user: "nobody"))?.sqlState == "28000")
        #expect(try await failure(server.url(database: "missing"))?.sqlState == "3D000")
    }

    /// A server that asks for a password is up, for whoever has none.
    @Test(arguments: [("postgres", true), ("locked", true), ("nobody", false)])
    func whoIsAskedForAPasswordWasAnswered(user: String, wasAnswered: Bool) async throws {
        let address = try PostgreSQLAddress(try await PostgreSQLServer.shared().url(user: user))
        let found = try await BlockingWork.run {
            let connection = PostgreSQLConnection(to: address, application: "tests", within: .seconds(60))
            try? connection.open()
            return connection.wasAnswered
        }
        #expect(found == wasAnswered)
    }

    @Test func nobodyListens() async throws {
        let error = try #require(try await failure("postgres://127.0.0.1:\(try PortRow.one())/x"))
        #expect(error.kind == .connect)
        #expect(error.systemError == ECONNREFUSED)
        #expect(error.mayPass)
        #expect(try await failure("postgres:///x?host=/nonexistent")?.systemError == ENOENT)
    }

    @Test func silenceEndsWithTheDeadline() async throws {
        let silent = try ScriptedServer { $0.waitForEnd() }
        let error = try #require(try await failure("postgres://127.0.0.1:\(silent.port)/x", within: .milliseconds(100)))
        #expect(error.kind == .deadline)
        #expect(error.message.contains("127.0.0.1:\(silent.port) did not answer"))
    }

    @Test func strangersAreNotWaitedFor() async throws {
        let web = try ScriptedServer { peer in
            _ = peer.receive()
            peer.send("HTTP/1.1 400 Bad Request\r\n\r\n")
            peer.waitForEnd()
        }
        let error = try #require(try await failure("postgres://127.0.0.1:\(web.port)/x?sslmode=disable"))
        #expect(error.kind == .connect)
    }

    @Test func otherHostsGetTheirTurn() async throws {
        let server = try await PostgreSQLServer.shared()
        let silent = try ScriptedServer { $0.waitForEnd() }
        let closed = try PortRow.one()
        let hosts = "127.0.0.1:\(closed),127.0.0.1:\(silent.port),127.0.0.1:\(server.port)"
        for kind in ["read-write", "prefer-standby"] {
            // The silent one takes a part of the time only.
            let url = "postgres://postgres@\(hosts)/postgres?target_session_attrs=\(kind)"
            #expect(try await failure(url, within: .seconds(4)) == nil, "\(kind)")
        }
        let standby = try #require(
            try await failure("postgres://postgres@127.0.0.1:\(server.port)/postgres?target_session_attrs=standby"))
        #expect(standby.kind == .connect && standby.sqlState == nil)
        // What every server would refuse ends it.
        let hostsAfter = "127.0.0.1:\(server.port),127.0.0.1:\(closed)"
        let refused = try #require(try await failure("postgres://nobody@\(hostsAfter)/postgres"))
        #expect(!refused.message.contains("\(closed)"))
    }

    /// A statement may be given before its connection stands.
    @Test(arguments: [(5, true), (3600, false)]) func theFirstLimitIsTheDeadline(seconds: Int, isFirst: Bool) throws {
        let address = try PostgreSQLAddress("postgres://127.0.0.1:1/x")
        let connection = PostgreSQLConnection(to: address, application: "tests", within: .seconds(60))
        let whole = try #require(connection.deadline)
        try connection.start("SELECT 1", within: .seconds(seconds))
        let deadline = try #require(connection.deadline)
        #expect((deadline < whole) == isFirst)
        #expect(deadline <= whole)
    }

    /// Whoever asks later learns why it ended.
    @Test func theFirstReasonOfAnEndStays() async throws {
        let address = try PostgreSQLAddress("postgres://127.0.0.1:\(try PortRow.one())/x")
        let found = try await BlockingWork.run {
            let connection = PostgreSQLConnection(to: address, application: "tests", within: .seconds(60))
            try? connection.open()
            connection.close()
            return kind { try connection.query("SELECT 1", within: .seconds(60)) }
        }
        #expect(found == .connect)
    }

    @Test func plansShareTheirTime() throws {
        let start = MonotonicTime(nanoseconds: 0)
        let address = try PostgreSQLAddress("postgres://a,b,c/x?connect_timeout=99")
        var plan = ConnectPlan(address, application: "tests", within: .seconds(3), now: start)
        #expect(plan.next(now: start)?.deadline == start.advanced(by: .seconds(1)))
        plan.fail(PostgreSQLError(.connect, "refused"))
        let second = plan.next(now: start.advanced(by: .seconds(1)))
        #expect(second?.deadline == start.advanced(by: .seconds(2)))
        #expect(second?.host.name == "b")
        #expect(second?.settings.contains { $0.keyword == "connect_timeout" } == false)
        plan.failLate(at: address.hosts[1])
        #expect(plan.next(now: start.advanced(by: .seconds(2)))?.deadline == start.advanced(by: .seconds(3)))
        #expect(plan.next(now: start.advanced(by: .seconds(3))) == nil)
        #expect(plan.failure.kind == .connect)
        #expect(plan.failure.message == "refused; b:5432 did not answer in time")
    }
}
