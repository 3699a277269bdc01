import Foundation

extension ChildProcess {
    /// Starts `command`, both its output streams going to `output`.
    static func spawn(_ command: [String], environment: [String: String]?, output: Int32) throws -> pid_t {
        #if canImport(Darwin)
            var attributes: posix_spawnattr_t?
            var actions: posix_spawn_file_actions_t?
        #else
            var attributes = posix_spawnattr_t()
            var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }

        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        // These two cannot be set, and some systems refuse the whole set for them.
        sigdelset(&signals, SIGKILL)
        sigdelset(&signals, SIGSTOP)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        var flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETPGROUP)
        #if canImport(Darwin)
            flags |= Int32(POSIX_SPAWN_CLOEXEC_DEFAULT)
        #endif
        posix_spawnattr_setflags(&attributes, numericCast(flags))

        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)

        let variables = environment ?? ProcessInfo.processInfo.environment
        let arguments = Self.strings(command)
        let environment = Self.strings(variables.map { "\($0.key)=\($0.value)" })
        defer { for string in arguments + environment { free(string) } }
        var processID: pid_t = 0
        let code = DescriptorGate.spawn {
            posix_spawn(&processID, command[0], &actions, &attributes, arguments, environment)
        }
        guard code == 0 else { throw SystemFailure("posix_spawn \(command[0])", code: code) }
        return processID
    }

    private static func strings(_ values: [String]) -> [UnsafeMutablePointer<CChar>?] {
        values.map { strdup($0) } + [nil]
    }
}
