public import Foundation

/// A new folder that exists as long as this object.
public final class TemporaryDirectory: Sendable {
    /// The folder.
    public let url: URL

    /// The absolute path of the folder.
    public var path: String { url.path }

    /// Makes the folder, with a name that begins with `prefix`.
    public init(prefix: String = "keepalive") throws {
        url = FileManager.default.temporaryDirectory
            .appendingPathComponent("\(prefix)-\(UUID().uuidString)", isDirectory: true)
        try FileManager.default.createDirectory(
            at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    /// The URL of `name` within the folder.
    public func file(_ name: String) -> URL { url.appendingPathComponent(name) }

    /// Writes a text file into the folder and returns its URL.
    @discardableResult
    public func write(_ text: String, to name: String) throws -> URL {
        let place = file(name)
        try Data(text.utf8).write(to: place)
        return place
    }

    /// Writes a program into the folder, such as a script, and returns its path.
    ///
    /// A child process writes it. A writable descriptor in this process would be inherited by every child that another
    /// test forks meanwhile, until its exec. The kernel executes no file that any process may write to (ETXTBSY,
    /// execve(2)).
    @discardableResult
    public func writeScript(_ text: String, to name: String = UUID().uuidString) async throws -> String {
        let path = file(name).path
        let (status, output) = try await ChildProcess.run(
            "/bin/sh", ["-c", "printf %s \"$1\" > \"$0\" && exec chmod 755 \"$0\"", path, text])
        guard status == .exited(0) else { throw SystemFailure("\(path) cannot be written: \(output)", code: 0) }
        return path
    }
}
