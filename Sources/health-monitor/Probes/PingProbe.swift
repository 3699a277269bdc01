import KeepAliveKit
import KeepAliveNetwork
import KeepAlivePlatform

/// Sends echo requests of ICMP: type `ping`.
///
/// - `host`: a name, or an address of IPv4 or IPv6.
/// - `count` (3): the requests of one check.
/// - `maxLoss` (0): degraded if a greater percentage of them is lost; unhealthy if all are.
struct PingProbe: Probe {
    static let type = "ping"

    private let host: String
    private let count: Int
    private let maxLoss: Double
    private let thread = BlockingCall()

    /// Between two requests, because some hosts limit their answers.
    private static let pause: Int32 = 100
    /// How much longer the thread may take than its requests.
    private static let patience = Duration.milliseconds(500)

    init(reading section: ConfigurationSection) {
        host = section.string("host")
        count = section.integer("count", in: 1...20, default: 3)
        maxLoss = section.number("maxLoss", in: 0...99, default: 0)
        if !host.isEmpty, !host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }) {
            section.refuse("host", "\"\(host.prefix(60))\" is not a host: give a name or an address, without a path")
        }
    }

    var isLocal: Bool { isLoopback(host: host) }
    var address: String { "ping \(host)" }

    private enum Outcome: Sendable {
        case unknownHost(String)
        case failed(Errno)
        case answered([Duration])
    }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        let deadline = MonotonicTime.now().advanced(by: timeout)
        do throws(BlockingCall.Failure) {
            let outcome = try await thread.run(timeout: timeout + Self.patience) { [host, count] in
                Self.ping(host, count, until: deadline)
            }
            switch outcome {
            case .unknownHost(let words):
                return await NameLookup.verdict(on: host, words: words, hasConnectivity: tools.hasConnectivity)
            case .failed(let error): return Self.verdict(error)
            case .answered(let times): return Self.verdict(times, count: count, maxLoss: maxLoss)
            }
        } catch {
            return .failed(error, .unhealthy, error.description)
        }
    }

    /// Blocks until all requests are answered or given up.
    private static func ping(_ host: String, _ count: Int, until deadline: MonotonicTime) -> Outcome {
        let addresses: [SocketAddress]
        do throws(SocketAddress.UnknownHost) {
            addresses = try SocketAddress.resolve(host, port: 0)
        } catch {
            return .unknownHost("the host name cannot be resolved (\(error.message))")
        }
        do throws(Errno) {
            let socket = try connect(to: addresses)
            var times: [Duration] = []
            for number in 0..<count {
                if number > 0 { OSThread.rest(milliseconds: pause) }
                let now = MonotonicTime.now()
                // Each gets its share of the time, so that a late reply does not take the next one's.
                let end = now.advanced(by: deadline.since(now) / (count - number))
                if let time = try socket.ping(UInt16(truncatingIfNeeded: number + 1), until: end) { times.append(time) }
            }
            return .answered(times)
        } catch {
            return .failed(error)
        }
    }

    /// The first address with a route.
    private static func connect(to addresses: [SocketAddress]) throws(Errno) -> PingSocket {
        var first: Errno?
        for address in addresses {
            do throws(Errno) {
                return try PingSocket(to: address)
            } catch {
                first = first ?? error
            }
        }
        throw first ?? Errno.malformedAddress
    }

    /// Judges a failed system call. Pure.
    static func verdict(_ error: Errno) -> ProbeResult {
        if error.call == "socket", error.isDenied || error.code == EPROTONOSUPPORT {
            return ProbeResult(
                status: .unknown,
                message: "the monitor may not ping: set the sysctl net.ipv4.ping_group_range to \"0 2147483647\" "
                    + "(it counts for IPv6 too)")
        }
        return .failed(error, .unhealthy, "no request could be sent: \(error.message)")
    }

    /// Judges the times of the replies. Pure.
    static func verdict(_ times: [Duration], count: Int, maxLoss: Double) -> ProbeResult {
        let loss = Double(count - times.count) * 100 / Double(count)
        let check = { (status: ProbeStatus) in
            [ProbeResult.SubCheck(name: "loss_percent", status: status, value: loss)]
        }
        guard !times.isEmpty else {
            return ProbeResult(
                status: .unhealthy, message: "no answer to \(count == 1 ? "a ping" : "\(count) pings")",
                checks: check(.unhealthy))
        }
        let median = times.sorted()[times.count / 2]
        guard times.count < count else {
            return ProbeResult(
                status: .healthy, message: "it answers pings", responseTime: median, checks: check(.healthy))
        }
        let status: ProbeStatus = loss > maxLoss ? .degraded : .healthy
        return ProbeResult(
            status: status, message: "\(count - times.count) of \(count) pings lost", responseTime: median,
            checks: check(status))
    }
}
