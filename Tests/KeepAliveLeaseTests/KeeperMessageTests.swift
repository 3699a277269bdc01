import KeepAliveTestSupport
import Testing

@testable import KeepAliveLease

struct KeeperMessageTests {
    private static let beat = Beat(0, 1)
    private static let other = Beat(2, 3)
    private static let row = LeaseRow(
        epoch: 1_790_000_000, beat: beat, holder: "a", heir: nil, timeToLive: 30_000, host: "alpha", since: nil,
        info: #"{"offer": true}"#)

    private static let requests: [(KeeperRequest, String)] = [
        (.observe, "observe"),
        (.acquire(watched: beat, new: other), "acquire\t\(beat)\t\(other)"),
        (.renew(epoch: 4, new: other, over: [beat, other], info: nil), "renew\t4\t\(other)\t\(beat),\(other)\t-"),
        (.renew(epoch: 4, new: other, over: [beat], info: "{\t}"), "renew\t4\t\(other)\t\(beat)\t{%09}"),
        (.release(epoch: 4, new: other, over: [beat], heir: "-", info: ""), "release\t4\t\(other)\t\(beat)\t%2d\t"),
        (.claim(epoch: 0, heir: "\u{1F}\u{7F}~"), "claim\t0\t%1f%7f~"),
        (.claim(epoch: .max, heir: "größe 100%"), "claim\t\(Int64.max)\tgröße 100%25"),
        (.protect(deadline: nil, process: nil), "guard\tnone\t-"),
        (.protect(deadline: 0, process: 2), "guard\t0\t2"),
        (.protect(deadline: .max, process: 1234), "guard\t\(UInt64.max)\t1234"),
    ]

    private static let answers: [(KeeperAnswer, String)] = [
        (.row(row), "row\t1790000000\t\(beat)\ta\t-\t30000\talpha\t-\t{\"offer\": true}"),
        (.none, "none"), (.done, "done"), (.zero, "zero"),
        (.granted(epoch: 1, info: "{}"), "granted\t1\t{}"),
        (.renewed(heir: nil), "renewed\t-"), (.renewed(heir: "b"), "renewed\tb"),
        (.unknown(state: "57P01", words: "two\nlines"), "unknown\t57P01\ttwo%0alines"),
        (.unknown(state: nil, words: ""), "unknown\t-\t"),
        (.refused(exit: 78, words: "no"), "refused\t78\tno"),
        (.refused(exit: 1, words: ""), "refused\t1\t"), (.refused(exit: 255, words: "no"), "refused\t255\tno"),
    ]

    @Test func eachRequestIsReadAsItWasWritten() throws {
        for (request, text) in Self.requests {
            let message = KeeperMessage(7, request)
            #expect(String(decoding: message.packet, as: UTF8.self) == "7\t\(text)")
            #expect(try KeeperMessage(packet: message.packet) == message)
        }
    }

    @Test func eachAnswerIsReadAsItWasWritten() throws {
        for (answer, text) in Self.answers {
            let message = KeeperMessage(.max, answer)
            #expect(String(decoding: message.packet, as: UTF8.self) == "\(UInt64.max)\t\(text)")
            #expect(try KeeperMessage(packet: message.packet) == message)
        }
    }

    /// Each prefix, each packet with a further field, and each with one byte changed: an error or another message, and
    /// never the same one nor a trap.
    @Test func whatIsCutOrChangedIsNotTheMessage() {
        for (request, _) in Self.requests {
            let message = KeeperMessage(12, request)
            let packet = message.packet
            for count in packet.indices {
                #expect((try? KeeperMessage<KeeperRequest>(packet: Array(packet.prefix(count)))) != message)
            }
            for extra in ["\t", "\tx", "\n", "\0"] {
                #expect((try? KeeperMessage<KeeperRequest>(packet: packet + Array(extra.utf8))) != message)
            }
            for place in packet.indices {
                for byte in [0, 9, 0x25, 0x2D, 0x30, 0xFF] as [UInt8] where packet[place] != byte {
                    var changed = packet
                    changed[place] = byte
                    #expect((try? KeeperMessage<KeeperRequest>(packet: changed)) != message)
                }
            }
        }
    }

    @Test(arguments: [
        "", "observe", "x\tobserve", "-1\tobserve", "+1\tobserve", "01\tobserve", "18446744073709551616\tobserve",
        "1\t-", "1\tobserve\t", "1\tOBSERVE", "1\tacquire\t0", "1\tclaim\t1\t-", "1\tclaim\t-1\tx", "1\tclaim\t1\ta%",
        "1\tclaim\t1\ta%2", "1\tclaim\t1\ta%2D", "1\tclaim\t1\t%61", "1\tclaim\t1\ta%2d", "1\tclaim\t1\ta%00",
        "1\tclaim\t1\ta%zz", "1\tclaim\t1\t%ff",
        "1\tclaim\t1\ta\nb", "1\tguard\tnone\t1", "1\tguard\tnone\t99999999999", "1\tguard\t-\t-",
        "1\trenew\t4\t\(beat)\t\t-", "1\trenew\t4\t\(beat)\t\(beat),\t-",
        "1\trenew\t4\t\(beat.description.uppercased())0\t\(beat)\t-",
    ])
    func whatNoLauncherWritesIsAnError(packet: String) {
        #expect(throws: KeeperMessageError.self) { try KeeperMessage<KeeperRequest>(packet: Array(packet.utf8)) }
    }

    @Test(arguments: [
        "1\tgranted\t0\t{}", "1\tgranted\t-1\t{}", "1\trefused\t0\tno", "1\trefused\t256\tno", "1\tgranted\t1\t-",
        "1\trow\t-1\t\(beat)\t-\t-\t1\ta\t-\t{}", "1\trow\t0\t\(beat)\t-\t-\t0\ta\t-\t{}", "1\tobserve",
    ])
    func whatNoKeeperWritesIsAnError(packet: String) {
        #expect(throws: KeeperMessageError.self) { try KeeperMessage<KeeperAnswer>(packet: Array(packet.utf8)) }
    }

    @Test func theFirstRowIsRead() throws {
        let text = "1\trow\t0\t\(Self.beat)\t-\t-\t1\ta\t-\t{}"
        let row = LeaseRow(
            epoch: 0, beat: Self.beat, holder: nil, heir: nil, timeToLive: 1, host: "a", since: nil, info: "{}")
        #expect(try KeeperMessage(packet: Array(text.utf8)) == KeeperMessage(1, KeeperAnswer.row(row)))
    }

    @Test func aPacketMayBeAsLongAsASocketTakes() throws {
        let head = Array("1\tclaim\t1\t".utf8)
        let longest = head + Array(repeating: UInt8(ascii: "x"), count: KeeperMessageLimits.packet - head.count)
        #expect(try KeeperMessage<KeeperRequest>(packet: longest).packet == longest)
        #expect(throws: KeeperMessageError.tooLong(KeeperMessageLimits.packet + 1)) {
            try KeeperMessage<KeeperRequest>(packet: longest + [UInt8(ascii: "x")])
        }
    }

    @Test func sizesAreBounded() throws {
        let most = Array(repeating: Self.beat, count: KeeperMessageLimits.beats)
        let full = KeeperMessage(
            .max,
            KeeperRequest.release(
                epoch: .max, new: Self.beat, over: most, heir: String(repeating: "\t", count: 300),
                info: String(repeating: "\u{1}", count: KeeperMessageLimits.info - 1)))
        #expect(full.packet.count <= KeeperMessageLimits.packet)
        #expect(try KeeperMessage(packet: full.packet) == full)
        let tooMany = KeeperMessage(1, KeeperRequest.renew(epoch: 1, new: Self.beat, over: most + most, info: nil))
        #expect(throws: KeeperMessageError.tooLong(tooMany.packet.count)) {
            try KeeperMessage<KeeperRequest>(packet: tooMany.packet)
        }
        let oneMore = KeeperMessage(
            1, KeeperRequest.renew(epoch: 1, new: Self.beat, over: most + [Self.other], info: nil))
        #expect(throws: KeeperMessageError.malformed("more beats than allowed")) {
            try KeeperMessage<KeeperRequest>(packet: oneMore.packet)
        }
    }

    @Test func beatsAreRandomUUIDs() throws {
        #expect(Beat(.max, .max).description == "ffffffff-ffff-4fff-bfff-ffffffffffff")
        #expect(Beat(0, 0).description == "00000000-0000-4000-8000-000000000000")
        let beats = Set((0..<100).map { _ in Beat() })
        #expect(beats.count == 100)
        for beat in beats { #expect(Beat(beat.description) == beat) }
        #expect(Beat("FFFFFFFF-ffff-4fff-bfff-ffffffffffff") == nil)
        #expect(Beat("ffffffff-ffff-4fff-bfff-fffffffffffff") == nil)
        #expect(Beat("09afffff-ffff-4fff-bfff-ffffffffffff") != nil)
        for other in ["/", ":", "`", "g", "-"] {
            #expect(Beat("ffffffff-ffff-4fff-bfff-fffffffffff\(other)") == nil)
        }
        for place in [8, 13, 18, 23] {
            var text = Array("ffffffff-ffff-4fff-bfff-ffffffffffff".utf8)
            text[place] = UInt8(ascii: "f")
            #expect(Beat(String(decoding: text, as: UTF8.self)) == nil)
        }
    }

    /// A stranger's packet must not fill the log.
    @Test func anErrorQuotesTheBeginning() {
        let long = String(repeating: "a", count: 41)
        let quoted = "\"\(long.dropLast())\""
        #expect(KeeperMessageError.malformed(long).description == "the field \(quoted) is malformed")
        #expect(KeeperMessageError.unknownVerb(long).description == "the verb \(quoted) is unknown")
        #expect(KeeperMessageError.surplusFields(long).description == "the message \(quoted) has surplus fields")
        #expect(
            KeeperMessageError.tooLong(65_537).description == "the packet has 65537 bytes; at most 65536 are allowed")
    }
}
