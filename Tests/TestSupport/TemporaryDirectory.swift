public import Foundation

/// A fresh folder that lives as long as this object.
public final class TemporaryDirectory: Sendable {
    /// The folder.
    public let url: URL

    /// The absolute path of the folder.
    public var path: String { url.path }

    /// Makes the folder, its name beginning with `prefix`.
    public init(prefix: String = "keepalive") throws {
        url = FileManager.default.temporaryDirectory
            .appendingPathComponent("\(prefix)-\(UUID().uuidString)", isDirectory: true)
        try FileManager.default.createDirectory(
            at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    /// The place of `name` within the folder.
    public func file(_ name: String) -> URL { url.appendingPathComponent(name) }

    /// Writes a text file into the folder and returns its place.
    @discardableResult
    public func write(_ text: String, to name: String, executable: Bool = false) throws -> URL {
        let place = file(name)
        // A child that starts meanwhile would hold it open for writing, and so keep it from being executed (ETXTBSY).
        try DescriptorGate.spawn { try Data(text.utf8).write(to: place) }
        if executable {
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place.path)
        }
        return place
    }
}
