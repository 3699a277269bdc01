import KeepAliveTestSupport
import Testing

@testable import KeepAliveToolSupport

/// Randomly damaged answers with fixed seeds: nothing traps, and the splitting of the bytes changes nothing.
struct HTTPAnswerReaderFuzzTests {
    private static let alphabet = Array("HTTP/1.1 200\r\n:;-+0aF\u{0}\u{7f}chunked".utf8) + [0x80, 0xC3, 0xFF]

    private func broken(_ text: String, using random: inout SeededRandom) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            let letter = Self.alphabet[Int.random(in: 0..<Self.alphabet.count, using: &random)]
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes.insert(letter, at: place)
            case 1 where place < bytes.count: bytes[place] = letter
            case 2 where place < bytes.count: bytes.remove(at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }

    private func outcome(_ pieces: [ArraySlice<UInt8>]) -> HTTPAnswerReader.Outcome {
        var reader = HTTPAnswerReader()
        for piece in pieces {
            let outcome = reader.read(piece)
            if outcome != .incomplete { return outcome }
        }
        return reader.end()
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func piecesChangeNothing(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let whole = HTTPAnswerReaderTests.complete.map(\.0)
        var completed = 0
        for round in 0..<1500 {
            let bytes = broken(whole[round % whole.count], using: &random)
            let atOnce = outcome([bytes[...]])
            let split = Int.random(in: 0...bytes.count, using: &random)
            #expect(outcome([bytes[..<split], bytes[split...]]) == atOnce, "seed \(seed), round \(round): \(bytes)")
            if case .complete(let response) = atOnce {
                completed += 1
                #expect((100...999).contains(response.status))
                #expect(response.body.count <= bytes.count)
            }
        }
        #expect(completed > 100, "most of the answers are broken beyond reading: nothing is tried")
    }
}
