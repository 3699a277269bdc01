import KeepAliveNetwork
import KeepAliveTestSupport
import Testing

/// What replies say: without a server.
struct DNSMessageTests {
    private let question: [UInt8]

    init() throws { question = try #require(DNSMessage.question("bot.example", type: 1)) }

    private func records(_ type: UInt16, _ data: [UInt8]) -> [String]? {
        DNSMessage.records(FakeNameServer.reply(to: question, [(type, data)]), type: Int32(type))
    }

    /// A value may be empty, and a tag ends within its record.
    @Test func authorizations() {
        #expect(records(257, [128, 5] + Array("issueca.example".utf8)) == ["128 issue \"ca.example\""])
        #expect(records(257, [0, 5] + Array("issue".utf8)) == ["0 issue \"\""])
        #expect(records(257, [0, 6] + Array("issue".utf8)) == nil)
        #expect(records(257, [0]) == nil)
    }

    @Test func texts() {
        #expect(records(16, [3] + Array("v=s".utf8) + [0, 2] + Array("pf".utf8)) == ["v=spf"])
        #expect(records(16, [4] + Array("v=s".utf8)) == nil)
        #expect(records(1, [192, 0, 2]) == nil)
    }

    @Test func aLongAnswerIsReadInPart() {
        let all: [(type: UInt16, data: [UInt8])] = Array(repeating: (1, [192, 0, 2, 1]), count: 201)
        #expect(DNSMessage.records(FakeNameServer.reply(to: question, all), type: 1)?.count == 200)
        #expect(DNSMessage.records(FakeNameServer.reply(to: question, Array(all.prefix(3))), type: 1)?.count == 3)
        #expect(DNSMessage.records(FakeNameServer.reply(to: question), type: 1) == [])
    }

    /// A record with an owner of its own: `type`, `data`, `class`.
    private func record(_ owner: [UInt8], _ type: UInt8, _ data: [UInt8], ofClass: UInt8 = 1) -> [UInt8] {
        owner + [0, type, 0, ofClass, 0, 0, 0, 60, 0, UInt8(data.count)] + data
    }

    private func addresses(_ records: [[UInt8]]) -> [String]? {
        var reply = FakeNameServer.reply(to: question)
        reply[7] = UInt8(records.count)
        return DNSMessage.records(reply + records.joined(), type: 1)
    }

    private static let own: [UInt8] = [0xC0, 12]

    @Test func recordsOfAnotherNameOrClassDoNotCount() {
        let address: [UInt8] = [192, 0, 2, 1]
        #expect(addresses([record(FakeNameServer.name("BOT.Example"), 1, address)]) == ["192.0.2.1"])
        // The last one's dot is a part of its only label.
        for other in ["other.example", "example", "bot.example.org", "", "a.bot.example"].map(FakeNameServer.name)
            + [[11] + Array("bot.example".utf8) + [0]]
        {
            #expect(addresses([record(other, 1, address)]) == [], "\(other)")
        }
        #expect(addresses([record(Self.own, 1, address, ofClass: 3)]) == [])
        #expect(addresses([record(Self.own, 1, [1], ofClass: 3), record(Self.own, 1, address)]) == ["192.0.2.1"])
    }

    @Test func aliasesAreFollowedInAnyOrder() {
        let (near, far) = (FakeNameServer.name("near.example"), FakeNameServer.name("far.example"))
        let aliases = [record(FakeNameServer.name("NEAR.example"), 5, far), record(Self.own, 5, near)]
        let address = record(far, 1, [192, 0, 2, 1])
        #expect(addresses(aliases + [address]) == ["192.0.2.1"])
        #expect(addresses([address] + aliases.reversed()) == ["192.0.2.1"])
        #expect(addresses([address, aliases[0]]) == [], "nothing leads to it")
        #expect(addresses([record(near, 5, far, ofClass: 3), aliases[1], address]) == [])
        let circle = [record(Self.own, 5, near), record(near, 5, Self.own), record(near, 5, near)]
        #expect(addresses(circle) == [])
        #expect(addresses(circle + [record(near, 1, [192, 0, 2, 2])]) == ["192.0.2.2"])
    }

    /// A server that cannot read a question repeats none; whether a name exists is said of a name.
    @Test(arguments: [(0, false), (1, true), (2, true), (3, false), (5, true)] as [(UInt8, Bool)])
    func aHeadAlone(code: UInt8, isReply: Bool) {
        var reply = Array(FakeNameServer.reply(to: question, code: code).prefix(12))
        reply[5] = 0
        #expect(DNSMessage.head(of: reply, to: question)?.code == (isReply ? code : nil))
        #expect(DNSMessage.head(of: Array(reply.dropLast()), to: question) == nil)
    }

    @Test func lettersMayChangeTheirCaseAlone() {
        var reply = FakeNameServer.reply(to: question, code: 3)
        for place in 13..<16 { reply[place] ^= 0x20 }
        #expect(DNSMessage.head(of: reply, to: question)?.code == 3)
        for place in [0, 1, 13, 15, question.count - 1] {
            var other = reply
            other[place] ^= 0x01
            #expect(DNSMessage.head(of: other, to: question) == nil, "\(place)")
        }
        reply[2] &= 0x7F
        #expect(DNSMessage.head(of: reply, to: question) == nil, "a question is no reply")
    }
}
