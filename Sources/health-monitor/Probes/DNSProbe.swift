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
        if let server, Self.place(server) == nil {
            section.refuse(
                "server",
                "\"\(server.prefix(60))\" is not an address: give one such as 192.0.2.53, "
                    + "[2001:db8::53]:5353 or fe80::1%eth0")
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

    /// An address of a server in text, `192.0.2.53`, `[::1]:5353` or `fe80::1%eth0`; nil also without such an interface.
    static func address(_ text: String) -> SocketAddress? {
        place(text).flatMap { try? SocketAddress.resolve($0.host, port: $0.port, isNumeric: true).first }
    }

    /// The parts of an address in text.
    static func place(_ text: String) -> (host: String, port: UInt16)? {
        if isAddress(text[...]) { return (text, 53) }
        // Brackets, or an IPv4 address, with a port or without.
        let isBracketed = text.hasPrefix("[")
        let end = isBracketed ? text.firstIndex(of: "]").map(text.index(after:)) : text.firstIndex(of: ":")
        guard let end else { return nil }
        let host = isBracketed ? text[..<end].dropFirst().dropLast() : text[..<end]
        guard isAddress(host) else { return nil }
        let rest = text[end...]
        if rest.isEmpty { return (String(host), 53) }
        guard rest.hasPrefix(":"), rest.dropFirst().isDigits, let port = UInt16(rest.dropFirst()), port > 0 else {
            return nil
        }
        return (String(host), port)
    }

    /// A link-local address is one of an interface: `fe80::1%eth0` (RFC 4007, section 11).
    private static func isAddress(_ host: Substring) -> Bool {
        let parts = host.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let bytes = DNSName.bytes(String(first)) else { return false }
        guard let zone = parts.dropFirst().first else { return true }
        return bytes.count == 16 && !zone.isEmpty && !zone.contains { "[]% ".contains($0) }
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
                Self.ask(question.name, question.type, server.map { [$0] } ?? Resolver.servers(), until: deadline)
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
    static func ask(_ name: String, _ type: Int32, _ servers: [String], until deadline: MonotonicTime) -> DNSAnswer {
        guard let question = DNSMessage.question(name, type: type) else { return .failed(.malformedAddress) }
        var last = DNSAnswer.unusable(servers)
        for (index, server) in servers.enumerated() {
            guard let address = Self.address(server) else { continue }
            let start = MonotonicTime.now()
            let end = start.advanced(by: deadline.since(start) / (servers.count - index))
            do throws(DNSExchange.Failure) {
                let (reply, head) = try DNSExchange(question, to: address, until: end).run()
                let elapsed = MonotonicTime.now().since(start)
                if head.code != 0, head.code != 3 {
                    last = .refused(head.code)
                    continue
                }
                if head.code == 3 { return .noSuchName(elapsed) }
                return DNSMessage.records(reply, type: type).map { .records($0, elapsed) } ?? .unreadable
            } catch {
                last =
                    switch error {
                    case .unanswered(let error): .failed(error)
                    case .truncated(let error): .truncated(error)
                    }
            }
        }
        return last
    }
}
