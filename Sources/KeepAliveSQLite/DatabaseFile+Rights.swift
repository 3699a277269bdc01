import KeepAlivePlatform

extension DatabaseFile {
    /// Makes the file where there is none, so that it is never readable for more than `mode` says, and takes surplus rights
    /// from an older one and the files beside it. SQLite gives its side files the rights of the file itself.
    ///
    /// - Returns: what had surplus rights, and whether they could be taken.
    /// - Throws: `DatabaseRefusal` when the file cannot be made.
    public static func prepare(
        _ path: String, mode: UInt16, beside suffixes: [String] = []
    ) throws(DatabaseRefusal) -> [(path: String, isNarrowed: Bool)] {
        if FileIdentity(path: path) == nil {
            do throws(Errno) {
                let flags = O_RDWR | O_CREAT | O_NONBLOCK
                do throws(Errno) {
                    _ = try FileDescriptor.open(path, flags: flags | O_EXCL, mode: mode)
                } catch {
                    // A symbolic link to a file that does not exist yet, or somebody who made it meanwhile.
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
