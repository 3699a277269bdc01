import KeepAlivePlatform
import Synchronization

extension KeepAlive {
    /// Runs a program and ends the process with the exit code of its error, after one line with the reason.
    ///
    /// ```swift
    /// await KeepAlive.main { try await KeepAlive(name: "My Bot", version: "1.0").run { health in … } }
    /// ```
    ///
    /// Exit codes (sysexits.h): 0 stopped as asked, 70 gave up, 71 the system is short of something for now, 75 start
    /// me again, 78 starting again will not help.
    ///
    /// SIGTERM, SIGINT and SIGHUP end the process with 0 from the first moment on, and within the shutdown timeout, or
    /// 1.5 s after the bot has stopped, whatever the program does then. After a run that ended without a signal the
    /// program may take its time, and run the bot again. A signal then ends the process at once, with the code of that
    /// run's error, or 0.
    ///
    /// Inside a bigger program, with ``SignalHandling/leftToTheProgram``, `main` gives the signals back when the bot runs: each then
    /// does what it did before `main`, unless the program has taken it since. The process ends when the program does, with the
    /// code of the error it throws.
    ///
    /// The line goes to the log of the program's `KeepAlive`; without one it goes to standard error. The process ends by
    /// _exit(2), once standard output is written: functions given to atexit(3) do not run.
    public static func main(
        isolation: isolated (any Actor)? = #isolation, _ program: () async throws -> Void
    ) async -> Never {
        endsProcess.store(true, ordering: .relaxed)
        ProgramStart.prepare()
        do {
            try prepareProcess()
            try await program()
            end(0)
        } catch {
            let code = (error as? KeepAliveError)?.exitCode ?? 70
            let events = latestEvents.withLock { $0 } ?? standardEvents()
            events.post(.line(.error, "\(error)"))
            if events.flush() { end(code) } else { endProcessAtOnce(code) }
        }
    }

    /// Ends the process; what the program printed has its time to leave, as nobody may read it.
    private static func end(_ code: Int32) -> Never {
        ProcessGuard.shared.run("keepalive-end") {
            OSThread.rest(milliseconds: Int32(Lifecycle.rest / .milliseconds(1)))
            endProcessAtOnce(code)
        }
        endProcess(code)
    }

    /// For a program that failed before it made a `KeepAlive`.
    private static func standardEvents() -> EventQueue {
        var settings = Settings(environment: Settings.processEnvironment)
        let configuration = Configuration(reading: &settings)
        // A log file that cannot be opened may be what the program failed for.
        var withoutFile = configuration
        withoutFile.logFile = nil
        return EventQueue(log: (try? configuration.makeLog()) ?? (try? withoutFile.makeLog()) ?? .none)
    }

    /// The log of the object made last: it knows the format, the file and the secrets.
    static let latestEvents = Mutex<EventQueue?>(nil)

    /// Whether ``main(_:)`` runs the program, so that the process ends with it.
    static let endsProcess = Atomic<Bool>(false)
}
