import Foundation
import KeepAliveTestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct PortTests {
    private let telegram: FakeTelegram

    init() throws { telegram = try FakeTelegram() }

    @Test func aSecondBotTakesTheNextPort() async throws {
        let first = try CasinoProcess(nil, arguments: ["--demo"])
        let port = try await first.port()
        let second = try CasinoProcess(nil, ["PORT_FALLBACKS": "50"], arguments: ["--demo", "--port", "\(port)"])
        let next = try await second.port()
        #expect(next > port)
        #expect(second.output.contains("port \(port) is taken by another program; trying the next one"))
        #expect(try await second.get("/").json()["port"] == .integer(Int64(next)))
        #expect(try await first.get("/").json()["port"] == .integer(Int64(port)))
        #expect(await second.stop() == .exited(0))
        #expect(await first.stop() == .exited(0))
    }

    @Test func whenAllAreTakenEachIsNamed() async throws {
        let taken = try PortRange(count: 3)
        let bot = try CasinoProcess(telegram, ["PORT": "\(taken.first)"])
        #expect(await bot.child.wait() == .exited(78))
        let lines = bot.output.split(separator: "\n").filter { $0.contains(" ERROR ") }
        #expect(lines.count == 1)
        for port in taken.ports { #expect(lines.first?.contains("\(port) (") == true) }
        #expect(telegram.calls.isEmpty)
    }

    @Test func aHostThatIsNotOursIsNoTakenPort() async throws {
        let bot = try CasinoProcess(telegram, ["HOST": "192.0.2.1"])
        #expect(await bot.child.wait() == .exited(78))
        #expect(bot.output.contains("cannot listen on 192.0.2.1"))
    }
}

/// Neighbouring ports of 127.0.0.1 that are taken as long as this object lives.
private final class PortRange {
    let ports: [UInt16]
    private let sockets: [Int32]

    var first: UInt16 { ports[0] }

    init(count: Int) throws {
        for _ in 0..<200 {
            let first = UInt16.random(in: 20_000...30_000)
            let ports = (0..<UInt16(count)).map { first + $0 }
            let sockets = ports.map(Self.listen)
            if !sockets.contains(-1) {
                self.ports = ports
                self.sockets = sockets
                return
            }
            for socket in sockets where socket >= 0 { close(socket) }
        }
        throw SystemFailure("listen", code: EADDRINUSE)
    }

    deinit {
        for socket in sockets { close(socket) }
    }

    private static func listen(on port: UInt16) -> Int32 {
        #if canImport(Glibc)
            let kind = Int32(SOCK_STREAM.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { return -1 }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let failed = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) != 0
            }
        }
        if failed || Foundation.listen(descriptor, 8) != 0 {
            close(descriptor)
            return -1
        }
        return descriptor
    }
}
