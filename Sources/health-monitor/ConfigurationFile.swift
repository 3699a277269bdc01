import KeepAliveKit
import KeepAlivePlatform

/// The content of a JSON5 file. Reading is bounded in memory and time, whatever the file is.
struct ConfigurationFile {
    var root: [String: JSONValue] = [:]
    /// The finding for each key that is repeated in one object, by its path.
    var repeatedKeys: [(path: String, words: String)] = []

    /// 32,000 targets take a third of it.
    private static let mostBytes = 16 << 20

    /// Empty.
    init() {}

    /// Reads a file.
    ///
    /// - Throws: `ConfigurationFailure` with the error and its place.
    init(_ path: String) throws(ConfigurationFailure) {
        let text: [UInt8]
        do throws(Errno) {
            text = try FileDescriptor.contents(of: path, limit: Self.mostBytes + 1)
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
}
