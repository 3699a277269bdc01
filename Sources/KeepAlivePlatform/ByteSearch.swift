extension Span<UInt8> {
    /// The first index of a byte, by memchr(3), which compares many bytes at once.
    package func firstIndex(of byte: UInt8) -> Int? {
        unsafe withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return nil }
            return unsafe memchr(start, Int32(byte), bytes.count).map {
                unsafe start.distance(to: UnsafeRawPointer($0))
            }
        }
    }
}
