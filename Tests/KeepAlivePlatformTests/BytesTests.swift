import Foundation
import Testing

@testable import KeepAlivePlatform

struct BytesTests {
    private func text(_ append: (inout [UInt8]) -> Void) -> String {
        var bytes: [UInt8] = []
        append(&bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [0, 9, 10, 1_234_567, .max] as [UInt64])
    func decimals(value: UInt64) {
        #expect(text { $0.appendDecimal(value) } == "\(value)")
    }

    @Test(arguments: [(UInt64(0), 3, "000"), (7, 1, "7"), (7, 0, "7"), (123, 2, "123"), (42, 6, "000042")])
    func padded(value: UInt64, width: Int, expected: String) {
        #expect(text { $0.appendPadded(value, width: width) } == expected)
    }

    @Test(arguments: [
        (Int64(0), "0.0"), (999, "0.0"), (1000, "0.000001"), (3_600_500_000_000, "3600.5"), (-5, "0.0"),
        (1_200_000_000, "1.2"), (10_000_000_000, "10.0"), (.max, "9223372036.854775"), (.min, "0.0"),
    ])
    func seconds(nanoseconds: Int64, expected: String) {
        #expect(text { $0.appendSeconds(nanoseconds: nanoseconds) } == expected)
    }

    @Test(arguments: [(0, "0.0"), (0.002, "0.002"), (.nan, "null"), (.infinity, "null")] as [(Double, String)])
    func numbers(value: Double, expected: String) {
        #expect(text { $0.appendNumber(value) } == expected)
    }

    @Test func onlyLettersAreLowered() {
        for byte in UInt8.min ... .max {
            let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            #expect(byte.lowercased == (isUpper ? byte + 32 : byte), "\(byte)")
        }
    }

    /// Every character below U+0100, and others that are dangerous in JSON or HTML.
    @Test func everyStringComesBackThroughFoundation() throws {
        var samples = (0..<256).map { String(Character(Unicode.Scalar($0)!)) }
        samples += ["", "\"\\/", "a\r\nb", "\u{2028}\u{2029}", "🙂é\u{301}", "\\u0041", "\u{10FFFF}", "</script>"]
        samples.append(samples.joined())
        for sample in samples {
            let json = text { $0.appendJSON(sample) }
            let back = try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed) as? String
            #expect(back.map { Array($0.utf8) } == Array(sample.utf8), "\(json)")
            #expect(json.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
        }
    }
}
