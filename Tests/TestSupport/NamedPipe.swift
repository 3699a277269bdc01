import Foundation

/// Makes named pipes (mkfifo(3)), which Foundation cannot.
public enum NamedPipe {
    /// Makes one that only its owner may use.
    public static func make(at path: String) throws {
        guard unsafe mkfifo(path, 0o600) == 0 else { throw SystemFailure("mkfifo \(path)") }
    }
}
