/// The small files of Linux's /proc (proc(5)), read whole. Where there is no /proc, nothing is found.
package enum ProcFile {
    /// A file's text; nil when it is not there, not allowed, or its process has ended meanwhile.
    package static func text(_ path: String, limit: Int = 1 << 20) -> String? {
        guard let file = try? FileDescriptor.open(path, flags: O_RDONLY), let bytes = try? file.readAll(limit: limit)
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The names in a folder, without the dots; nil when it may not be looked into.
    package static func names(in path: String) -> [String]? {
        guard let folder = opendir(path) else { return nil }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Where a symbolic link points.
    static func link(_ path: String) -> String? {
        var target = [CChar](repeating: 0, count: 256)
        let count = readlink(path, &target, target.count)
        return count > 0 ? String(decoding: target.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }
}
