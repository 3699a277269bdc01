import KeepAliveKit
import KeepAlivePlatform

/// Runs a command to its end, without a shell, on its own thread.
enum RestartCommand {
    struct Outcome: Sendable, Equatable {
        let succeeded: Bool
        let words: String
    }

    /// The command to run.
    struct Job: Sendable, Equatable {
        /// The program and its arguments.
        var words: [String]
        var environment = CommandEnvironment()
        var limit = Duration.seconds(60)
    }

    /// Starts the program named by the first argument (searched in PATH), in its own process group and with default
    /// signal handling. After its limit it kills the group.
    ///
    /// If the task is cancelled it returns at once and the command continues: an interrupted restart would leave the
    /// service stopped.
    @Sendable static func run(_ command: Job) async -> Outcome {
        do throws(BlockingCall.Failure) {
            return try await BlockingCall(on: "restart").run(timeout: command.limit + .seconds(60)) { wait(command) }
        } catch {
            if case .noThread(let error) = error {
                return Outcome(succeeded: false, words: "no thread for it: \(error)")
            }
            return Outcome(succeeded: false, words: "the monitor no longer waits for it")
        }
    }

    private static func wait(_ command: Job) -> Outcome {
        let pid: pid_t
        do {
            // Its output belongs in the log, not in the JSON on standard output.
            pid = try Spawn.start(
                command.words, environment: command.environment.entries, output: STDERR_FILENO, errors: STDERR_FILENO)
        } catch {
            return Outcome(
                succeeded: false, words: "\(command.words.first ?? "the command") cannot be started (\(error.message))")
        }
        let end = MonotonicTime.now().advanced(by: command.limit)
        while MonotonicTime.now() <= end {
            do {
                if let ended = try Children.reap(pid) { return outcome(ended.status) }
            } catch {
                return Outcome(succeeded: false, words: "it cannot be waited for")
            }
            // No portable wait has a timeout; a restart takes longer than this pause.
            OSThread.rest(milliseconds: 20)
        }
        ProcessGroup.signal(pid, SIGKILL)
        Children.wait(for: pid)
        return Outcome(succeeded: false, words: "did not end within \(command.limit.inWords), and was killed")
    }

    private static func outcome(_ status: Int32) -> Outcome {
        let signal = status & 0x7F
        if signal != 0 { return Outcome(succeeded: false, words: "ended by signal \(signal)") }
        let code = (status >> 8) & 0xFF
        return Outcome(succeeded: code == 0, words: code == 0 ? "done" : "exit code \(code)")
    }
}
