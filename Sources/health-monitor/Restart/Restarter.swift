import KeepAliveKit
import KeepAlivePlatform

/// Runs a target's restart command while the target is down, at the times of `RestartSchedule`.
actor Restarter {
    /// What happens to a run that is not due yet.
    enum Mode: Sendable {
        /// It waits in the background.
        case waits
        /// The program's next run does it, because the file keeps the times; a due run is waited for.
        case leavesIt
    }

    private let file: RestartFile
    private let mode: Mode
    private let backoff: Backoff
    private var environment: CommandEnvironment
    private let run: @Sendable (RestartCommand.Job) async -> RestartCommand.Outcome
    private var log: Log
    private var schedule: RestartSchedule
    /// When each target's next run is due, on this process's clock, which cannot be set back.
    private var due: [String: MonotonicTime] = [:]
    private var pending: [String: Pending] = [:]
    private var lastPending: UInt64 = 0

    /// A waiting run, or a running command.
    private struct Pending {
        let id: UInt64
        let task: Task<Void, Never>
        var isRunning = false
    }

    /// Reads `restart_backoff.json` in the folder; an unreadable file is set aside and logged.
    init(
        folder: String, mode: Mode = .waits, backoff: Backoff = RestartSchedule.backoff,
        environment: CommandEnvironment = CommandEnvironment(), log: Log,
        run: @escaping @Sendable (RestartCommand.Job) async -> RestartCommand.Outcome = RestartCommand.run
    ) {
        file = RestartFile(folder: folder, log: log)
        self.mode = mode
        self.backoff = backoff
        self.environment = environment
        self.log = log
        self.run = run
        schedule = file.load()
    }

    /// Takes a check's result and runs the command when it is due.
    ///
    /// - Parameter isStillDown: checks again before a command that had to wait.
    func consider(
        _ target: Target, _ state: TargetState, at time: WallTime, isSilenced: Bool = false,
        isStillDown: @escaping @Sendable () async -> Bool
    ) async {
        guard let words = target.restartCommand else { return }
        let command = RestartCommand.Job(words: words, environment: environment.with(target.environment))
        if state.status == .healthy {
            due[target.name] = nil
            // A running command is never interrupted: that would leave the service stopped.
            if let waiting = pending[target.name], !waiting.isRunning {
                waiting.task.cancel()
                pending[target.name] = nil
            }
            if schedule.forget(target.name) { file.save(schedule) }
            return
        }
        guard state.status == .unhealthy, state.outages >= target.rules.failureThreshold, !isSilenced,
            pending[target.name] == nil
        else { return }
        let isNews = schedule.noteFailure(of: target.name, at: time.microseconds, backoff)
        if isNews { file.save(schedule) }
        let now = MonotonicTime.now()
        let dueAt = due[target.name] ?? now.advanced(by: schedule.wait(of: target.name, at: time.microseconds, backoff))
        due[target.name] = dueAt
        let wait = dueAt.since(now)
        if isNews { log(.warning, "\(target.name) is unhealthy; its restart command runs in \(wait.inWords)") }
        switch mode {
        case .leavesIt:
            if wait <= .zero { await restart(target.name, command) }
        case .waits:
            lastPending &+= 1
            let id = lastPending
            let task = Task {
                await self.restart(target.name, command, after: wait, isStillDown)
                if self.pending[target.name]?.id == id { self.pending[target.name] = nil }
            }
            pending[target.name] = Pending(id: id, task: task)
        }
    }

    private func restart(
        _ name: String, _ command: RestartCommand.Job, after wait: Duration, _ isStillDown: @Sendable () async -> Bool
    ) async {
        if wait > .zero {
            guard (try? await Task.sleep(for: wait, clock: .suspending)) != nil else { return }
            let isDown = await isStillDown()
            if Task.isCancelled { return }
            guard isDown else {
                log(.info, "\(name) is no longer unhealthy; its restart command does not run")
                return
            }
        }
        pending[name]?.isRunning = true
        await restart(name, command)
    }

    /// Takes over a reloaded configuration's environment, and a log that hides its secrets.
    func adopt(_ environment: CommandEnvironment, _ log: Log) {
        (self.environment, self.log) = (environment, log)
    }

    /// Starts no more commands, except for the targets with these names; running commands continue on their own.
    func stop(allBut names: Set<String> = []) {
        for (name, waiting) in pending where !names.contains(name) { waiting.task.cancel() }
        due = due.filter { names.contains($0.key) }
    }

    private func restart(_ name: String, _ command: RestartCommand.Job) async {
        let delay = schedule.noteRun(of: name, at: WallTime.now().microseconds, backoff)
        due[name] = MonotonicTime.now().advanced(by: delay)
        file.save(schedule)
        log(
            .warning, "restarting \(name) (attempt \(schedule.attempts(name))): \(command.words.joined(separator: " "))"
        )
        let outcome = await run(command)
        log(outcome.succeeded ? .info : .error, "restart of \(name): \(outcome.words)")
    }
}
