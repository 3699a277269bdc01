import KeepAlivePlatform

extension DatabaseFile {
    /// Creates a missing file, never readable beyond `mode`, and removes surplus permissions from an existing file and
    /// the files beside it. SQLite gives its side files the permissions of the file itself.
    ///
    /// - Returns: the files with surplus permissions, and whether those could be removed.
    /// - Throws: `DatabaseRefusal` when the file cannot be created.
    public static func prepare(
        _ path: String, mode: UInt16, beside suffixes: [String] = []
    ) throws(DatabaseRefusal) -> [(path: String, isNarrowed: Bool)] {
        if FileIdentity(path: path) == nil {
            do throws(Errno) {
                let flags = O_RDWR | O_CREAT | O_NONBLOCK
                do throws(Errno) {
                    _ = try FileDescriptor.open(path, flags: flags | O_EXCL, mode: mode)
                } catch {
                    // A symbolic link to a missing file, or another process created it meanwhile.
                    guard error.code == EEXIST else { throw error }
                    _ = try FileDescriptor.open(path, flags: flags, mode: mode)
                }
            } catch {
                throw .failed(path, error)
            }
        }
        var found: [(path: String, isNarrowed: Bool)] = []
        for suffix in ["", "-wal", "-shm", "-journal"] + suffixes {
            let name = path + suffix
            guard let status = try? FileStatus(of: name), status.isRegular, status.rights & ~mode != 0 else { continue }
            found.append((name, (try? FileSystem.setRights(status.rights & mode, of: name)) != nil))
        }
        return found
    }
}
