/// The small files of Linux's /proc (proc(5)), read whole. Without /proc, all results are nil.
package enum ProcFile {
    /// A file's text; nil when it does not exist, access is denied, or its process has ended.
    package static func text(_ path: String, limit: Int = 1 << 20) -> String? {
        bytes(path, limit: limit).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A file's bytes; nil as for the text.
    package static func bytes(_ path: String, limit: Int) -> [UInt8]? {
        guard let file = try? FileDescriptor.open(path, flags: O_RDONLY) else { return nil }
        return try? file.readAll(limit: limit)
    }
}
