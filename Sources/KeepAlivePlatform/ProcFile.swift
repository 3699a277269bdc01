/// The small files of Linux's /proc (proc(5)), read whole. Where there is no /proc, nothing is found.
package enum ProcFile {
    /// A file's text; nil when it is not there, not allowed, or its process has ended meanwhile.
    package static func text(_ path: String, limit: Int = 1 << 20) -> String? {
        bytes(path, limit: limit).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A file's bytes, on the same terms.
    package static func bytes(_ path: String, limit: Int) -> [UInt8]? {
        guard let file = try? FileDescriptor.open(path, flags: O_RDONLY) else { return nil }
        return try? file.readAll(limit: limit)
    }
}
