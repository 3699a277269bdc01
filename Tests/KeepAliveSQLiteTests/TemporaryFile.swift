import KeepAliveTestSupport

/// A path for a database in a new folder, which this object removes at its end.
struct TemporaryFile {
    private let directory: TemporaryDirectory
    var folder: String { directory.path }
    var path: String { folder + "/test.db" }

    init() throws { directory = try TemporaryDirectory() }
}
