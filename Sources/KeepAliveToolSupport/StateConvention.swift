import KeepAlivePlatform

/// The default state folder of a program. In order: `$STATE_DIRECTORY` of systemd, an earlier version's place in the
/// working directory, `$XDG_STATE_HOME` (XDG Base Directory Specification), otherwise the fallback.
package struct StateConvention: Sendable {
    /// The first folder of `$STATE_DIRECTORY`: systemd separates several by colons.
    private let managed: String?
    /// A relative XDG path is invalid and must be ignored.
    private let home: String?

    /// - Parameter variable: returns the value of an environment variable by its name.
    package init(_ variable: (String) -> String?) {
        managed = variable("STATE_DIRECTORY")?.split(separator: ":").first.map(String.init)
        home = variable("XDG_STATE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    }

    /// The folder of a program's state. It may not exist yet.
    ///
    /// - Parameters:
    ///   - program: the name of the program, and of its folder in `$XDG_STATE_HOME`.
    ///   - earlier: paths in the working directory; if one exists, the state stays at `fallback`.
    ///   - fallback: a folder in the working directory.
    package func folder(of program: String, unless earlier: [String], fallback: String) -> String {
        if let managed { return managed }
        if earlier.contains(where: FileSystem.exists) { return fallback }
        return home.map { $0.hasSuffix("/") ? "\($0)\(program)" : "\($0)/\(program)" } ?? fallback
    }

    /// The launcher's state folder.
    package var launcher: String { folder(of: "launcher", unless: ["state"], fallback: "state") }
}
