import KeepAlivePlatform

/// Where a program keeps its state when nobody names a folder: `$STATE_DIRECTORY` of systemd, else where an earlier version
/// left it in the working directory, else `$XDG_STATE_HOME` (XDG Base Directory Specification), else the fallback.
package struct StateConvention: Sendable {
    /// The first folder of `$STATE_DIRECTORY`: systemd lists several with colons between them.
    private let managed: String?
    /// An XDG path that is not absolute is invalid, and has to be ignored.
    private let home: String?

    /// - Parameter variable: the value of an environment variable, by its name.
    package init(_ variable: (String) -> String?) {
        managed = variable("STATE_DIRECTORY")?.split(separator: ":").first.map(String.init)
        home = variable("XDG_STATE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    }

    /// The folder of a program's state. It may not be there yet.
    ///
    /// - Parameters:
    ///   - program: the name of the program, and of its folder in `$XDG_STATE_HOME`.
    ///   - earlier: paths in the working directory; one that is there keeps the state at `fallback`.
    ///   - fallback: a folder in the working directory.
    package func folder(of program: String, unless earlier: [String], fallback: String) -> String {
        if let managed { return managed }
        if earlier.contains(where: FileSystem.exists) { return fallback }
        return home.map { $0.hasSuffix("/") ? "\($0)\(program)" : "\($0)/\(program)" } ?? fallback
    }

    /// The launcher's state folder.
    package var launcher: String { folder(of: "launcher", unless: ["state"], fallback: "state") }
}
