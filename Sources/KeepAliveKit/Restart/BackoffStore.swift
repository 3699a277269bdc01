package import KeepAlivePlatform

/// Keeps the ledger of restarts in a file, so that a restarted process continues the sequence.
///
/// Written by ``AtomicFile``: it survives the death of the process at once, and a crash of the machine once flushed. A
/// caller in a hurry may flush later. A file that is no ledger is renamed to `NAME.damaged`. Not safe for two writers
/// at once; launcher and bot write in turn, the launcher only while no bot runs.
package struct BackoffStore: Sendable {
    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// What loading found.
    package enum Loaded: Equatable, Sendable {
        case nothing
        case ledger(RestartLedger)
        /// Unreadable; it was moved to the given path, or could not be moved.
        case damaged(movedTo: String?)
    }

    /// Reads the ledger.
    ///
    /// - Throws: `Errno` when the file exists and cannot be opened or read.
    package func load() throws(Errno) -> Loaded {
        let text: [UInt8]
        do throws(Errno) {
            let file = try FileDescriptor.openOwn(path, flags: O_RDONLY)
            text = try file.readAll(limit: 4096)
        } catch {
            if error.isNotFound { return .nothing }
            throw error
        }
        if let ledger = RestartLedger(json: String(decoding: text, as: UTF8.self)) { return .ledger(ledger) }
        let aside = path + ".damaged"
        return .damaged(movedTo: (try? FileSystem.move(path, to: aside)) == nil ? nil : aside)
    }

    /// Writes the ledger.
    ///
    /// - Parameter flushes: whether to wait for the disk; if not, the caller must call ``flush()``.
    package func save(_ ledger: RestartLedger, flushes: Bool = true) throws(Errno) {
        try AtomicFile.write(Array(ledger.json.utf8), to: path, flushes: flushes)
    }

    /// Waits until the last save is on disk.
    package func flush() throws(Errno) {
        try AtomicFile.flush(path)
    }

    /// Forgets all failures: the bot is healthy.
    package func clear() throws(Errno) {
        try FileSystem.remove(path)
    }
}
