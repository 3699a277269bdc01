/// Queries and changes of files and folders by path.
package enum FileSystem {
    // MARK: Questions

    package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Whether a path is an executable program; a folder is none, although it may be searchable.
    package static func isExecutable(_ path: String) -> Bool {
        unsafe access(path, X_OK) == 0 && !isFolder(path)
    }

    package static func isFolder(_ path: String) -> Bool { mode(of: path).map { $0 & S_IFMT == S_IFDIR } ?? false }

    /// The part of a folder's path that exists and is not a folder; nil without one.
    package static func obstacle(to path: String) -> String? {
        var part = path
        while !exists(part), parent(of: part) != part { part = parent(of: part) }
        return exists(part) && !isFolder(part) ? part : nil
    }

    /// Whether the process can create files in a folder.
    package static func isWritable(_ path: String) -> Bool { unsafe access(path, W_OK | X_OK) == 0 }

    /// Whether the process can write to an existing file.
    package static func isWritableFile(_ path: String) -> Bool { unsafe access(path, W_OK) == 0 && !isFolder(path) }

    package static func isReadable(_ path: String) -> Bool { unsafe access(path, R_OK) == 0 }

    /// Type and permissions of the file behind a path; nil when it does not exist.
    package static func mode(of path: String) -> mode_t? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status.st_mode : nil
    }

    /// The owner of a path; nil when it does not exist.
    package static func owner(of path: String) -> (user: uid_t, group: gid_t)? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? (status.st_uid, status.st_gid) : nil
    }

    /// Whether the path itself is a symbolic link.
    package static func isLink(_ path: String) -> Bool { link(path) != nil }

    /// The target of a symbolic link; nil for anything else.
    package static func link(_ path: String) -> String? {
        let target = unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = unsafe buffer.withMemoryRebound(to: CChar.self) {
                unsafe $0.baseAddress.map { unsafe max(0, readlink(path, $0, buffer.count)) } ?? 0
            }
        }
        return target.isEmpty ? nil : String(decoding: target, as: UTF8.self)
    }

    /// The names in a folder, without the dots; nil when it cannot be read.
    package static func names(in path: String) -> [String]? {
        guard let folder = unsafe opendir(path) else { return nil }
        defer { unsafe closedir(folder) }
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return nil }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            // Read in place: an entry ends with its name, so a copy of the whole field would read beyond the buffer.
            let start = unsafe UnsafeRawPointer(entry) + offset
            let name = unsafe String(cString: start.assumingMemoryBound(to: CChar.self))
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// The bytes free for this user; nil when the folder cannot be queried.
    package static func freeBytes(in path: String) -> UInt64? {
        (try? disk(of: path)).map(freeBytes)
    }

    /// The bytes free for this user on the disk of an open file.
    package static func freeBytes(behind descriptor: Int32) -> UInt64? {
        var disk = statvfs()
        return unsafe fstatvfs(descriptor, &disk) == 0 ? freeBytes(disk) : nil
    }

    private static func freeBytes(_ disk: statvfs) -> UInt64 {
        let (bytes, overflow) = UInt64(disk.f_bavail).multipliedReportingOverflow(by: UInt64(disk.f_frsize))
        return overflow ? .max : bytes
    }

    /// How many bytes a file of this size may still grow within the process's own limit (`ulimit -f`, getrlimit(2)).
    package static func room(behind size: Int) -> Int {
        var limit = rlimit()
        #if canImport(Glibc)
            let result = unsafe getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        #else
            let result = unsafe getrlimit(RLIMIT_FSIZE, &limit)
        #endif
        return result == 0 ? max(0, Int(clamping: limit.rlim_cur) - size) : .max
    }

    /// The data of statvfs(3) for the disk of a path.
    package static func disk(of path: String) throws(Errno) -> statvfs {
        var disk = statvfs()
        guard unsafe statvfs(path, &disk) == 0 else { throw Errno.last("statvfs") }
        return disk
    }

    // MARK: Changes

    /// Removes a file or a link; a missing one is no error.
    package static func remove(_ path: String) throws(Errno) {
        guard unsafe unlink(path) != 0, errno != ENOENT else { return }
        throw .last("unlink")
    }

    /// Removes an empty folder.
    package static func removeFolder(_ path: String) throws(Errno) {
        guard unsafe rmdir(path) == 0 else { throw .last("rmdir") }
    }

    /// Renames a file, and replaces an existing one.
    package static func move(_ path: String, to other: String) throws(Errno) {
        guard unsafe rename(path, other) == 0 else { throw .last("rename") }
    }

    /// Changes the permissions of a file or folder.
    package static func setRights(_ rights: UInt16, of path: String) throws(Errno) {
        guard unsafe chmod(path, mode_t(rights)) == 0 else { throw .last("chmod") }
    }

    /// Creates a folder with this mode, regardless of the umask.
    package static func makeFolder(_ path: String, mode: UInt16 = 0o700) throws(Errno) {
        guard unsafe mkdir(path, mode_t(mode)) == 0 else { throw .last("mkdir") }
        try setRights(mode, of: path)
    }

    /// Creates a folder for its owner alone, with an unused name: `prefix` and six letters.
    package static func makeTemporaryFolder(_ prefix: String) throws(Errno) -> String {
        var template = Array("\(prefix)XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw .last("mkdtemp") }
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        try setRights(0o700, of: path)
        return path
    }

    /// Creates a folder for its owner alone, with its parents; returns whether it exists and is writable.
    package static func prepareFolder(_ path: String) -> Bool {
        makeFolders(path)
        return isFolder(path) && isWritable(path)
    }

    /// Creates a folder for its owner alone, with its parents; returns those that it has created, outer ones first.
    @discardableResult
    package static func makeFolders(_ path: String) -> [String] {
        var place = path.hasPrefix("/") ? "/" : ""
        var made: [String] = []
        // The path may be longer than its parts: slashes at its end and double ones make no folder.
        let parts = path.split(separator: "/")
        for (index, part) in parts.enumerated() {
            place += place.isEmpty || place.hasSuffix("/") ? part : "/\(part)"
            if unsafe mkdir(place, index < parts.count - 1 ? 0o750 : 0o700) == 0 { made.append(place) }
        }
        return made
    }

    // MARK: Paths

    /// The folder a file is in.
    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The path with all links resolved; nil when it does not exist.
    package static func resolved(_ path: String) -> String? {
        guard let real = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    /// The absolute path.
    package static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : WorkingFolder.path.map { "\($0)/\(path)" } ?? path
    }
}
