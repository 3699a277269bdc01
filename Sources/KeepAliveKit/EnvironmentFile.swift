#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Reads a `.env` file.
///
/// Each line is empty, a `#` comment, or `KEY=value` with an optional `export ` before it. A value is plain (it ends at
/// ` #` or the line's end, and loses the spaces around it), in single quotes (literal), or in double quotes
/// (`\n`, `\"`, `\\`). Errors name the file and the line, never the line's text, which may hold a secret.
public enum EnvironmentFile {
    /// A file or line that cannot be read.
    public struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// The file's path.
        public let path: String
        /// The line's number, from 1; nil when the file as a whole cannot be read.
        public let line: Int?
        /// What is wrong, and what would be right.
        public let reason: String
        /// The file could not be read for want of descriptors or memory, which may be there at the next start.
        package var isPassing = false

        /// The failure in one line.
        public var description: String {
            "\(path)\(line.map { " line \($0)" } ?? ""): \(reason)"
        }
    }

    /// Reads a file of at most 1 MiB.
    ///
    /// - Returns: the variables; nil when there is no such file.
    /// - Throws: ``Failure`` for the first line that cannot be read, or a file that cannot be opened.
    public static func read(_ path: String) throws(Failure) -> [String: String]? {
        let bytes: [UInt8]
        do throws(Errno) {
            // Non-blocking, so that a named pipe in its place is read as empty instead of waited for.
            let file = try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK)
            bytes = try file.readAll(limit: 1 << 20 + 1)
        } catch {
            if error.isNotFound { return nil }
            throw Failure(path: path, line: nil, reason: error.message, isPassing: error.isPassingShortage)
        }
        guard bytes.count <= 1 << 20 else { throw Failure(path: path, line: nil, reason: "larger than 1 MiB") }
        return try parse(bytes, path: path)
    }

    /// Reads a file's text. Pure. A key that stands twice has its last value.
    static func parse(_ bytes: [UInt8], path: String) throws(Failure) -> [String: String] {
        var variables: [String: String] = [:]
        var bytes = bytes[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        for (index, raw) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            var line = raw
            if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
            guard let text = String(validating: line, as: UTF8.self), !text.utf8.contains(0) else {
                throw Failure(path: path, line: index + 1, reason: "not UTF-8 text")
            }
            do throws(LineFailure) {
                if let (key, value) = try parse(line: text[...]) { variables[key] = value }
            } catch {
                throw Failure(path: path, line: index + 1, reason: error.reason)
            }
        }
        return variables
    }

    private struct LineFailure: Error {
        let reason: String
    }

    private static func parse(line: Substring) throws(LineFailure) -> (key: String, value: String)? {
        var rest = trimmed(line)
        if rest.isEmpty || rest.first == "#" { return nil }
        if rest.hasPrefix("export ") || rest.hasPrefix("export\t") { rest = trimmed(rest.dropFirst(7)) }
        guard let equals = rest.firstIndex(of: "=") else {
            throw LineFailure(reason: "expected KEY=value, found no \"=\"")
        }
        let key = trimmed(rest[..<equals])
        guard isName(key) else {
            throw LineFailure(
                reason: "the name before \"=\" may hold letters, digits and _ only, and starts with no digit")
        }
        return (String(key), try value(trimmed(rest[rest.index(after: equals)...])))
    }

    private static func value(_ text: Substring) throws(LineFailure) -> String {
        guard let quote = text.first, quote == "'" || quote == "\"" else {
            return String(trimmed(withoutComment(text)))
        }
        var value = ""
        var rest = text.dropFirst()
        while let character = rest.popFirst() {
            if character == quote {
                let tail = trimmed(rest)
                guard tail.isEmpty || tail.first == "#" else {
                    throw LineFailure(reason: "text after the closing quote")
                }
                return value
            }
            guard character == "\\", quote == "\"" else {
                value.append(character)
                continue
            }
            switch rest.popFirst() {
            case "n": value.append("\n")
            case "\"": value.append("\"")
            case "\\": value.append("\\")
            default:
                throw LineFailure(
                    reason: #"a backslash in double quotes must be \n, \" or \\ (single quotes take text as it is)"#)
            }
        }
        throw LineFailure(reason: "the quote \(quote) is not closed on this line")
    }

    /// A plain value up to a `#` that follows white space.
    private static func withoutComment(_ text: Substring) -> Substring {
        var previous: Character = " "
        for index in text.indices {
            if text[index] == "#", previous == " " || previous == "\t" { return text[..<index] }
            previous = text[index]
        }
        return text
    }

    private static func isName(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte.lowercased)
        }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }
        var text = text.drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }
}
