/// A short name for a text, stable across machines and runs, unlike `Hasher`.
///
/// FNV-1a (Fowler, Noll, Vo) over the bytes, and over the reversed bytes. It is not cryptographic: anyone can construct
/// a collision. A chance collision takes about 2^48 texts.
enum Digest {
    /// 96 bits as 24 characters.
    static func hexadecimal(_ text: String) -> String {
        let bytes = Array(text.utf8)
        return padded(hash(bytes), 16) + padded(hash(bytes.reversed()) >> 32, 8)
    }

    /// FNV-1a over the bytes.
    static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    private static func padded(_ value: UInt64, _ width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
