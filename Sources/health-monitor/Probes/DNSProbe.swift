import KeepAliveKit
import KeepAliveNetwork
import KeepAlivePlatform

/// Asks a name server for a record: type `dns`.
///
/// - `host`: the name; with `record: "PTR"` also an address.
/// - `record` (A): A, AAAA, CNAME, MX, TXT, NS, SRV, CAA, PTR or SOA.
/// - `server`: the server's address, with a port if it is not 53; by default the system's servers are asked.
/// - `expect`: a text or a list; each must be among the records.
struct DNSProbe: Probe {
    static let type = "dns"

    private let host: String
    private let record: String
    private let server: String?
    private let expected: [String]
    private let thread = BlockingCall()

    /// How much longer the thread may take than its question.
    private static let patience = Duration.milliseconds(500)

    init(reading section: ConfigurationSection) {
        host = section.string("host")
        record = section.choice("record", DNSMessage.types.map(\.name), default: "A")
        server = section.optionalString("server")
        expected = section.strings("expect")
        if let server, Self.address(server) == nil {
            section.refuse(
                "server",
                "\"\(server.prefix(60))\" is not an address: give one such as 192.0.2.53 or [2001:db8::53]:5353")
        }
        if !host.isEmpty,
            DNSMessage.question(Self.name(host, record), type: 1) == nil || !host.utf8.allSatisfy({ $0 < 0x80 })
        {
            section.refuse(
                "host", "\"\(host.prefix(60))\" is not a name of the domain name system: give one such as example.com")
        }
        if case .array(let words)? = section.value("expect"), words.isEmpty {
            section.refuse("expect", "the list is empty: give a record's text, or leave the key out")
        }
    }

    /// An address of a server in text, `192.0.2.53` or `[::1]:5353`.
    static func address(_ text: String) -> SocketAddress? {
        var (host, port) = (Substring(text), UInt16(53))
        if DNSName.bytes(text) == nil {
            guard let colon = text.lastIndex(of: ":"), let number = UInt16(text[text.index(after: colon)...]),
                number > 0
            else {
                // Brackets without a port.
                guard text.hasPrefix("["), text.hasSuffix("]") else { return nil }
                return try? SocketAddress.resolve(String(text.dropFirst().dropLast()), port: 53, isNumeric: true).first
            }
            (host, port) = (text[..<colon], number)
            if host.hasPrefix("["), host.hasSuffix("]") {
                host = host.dropFirst().dropLast()
            } else if host.contains(":") {
                return nil
            }
        }
        guard DNSName.bytes(String(host)) != nil else { return nil }
        return try? SocketAddress.resolve(String(host), port: port, isNumeric: true).first
    }

    private static func name(_ host: String, _ record: String) -> String {
        record == "PTR" ? DNSName.reverse(host) ?? host : host
    }

    var isLocal: Bool { server.flatMap(Self.address)?.isLoopback ?? false }
    var address: String { "\(record) of \(host)" + (server.map { " at \($0)" } ?? "") }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        let deadline = MonotonicTime.now().advanced(by: timeout)
        let question = (name: Self.name(host, record), type: DNSMessage.types.first { $0.name == record }?.number ?? 1)
        do throws(BlockingCall.Failure) {
            let answer = try await thread.run(timeout: timeout + Self.patience) { [server] in
                Self.ask(question.name, question.type, server, until: deadline)
            }
            let verdict = DNSVerdict(record: record, expected: expected, hasServer: server != nil)
            var isOut = false
            if server == nil, answer.isAmbiguous { isOut = await Resolver.isOut(within: .milliseconds(700)) }
            return verdict.result(answer, isResolverOut: isOut)
        } catch {
            return .failed(error, .unhealthy, error.description)
        }
    }

    /// Asks one server after the other until one gives an answer. Blocks.
    private static func ask(
        _ name: String, _ type: Int32, _ server: String?, until deadline: MonotonicTime
    ) -> DNSAnswer {
        guard let question = DNSMessage.question(name, type: type) else { return .failed(.malformedAddress) }
        let addresses = server.map { [address($0)] } ?? Resolver.servers().map(address)
        var last = DNSAnswer.failed(.malformedAddress)
        for (index, address) in addresses.enumerated() {
            guard let address else { continue }
            let start = MonotonicTime.now()
            let end = start.advanced(by: deadline.since(start) / (addresses.count - index))
            do throws(Errno) {
                let (reply, head) = try DNSExchange(question, to: address, until: end).run()
                let elapsed = MonotonicTime.now().since(start)
                if head.code != 0, head.code != 3 {
                    last = .refused(head.code)
                    continue
                }
                if head.code == 3 { return .noSuchName(elapsed) }
                return DNSMessage.records(reply, type: type).map { .records($0, elapsed) } ?? .failed(.cutOff)
            } catch {
                last = .failed(error)
            }
        }
        return last
    }
}
