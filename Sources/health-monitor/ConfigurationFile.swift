import KeepAliveKit
import KeepAlivePlatform

/// The content of a JSON5 file. Reading is bounded in memory and time, whatever the file is.
struct ConfigurationFile {
    var root: [String: JSONValue] = [:]
    /// The finding for each key that is repeated in one object, by its path.
    var repeatedKeys: [(path: String, words: String)] = []

    /// 32,000 targets take a third of it.
    private static let mostBytes = 16 << 20
    /// The time limit for a pipe's writer, such as a shell's `<(command)`.
    private static let patience = Duration.seconds(10)

    /// Empty.
    init() {}

    /// Reads a file.
    ///
    /// - Throws: `ConfigurationFailure` with the error and its place.
    init(_ path: String) throws(ConfigurationFailure) {
        let text: [UInt8]
        do throws(Errno) {
            text = try Self.bytes(path)
        } catch {
            let words = "\(path) cannot be read: \(error.message)"
            throw ConfigurationFailure(findings: [words], shortage: error.isPassingShortage ? words : nil)
        }
        guard text.count <= Self.mostBytes else {
            throw ConfigurationFailure(findings: ["\(path) is larger than 16 MiB: give a configuration file"])
        }
        do throws(JSON5Fault) {
            let document = try JSONValue.readingJSON5(text)
            guard case .object(let root) = document.value else {
                throw JSON5Fault(place: nil, cause: "the file has to hold an object: { targets: [ ... ] }")
            }
            self.root = root
            repeatedKeys = document.repeatedKeys
        } catch {
            throw ConfigurationFailure(findings: ["\(path), \(error)"])
        }
    }

    /// Reads at most one byte more than allowed.
    private static func bytes(_ path: String) throws(Errno) -> [UInt8] {
        // Opening a named pipe without a writer must not hang.
        let file = try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK)
        let end = MonotonicTime.now().advanced(by: patience)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while bytes.count <= mostBytes {
            do throws(Errno) {
                let count = try file.read(into: &chunk)
                if count == 0 { break }
                bytes.append(contentsOf: chunk[..<count])
            } catch {
                guard error.code == EAGAIN, MonotonicTime.now() < end else { throw error }
                var poller = Poller()
                poller.add(file.raw, read: true, write: false)
                try poller.wait(until: end)
            }
        }
        return bytes
    }
}
