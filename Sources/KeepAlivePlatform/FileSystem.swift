/// What is asked of files and folders, and done to them, by their paths.
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

    package static func isReadable(_ path: String) -> Bool { unsafe access(path, R_OK) == 0 }

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
        (try? disk(of: path)).map(freeBytes)
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

    /// What statvfs(3) tells of the disk that a path is on.
    package static func disk(of path: String) throws(Errno) -> statvfs {
        var disk = statvfs()
        guard unsafe statvfs(path, &disk) == 0 else { throw Errno.last("statvfs") }
        return disk
    }

    // MARK: Changes

    /// Removes a file or a link; one that is not there is removed already.
    package static func remove(_ path: String) throws(Errno) {
        guard unsafe unlink(path) != 0, errno != ENOENT else { return }
        throw .last("unlink")
    }

    /// Removes an empty folder.
    package static func removeFolder(_ path: String) throws(Errno) {
        guard unsafe rmdir(path) == 0 else { throw .last("rmdir") }
    }

    /// Gives a file another name, in place of what has it.
    package static func move(_ path: String, to other: String) throws(Errno) {
        guard unsafe rename(path, other) == 0 else { throw .last("rename") }
    }

    /// Changes the rights of a file or folder.
    package static func setRights(_ rights: UInt16, of path: String) throws(Errno) {
        guard unsafe chmod(path, mode_t(rights)) == 0 else { throw .last("chmod") }
    }

    /// Makes a folder, whatever the umask with this mode.
    package static func makeFolder(_ path: String, mode: UInt16 = 0o700) throws(Errno) {
        guard unsafe mkdir(path, mode_t(mode)) == 0 else { throw .last("mkdir") }
        try setRights(mode, of: path)
    }

    /// Makes a folder of its owner's alone with a name that nobody has yet: `prefix` and six letters.
    package static func makeTemporaryFolder(_ prefix: String) throws(Errno) -> String {
        var template = Array("\(prefix)XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw .last("mkdtemp") }
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        try setRights(0o700, of: path)
        return path
    }

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

    /// Where a path leads by the way of all links; nil when it leads nowhere.
    package static func resolved(_ path: String) -> String? {
        guard let real = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    /// A path from the root on.
    package static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : WorkingFolder.path.map { "\($0)/\(path)" } ?? path
    }
}
