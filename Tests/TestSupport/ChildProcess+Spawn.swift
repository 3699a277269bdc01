import Foundation

extension ChildProcess {
    /// Starts `command`, with both its output streams connected to `output`.
    static func spawn(_ command: [String], environment: [String: String]?, output: Int32) throws -> pid_t {
        #if canImport(Darwin)
            var attributes: posix_spawnattr_t?
            var actions: posix_spawn_file_actions_t?
        #else
            var attributes = posix_spawnattr_t()
            var actions = unsafe posix_spawn_file_actions_t()
        #endif
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }

        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        // These two cannot be set, and some systems refuse the whole set because of them.
        unsafe sigdelset(&signals, SIGKILL)
        unsafe sigdelset(&signals, SIGSTOP)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        var flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETPGROUP)
        #if canImport(Darwin)
            flags |= Int32(POSIX_SPAWN_CLOEXEC_DEFAULT)
        #endif
        unsafe posix_spawnattr_setflags(&attributes, numericCast(flags))

        unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)

        let variables = environment ?? ProcessInfo.processInfo.environment
        let arguments = unsafe Self.strings(command)
        let environment = unsafe Self.strings(variables.map { "\($0.key)=\($0.value)" })
        defer { _ = unsafe (arguments + environment).map { unsafe free($0) } }
        var processID: pid_t = 0
        let code = DescriptorGate.spawn {
            unsafe posix_spawn(&processID, command[0], &actions, &attributes, arguments, environment)
        }
        guard code == 0 else { throw SystemFailure("posix_spawn \(command[0])", code: code) }
        return processID
    }

    private static func strings(_ values: [String]) -> [UnsafeMutablePointer<CChar>?] {
        unsafe values.map { unsafe strdup($0) } + [nil]
    }
}
