/// The folder that the program works in.
package enum WorkingFolder {
    /// Its path; nil when it was removed.
    package static var path: String? {
        guard let path = unsafe getcwd(nil, 0) else { return nil }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }
}
