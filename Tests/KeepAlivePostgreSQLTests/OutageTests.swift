import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAlivePostgreSQL

/// Servers that freeze or die under a statement, and the steps of an event loop.
@Suite(.timeLimit(.minutes(3)))
struct OutageTests {
    private func backend(of connection: PostgreSQLConnection) throws -> Int32 {
        let result = try connection.query("SELECT pg_backend_pid()", within: .seconds(60))
        return try #require(result.firstValue.flatMap { Int32($0) })
    }

    @Test func aFrozenServerEndsWithTheDeadline() async throws {
        try await withConnection { connection in
            let backend = try backend(of: connection)
            #expect(Foundation.kill(backend, SIGSTOP) == 0)
            defer { Foundation.kill(backend, SIGCONT) }
            do throws(PostgreSQLError) {
                _ = try connection.query("SELECT 1", within: .milliseconds(100))
                Issue.record("a frozen server has answered")
            } catch {
                #expect(error.kind == .deadline)
                #expect(error.mayPass)
            }
            #expect(connection.isClosed)
            #expect(kind { try connection.query("SELECT 1", within: .seconds(60)) } == .deadline)
        }
    }

    @Test func aSlowStatementEndsWithTheDeadline() async throws {
        try await withConnection { connection in
            #expect(kind { try connection.query("SELECT pg_sleep(600)", within: .milliseconds(50)) } == .deadline)
        }
    }

    /// Its connection is closed without waiting, even while megabytes are unsent.
    @Test func aFrozenServerThatTakesNoBytes() async throws {
        try await withConnection { connection in
            let backend = try backend(of: connection)
            #expect(Foundation.kill(backend, SIGSTOP) == 0)
            defer { Foundation.kill(backend, SIGCONT) }
            let big = String(repeating: "x", count: 20_000_000)
            #expect(kind { try connection.query("SELECT $1::text", [big], within: .milliseconds(200)) } == .deadline)
        }
    }

    @Test func aSessionThatIsEnded() async throws {
        let address = try PostgreSQLAddress(try await PostgreSQLServer.shared().makeDatabase())
        try await BlockingWork.run {
            let connection = try PostgreSQLConnection.connect(to: address, application: "tests", within: .seconds(60))
            let other = try PostgreSQLConnection.connect(to: address, application: "tests", within: .seconds(60))
            let backend = try backend(of: connection)
            try connection.start("SELECT pg_sleep(600)", within: .seconds(60))
            _ = try other.query("SELECT pg_terminate_backend($1)", ["\(backend)"], within: .seconds(60))
            do {
                while try connection.advance() == nil { wait(for: connection) }
                Issue.record("the statement has ended")
            } catch let error as PostgreSQLError {
                #expect(error.kind == .lost)
                #expect(error.sqlState == "57P01")
            }
            #expect(connection.isClosed)
        }
    }

    @Test func aServerThatIsKilled() async throws {
        let server = try await PostgreSQLServer.start()
        let address = try PostgreSQLAddress(server.url())
        try await BlockingWork.run {
            let connection = try PostgreSQLConnection.connect(to: address, application: "tests", within: .seconds(60))
            let idle = try PostgreSQLConnection.connect(to: address, application: "tests", within: .seconds(60))
            let backend = try backend(of: connection)
            try connection.start("SELECT pg_sleep(600)", within: .seconds(60))
            #expect(Foundation.kill(backend, SIGKILL) == 0)
            // Without a descriptor nothing more can come.
            func waitForEnd(of connection: PostgreSQLConnection) throws {
                while try connection.advance() == nil, connection.descriptor != nil { wait(for: connection) }
            }
            #expect(throws: PostgreSQLError.self) { try waitForEnd(of: connection) }
            // The server ends all sessions then; an idle one notices too.
            #expect(kind { try waitForEnd(of: idle) } == .lost)
        }
        // It recovers from the crash now; its startup process can miss a regular stop, and then both wait without end.
        await server.stop(SIGQUIT)
    }

    /// As an event loop does it: one descriptor at a time, several connections side by side.
    @Test func stepwise() async throws {
        let address = try PostgreSQLAddress(try await PostgreSQLServer.shared().makeDatabase())
        try await BlockingWork.run {
            let connections = (0..<5).map { _ in
                PostgreSQLConnection(to: address, application: "tests", within: .seconds(60))
            }
            #expect(connections[0].descriptor == nil && !connections[0].isConnected)
            var answers: [Int: String] = [:]
            for (number, connection) in connections.enumerated() {
                // Before it is connected.
                try connection.start(PostgreSQLQuery("SELECT $1::int * 2", ["\(number)"]), within: .seconds(60))
            }
            while answers.count < 5 {
                for (number, connection) in connections.enumerated() where answers[number] == nil {
                    if let results = try connection.advance() {
                        answers[number] = results.first?.firstValue
                        #expect(!connection.isWorking && connection.deadline == nil)
                    } else {
                        #expect(connection.deadline != nil)
                        wait(for: connection)
                    }
                }
            }
            #expect(answers == [0: "0", 1: "2", 2: "4", 3: "6", 4: "8"])
            #expect(connections[0].serverVersion >= 130_000)
        }
    }

    private func wait(for connection: PostgreSQLConnection) {
        guard let descriptor = connection.descriptor else { return }
        var poller = Poller()
        poller.add(
            descriptor, read: connection.wanted.contains(.read), write: connection.wanted.contains(.write))
        try? poller.wait(until: connection.deadline)
    }
}
