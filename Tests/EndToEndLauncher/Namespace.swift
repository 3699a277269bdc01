import KeepAliveTestSupport

/// New namespaces through unshare(1), where this machine permits them.
enum Namespace {
    enum Kind {
        case process, mount
    }

    /// Runs the following command as PID 1.
    static let process = ["/usr/bin/unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]

    /// Runs the following command with private mounts, which `command` makes in the working directory.
    static func mount(_ command: String) -> [String] {
        ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", "\(command) && exec \"$@\"", "sh"]
    }

    static func isPermitted(_ kind: Kind) async -> Bool {
        let command = kind == .process ? process : mount("mount -t tmpfs none /mnt")
        let child = try? ChildProcess(executable: command[0], arguments: Array(command.dropFirst()) + ["/bin/true"])
        return await child?.wait() == .exited(0)
    }
}
