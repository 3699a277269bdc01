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
