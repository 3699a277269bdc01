import KeepAlivePlatform
import Synchronization

/// Variables whose values are in files of their own.
///
/// `NAME_FILE` names such a file (Docker's convention), and `$CREDENTIALS_DIRECTORY` holds `NAME` or its lower-case
/// form (systemd's `LoadCredential=`). Order: environment, credentials, `.env`. Only a variable that a program requests
/// has a file: `LOG_FILE` is not the file of `LOG`. Each is read once, up to 64 KiB, less a final newline. Thread-safe.
final class VariableFiles: Sendable {
    private struct State {
        var contents: [String: [UInt8]] = [:]
        var resolved: [String: String] = [:]
        var findings: [(name: String, words: String)] = []
        var shortage: String?
        var requested: Set<String> = []
    }

    private struct Failure: Error {
        let words: String
        var isPassing = false
    }

    /// Variables that name a file without being the `_FILE` form of another variable.
    private static let paths: Set<String> = ["LOG_FILE", "METRICS_FILE", "KEEPALIVE_STATE_FILE"]
    private static let most = 64 << 10

    private let environment: [String: String]
    private let file: [String: String]
    private let folder: String
    private let credentials: Set<String>
    private let state = Mutex(State())

    /// - Parameters:
    ///   - environment: the process's variables.
    ///   - file: the variables of `.env`.
    init(environment: [String: String], file: [String: String]) {
        self.environment = environment
        self.file = file
        folder = environment["CREDENTIALS_DIRECTORY"] ?? ""
        credentials = folder.isEmpty ? [] : Set(FileSystem.names(in: folder) ?? [])
    }

    /// The value of a variable; nil if unset. A problem with its file becomes a finding.
    func value(of name: String) -> String? {
        state.withLock { _ = $0.requested.insert(name) }
        let given = [environment[name], file[name]].map { $0.flatMap { $0.isEmpty ? nil : $0 } }
        let paths = [path(for: name, in: environment), path(for: name, in: file)]
        if let direct = given[0] ?? given[1], paths[0] ?? paths[1] != nil {
            let places = [given[0], paths[0]].map { $0 == nil ? "in the .env file" : "in the environment" }
            note(
                Failure(
                    words: "\(name) (\(places[0])) and \(name)_FILE (\(places[1])) are both set: remove one of them"),
                name)
            return direct
        }
        if let value = given[0] ?? paths[0].flatMap({ contents(of: name, at: $0, isCredential: false) }) {
            return value
        }
        if let value = credential(for: name).flatMap({ contents(of: name, at: $0, isCredential: true) }) {
            return value
        }
        return given[1] ?? paths[1].flatMap { contents(of: name, at: $0, isCredential: false) }
    }

    /// The variables requested so far.
    var requested: Set<String> { state.withLock { $0.requested } }

    /// The values read from files so far, by variable.
    var resolved: [String: String] { state.withLock { $0.resolved } }

    /// The findings for the requested files.
    var findings: [String] { state.withLock { $0.findings.map(\.words) } }

    /// The system shortage that kept a file from being read.
    var shortage: String? { state.withLock { $0.shortage } }

    func hasFailed(_ name: String) -> Bool { state.withLock { $0.findings.contains { $0.name == name } } }

    /// The path of the credential for a variable.
    func credential(for name: String) -> String? {
        [name, name.lowercased()].first(where: credentials.contains).map { "\(folder)/\($0)" }
    }

    /// Texts that no output may show, requested or not: a bot may use a variable that its launcher does not know.
    var secrets: [[UInt8]] {
        var files = credentials.map { (name: $0, path: "\(folder)/\($0)") }
        for source in [environment, file] {
            for name in source.keys {
                guard let variable = Self.variable(behind: name), let path = path(for: variable, in: source) else {
                    continue
                }
                files.append((variable, path))
            }
        }
        return files.filter { SecretNames.isSecret($0.name) || $0.name.uppercased().hasSuffix("_URL") }.flatMap {
            file in
            guard let bytes = try? read(file.path) else { return [[UInt8]]() }
            let text = String(decoding: bytes, as: UTF8.self)
            let secrets = SecretNames.secrets(of: file.name, value: text).map { Array($0.utf8) }
            return secrets.contains(Array(text.utf8)) ? secrets + [bytes] : secrets
        }
    }

    /// The variable whose value is in the file that this variable names; nil for any other. Pure.
    static func variable(behind name: String) -> String? {
        name.hasSuffix("_FILE") && !paths.contains(name) ? String(name.dropLast(5)) : nil
    }

    // MARK: Files

    private func path(for name: String, in source: [String: String]) -> String? {
        let variable = "\(name)_FILE"
        guard let path = source[variable], !path.isEmpty, Self.variable(behind: variable) != nil else { return nil }
        return path
    }

    private func contents(of name: String, at path: String, isCredential: Bool) -> String? {
        do throws(Failure) {
            let bytes = try read(path)
            if bytes.isEmpty, isCredential { return nil }
            if bytes.isEmpty { throw Failure(words: "is empty: write the value into the file") }
            // Invalid UTF-8 is repaired, as in values of the environment.
            let text = String(decoding: bytes, as: UTF8.self)
            state.withLock { $0.resolved[name] = text }
            return text
        } catch {
            let place = isCredential ? "the credential \(path) for \(name)" : "\(name)_FILE=\"\(path)\""
            note(Failure(words: "\(place) \(error.words)", isPassing: error.isPassing), name)
            return nil
        }
    }

    private func read(_ path: String) throws(Failure) -> [UInt8] {
        if let known = state.withLock({ $0.contents[path] }) { return known }
        if let mode = FileSystem.mode(of: path), mode & S_IFMT != S_IFREG {
            let kind = mode & S_IFMT == S_IFDIR ? "a folder" : "no regular file"
            throw Failure(words: "is \(kind): give the path of a file that holds the value")
        }
        var bytes: [UInt8]
        do throws(Errno) {
            bytes = try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK).readAll(limit: Self.most + 3)
        } catch {
            throw Failure(
                words: "cannot be read (\(error.message)): give the path of a file that this user can read",
                isPassing: error.isPassingShortage)
        }
        if bytes.last == UInt8(ascii: "\n") {
            bytes.removeLast()
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        }
        guard bytes.count <= Self.most else {
            throw Failure(words: "is larger than 64 KiB: give a file with the value alone")
        }
        guard !bytes.contains(0) else { throw Failure(words: "holds a NUL byte: give a file of text") }
        state.withLock { $0.contents[path] = bytes }
        return bytes
    }

    private func note(_ failure: Failure, _ name: String) {
        state.withLock {
            if failure.isPassing { $0.shortage = failure.words }
            if !$0.findings.contains(where: { $0.name == name }) { $0.findings.append((name, failure.words)) }
        }
    }
}
