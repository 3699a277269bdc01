import KeepAliveKit
import KeepAlivePlatform

/// Starts a program without a shell, searched in PATH, in a process group of its own and with clean signals.
enum Spawn {
    /// - Parameters:
    ///   - environment: what it finds of this process's environment.
    ///   - output: what its standard output goes to.
    ///   - errors: what its standard error goes to.
    /// - Throws: `Errno`.
    static func start(
        _ command: [String], environment: CommandEnvironment, output: Int32, errors: Int32
    ) throws(Errno) -> pid_t {
        guard let program = command.first else { throw Errno("posix_spawn", code: EINVAL) }
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
        // A thread's blocked signals would be the child's too, which then could not be stopped.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        sigdelset(&signals, SIGKILL)
        sigdelset(&signals, SIGSTOP)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETPGROUP)
        posix_spawnattr_setflags(&attributes, numericCast(flags))
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
        var words = command.map { strdup($0) } as [UnsafeMutablePointer<CChar>?]
        defer { for word in words { free(word) } }
        words.append(nil)
        let variables = environment.makeList()
        defer { for variable in variables { free(variable) } }
        var processID = pid_t()
        let code = posix_spawnp(&processID, program, &actions, &attributes, words, variables)
        guard code == 0 else { throw Errno("posix_spawn", code: code) }
        return processID
    }
}
