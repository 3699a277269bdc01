import Testing

@testable import KeepAliveLauncher

/// Heads of programs as linkers write them, for this machine.
struct ELFHeadTests {
    /// The machine's number for programs of 64 and of 32 bits.
    #if arch(x86_64)
        private static let machines: [UInt8] = [62, 3]
    #elseif arch(arm64)
        private static let machines: [UInt8] = [183, 40]
    #else
        private static let machines: [UInt8] = []
    #endif

    /// - Parameters:
    ///   - type: 2 for a program at a fixed address, 3 for one that runs anywhere.
    ///   - loader: what its second entry names; without that entry it is linked statically.
    private func head(is64: Bool, type: UInt8 = 3, loader: String?) -> [UInt8] {
        let (place, size): (UInt8, UInt8) = is64 ? (64, 56) : (52, 32)
        let second = place + size
        var bytes = [UInt8](repeating: 0, count: Int(second + size))
        bytes.replaceSubrange(0..<6, with: [0x7F, 0x45, 0x4C, 0x46, is64 ? 2 : 1, 1])
        bytes[16] = type
        bytes[18] = Self.machines[is64 ? 0 : 1]
        bytes[is64 ? 32 : 28] = place
        bytes[is64 ? 54 : 42] = size
        bytes[is64 ? 56 : 44] = loader == nil ? 1 : 2
        bytes[Int(place)] = 1
        bytes[Int(second)] = 3
        bytes[Int(second) + (is64 ? 8 : 4)] = second + size
        return bytes + Array((loader ?? "").utf8) + [0, 0]
    }

    private func trouble(_ bytes: [UInt8]) throws -> String? {
        let head = try #require(ELFHead(bytes))
        return head.trouble(false)
    }

    @Test(.enabled(if: !machines.isEmpty), arguments: [true, false], [2, 3] as [UInt8])
    func aProgramOfEitherKindRuns(is64: Bool, type: UInt8) throws {
        #expect(try trouble(head(is64: is64, type: type, loader: "/bin/sh")) == nil)
        #expect(try trouble(head(is64: is64, type: type, loader: nil)) == nil)
    }

    @Test(.enabled(if: !machines.isEmpty), arguments: [true, false])
    func aMissingLoaderIsNamed(is64: Bool) throws {
        let found = try trouble(head(is64: is64, loader: "/lib/ld-none.so"))
        #expect(found?.hasPrefix("its loader /lib/ld-none.so does not exist") == true, "\(found ?? "nothing")")
    }

    @Test(.enabled(if: !machines.isEmpty), arguments: [1, 4] as [UInt8])
    func whatIsNotLinkedIsNoProgram(type: UInt8) throws {
        #expect(try trouble(head(is64: true, type: type, loader: nil))?.contains("link it first") == true)
    }
}
