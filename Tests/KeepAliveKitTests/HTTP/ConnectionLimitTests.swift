import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// Attackers and shortages, in separate processes: they exhaust resources that all tests of a process share.
@Suite(.timeLimit(.minutes(2)))
struct ConnectionLimitTests {
    @Test func aFreshRequestIsAnsweredWhile300Stall() async {
        await #expect(processExitsWith: .success) {
            try ServedBot.serve { port in
                let stalled = try (0..<300).map { _ in
                    let client = try RawClient(port: port)
                    try client.send("GET /health HT")
                    return client
                }
                for _ in 0..<20 {
                    let answer = try RawClient.get(port: port, path: "/health")
                    #expect(answer.status == 200)
                }
                withExtendedLifetime(stalled) {}
            }
        }
    }

    /// The most recently active connection stays; the longest idle one is closed.
    @Test func theLongestIdleMakesRoom() async {
        await #expect(processExitsWith: .success) {
            try ServedBot.serve { port in
                let clients = try (0..<ServerCapacity().connections).map { _ in
                    let client = try RawClient(port: port)
                    try client.request("GET", "/ping")
                    _ = try client.readResponse()
                    return client
                }
                // The first becomes the most recently active, so that the second is the longest idle.
                try clients[0].request("GET", "/ping")
                _ = try clients[0].readResponse()
                let answer = try RawClient.get(port: port, path: "/health")
                #expect(answer.status == 200)
                #expect(try clients[1].readAll().isEmpty)
                for index in [0, 2, 3, ServerCapacity().connections - 1] {
                    try clients[index].request("GET", "/ping")
                    let kept = try clients[index].readResponse()
                    #expect(kept.status == 200, "\(index)")
                }
            }
        }
    }

    /// Sockets made before the descriptors run out, to connect later.
    private static func prepareSockets(_ count: Int) -> [Int32] {
        #if canImport(Glibc)
            (0..<count).map { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
        #else
            (0..<count).map { _ in socket(AF_INET, SOCK_STREAM, 0) }
        #endif
    }

    /// Requests /health on a prepared socket; returns one read, nil if it is empty.
    private static func askHealth(_ raw: Int32, port: UInt16, closing: Bool = false) -> String? {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var patience = timeval(tv_sec: 15, tv_usec: 0)
        unsafe setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(raw, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return nil }
        let request = Array("GET /health HTTP/1.1\r\nHost: a\r\n\(closing ? "Connection: close\r\n" : "")\r\n".utf8)
        guard unsafe write(raw, request, request.count) == request.count else { return nil }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe read(raw, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    /// Dispatch opens descriptors for its first timer, and ends the process without any.
    private static func openTimers() async throws {
        try await Task.sleep(for: .nanoseconds(1))
    }

    /// Lowers the limit and takes every descriptor below it; returns them.
    private static func exhaustDescriptors() -> [Int32] {
        var limit = rlimit()
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        unsafe getrlimit(resource, &limit)
        limit.rlim_cur = 128
        unsafe setrlimit(resource, &limit)
        var taken: [Int32] = []
        while case let raw = dup(0), raw >= 0 { taken.append(raw) }
        return taken
    }

    /// How many descriptors are free below the limit.
    private static func countFree() -> Int {
        var free: [Int32] = []
        while case let raw = dup(0), raw >= 0 { free.append(raw) }
        for raw in free { close(raw) }
        return free.count
    }

    @Test func withoutDescriptorsAFreshRequestIsStillAnswered() async {
        await #expect(processExitsWith: .success) {
            try await Self.openTimers()
            try ServedBot.serve { port in
                // A server that answers has its reserve.
                _ = try RawClient.get(port: port, path: "/ping")
                let clients = Self.prepareSockets(10)
                let taken = Self.exhaustDescriptors()
                #expect(!taken.isEmpty)
                // Each stays open: each later one needs the place of an earlier one.
                let answers = clients.map { Self.askHealth($0, port: port) }
                for raw in taken { close(raw) }
                #expect(answers.allSatisfy { $0?.hasPrefix("HTTP/1.1 200 OK") == true })
                let answer = try RawClient.get(port: port, path: "/ping")
                #expect(answer.status == 200)
            }
        }
    }

    /// When the connection that took it has ended, and before the bot can take its descriptor.
    @Test func theReserveIsTakenBack() async {
        await #expect(processExitsWith: .success) {
            try await Self.openTimers()
            let server = HTTPServer(
                threadName: "reserve", host: "127.0.0.1", ports: PortFallback(first: 0, fallbacks: 0))
            let port = UInt16(
                try server.start { port, _ in
                    Endpoints(name: "Bot", version: "1", port: port, health: HealthMonitor())
                })
            let mailbox = try #require(server.mailbox)
            // A thread opens a file when it begins.
            Self.waitForTurn(of: mailbox)
            let clients = Self.prepareSockets(2)
            var taken = Self.exhaustDescriptors()
            for client in clients {
                let answer = Self.askHealth(client, port: port)
                #expect(answer?.hasPrefix("HTTP/1.1 200 OK") == true)
                _ = shutdown(client, Int32(SHUT_WR))
                var buffer = [UInt8](repeating: 0, count: 256)
                let count = unsafe read(client, &buffer, buffer.count)
                #expect(count == 0, "the server has closed its side too")
                Self.waitForTurn(of: mailbox)
                while case let raw = dup(0), raw >= 0 { taken.append(raw) }
            }
            for raw in taken { close(raw) }
            await server.stop()
        }
    }

    /// Returns once the loop's present turn is over.
    private static func waitForTurn(of mailbox: Mailbox) {
        let isOver = DispatchSemaphore(value: 0)
        mailbox.post(.schedule(.events, at: .now(), action: { isOver.signal() }))
        isOver.wait()
    }

    /// With any shortage the start throws, and releases the descriptors it got.
    @Test func aStartThatFindsTooFewDescriptorsThrows() async {
        await #expect(processExitsWith: .success) {
            try await Self.openTimers()
            var taken = Self.exhaustDescriptors()
            let server = HealthServer(
                name: "Bot", version: "1", health: HealthMonitor(), configuration: ServedBot.configuration)
            var failures: [KeepAliveError] = []
            var foreign = 0
            while server.port == nil {
                do throws(KeepAliveError) {
                    try server.start()
                } catch {
                    // A thread of Dispatch may take one for itself at any time, but once; a start that keeps one does so
                    // each time.
                    var keeps = true
                    for _ in 0..<3 where keeps {
                        let free = Self.countFree()
                        _ = try? server.start()
                        keeps = Self.countFree() != free
                    }
                    #expect(!keeps)
                    foreign = failures.count - Self.countFree()
                    failures.append(error)
                    close(taken.removeLast())
                }
            }
            // A listening socket, a pipe, and the descriptors that wait for them.
            #expect(failures.count == 4 + foreign)
            #expect(failures.allSatisfy { $0.kind == .system && $0.exitCode == 71 }, "\(failures)")
            for raw in taken { close(raw) }
            await server.stop()
        }
    }

    /// If the bot itself holds everything, the thread rests; it neither ends nor spins, and continues when it can.
    @Test func whenNothingIsLeftAtAllTheThreadRests() async {
        await #expect(processExitsWith: .success) {
            try await Self.openTimers()
            let clients = Self.prepareSockets(2)
            var taken = Self.exhaustDescriptors()
            let server = HealthServer(
                name: "Bot", version: "1", health: HealthMonitor(), configuration: ServedBot.configuration)
            // It gets only a pipe, a listening socket and the descriptors that wait for them: no reserve, and no
            // connection to drop. It gets one more for each that this process's other threads take meanwhile.
            for _ in 0..<2 { close(taken.removeLast()) }
            repeat { close(taken.removeLast()) } while (try? server.start()) == nil
            let port = UInt16(server.port ?? 0)
            let asker = BlockingCall { Self.askHealth(clients[0], port: port) }
            let before = clock()
            OSThread.rest(milliseconds: 500)
            let busy = Double(clock() - before) / Double(CLOCKS_PER_SEC)
            for raw in taken { close(raw) }
            // Half a second of spinning would use half a second of processor time.
            #expect(busy < 0.25)
            #expect(asker.result()?.hasPrefix("HTTP/1.1 200 OK") == true)
            let after = try RawClient.get(port: port, path: "/ping")
            #expect(after.status == 200)
            await server.stop()
        }
    }

    /// A blocking call on its own thread, whose result is fetched later.
    private final class BlockingCall: Sendable {
        private let done = DispatchSemaphore(value: 0)
        private let answers = EventLog<String?>()

        init(_ call: @escaping @Sendable () -> String?) {
            Thread.detachNewThread { [done, answers] in
                answers.append(call())
                done.signal()
            }
        }

        func result() -> String? {
            done.wait()
            return answers.elements[0]
        }
    }
}
