/// What is done to files by their paths.
package enum Files {
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

    /// Makes a folder, whatever the umask with this mode.
    package static func makeFolder(_ path: String, mode: UInt16 = 0o700) throws(Errno) {
        guard unsafe mkdir(path, mode_t(mode)) == 0 else { throw .last("mkdir") }
        guard unsafe chmod(path, mode_t(mode)) == 0 else { throw .last("chmod") }
    }

    /// Makes a folder of its owner's alone with a name that nobody has yet: `prefix` and six letters.
    package static func makeTemporaryFolder(_ prefix: String) throws(Errno) -> String {
        var template = Array("\(prefix)XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw .last("mkdtemp") }
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard unsafe chmod(path, 0o700) == 0 else { throw .last("chmod") }
        return path
    }
}
