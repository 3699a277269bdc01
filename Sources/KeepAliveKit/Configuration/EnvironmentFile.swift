import KeepAlivePlatform

/// Reads a `.env` file.
///
/// Each line is empty, a `#` comment, or `KEY=value` with an optional `export ` before it. A value is plain, in single
/// quotes (literal), or in double quotes (`\n`, `\t`, `\r`, `\"`, `\\`, `\$`). A plain value ends at ` #` or the line's
/// end, without surrounding spaces. A quoted value may span lines, as PEM keys do. Lines end in LF, CR LF or CR. Errors
/// name the file and the line where the value begins, never its text, which may hold a secret.
package enum EnvironmentFile {
    /// A file or line that cannot be read.
    package struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// The file's path.
        package let path: String
        /// The line's number, from 1; nil when the file as a whole cannot be read.
        package let line: Int?
        /// What is wrong, and what would be right.
        package let reason: String
        /// Descriptors or memory ran short, so the file could not be read; a restart may succeed.
        package var isPassing = false

        /// The failure in one line.
        package var description: String {
            "\(path)\(line.map { " line \($0)" } ?? ""): \(reason)"
        }
    }

    /// Reads a file of at most 1 MiB.
    ///
    /// - Parameter onRepeat: gets the name of each variable that is given again with another value.
    /// - Returns: the variables; nil when the file does not exist.
    /// - Throws: ``Failure`` for the first line that cannot be read, or a file that cannot be opened.
    package static func read(
        _ path: String, onRepeat: (_ name: String) -> Void = { _ in }
    ) throws(Failure) -> [String: String]? {
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try FileDescriptor.contents(of: path, limit: 1 << 20 + 1)
        } catch {
            if error.isNotFound { return nil }
            throw Failure(path: path, line: nil, reason: reason(error), isPassing: error.isPassingShortage)
        }
        guard bytes.count <= 1 << 20 else {
            throw Failure(path: path, line: nil, reason: "it is larger than 1 MiB: keep only variables in it")
        }
        return try parse(bytes, path: path, onRepeat: onRepeat)
    }

    /// Why the file cannot be read, and what to do.
    private static func reason(_ error: Errno) -> String {
        if error == .unwritten || error.isPassingShortage { return error.message }
        if error.code == EISDIR { return "it is a folder: put a file of KEY=value lines in its place" }
        let remedy = error.isDenied ? "make it readable for this user" : "check the path"
        return "it cannot be read (\(error.message)): \(remedy)"
    }

    /// Parses a file's text. Pure. If a key appears twice, the last value counts.
    static func parse(
        _ bytes: [UInt8], path: String, onRepeat: (_ name: String) -> Void = { _ in }
    ) throws(Failure) -> [String: String] {
        guard !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF]) else {
            throw Failure(path: path, line: nil, reason: "the file is UTF-16, not UTF-8: save it as UTF-8")
        }
        var reader = EnvironmentReader(bytes)
        var variables: [String: String] = [:]
        do throws(EnvironmentReader.LineFailure) {
            while let (key, value) = try reader.next() {
                if let earlier = variables.updateValue(value, forKey: key), earlier != value { onRepeat(key) }
            }
        } catch {
            throw Failure(path: path, line: error.line, reason: error.reason)
        }
        return variables
    }
}
