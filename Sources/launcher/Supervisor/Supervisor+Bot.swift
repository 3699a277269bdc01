import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// The bot's process, from its start to its end.
extension Supervisor {
    /// How long the end of a bot may stay unseen, should its SIGCHLD be lost.
    private static let reapInterval = Duration.seconds(5)

    func start() {
        watch = BotWatch()
        records.prepareStart()
        do {
            let child = try ChildProcess(
                executable: settings.bot, arguments: settings.arguments,
                environment: settings.botEnvironment(
                    notifySocket: listener.address, backtrace: records.backtracePath, manager: manager))
            self.child = child
            metrics.noteStart()
            outputIsOpen = true
            watch.began(
                at: child.started, grace: settings.healthGrace, polls: settings.health != .off,
                isAwaited: manager.isPresent && !manager.isReady)
            manager.sendWaiting(
                "the bot has been started (process \(child.processID))",
                for: settings.healthGrace + BotWatch.startReserve)
            journal.log(.info, "started \(settings.bot) as process \(child.processID)")
        } catch {
            // The kernel says "no such file" of a script whose interpreter is missing.
            let trouble = error.isPassingShortage ? nil : Executable(path: settings.bot).trouble
            handle(
                .startFailed(
                    trouble ?? "\(settings.bot) cannot be started (\(error.message))",
                    isPassing: error.isPassingShortage,
                    record: records.record))
        }
    }

    private func ended(_ child: ChildProcess, _ status: WaitStatus) {
        let now = MonotonicTime.now()
        child.ended = now
        drainOutput()
        // A bot that failed is not ready any more, whatever it has said.
        watch.hasEnded = status != .exited(0)
        readNotifications()
        graceAt = nil
        abortAt = nil
        reapAt = nil
        watch.ended()
        let healthyFor = watch.healthyFor(since: child.started, at: now)
        let left = remains.end(of: child.processID, isInHaste: state.hasKilled) {
            waitForOrphans()
            readOutput()
            manager.feedWatchdog(at: .now())
        }
        if !left.isEmpty {
            drainOutput()
            let names = left.prefix(10).map(\.words) + (left.count > 10 ? ["\(left.count - 10) more"] : [])
            journal.log(.warn, "ended what the bot left running: \(names.joined(separator: ", "))")
        }
        journal.endOfOutput()
        handle(
            .exited(
                status, healthyFor: healthyFor, leftBehind: left.count, record: records.record,
                remaining: records.remainingDelay))
        if self.child === child {
            self.child = nil
            outputIsOpen = false
        }
    }

    /// What it said last is part of what is told about its end. Bounded: a descendant of it that never stops talking must not
    /// keep its end from being seen.
    private func drainOutput() {
        var turns = 16
        while turns > 0, let child, outputIsOpen, Poller.isReadable(child.outputRaw), readOutput() { turns -= 1 }
    }

    @discardableResult
    func readOutput() -> Bool {
        guard let child, outputIsOpen else { return false }
        guard let bytes = child.readOutput(into: &buffer) else {
            outputIsOpen = false
            return false
        }
        journal.append(botOutput: bytes)
        return !bytes.isEmpty
    }

    /// Reaps every child that has ended, known or not: as PID 1 or subreaper the orphans of others end up here.
    func reap() {
        var raw: Int32 = 0
        var processID = waitpid(-1, &raw, WNOHANG)
        while processID > 0 {
            if let child, child.processID == processID { ended(child, WaitStatus(raw: raw)) }
            processID = waitpid(-1, &raw, WNOHANG)
        }
        let hasFailed = processID < 0
        guard let child else {
            reapAt = nil
            return
        }
        if hasFailed {
            // Whatever the call failed for, the bot must not be lost by it.
            if waitpid(child.processID, &raw, WNOHANG) == child.processID {
                return ended(child, WaitStatus(raw: raw))
            }
            // Somebody else has taken its end, and with it how it ended.
            if kill(child.processID, 0) != 0, errno == ESRCH { return ended(child, .exited(1)) }
        }
        reapAt = MonotonicTime.now().advanced(by: hasFailed ? .milliseconds(200) : Self.reapInterval)
    }

    private func waitForOrphans() {
        var raw: Int32 = 0
        while waitpid(-1, &raw, WNOHANG) > 0 {}
    }
}
