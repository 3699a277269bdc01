import KeepAlivePlatform

/// Replaces secrets, also escaped ones, in bytes by `[hidden]`.
///
/// It finds all of them in one pass, by Wu and Manber's algorithm: a window as long as the shortest secret moves over
/// the text. The window's last two bytes determine how far it may move without missing a secret. Most bytes are never
/// read, and text without secrets is not copied.
package struct SecretHider: Sendable {
    private static let mark = Array("[hidden]".utf8)
    private let secrets: [[UInt8]]
    private let shortest: Int
    /// How far the window may move, by the hash of its last two bytes.
    private let shifts: [UInt8]
    /// The length of the longest secret: that many final bytes of an unfinished text may begin a secret.
    package let longest: Int

    /// - Parameter secrets: secrets shorter than four bytes are ignored: they would hide ordinary text.
    package init(_ secrets: some Sequence<[UInt8]>) {
        var all = Set<[UInt8]>()
        for secret in secrets where secret.count >= 4 { all.formUnion(SecretSpellings.all(of: secret)) }
        self.secrets = Array(all)
        longest = all.map(\.count).max() ?? 0
        shortest = min(255, all.map(\.count).min() ?? 0)
        var shifts = [UInt8](repeating: UInt8(max(0, shortest - 1)), count: all.isEmpty ? 0 : 4096)
        for secret in all {
            for end in 1..<shortest {
                let hash = Self.hash(secret[end - 1], secret[end])
                shifts[hash] = min(shifts[hash], UInt8(shortest - 1 - end))
            }
        }
        self.shifts = shifts
    }

    /// The bytes with every secret replaced; nil when they hold none.
    package func redact(_ bytes: Span<UInt8>) -> [UInt8]? {
        let found = ranges(in: bytes)
        guard !found.isEmpty else { return nil }
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var done = 0
        for range in found {
            text.append(bytes.extracting(done..<range.lowerBound))
            text.append(contentsOf: Self.mark)
            done = range.upperBound
        }
        text.append(bytes.extracting(done...))
        return text
    }

    /// The places of secrets, in order. Overlapping secrets are merged, so that no piece of either stays.
    private func ranges(in bytes: Span<UInt8>) -> [Range<Int>] {
        guard shortest > 0, bytes.count >= shortest else { return [] }
        var found: [Range<Int>] = []
        let shifts = self.shifts.span
        var end = shortest - 1
        while end < bytes.count {
            let shift = Int(shifts[Self.hash(bytes[end - 1], bytes[end])])
            if shift > 0 {
                end += shift
                continue
            }
            let start = end - shortest + 1
            end += 1
            guard let length = longestMatch(at: start, in: bytes) else { continue }
            if let last = found.last, last.upperBound > start {
                found[found.count - 1] = last.lowerBound..<max(last.upperBound, start + length)
            } else {
                found.append(start..<(start + length))
            }
        }
        return found
    }

    private func longestMatch(at start: Int, in bytes: Span<UInt8>) -> Int? {
        var longest: Int?
        for secret in secrets where secret.count <= bytes.count - start && secret.count > longest ?? 0 {
            var index = 0
            while index < secret.count, bytes[start + index] == secret[index] { index += 1 }
            if index == secret.count { longest = secret.count }
        }
        return longest
    }

    @inline(__always)
    private static func hash(_ first: UInt8, _ second: UInt8) -> Int {
        (Int(first) << 4 ^ Int(second)) & 4095
    }
}
