import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// The bot's process, from its start to its end.
extension Supervisor {
    /// How long the end of a bot may stay unseen, should its SIGCHLD be lost.
    private static let reapInterval = Duration.seconds(5)

    /// - Returns: a line for the log, or what follows from its not having started.
    func start() -> (line: String?, next: SupervisorState.Event?) {
        startAt = nil
        watch = BotWatch()
        folder.prepareStart()
        do {
            let child = try ChildProcess(
                executable: settings.bot, arguments: settings.arguments,
                environment: settings.botEnvironment(
                    notifySocket: listener.address, backtrace: folder.backtracePath,
                    manager: manager.watchdogTimeout))
            self.child = child
            metrics.noteStart()
            outputIsOpen = true
            watch.began(
                at: child.started, grace: settings.healthGrace, polls: settings.health != .off,
                isAwaited: manager.isPresent && !manager.isReady)
            manager.sendWaiting(
                "the bot is starting (process \(child.processID))",
                for: settings.healthGrace + BotWatch.startReserve)
            return ("started \(settings.bot) as process \(child.processID)", nil)
        } catch {
            // The kernel says "no such file" of a script whose interpreter is missing.
            let trouble = error.isPassingShortage ? nil : Executable(path: settings.bot).trouble
            return (
                nil,
                .startFailed(
                    trouble ?? "\(settings.bot) cannot be started (\(error.message))",
                    isPassing: error.isPassingShortage, record: folder.ledger.record)
            )
        }
    }

    private func ended(_ child: ChildProcess, _ status: WaitStatus) {
        let now = MonotonicTime.now()
        child.ended = now
        botLog.hold()
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
            while (try? Children.reap()) != nil {}
            readOutput()
            manager.feedWatchdog(at: .now())
        }
        if !left.isEmpty {
            botLog.hold()
            drainOutput()
            let names = left.prefix(10).map(\.words) + (left.count > 10 ? ["\(left.count - 10) more"] : [])
            botLog.log(.warning, "ended processes that the bot left running: \(names.joined(separator: ", "))")
        }
        botLog.endOfOutput()
        (endedChild, self.child, outputIsOpen) = (child, nil, false)
        folder.takeBacktrace()
        let (record, remaining) = folder.ledger
        handle(
            .exited(
                status, healthyFor: healthyFor, leftBehind: left.count, record: record, remaining: remaining))
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
        botLog.append(botOutput: bytes)
        return !bytes.isEmpty
    }

    /// Reaps every child that has ended, known or not: as PID 1 or subreaper the orphans of others end up here.
    func reap() {
        var status: WaitStatus?
        var hasFailed = false
        do throws(Errno) {
            while let ended = try Children.reap() {
                if ended.id == child?.processID { status = WaitStatus(raw: ended.status) }
            }
        } catch {
            hasFailed = true
        }
        guard let child else {
            reapAt = nil
            return
        }
        if status == nil, hasFailed {
            // Whatever the call failed for, the bot must not be lost by it.
            if let ended = try? Children.reap(child.processID) {
                status = WaitStatus(raw: ended.status)
            } else if kill(child.processID, 0) != 0, errno == ESRCH {
                // Somebody else has taken its end, and with it how it ended.
                status = .exited(1)
            }
        }
        if let status { ended(child, status) }
        reapAt = self.child.map { _ in .now().advanced(by: hasFailed ? .milliseconds(200) : Self.reapInterval) }
    }
}
