/// What is asked of files and folders by their names.
package enum FileSystem {
    // MARK: Questions

    package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Whether a path is a program that may be run: a folder is none, though it may be searched.
    package static func isExecutable(_ path: String) -> Bool {
        unsafe access(path, X_OK) == 0 && !isFolder(path)
    }

    package static func isFolder(_ path: String) -> Bool { mode(of: path).map { $0 & S_IFMT == S_IFDIR } ?? false }

    /// Whether files can be made in a folder.
    package static func isWritable(_ path: String) -> Bool { unsafe access(path, W_OK | X_OK) == 0 }

    /// Kind and rights of what a path leads to; nil when it leads nowhere.
    package static func mode(of path: String) -> mode_t? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status.st_mode : nil
    }

    /// Whom a path belongs to; nil when it leads nowhere.
    package static func owner(of path: String) -> (user: uid_t, group: gid_t)? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? (status.st_uid, status.st_gid) : nil
    }

    /// Whether a path is a symbolic link itself.
    package static func isLink(_ path: String) -> Bool { link(path) != nil }

    /// Where a symbolic link points; nil for anything else.
    package static func link(_ path: String) -> String? {
        let target = unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = unsafe buffer.withMemoryRebound(to: CChar.self) {
                unsafe $0.baseAddress.map { unsafe max(0, readlink(path, $0, buffer.count)) } ?? 0
            }
        }
        return target.isEmpty ? nil : String(decoding: target, as: UTF8.self)
    }

    /// The names in a folder, without the dots; nil when it may not be looked into.
    package static func names(in path: String) -> [String]? {
        guard let folder = unsafe opendir(path) else { return nil }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// The bytes that are free to this user; nil when the folder cannot be asked.
    package static func freeBytes(in path: String) -> UInt64? {
        var disk = statvfs()
        return unsafe statvfs(path, &disk) == 0 ? freeBytes(disk) : nil
    }

    /// The bytes that are free to this user where an open file is.
    package static func freeBytes(behind descriptor: Int32) -> UInt64? {
        var disk = statvfs()
        return unsafe fstatvfs(descriptor, &disk) == 0 ? freeBytes(disk) : nil
    }

    private static func freeBytes(_ disk: statvfs) -> UInt64 {
        let (bytes, overflow) = UInt64(disk.f_bavail).multipliedReportingOverflow(by: UInt64(disk.f_frsize))
        return overflow ? .max : bytes
    }

    /// The bytes that a file of this size may still grow by, by this process's own limit (`ulimit -f`, getrlimit(2)).
    package static func room(behind size: Int) -> Int {
        var limit = rlimit()
        #if canImport(Glibc)
            let result = unsafe getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        #else
            let result = unsafe getrlimit(RLIMIT_FSIZE, &limit)
        #endif
        return result == 0 ? max(0, Int(clamping: limit.rlim_cur) - size) : .max
    }

    // MARK: Changes

    /// Makes a folder, its owner's alone, and those above it; whether it is there and can be written.
    package static func prepareFolder(_ path: String) -> Bool {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += made.isEmpty || made.hasSuffix("/") ? part : "/\(part)"
            unsafe mkdir(made, made.utf8.count < path.utf8.count ? 0o750 : 0o700)
        }
        return isWritable(path)
    }

    // MARK: Paths

    /// The folder a file is in.
    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// A path from the root on.
    package static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : WorkingFolder.path.map { "\($0)/\(path)" } ?? path
    }
}
