import Foundation
import Testing

@testable import KeepAlivePlatform

/// Each in a process of its own, whose environment no other test reads.
struct RawEnvironmentTests {
    private static func set(_ name: [UInt8], _ value: [UInt8]) {
        let texts = [name, value].map { ($0 + [0]).map { CChar(bitPattern: $0) } }
        unsafe setenv(texts[0], texts[1], 1)
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// In Latin-1, as an old configuration has it.
    private static let old: [UInt8] = [0x63, 0xE9]

    @Test func whatIsNoTextReachesAChildAsItIs() async {
        await #expect(processExitsWith: .success) {
            Self.set(Self.bytes("RAW_ENVIRONMENT_OLD"), Self.old)
            Self.set(Self.bytes("RAW_ENVIRONMENT_TEXT"), Self.bytes("text"))
            Self.set(Self.old, Self.bytes("x"))
            var variables = RawEnvironment.variables
            #expect(variables["RAW_ENVIRONMENT_OLD"] == "c\u{FFFD}")
            variables["RAW_ENVIRONMENT_TEXT"] = "other"
            let entries = RawEnvironment.entries(for: variables)
            #expect(entries.contains(Self.bytes("RAW_ENVIRONMENT_OLD=") + Self.old))
            #expect(entries.contains(Self.bytes("RAW_ENVIRONMENT_TEXT=other")))
            #expect(!entries.contains(Self.bytes("RAW_ENVIRONMENT_TEXT=text")))
            #expect(entries.contains(Self.old + Self.bytes("=x")), "its name is no text either")
            variables["RAW_ENVIRONMENT_OLD"] = nil
            let fewer = RawEnvironment.entries(for: variables)
            #expect(!fewer.contains { $0.starts(with: Self.bytes("RAW_ENVIRONMENT_OLD=")) })
        }
    }

    /// A secret may be such a value, and is hidden as the bytes that it has.
    @Test func theValuesThatAreNoText() async {
        await #expect(processExitsWith: .success) {
            Self.set(Self.bytes("RAW_ENVIRONMENT_OLD"), Self.old)
            Self.set(Self.bytes("RAW_ENVIRONMENT_TEXT"), Self.bytes("text"))
            let values = RawEnvironment.rawValues(where: { $0.hasPrefix("RAW_ENVIRONMENT_") })
            #expect(values == [Self.old])
            let entries = RawEnvironment.entries(where: { $0 == "RAW_ENVIRONMENT_TEXT" && $1 == "text" })
            #expect(entries == [Self.bytes("RAW_ENVIRONMENT_TEXT=text")])
        }
    }
}
