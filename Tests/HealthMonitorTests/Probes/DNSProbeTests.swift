import KeepAliveKit
import KeepAliveNetwork
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

@Suite(.timeLimit(.minutes(1)))
struct DNSProbeTests {
    private static let addresses: [(type: UInt16, data: [UInt8])] = [(1, [192, 0, 2, 1]), (1, [192, 0, 2, 7])]

    private func probe(
        _ server: FakeNameServer, _ record: String = "A", host: String = "bot.example", expect: [JSONValue]? = nil
    ) throws -> DNSProbe {
        var values: [String: JSONValue] = [
            "host": .string(host), "record": .string(record), "server": .string("127.0.0.1:\(server.port)"),
        ]
        values["expect"] = expect.map { .array($0) }
        return try makeProbe(DNSProbe.self, values)
    }

    @Test func anAddress() async throws {
        let server = try FakeNameServer { question, _ in [FakeNameServer.reply(to: question, Self.addresses)] }
        let plain = try probe(server)
        let result = await look(plain)
        #expect(result.status == .healthy)
        #expect(result.message == "A is 192.0.2.1, 192.0.2.7")
        #expect(result.responseTime != nil)
        #expect(plain.address == "A of bot.example at 127.0.0.1:\(server.port)")
        #expect(await look(try probe(server, expect: ["192.0.2.7"])).status == .healthy)
        let other = await look(try probe(server, expect: ["192.0.2.7", "192.0.2.9"]))
        #expect(other.status == .unhealthy)
        #expect(other.message == "A is 192.0.2.1, 192.0.2.7 (expected 192.0.2.9)")
        // The answer has no record of this type.
        let none = await look(try probe(server, "AAAA"))
        #expect(none.status == .unhealthy)
        #expect(none.message == "the name has no AAAA record")
    }

    /// Each type's data, its text, and another spelling of it.
    @Test func everyType() async throws {
        let name = FakeNameServer.name
        let cases: [(record: String, type: UInt16, data: [UInt8], text: String, expect: String)] = [
            (
                "AAAA", 28, [0x20, 1, 0xD, 0xB8] + [UInt8](repeating: 0, count: 11) + [1], "2001:db8::1",
                "2001:0DB8:0::1"
            ),
            ("CNAME", 5, name("www.example"), "www.example", "WWW.Example."),
            ("NS", 2, name("ns.example"), "ns.example", "ns.example"),
            ("PTR", 12, name("bot.example"), "bot.example", "bot.example"),
            ("MX", 15, [0, 10] + name("mail.example"), "10 mail.example", "10 mail.example."),
            ("SRV", 33, [0, 1, 0, 2, 0x14, 0x66] + name("im.example"), "1 2 5222 im.example", "1 2 5222 im.example"),
            ("TXT", 16, [3] + Array("v=s".utf8) + [2] + Array("pf".utf8), "v=spf", "v=spf"),
            (
                "CAA", 257, [0, 5] + Array("issueca.example".utf8), "0 issue \"ca.example\"", "0 issue \"ca.example\""
            ),
            (
                "SOA", 6,
                name("ns.example") + name("root.example") + [
                    0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 1, 0,
                ],
                "ns.example root.example 1 2 3 4 256", "ns.example root.example 1 2 3 4 256"
            ),
        ]
        for (record, type, data, text, expect) in cases {
            let server = try FakeNameServer { question, _ in [FakeNameServer.reply(to: question, [(type, data)])] }
            let result = await look(try probe(server, record, expect: [.string(expect)]))
            #expect(result.message == "\(record) is \(text)")
            #expect(result.status == .healthy)
            // Data that is cut off is no record.
            let broken = try FakeNameServer { question, _ in
                [FakeNameServer.reply(to: question, [(type, Array(data.dropLast(record == "TXT" ? 1 : 2)))])]
            }
            if record != "CAA" {
                #expect(await look(try probe(broken, record)).status == .unhealthy, "\(record)")
            }
        }
    }

    /// A stray reply with another number, one to another question, garbage, and our own question: none is the answer.
    @Test func whatIsNotTheReply() async throws {
        let server = try FakeNameServer { question, _ in
            var stray = FakeNameServer.reply(to: question, [(1, [203, 0, 113, 9])])
            stray[0] ^= 0xFF
            var cut = FakeNameServer.reply(to: question, Self.addresses)
            cut.removeLast(3)
            var other = FakeNameServer.reply(to: question, [(1, [203, 0, 113, 9])])
            other[13] ^= 1
            var type = FakeNameServer.reply(to: question, [(1, [203, 0, 113, 9])])
            type[question.count - 3] ^= 0x20
            var nameless = Array(FakeNameServer.reply(to: question).prefix(12))
            nameless[5] = 0
            // Some servers change the letters' case.
            var answer = FakeNameServer.reply(to: question, Self.addresses)
            answer[13] ^= 0x20
            return [[], [1, 2, 3], question, stray, cut, other, type, nameless, answer]
        }
        #expect(await look(try probe(server)).message == "A is 192.0.2.1, 192.0.2.7")
    }

    /// An address is asked for by its name in the tree of addresses.
    @Test func theNameOfAnAddress() async throws {
        let name = FakeNameServer.name("7.2.0.192.in-addr.arpa")
        let server = try FakeNameServer { question, _ in
            question.dropFirst(12).starts(with: name)
                ? [FakeNameServer.reply(to: question, [(12, FakeNameServer.name("bot.example"))])]
                : [FakeNameServer.reply(to: question, code: 3)]
        }
        #expect(await look(try probe(server, "PTR", host: "192.0.2.7")).message == "PTR is bot.example")
    }

    /// A server that refuses does not have the last word.
    @Test func theNextServerIsAsked() throws {
        let refusing = try FakeNameServer { question, _ in [FakeNameServer.reply(to: question, code: 5)] }
        let knowing = try FakeNameServer { question, _ in [FakeNameServer.reply(to: question, Self.addresses)] }
        let places = [refusing, knowing].map { "127.0.0.1:\($0.port)" }
        let end = MonotonicTime.now().advanced(by: .seconds(30))
        let answer = DNSProbe.ask("bot.example", 1, places, until: end)
        guard case .records(let records, _) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(records == ["192.0.2.1", "192.0.2.7"])
        #expect(DNSProbe.ask("bot.example", 1, [places[0]], until: end) == .refused(5))
    }

    /// A server that cannot read a question repeats none.
    @Test func anErrorWithoutAQuestion() async throws {
        let server = try FakeNameServer { question, _ in
            var error = Array(FakeNameServer.reply(to: question, code: 1).prefix(12))
            error[5] = 0
            return [error]
        }
        #expect(await look(try probe(server)).message == "the server answered FORMERR")
    }

    @Test func truncatedRepliesAreAskedForByTCP() async throws {
        let server = try FakeNameServer { question, transport in
            transport == .datagram
                ? [FakeNameServer.reply(to: question, isTruncated: true)]
                : [FakeNameServer.reply(to: question, (0..<100).map { (1, [192, 0, 2, $0]) })]
        }
        let result = await look(try probe(server, expect: ["192.0.2.99"]))
        #expect(result.status == .healthy)
    }

    /// The server is there, so that nothing is wrong with this monitor's resolver.
    @Test func aTruncatedReplyWithoutTCP() async throws {
        let server = try FakeNameServer { question, transport in
            transport == .datagram ? [FakeNameServer.reply(to: question, isTruncated: true)] : []
        }
        let result = await look(try probe(server))
        #expect(result.status == .unhealthy)
        #expect(result.message.hasPrefix("the server truncated its answer, and by TCP: "), "\(result.message)")
        // Nor is it waited for any longer.
        #expect(!result.message.hasSuffix(": no answer"))
        let verdict = DNSVerdict(record: "A", expected: [], hasServer: false)
        let closed = DNSAnswer.truncated(Errno("connect", code: ECONNREFUSED))
        let cases: [(DNSAnswer, String)] = [
            (closed, "the name server truncated its answer, and by TCP: Connection refused"),
            (.truncated(.timedOut), "the name server truncated its answer, and by TCP: no answer"),
            (.unreadable, "the answer of the name server cannot be read"),
        ]
        for (answer, message) in cases {
            #expect(!answer.isAmbiguous && answer.cause == nil)
            let result = verdict.result(answer)
            #expect(result.status == .unhealthy && result.shortage == nil)
            #expect(result.message == message)
        }
    }

    /// The first datagrams are lost. It is tried again on a machine that stood still for seconds, as the last answer
    /// came too late.
    @Test func aLostDatagramIsSentAgain() async throws {
        var status = ProbeStatus.unhealthy
        for _ in 1...3 where status != .healthy {
            let seen = EventLog<Int>()
            let server = try FakeNameServer { question, _ in
                seen.append(0)
                return seen.count < 3 ? [] : [FakeNameServer.reply(to: question, Self.addresses)]
            }
            status = await look(try probe(server), timeout: .seconds(12)).status
        }
        #expect(status == .healthy)
    }

    @Test func failures() async throws {
        let codes: [(UInt8, String)] = [
            (3, "no such name (NXDOMAIN)"), (2, "the server answered SERVFAIL"), (5, "the server answered REFUSED"),
            (9, "the server answered with error 9"),
        ]
        for (code, message) in codes {
            let server = try FakeNameServer { question, _ in [FakeNameServer.reply(to: question, code: code)] }
            let result = await look(try probe(server))
            #expect(result.status == .unhealthy)
            #expect(result.message == message)
        }
        let silent = try FakeNameServer { _, _ in [] }
        let late = await look(try probe(silent), timeout: .seconds(1))
        #expect(late.status == .unhealthy)
        // On a busy machine the deadline of the look comes first.
        #expect(late.message.hasPrefix("no answer "), "\(late.message)")
        // Nobody listens.
        let port = try PortRow.take(1)[0]
        let nobody = try makeProbe(DNSProbe.self, ["host": "bot.example", "server": .string("127.0.0.1:\(port)")])
        let refused = await look(nobody)
        #expect(refused.status == .unhealthy)
        #expect(refused.message == "no answer from the server: Connection refused")
    }

    /// An IPv6-only machine names its router, on an interface.
    @Test func serversOfInterfaces() throws {
        #if os(Linux)
            let loopback = "lo"
        #else
            let loopback = "lo0"
        #endif
        let server = try #require(DNSProbe.address("fe80::1%\(loopback)"))
        #expect(server.family == AF_INET6 && server.port == 53)
        #expect(DNSProbe.address("[fe80::1%\(loopback)]:5353")?.port == 5353)
        #expect(DNSProbe.address("::1")?.isLoopback == true && DNSProbe.address("[::1]")?.port == 53)
        #expect(DNSProbe.address("fe80::1%nosuch0") == nil && DNSProbe.place("fe80::1%nosuch0")?.port == 53)
        for text in [
            "fe80::1%", "192.0.2.1%lo", "[::1", "::1]", "[::1]5", "[::1]:0", "[::1]:x", "192.0.2.1:", "[]:53", "a:53",
            "192.0.2.1:+53",
        ] {
            #expect(DNSProbe.place(text) == nil, "\(text)")
        }
        let end = MonotonicTime.now().advanced(by: .seconds(5))
        let file = Array("# by hand\nnameserver fe80::1%nosuch0\n".utf8)
        let answer = DNSProbe.ask("bot.example", 1, Resolver.servers(in: file), until: end)
        let result = DNSVerdict(record: "A", expected: [], hasServer: false).result(answer)
        #expect(result.status == .unknown)
        #expect(
            result.message == "no name server answers this monitor: fe80::1%nosuch0 is no address of an interface of "
                + "this machine; correct /etc/resolv.conf, or set server")
        #expect(DNSVerdict(record: "A", expected: [], hasServer: true).result(answer).status == .unknown)
    }

    /// The system's own servers: their outage is the monitor's, not the name's.
    @Test func theSystemsResolver() {
        let verdict = DNSVerdict(record: "A", expected: [], hasServer: false)
        for error in [Errno("recv", code: ECONNREFUSED), Errno("connect", code: ENETUNREACH)] {
            #expect(verdict.result(.failed(error)).status == .unknown)
            #expect(verdict.result(.failed(error)).shortage == "no name server that answers")
        }
        for answer in [DNSAnswer.failed(.timedOut), .refused(2)] {
            #expect(answer.isAmbiguous)
            #expect(verdict.result(answer, isResolverOut: true).status == .unknown)
            #expect(verdict.result(answer, isResolverOut: false).status == .unhealthy)
        }
        #expect(verdict.result(.refused(2)).message == "the name server answered SERVFAIL")
        #expect(verdict.result(.noSuchName(.zero)).status == .unhealthy)
        #expect(verdict.result(.failed(Errno("socket", code: EMFILE))).shortage == "no free file descriptor (EMFILE)")
    }

    @Test func keys() {
        func errors(_ values: [String: JSONValue]) -> [String] { configurationFindings(DNSProbe.self, values) }
        #expect(errors(["host": "example.com"]) == [])
        #expect(errors(["host": "::1", "record": "PTR"]) == [])
        #expect(errors([:]) == ["host: is missing: give a text"])
        #expect(
            errors(["host": "example.com", "record": "ANY"]).first?.hasPrefix("record: \"ANY\" is not allowed") == true)
        for host in ["a..b", "bücher.example", String(repeating: "a", count: 64)] {
            #expect(errors(["host": .string(host)]).count == 1, "\(host)")
        }
        for server in ["9.9.9.9", "9.9.9.9:5353", "::1", "[::1]", "[::1]:5353"] {
            #expect(errors(["host": "example.com", "server": .string(server)]) == [], "\(server)")
        }
        for server in ["dns.example", "9.9.9.9:", "9.9.9.9:0", "9.9.9.9:65536", "[::1", "::1:70000:", "9.9.9:53"] {
            #expect(errors(["host": "example.com", "server": .string(server)]).count == 1, "\(server)")
        }
        #expect(errors(["host": "example.com", "expect": .array([])]).count == 1)
        #expect(DNSName.reverse("192.0.2.7") == "7.2.0.192.in-addr.arpa")
        #expect(DNSName.reverse("::1") == "1." + String(repeating: "0.", count: 31) + "ip6.arpa")
    }
}
