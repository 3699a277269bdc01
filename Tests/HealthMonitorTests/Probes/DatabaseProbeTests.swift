import Foundation
import KeepAliveCurl
import KeepAliveKit
import KeepAlivePostgreSQL
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// Real PostgreSQL and Redis servers, and peers that are neither.
@Suite(.timeLimit(.minutes(3)))
struct DatabaseProbeTests {
    @Test func postgres() async throws {
        let server = try await PostgreSQLServer.start()
        let port = JSONValue.integer(Int64(server.port))
        for user in ["postgres", "locked", "nobody", "missing"] {
            let probe = try makeProbe(
                PostgresProbe.self, ["host": .string("127.0.0.1"), "port": port, "user": .string(user)])
            let result = await look(probe)
            #expect(result.status == .healthy, "\(user): \(result.message)")
            #expect(result.message == "it accepts connections")
            #expect(result.responseTime != nil)
        }
        let socket = try makeProbe(PostgresProbe.self, ["host": .string(server.socketFolder), "port": port])
        #expect(await look(socket).status == .healthy)
        #expect(socket.isLocal)

        // An open session keeps a stopping server from ending; meanwhile it refuses all others.
        let session = try PostgreSQLConnection.connect(
            to: PostgreSQLAddress(server.url()), application: "tests", within: .seconds(60))
        let probe = try makeProbe(PostgresProbe.self, ["host": .string("127.0.0.1"), "port": port])
        server.process.signal(SIGTERM)
        try await server.process.waitForLine(containing: "smart shutdown")
        let stopping = await look(probe)
        #expect(stopping.status == .unhealthy)
        #expect(stopping.message == "it refuses connections: the database system is shutting down")
        session.close()
        await server.stop()
        #expect(await look(probe).message == "connection refused")
        #expect(await look(socket).message == "no such file or directory")
    }

    @Test func aFullPostgresIsDegraded() async throws {
        let server = try await PostgreSQLServer.start("max_connections=1", "superuser_reserved_connections=0")
        let probe = try makeProbe(
            PostgresProbe.self, ["host": .string("127.0.0.1"), "port": .integer(Int64(server.port))])
        // The session of its preparation may still end.
        var sessions: [PostgreSQLConnection] = []
        var result = await look(probe)
        while result.status == .healthy, sessions.count < 10 {
            let session = PostgreSQLConnection(
                to: try PostgreSQLAddress(server.url()), application: "tests", within: .seconds(60))
            if (try? session.open()) != nil { sessions.append(session) }
            result = await look(probe)
        }
        #expect(result.status == .degraded)
        #expect(result.message == "it has no connection left: sorry, too many clients already")
        for session in sessions { session.close() }
        await server.stop()
    }

    @Test func postgresAnswers() {
        func verdict(_ message: String, _ code: String? = nil, _ kind: PostgreSQLError.Kind = .connect) -> ProbeResult {
            let start = "connection to server at \"db\" (1.2.3.4), port 5432 failed: "
            let failure = PostgreSQLError(kind, start + message, sqlState: code)
            return PostgresOutcome(failure: failure, took: .seconds(1), words: "late").verdict
        }
        let starting = verdict("FATAL: the database system is starting up", "57P03")
        #expect(starting.status == .unhealthy)
        #expect(starting.message == "it refuses connections: the database system is starting up")
        #expect(verdict("FATAL: no pg_hba.conf entry", "28000").status == .healthy)
        #expect(verdict("could not fork new process for connection").status == .unhealthy)
        #expect(verdict("received invalid response to SSL negotiation: H").message.contains("another program"))
        #expect(verdict("authentication method 11 not supported").status == .healthy)
        #expect(verdict("anything", nil, .deadline).message == "late")
        #expect(verdict("could not create socket: Too many open files").status == .unknown)
        // An error without a text, which no PostgreSQL sends.
        #expect(verdict("").message == "it refuses connections: no reason given")
        #expect(verdict("FATAL: ", "53300").message == "it has no connection left: no reason given")
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

    @Test(arguments: [
        ("-MASTERDOWN Link with MASTER is down", "its link to the primary server is down"),
        ("-BUSY Redis is busy running a script", "a script keeps it busy"),
        ("-LOADING Redis is loading the dataset in memory", "it is loading its data"),
        ("-ERR odd", "it answers with an error: ERR odd"),
    ])
    func redisInTrouble(answer: String, message: String) {
        for (text, afterPassword) in [("\(answer)\r\n", false), ("+OK\r\n\(answer)\r\n", true)] {
            let (status, words) = RedisReply.verdict(on: Array(text.utf8), afterPassword: afterPassword)
            #expect(status == .degraded && words == message)
        }
    }

    /// It takes no password meanwhile, and does not refuse it.
    @Test func redisThatIsNotReadyForAPassword() {
        let text = "-LOADING Redis is loading\r\n-LOADING Redis is loading\r\n"
        let (status, words) = RedisReply.verdict(on: Array(text.utf8), afterPassword: true)
        #expect(status == .degraded && words == "it is loading its data")
    }

    /// Only what may be a failed lookup is looked up again.
    @Test func whetherAHostsNameIsInDoubt() {
        func isInDoubt(_ message: String, _ code: String? = nil, took: Duration? = .seconds(1)) -> Bool {
            let failure = PostgreSQLError(.connect, message, sqlState: code)
            return PostgresOutcome(failure: failure, took: took, words: "late").isUnresolved
        }
        #expect(isInDoubt("could not translate host name \"db\" to address"))
        #expect(isInDoubt("no name server answered"))
        #expect(isInDoubt("late", took: nil))
        #expect(!isInDoubt("Connection refused"))
        #expect(!isInDoubt("could not translate host name", "57P03"))
        #expect(!PostgresOutcome(words: "late").isUnresolved)
    }

    @Test func keys() throws {
        func errors(_ values: [String: JSONValue]) -> [String] { configurationFindings(PostgresProbe.self, values) }
        let longest = String(repeating: "u", count: 63)
        #expect(errors(["user": .string(longest)]) == [])
        #expect(errors(["user": .string(longest + "u"), "database": "d"]).count == 1)
        #expect(errors(["tls": true]).count == 1)
        #expect(configurationFindings(RedisProbe.self, ["user": "u"]).count == 1)
        for (host, place) in [("cache", "cache"), ("::1", "[::1]"), ("[::1]", "[::1]")] {
            let probe = try makeProbe(RedisProbe.self, ["host": .string(host)])
            #expect(probe.address == "redis://\(place):6379")
        }
    }

    @Test func strangers() async throws {
        let web = try ScriptedServer { peer in
            _ = peer.receive()
            peer.send("HTTP/1.1 400 Bad Request\r\n\r\n")
            peer.waitForEnd()
        }
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
