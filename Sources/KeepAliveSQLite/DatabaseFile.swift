import KeepAlivePlatform

/// The kind of file at a database's path, found by reading alone: no lock, no change, no file beside it. It does not
/// even open anything but a regular file (a named pipe would hang, a device could start to work).
public enum DatabaseFile: Sendable, Equatable {
    /// No file, an empty one, or a database without any table.
    case new
    /// A database with the program's mark; it may be damaged.
    case own
    /// The program's database from before files were marked.
    case unmarked

    /// Inspects a path; symbolic links are followed.
    ///
    /// - Throws: `DatabaseRefusal` when the file must not be used.
    public static func inspect(_ path: String, for mark: DatabaseMark) throws(DatabaseRefusal) -> DatabaseFile {
        guard !path.utf8.contains(0) else { throw DatabaseRefusal(.unreachable, "the path holds a NUL character") }
        guard let status = try status(path) else {
            try requireFolder(of: path)
            try inspectSideFiles(of: path)
            return .new
        }
        if let kind = status.kind { throw DatabaseRefusal(.foreign, "\(path) is \(kind), not a database") }
        // Closing a second descriptor of a file would drop this process's locks on it (fcntl(2)).
        if OpenFiles.contains(status.identity) { return .own }
        try inspectSideFiles(of: path)
        guard status.size > 0 else { return .new }
        let file = try Bytes(path)
        guard let header = DatabaseHeader(file.read(at: 0, count: DatabaseHeader.length)) else {
            throw DatabaseRefusal(.foreign, "\(path) is another kind of file, not an SQLite database")
        }
        return try judge(path, header, file, mark)
    }

    private static func judge(
        _ path: String, _ header: DatabaseHeader, _ file: borrowing Bytes, _ mark: DatabaseMark
    ) throws(DatabaseRefusal) -> DatabaseFile {
        // The latest commits may be in the log alone, including the mark and the tables.
        let log = WriteAheadLog.read(path)
        let latest = log?.header ?? header
        for header in [header, latest] where header.applicationID == mark.applicationID {
            let version = max(header.userVersion, latest.applicationID == mark.applicationID ? latest.userVersion : 0)
            guard version <= mark.version else {
                throw DatabaseRefusal(
                    .newer, "\(path) was written by a newer version (schema \(version); this one knows \(mark.version))"
                )
            }
            return .own
        }
        if latest.applicationID != 0 {
            throw DatabaseRefusal(.foreign, "\(path) is \(DatabaseMark.owner(of: latest.applicationID))")
        }
        guard header.isPlausible else {
            throw DatabaseRefusal(.foreign, "\(path) begins like an SQLite database, but is none")
        }
        let tables: [String: Set<String>]
        do throws(SQLiteError) {
            tables = try EarlierTables.read(path, file, log)
        } catch {
            throw error.isShortage
                ? DatabaseRefusal(.shortage, "\(path) cannot be read: \(error.message)")
                : DatabaseRefusal(.foreign, "\(path) is an SQLite database that cannot be read: \(error.message)")
        }
        if tables.isEmpty, latest.userVersion == 0 { return .new }
        guard mark.earlierTables.allSatisfy({ tables[$0]?.isSuperset(of: $1) == true }) else {
            let names = tables.keys.sorted().prefix(3).joined(separator: ", ")
            throw DatabaseRefusal(
                .foreign,
                "\(path) is a database of another program (\(names.isEmpty ? "no tables" : "tables \(names)"))")
        }
        guard latest.userVersion <= mark.version else {
            throw DatabaseRefusal(
                .newer,
                "\(path) was written by a newer version (schema \(latest.userVersion); this one knows \(mark.version))")
        }
        return .unmarked
    }

    /// Nil if the path does not exist.
    private static func status(_ path: String) throws(DatabaseRefusal) -> FileStatus? {
        do throws(Errno) {
            return try FileStatus(of: path)
        } catch {
            guard error.code == ENOENT else { throw .failed(path, error) }
            return nil
        }
    }

    private static func requireFolder(of path: String) throws(DatabaseRefusal) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        guard try status(folder) != nil else {
            throw DatabaseRefusal(.unreachable, "\(path) cannot be made: the folder \(folder) does not exist")
        }
        guard FileSystem.isWritable(folder) else {
            throw DatabaseRefusal(.unreachable, "\(path) cannot be made: the folder \(folder) is not writable")
        }
    }

    /// SQLite overwrites or deletes files with the names of its side files; a file of another kind is foreign.
    private static func inspectSideFiles(of path: String) throws(DatabaseRefusal) {
        for (suffix, isOurs) in sideFiles {
            let name = path + suffix
            guard let status = try? FileStatus(of: name) else { continue }
            if let kind = status.kind {
                throw DatabaseRefusal(.foreign, "\(name) is \(kind), not a database's file")
            }
            if status.size == 0 { continue }
            let start = try Bytes(name).read(at: 0, count: 8)
            // A crash of the machine can leave zeros.
            guard start.prefix(4).allSatisfy({ $0 == 0 }) || isOurs(start) else {
                throw DatabaseRefusal(.foreign, "\(name) is another kind of file, not the one of a database")
            }
        }
    }

    private static let sideFiles: [(suffix: String, isOurs: @Sendable ([UInt8]) -> Bool)] = [
        ("-wal", { $0.starts(with: [0x37, 0x7F, 0x06]) }),
        ("-journal", { $0.starts(with: [0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7]) }),
        // 3007000 in the machine's byte order.
        ("-shm", { $0.starts(with: [0x18, 0xE2, 0x2D, 0x00]) || $0.starts(with: [0x00, 0x2D, 0xE2, 0x18]) }),
    ]
}

extension DatabaseRefusal {
    /// A system call for a file failed.
    static func failed(_ path: String, _ error: Errno) -> DatabaseRefusal {
        DatabaseRefusal(
            SQLiteError.isShortage(systemError: error.code) ? .shortage : .unreachable,
            "\(path) cannot be opened: \(error.message)")
    }
}
