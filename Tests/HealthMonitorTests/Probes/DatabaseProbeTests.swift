import Foundation
import KeepAliveCurl
import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// Real PostgreSQL and Redis servers, and peers that are neither.
@Suite(.timeLimit(.minutes(3)))
struct DatabaseProbeTests {
    @Test func postgres() async throws {
        let server = try await RealServer.postgres()
        let port = JSONValue.integer(Int64(server.ports[0]))
        for user in ["postgres", "locked", "nobody", "missing"] {
            let probe = try makeProbe(
                PostgresProbe.self, ["host": .string("127.0.0.1"), "port": port, "user": .string(user)])
            let result = await look(probe)
            #expect(result.status == .healthy, "\(user): \(result.message)")
            #expect(result.responseTime != nil)
        }
        let socket = try makeProbe(PostgresProbe.self, ["host": .string(server.folder.path), "port": port])
        #expect(await look(socket).status == .healthy)
        #expect(socket.isLocal)

        // An open session keeps a stopping server from ending; meanwhile it refuses all others.
        let client = HTTPClient()
        let session = Task {
            try await client.exchange(
                SocketExchange(
                    host: "127.0.0.1", port: server.ports[0],
                    bytes: PostgresMessage.startup(user: "postgres", database: "postgres"), timeout: .seconds(100)
                ) { _ in false })
        }
        let probe = try makeProbe(PostgresProbe.self, ["host": .string("127.0.0.1"), "port": port])
        // The session exists once the server counts a second one; the query queues behind it.
        _ = await look(probe, client: client)
        server.process.signal(SIGTERM)
        try await server.process.waitForLine(containing: "smart shutdown")
        let stopping = await look(probe)
        #expect(stopping.status == .unhealthy)
        session.cancel()
        await server.stop()
        #expect(await look(probe).message == "connection refused")
    }

    @Test func postgresAnswers() {
        func error(_ code: String, _ text: String) -> [UInt8] {
            let body = Array("SFATAL\0VFATAL\0C\(code)\0M\(text)\0\0".utf8)
            return Array("E".utf8) + [0, 0, 0, UInt8(body.count + 4)] + body
        }
        let starting = PostgresMessage.verdict(on: error("57P03", "the database system is starting up"))
        #expect(starting.0 == .unhealthy)
        #expect(starting.1 == "it refuses connections: the database system is starting up")
        #expect(PostgresMessage.verdict(on: error("53300", "sorry, too many clients already")).0 == .degraded)
        #expect(PostgresMessage.verdict(on: error("28000", "no pg_hba.conf entry")).0 == .healthy)
        #expect(PostgresMessage.verdict(on: Array("Ecould not fork new process\n\0".utf8)).0 == .unhealthy)
        for garbage in ["", "H", "HTTP/1.1 400 Bad\r\n", "E", "EE", "R", "E\0\0\0\u{4}", "R\u{7f}\u{7f}\u{7f}\u{7f}"] {
            #expect(PostgresMessage.verdict(on: Array(garbage.utf8)).0 == .unhealthy, "\(garbage)")
        }
    }

    @Test func redis() async throws {
        let server = try await RealServer.redis(["--requirepass", "geheim"])
        let port = JSONValue.integer(Int64(server.ports[0]))
        func result(_ more: [String: JSONValue]) async throws -> ProbeResult {
            await look(
                try makeProbe(RedisProbe.self, ["host": .string("127.0.0.1"), "port": port].merging(more) { $1 }))
        }
        let open = try await result([:])
        #expect(open.status == .healthy)
        #expect(open.message == "it answers, and wants a password")
        let known = try await result(["password": .string("geheim")])
        #expect(known.status == .healthy)
        #expect(known.message == "it answers")
        #expect(try await result(["user": .string("default"), "password": .string("geheim")]).message == "it answers")
        let wrong = try await result(["password": .string("falsch")])
        #expect(wrong.status == .degraded)
        #expect(wrong.message == "it answers, but refuses the password")
        await server.stop()
        #expect(try await result([:]).message == "connection refused")
    }

    @Test func redisAnswers() {
        func verdict(_ text: String, _ afterPassword: Bool = false) -> ProbeStatus {
            RedisReply.verdict(on: Array(text.utf8), afterPassword: afterPassword).0
        }
        #expect(verdict("+PONG\r\n") == .healthy)
        #expect(verdict("-LOADING Redis is loading the dataset in memory\r\n") == .degraded)
        #expect(verdict("-MISCONF Errors writing\r\n") == .degraded)
        #expect(verdict("-ERR max number of clients reached\r\n") == .unhealthy)
        #expect(verdict("HTTP/1.1 400 Bad Request\r\n") == .unhealthy)
        #expect(verdict("+OK\r\n", true) == .unhealthy)
        #expect(verdict("") == .unhealthy)
        #expect(verdict("+OK\r\n+PONG\r\n", true) == .healthy)
        let echoing = "-ERR unknown command 'AUTH', with args beginning with: 'geheim'\r\n+PONG\r\n"
        let (status, words) = RedisReply.verdict(on: Array(echoing.utf8), afterPassword: true)
        #expect(status == .degraded)
        #expect(!words.contains("geheim"))
    }

    @Test func strangers() async throws {
        let web = try HTTPListener()
        let silent = try ScriptedServer { $0.waitForEnd() }
        for (port, isSilent) in [(web.port, false), (silent.port, true)] {
            let keys: [String: JSONValue] = ["host": .string("127.0.0.1"), "port": .integer(Int64(port))]
            for probe in [try makeProbe(PostgresProbe.self, keys), try makeProbe(RedisProbe.self, keys)] as [any Probe]
            {
                let result = await look(probe, timeout: isSilent ? .milliseconds(200) : .seconds(30))
                #expect(result.status == .unhealthy)
            }
            #expect(await look(try makeProbe(TCPProbe.self, keys)).status == .healthy)
        }
    }
}
