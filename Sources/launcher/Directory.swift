import KeepAlivePlatform

/// The few questions the launcher asks of folders.
enum Directory {
    /// The names in a folder; empty when it cannot be read.
    static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Makes a folder, its owner's alone, and those above it; whether it is there and can be written.
    static func prepare(_ path: String) -> Bool {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += made.isEmpty || made.hasSuffix("/") ? part : "/\(part)"
            mkdir(made, made.utf8.count < path.utf8.count ? 0o750 : 0o700)
        }
        return isWritable(path)
    }

    /// Whether files can be made in a folder.
    static func isWritable(_ path: String) -> Bool {
        access(path, W_OK | X_OK) == 0
    }

    /// Whether a path is a folder.
    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The bytes that are free to this user; nil when the folder cannot be asked.
    static func freeBytes(in path: String) -> UInt64? {
        var statistics = statvfs()
        guard statvfs(path, &statistics) == 0 else { return nil }
        let (bytes, overflow) = UInt64(statistics.f_bavail).multipliedReportingOverflow(by: UInt64(statistics.f_frsize))
        return overflow ? .max : bytes
    }

    /// The folder a file is in.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
