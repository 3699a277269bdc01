import Testing

@testable import KeepAlivePlatform

struct ActingCharacterTests {
    private func escaped(_ text: String) -> String? {
        text.withBytes { ActingCharacter.escaped($0) }.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The first and the last of each range, and their neighbours.
    @Test(
        arguments: [
            (0x7F, nil), (0x80, "\\u0080"), (0x9F, "\\u009f"), (0xA0, nil), (0x61B, nil), (0x61C, "\\u061c"),
            (0x61D, nil), (0x200D, nil), (0x200E, "\\u200e"), (0x200F, "\\u200f"), (0x2010, nil), (0x2027, nil),
            (0x2028, "\\u2028"), (0x202E, "\\u202e"), (0x202F, nil), (0x2065, nil), (0x2066, "\\u2066"),
            (0x2069, "\\u2069"), (0x206A, nil),
        ] as [(UInt32, String?)])
    func theEndsOfTheRanges(value: UInt32, escape: String?) throws {
        let scalar = try #require(Unicode.Scalar(value))
        #expect(escaped("a\(scalar)b") == escape.map { "a\($0)b" })
        #expect(escaped("\(scalar)") == escape)
    }

    @Test(arguments: [[0xC2], [0xD8], [0xE2], [0xE2, 0x80], [0x61, 0xE2, 0x81]] as [[UInt8]])
    func oneThatIsCutOffIsNone(bytes: [UInt8]) {
        let isThere = ActingCharacter.isThere(in: bytes.span)
        #expect(!isThere)
    }
}
