import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

@Suite(.timeLimit(.minutes(1)))
struct HealthServerPortTests {
    let events = EventLog<KeepAliveEvent>()

    private func server(
        port: Int = 0, fallbacks: Int = 2, host: String? = "127.0.0.1"
    ) -> HealthServer {
        var configuration = ServedBot.configuration
        configuration.port = port
        configuration.portFallbacks = fallbacks
        configuration.host = host
        let events = self.events
        return HealthServer(
            name: "Bot", version: "1", health: HealthMonitor(), configuration: configuration,
            limits: ConnectionLimits(), onRestart: nil, onEvent: { events.append($0) })
    }

    /// A server that is used alone starts all the same.
    @Test func whoIsToldMayWait() async throws {
        let (events, gate) = (self.events, DispatchSemaphore(value: 0))
        let server = HealthServer(
            name: "Bot", version: "1", health: HealthMonitor(), configuration: ServedBot.configuration,
            onEvent: {
                gate.wait()
                events.append($0)
            })
        let port = try await BlockingWork.run { try server.start() }
        #expect(events.count == 0)
        gate.signal()
        #expect(try await events.element(at: 0) == .listening(port: port))
        await server.stop()
    }

    /// Servers on three consecutive ports.
    private func threeInARow() throws -> [HealthServer] {
        try PortRow.take(3).map { port in
            let server = server(port: Int(port), fallbacks: 0)
            _ = try server.start()
            return server
        }
    }

    /// With port 0, another program may hold the chosen port at the second address of localhost.
    @Test func theSystemChoosesAgain() throws {
        let addresses = try ["127.0.0.1", "127.0.0.2"].map {
            try #require(try SocketAddress.resolve($0, port: 0).first)
        }
        var seconds = 0
        let listeners = try PortFallback.listen(on: addresses) { address throws(Errno) in
            if address.port != 0 {
                seconds += 1
                if seconds < 3 { throw Errno("bind", code: EADDRINUSE) }
            }
            return try Socket.listen(on: addresses[0])
        }
        let count = listeners.sockets.count
        #expect(count == 2)
        #expect(seconds == 3)
    }

    @Test func theSystemChooses() throws {
        let server = server()
        #expect(server.port == nil)
        let port = try server.start()
        #expect(port > 0)
        #expect(server.port == port)
        #expect(try server.start() == port, "it runs already")
        #expect(try RawClient.get(port: UInt16(port), path: "/").json()["port"]?.integer == Int64(port))
        #expect(events.elements == [.listening(port: port)])
    }

    @Test func takenPortsFallBackToTheNext() async throws {
        let taken = try threeInARow()
        let ports = try taken.map { try #require($0.port) }
        await taken[2].stop()
        let server = server(port: ports[0])
        #expect(try server.start() == ports[2])
        #expect(
            events.elements.suffix(3) == [
                .portTaken(port: ports[0]), .portTaken(port: ports[1]), .listening(port: ports[2]),
            ])
        withExtendedLifetime(taken) {}
    }

    @Test func whenAllAreTakenEachIsNamed() throws {
        let taken = try threeInARow()
        let ports = try taken.map { try #require($0.port) }
        let error = try #require(throws: KeepAliveError.self) { try server(port: ports[0]).start() }
        let reason = Errno("bind", code: EADDRINUSE).message
        #expect(error == .noFreePort(tried: ports.map { ($0, reason) }))
        #expect(error.exitCode == 78)
        for port in ports { #expect(error.description.contains("\(port) (\(reason))")) }
        // After the last one no other is tried.
        let told = events.elements.filter { $0.kind == .portTaken }
        #expect(told == ports.dropLast().map { KeepAliveEvent.portTaken(port: $0) })
        withExtendedLifetime(taken) {}
    }

    @Test func stoppingFreesThePort() async throws {
        // On a port that no other program gets between the two.
        let port = Int(try PortRow.one())
        let first = server(port: port, fallbacks: 0)
        #expect(try first.start() == port)
        let idle = try RawClient(port: UInt16(port))
        await first.stop()
        #expect(first.port == nil)
        let second = server(port: port, fallbacks: 0)
        #expect(try second.start() == port)
        await second.stop()
        #expect(try second.start() == port, "it can be started again")
        let listener = try #require(OpenListener(port: UInt16(port)))
        await second.stop()
        await second.stop()
        #expect(!listener.exists)
        idle.close()
    }

    #if os(Linux)
        /// Like a process that is being started, until its exec.
        @Test func stoppingFreesAPortThatAnotherProcessHolds() async throws {
            let port = Int(try PortRow.one())
            let first = server(port: port, fallbacks: 0)
            #expect(try first.start() == port)
            let inode = try await Polling.until {
                try #require(ListeningSocket.inodes(port: UInt16(port)).first)
            } isMet: { _ in
                true
            }
            let descriptor = try #require(
                FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").first {
                    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)"))
                        == "socket:[\(inode)]"
                }.flatMap { Int32($0) })
            let held = dup(descriptor)
            defer { close(held) }
            await first.stop()
            #expect(!ListeningSocket.inodes(port: UInt16(port)).contains(inode))
            let second = server(port: port, fallbacks: 0)
            #expect(try second.start() == port)
            await second.stop()
        }
    #endif

    @Test(arguments: [
        (8001, 2, [8001, 8002, 8003]), (8001, 0, [8001]), (8001, -5, [8001]), (0, 9, [0]), (65_535, 2, [65_535]),
        (65_534, 5, [65_534, 65_535]), (1, 1, [1, 2]), (70_000, 2, []), (-1, 2, []), (Int.max, 2, []),
    ])
    func portsThatAreTried(first: Int, fallbacks: Int, ports: [Int]) async {
        #expect(PortFallback(first: min(first, 1 << 40), fallbacks: fallbacks).ports == ports)
    }

    @Test func thePortsOfAMistakenProgramDoNotTrap() async {
        await #expect(processExitsWith: .success) {
            #expect(PortFallback(first: .max, fallbacks: .max).ports == [])
        }
    }

    /// 192.0.2.1 is reserved for documentation (RFC 5737): no machine has it.
    @Test func anAddressThatIsNotOursIsReportedAndNoOtherPortTried() throws {
        let error = try #require(throws: KeepAliveError.self) { try server(port: 8001, host: "192.0.2.1").start() }
        let reason = Errno("bind", code: EADDRNOTAVAIL).message
        #expect(error == .cannotListen(host: "192.0.2.1", port: 8001, reason: reason))
        #expect(error.exitCode == 78)
        #expect(events.elements.isEmpty)
    }

    /// A label of more than 63 characters is invalid without asking a resolver.
    @Test func anUnknownHostIsReported() throws {
        let host = String(repeating: "a", count: 70) + ".invalid"
        let error = try #require(throws: KeepAliveError.self) { try server(port: 8001, host: host).start() }
        #expect(error.kind == .cannotListen)
        #expect(error.description.hasPrefix("cannot listen on \(host) port 8001: "))
    }

    /// Some systems give all users low ports; otherwise the server reports the error unchanged.
    @Test func aPortWithoutRightsIsReportedAndNoOtherTried() async {
        await #expect(processExitsWith: .success) {
            if getuid() == 0 { _ = setuid(65_534) }
            var configuration = ServedBot.configuration
            configuration.port = 80
            let server = HealthServer(
                name: "Bot", version: "1", health: HealthMonitor(), configuration: configuration)
            let error = #expect(throws: KeepAliveError.self) { try server.start() }
            #expect(
                error == .cannotListen(host: "127.0.0.1", port: 80, reason: Errno("bind", code: EACCES).message))
        }
    }

    private static let families: [RawClient.Family] = {
        let address = try? SocketAddress.resolve("::1", port: 0).first
        return address.flatMap { try? Socket.listen(on: $0).raw } == nil ? [.ipv4] : [.ipv4, .ipv6]
    }()

    /// Whatever /etc/hosts and the resolver contain.
    @Test(arguments: ["localhost", "LOCALHOST.", "bot.localhost"])
    func localhostIsBothFamilies(host: String) throws {
        let server = server(host: host)
        let port = UInt16(try server.start())
        for family in Self.families {
            let client = try RawClient(port: port, family: family)
            try client.request("GET", "/ping")
            #expect(try client.readResponse().status == 200)
            client.close()
        }
    }

    @Test(arguments: [
        (nil, true), ("", true), ("*", true), ("Any", true), ("0", true), ("0.0.0.0", true), ("::", true),
        ("[::]", true), ("127.0.0.1", true), ("::1", true), ("[::1]", true), ("localhost", true),
        ("192.0.2.1", false), ("bot.example", false), ("localhost.example", false),
    ])
    func hostsThatAreReachedAsLocalhost(host: String?, isLocal: Bool) {
        #expect(ListenHost(host).isLocal == isLocal)
    }

    @Test func bracketsAroundAnAddressAreTakenOff() throws {
        #expect(ListenHost("[::1]") == .named("::1"))
        #expect(try server(host: "[127.0.0.1]").start() > 0)
    }

    @Test func twoStartsAtOnceAreOne() async throws {
        let server = server()
        let ports = await withTaskGroup(of: Int?.self, returning: [Int?].self) { group in
            for _ in 0..<8 { group.addTask { try? await BlockingWork.run { try server.start() } } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(ports).count == 1)
        #expect(ports.allSatisfy { $0 == server.port && $0 != nil })
        #expect(events.elements.count == 1, "it began to listen once")
        let port = try #require(server.port)
        let listener = try #require(OpenListener(port: UInt16(port)))
        await server.stop()
        #expect(!listener.exists, "no other listener is left")
    }

    /// No host, and every usual spelling of "any", means every interface: both families through one socket.
    @Test(arguments: [nil, "", "*", "any", "ANY", "0", "0.0.0.0", "0.0", "::", "[::]", "0:0:0:0:0:0:0:0", "::0"])
    func everyInterface(host: String?) throws {
        let server = server(host: host)
        let port = UInt16(try server.start())
        for family in Self.families {
            let client = try RawClient(port: port, family: family)
            // IPv4 arrives as ::ffff:127.0.0.1 and still counts as this machine.
            try client.request("POST", "/restart")
            #expect(try client.readResponse().status == 503)
            client.close()
        }
    }
}
