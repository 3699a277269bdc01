/// Starts a program without a shell, found in PATH, in its own process group and with default signals.
package enum Spawn {
    /// - Parameters:
    ///   - environment: its environment, each entry `NAME=value`.
    ///   - output: its standard output.
    ///   - errors: its standard error.
    /// - Throws: `Errno`.
    package static func start(
        _ command: [String], environment: [[UInt8]], output: Int32, errors: Int32
    ) throws(Errno) -> pid_t {
        guard let program = command.first else { throw Errno("posix_spawn", code: EINVAL) }
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
        // A child inherits blocked signals, which could make it unstoppable.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe sigdelset(&signals, SIGKILL)
        unsafe sigdelset(&signals, SIGSTOP)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        let flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETPGROUP)
        unsafe posix_spawnattr_setflags(&attributes, numericCast(flags))
        unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
        var processID = pid_t()
        let code = unsafe CStrings.with(command.map { Array($0.utf8) }, environment) { arguments, environment in
            unsafe posix_spawnp(&processID, program, &actions, &attributes, arguments, environment)
        }
        guard code == 0 else { throw Errno("posix_spawn", code: code) }
        return processID
    }
}
