import Foundation

/// A path for a database in a new folder, which is removed with this object.
final class TemporaryFile {
    let path: String
    let folder: String
    private let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        folder = url.path
        path = url.appendingPathComponent("test.db").path
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }
}
