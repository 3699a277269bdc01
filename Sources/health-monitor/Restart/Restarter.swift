import KeepAliveKit

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Runs a target's restart command when it is down, at the times of `RestartSchedule`.
actor Restarter {
    private let path: String
    private let run: @Sendable ([String]) async -> RestartCommand.Outcome
    private let log: Log
    private var schedule: RestartSchedule
    private var running: Set<String> = []

    /// Reads `restart_backoff.json` in the folder; one that cannot be read is set aside and said.
    init(
        folder: String, log: Log,
        run: @escaping @Sendable ([String]) async -> RestartCommand.Outcome = RestartCommand.run
    ) {
        path = folder + "/restart_backoff.json"
        self.log = log
        self.run = run
        schedule = Self.load(path, log)
    }

    private static func load(_ path: String, _ log: Log) -> RestartSchedule {
        do throws(Errno) {
            let file = try FileDescriptor.open(path, flags: O_RDONLY)
            let text = try file.readAll(limit: 1 << 20)
            if let schedule = try? JSONDecoder().decode(RestartSchedule.self, from: Data(text)) { return schedule }
            let aside = path + ".damaged"
            let words = rename(path, aside) == 0 ? "set aside as \(aside)" : "left where it is"
            log(.warn, "\(path) is damaged and was \(words); restart delays start over")
        } catch {
            if error.isNotFound { return RestartSchedule() }
            log(.warn, "\(path) cannot be read (\(error)); restart delays start over")
        }
        return RestartSchedule()
    }

    /// Looks at a check's outcome; restarts where that is due, and returns when the command has ended.
    func consider(_ target: Target, _ state: TargetState, _ rules: TargetState.Rules, at time: WallTime) async {
        guard let command = target.restartCommand else { return }
        if state.status == .healthy {
            if schedule.forget(target.name) { save() }
            return
        }
        guard state.status == .unhealthy, state.failures >= rules.failureThreshold, !running.contains(target.name),
            schedule.take(target.name, at: time.microseconds)
        else { return }
        save()
        running.insert(target.name)
        let attempt = schedule.attempts(target.name)
        log(.warn, "restarting \(target.name) (try \(attempt)): \(command.joined(separator: " "))")
        let outcome = await run(command)
        running.remove(target.name)
        log(outcome.succeeded ? .info : .error, "restart of \(target.name): \(outcome.words)")
    }

    /// Atomically: a kill in the middle leaves the old file.
    private func save() {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        let temporary = "\(path).\(getpid()).tmp"
        do {
            let text = try encoder.encode(schedule)
            let file = try FileDescriptor.open(temporary, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
            try file.writeAll(Array(text))
            guard fsync(file.raw) == 0 else { throw Errno.last("fsync") }
            guard rename(temporary, path) == 0 else { throw Errno.last("rename") }
        } catch {
            unlink(temporary)
            log(.error, "\(path) cannot be written (\(error)); restart delays are kept in memory only")
        }
    }
}
