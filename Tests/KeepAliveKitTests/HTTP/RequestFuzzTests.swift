import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// Randomly damaged requests: nothing traps, and the splitting of the bytes changes no answer.
struct RequestFuzzTests {

    static let requests = [
        "GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST /restart HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbodyGET / HTTP/1.1\r\nHost: b\r\n\r\n",
        "HEAD http://a/health?x HTTP/1.1\r\nHost: a\r\nAccept: text/html;q=0.5, */*\r\nConnection: close, x\r\n\r\n",
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n\r\nGET /livez HTTP/1.0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
        "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ].map { Array($0.utf8) }

    /// Bytes with a meaning for the parser do more damage than others.
    static let interesting = Array("\r\n\0 \t:,;/*?0159HTGa\u{7F}".utf8) + [0x16, 0x80, 0xFF]

    static func damaged(_ random: inout SeededRandom) -> [UInt8] {
        var bytes = requests.randomElement(using: &random)!
        if Bool.random(using: &random) { bytes += requests.randomElement(using: &random)! }
        for _ in 0..<Int.random(in: 0...6, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[place] = interesting.randomElement(using: &random)!
            case 1: bytes.insert(interesting.randomElement(using: &random)!, at: place)
            case 2: bytes.remove(at: place)
            case 3: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 4:
                let end = min(bytes.count, place + Int.random(in: 1...40, using: &random))
                bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0..<bytes.count, using: &random))
            default: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...20, using: &random)))
            }
        }
        return bytes
    }

    @Test(arguments: 0..<8)
    func splittingChangesNoAnswer(lane: UInt64) {
        var answered = 0
        for number in 0..<2500 as Range<UInt64> {
            var random = SeededRandom(seed: lane << 32 | number)
            let bytes = Self.damaged(&random)
            let whole = Exchange.outcome(of: bytes)
            answered += whole.answers.count
            let cuts = (0..<4).map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()
            let pieces = Exchange.outcome(of: bytes, cutAt: cuts)
            if pieces != whole {
                Issue.record("case \(number): \(pieces) when cut at \(cuts), \(whole) when not: \(bytes)")
                return
            }
        }
        // Without enough answered requests the test proves nothing.
        #expect(answered > 2500)
    }

    /// The endpoints use the parser's offsets; none of them may be out of bounds.
    @Test func endpointsAnswerWhatTheParserLetsThrough() {
        var endpoints = Endpoints(
            name: "Bot", version: "1", port: 8001, health: HealthMonitor(),
            access: RestartAccess(token: "token", isProduction: false), restart: { true })
        var answered = 0
        for number in 0..<2000 as Range<UInt64> {
            var random = SeededRandom(seed: 99 << 32 | number)
            let bytes = Self.damaged(&random)
            var state = ConnectionState(at: .now(), peer: HTTPPeer(isLoopback: true))
            state.received(bytes.span, at: .now(), responder: &endpoints)
            if state.output.starts(with: "HTTP/1.1 ".utf8) { answered += 1 }
            #expect(state.output.isEmpty || state.output.starts(with: "HTTP/1.1 ".utf8), "case \(number)")
        }
        #expect(answered > 1000)
    }
}
