import Foundation

/// A named pipe (mkfifo(3)), which Foundation cannot make.
public enum NamedPipe {
    /// Makes one that its owner alone may use.
    public static func make(at path: String) throws {
        guard unsafe mkfifo(path, 0o600) == 0 else { throw SystemFailure("mkfifo \(path)") }
    }
}
