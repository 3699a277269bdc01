/// The first 100 bytes of a database file ("Database File Format", section 1.3).
struct DatabaseHeader: Equatable {
    static let length = 100
    private static let magic = Array("SQLite format 3\u{0}".utf8)

    let applicationID: Int32
    let userVersion: Int64
    /// Whether each field with few valid values has one of them.
    let isPlausible: Bool

    /// Nil if the bytes are too few or do not begin as a database does.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.length, bytes.starts(with: Self.magic) else { return nil }
        applicationID = Int32(bitPattern: bytes.bigEndian(at: 68))
        userVersion = Int64(Int32(bitPattern: bytes.bigEndian(at: 60)))
        let pageSize = Int(bytes[16]) << 8 | Int(bytes[17])
        isPlausible =
            (pageSize == 1 || (pageSize >= 512 && pageSize & (pageSize - 1) == 0))
            && (1...2).contains(bytes[18]) && (1...2).contains(bytes[19]) && bytes[21...23] == [64, 32, 32]
    }
}

extension Array where Element == UInt8 {
    /// The four bytes at an offset as one number; bytes beyond the end are 0.
    func bigEndian(at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 << 8 | UInt32(indices.contains(offset + $1) ? self[offset + $1] : 0) }
    }
}
