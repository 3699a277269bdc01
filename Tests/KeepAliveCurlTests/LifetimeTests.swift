import Foundation
import Testing

@testable import KeepAliveCurl

@Suite(.timeLimit(.minutes(1)))
struct LifetimeTests {
    // Longer than the tests' time limit: a transfer that is not aborted must not end by itself.
    private let anHour = Duration.seconds(3600)

    /// A server that never answers, with events for a request's arrival and for the client's hanging up.
    private func silentServer(_ count: Int = 1) throws -> (server: RawServer, asked: Countdown, hungUp: Countdown) {
        let (asked, hungUp) = (Countdown(count), Countdown(count))
        let server = try RawServer { connection in
            guard connection.readRequest() != nil else { return }
            asked.countDown()
            connection.waitForHangUp()
            hungUp.countDown()
        }
        return (server, asked, hungUp)
    }

    @Test func cancelAborts() async throws {
        let (server, asked, hungUp) = try silentServer()
        let client = HTTPClient()
        let task = Task { try await client.send(HTTPClientRequest(url: server.url(), timeout: anHour)) }
        await asked.event.wait()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        await hungUp.event.wait()
        // The client still works for others.
        let other = try RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        #expect(try await client.send(HTTPClientRequest(url: other.url())).status == 204)
    }

    @Test func cancelBeforeStartSendsNothing() async throws {
        let server = try RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        let client = HTTPClient()
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return try await client.send(HTTPClientRequest(url: server.url()))
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        await client.shutDown()
        #expect(server.connections == 0)
    }

    @Test func cancelRacesWithCompletion() async throws {
        let server = try RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        let client = HTTPClient()
        var (answered, cancelled) = (0, 0)
        for round in 0..<400 {
            let task = Task { try await client.send(HTTPClientRequest(url: server.url())) }
            for _ in 0..<(round % 40) { await Task.yield() }
            task.cancel()
            do {
                #expect(try await task.value.status == 204)
                answered += 1
            } catch is CancellationError {
                cancelled += 1
            }
        }
        #expect(answered + cancelled == 400)
        #expect(try await client.send(HTTPClientRequest(url: server.url())).status == 204)
    }

    @Test func closeEndsAllTransfers() async throws {
        let count = 20
        let (server, asked, hungUp) = try silentServer(count)
        let client = HTTPClient()
        let request = HTTPClientRequest(url: server.url(), timeout: anHour)
        let tasks = (0..<count).map { _ in Task { try await failure(client, request) } }
        await asked.event.wait()
        client.close()
        client.close()
        for task in tasks {
            #expect(try await task.value == .closed)
        }
        await hungUp.event.wait()
        #expect(try await failure(client, HTTPClientRequest(url: server.url())) == .closed)
        await client.shutDown()
        await client.shutDown()
    }

    @Test func closeRacesWithRequests() async throws {
        let server = try RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        for _ in 0..<30 {
            let client = HTTPClient()
            let tasks = (0..<8).map { index in
                Task {
                    if index == 4 { client.close() }
                    return try await failure(client, HTTPClientRequest(url: server.url()))
                }
            }
            tasks[6].cancel()
            for (index, task) in tasks.enumerated() {
                do {
                    let kind = try await task.value
                    #expect(kind == nil || kind == .closed)
                } catch is CancellationError {
                    #expect(index == 6)
                }
            }
            await client.shutDown()
        }
    }

    @Test func closeBeforeUse() async throws {
        let client = HTTPClient()
        client.close()
        await client.shutDown()
        #expect(try await failure(client, HTTPClientRequest(url: "http://127.0.0.1/")) == .closed)
    }

    @Test func deinitEndsIdleConnections() async throws {
        let hungUp = Event()
        let server = try RawServer { connection in
            while connection.readRequest() != nil, connection.send("HTTP/1.1 204 No Content\r\n\r\n") {}
            hungUp.fire()
        }
        var client: HTTPClient? = HTTPClient()
        #expect(try await client?.send(HTTPClientRequest(url: server.url())).status == 204)
        #expect(!hungUp.hasFired)
        client = nil
        await hungUp.wait()
    }

    @Test func temporaryClientLivesThroughItsRequest() async throws {
        let server = try RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        #expect(try await HTTPClient().send(HTTPClientRequest(url: server.url())).status == 204)
    }

    #if os(Linux)
        @Test func threadTakesNoSignals() async throws {
            let (server, asked, _) = try silentServer()
            let client = HTTPClient()
            let task = Task { try await failure(client, HTTPClientRequest(url: server.url())) }
            await asked.event.wait()
            var found = 0
            for thread in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task") {
                // Threads of other tests may end during this loop.
                guard let status = try? String(contentsOfFile: "/proc/self/task/\(thread)/status", encoding: .utf8),
                    status.hasPrefix("Name:\thttp-client\n"),
                    let line = status.split(separator: "\n").first(where: { $0.hasPrefix("SigBlk:") }),
                    let mask = UInt64(line.dropFirst(7).trimmingCharacters(in: .whitespaces), radix: 16)
                else { continue }
                found += 1
                // SIGKILL and SIGSTOP cannot be blocked, and 32 to 34 belong to the C library.
                let free: [Int32] = [SIGKILL, SIGSTOP, 32, 33, 34]
                for signal in 1...64 where !free.contains(Int32(signal)) {
                    #expect(mask & (1 << UInt64(signal - 1)) != 0, "signal \(signal) is not blocked")
                }
            }
            #expect(found > 0)
            client.close()
            #expect(try await task.value == .closed)
        }
    #endif

    @Test func startingTheThreadLeavesTheCallersMask() async throws {
        let (mailbox, before, after) = try startThread()
        #expect(before == after)
        #expect(before.contains(false))
        mailbox.close()
        await mailbox.waitForEnd(atMost: .seconds(50))
    }

    // Not async, so that all of it runs on one thread, whose mask it compares.
    private func startThread() throws -> (mailbox: Mailbox, before: [Bool], after: [Bool]) {
        func mask() -> [Bool] {
            var mask = sigset_t()
            unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
            return (1..<32).map { unsafe sigismember(&mask, $0) == 1 }
        }
        let before = mask()
        let mailbox = Mailbox()
        try TransferThread.start(
            ClientSettings(userAgent: "", caFile: nil, idleConnections: 16, idleTime: .seconds(30)), mailbox)
        return (mailbox, before, mask())
    }

    /// One more closes an idle one: which of them, if both are as old, is libcurl's choice.
    @Test(arguments: [(16, 2), (1, 3), (0, 3), (-5, 3)])
    func idleConnectionsAreBounded(allowed: Int, least: Int) async throws {
        let servers = try (0..<2).map { _ in try RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n") }
        let client = HTTPClient(idleConnections: allowed)
        for server in servers + servers {
            #expect(try await client.send(HTTPClientRequest(url: server.url())).status == 204)
        }
        let connections = servers.map(\.connections).reduce(0, +)
        #expect(allowed == 16 ? connections == least : connections >= least)
        await client.shutDown()
    }
}
