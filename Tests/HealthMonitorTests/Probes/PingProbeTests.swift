import Foundation
import KeepAliveKit
import KeepAliveNetwork
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

@Suite(.timeLimit(.minutes(1)))
struct PingProbeTests {
    /// The kernel decides who may ping (icmp(7)); either outcome is checked.
    @Test(arguments: ["127.0.0.1", "localhost"])
    func thisMachine(host: String) async throws {
        let result = await look(try makeProbe(PingProbe.self, ["host": .string(host)]))
        let address = try #require(try SocketAddress.resolve("127.0.0.1", port: 0).first)
        do {
            _ = try PingSocket(to: address)
            #expect(result.status == .healthy)
            #expect(result.message == "it answers pings")
            #expect(result.responseTime ?? .zero > .zero)
            #expect(result.check("loss_percent")?.value == 0)
        } catch {
            #expect(error.isDenied)
            #expect(result.status == .unknown)
            #expect(result.message.contains("set the sysctl net.ipv4.ping_group_range to \"0 2147483647\""))
        }
    }

    @Test func verdicts() {
        let times = [3, 1, 2].map { Duration.milliseconds($0) }
        let all = PingProbe.verdict(times, count: 3, maxLoss: 0)
        #expect(all.status == .healthy)
        #expect(all.responseTime == .milliseconds(2))
        let even = [4, 1, 3, 2].map { Duration.milliseconds($0) }
        #expect(PingProbe.verdict(even, count: 4, maxLoss: 0).responseTime == .milliseconds(3))
        let some = PingProbe.verdict(Array(times.prefix(2)), count: 4, maxLoss: 49)
        #expect(some.status == .degraded)
        #expect(some.message == "2 of 4 pings lost")
        #expect(some.check("loss_percent")?.value == 50)
        #expect(PingProbe.verdict(Array(times.prefix(2)), count: 4, maxLoss: 50).status == .healthy)
        let none = PingProbe.verdict([], count: 3, maxLoss: 99)
        #expect(none.status == .unhealthy)
        #expect(none.message == "no answer to 3 pings")
        #expect(PingProbe.verdict(Errno("socket", code: EACCES)).status == .unknown)
        let unreachable = PingProbe.verdict(Errno("connect", code: ENETUNREACH))
        #expect(unreachable.status == .unhealthy)
        #expect(unreachable.message == "no request could be sent: Network is unreachable")
        #expect(PingProbe.verdict(Errno("socket", code: EMFILE)).shortage != nil)
    }

    @Test func keys() {
        func errors(_ values: [String: JSONValue]) -> [String] { configurationFindings(PingProbe.self, values) }
        #expect(errors(["host": "::1", "count": 5, "maxLoss": 20]) == [])
        #expect(errors([:]) == ["host: is missing: give a text"])
        #expect(errors(["host": "http://x/"]).count == 1)
        #expect(errors(["host": "x", "count": 0]).count == 1)
        #expect(errors(["host": "x", "maxLoss": 100]).count == 1)
    }
}
