import KeepAliveKit
import KeepAliveLease
import KeepAlivePlatform
import KeepAliveToolSupport

/// Handles the bot's process from its start to its end.
extension Supervisor {
    /// The longest delay until the bot's end is noticed if its SIGCHLD is lost.
    private static let reapInterval = Duration.seconds(5)

    /// - Returns: a line for the log, or the event after a failed start.
    func start() -> (line: String?, next: SupervisorState.Event?) {
        if mustPostpone {
            startAt = .now()
            return (nil, .postponed)
        }
        startAt = nil
        guard folder.prepareStart() else {
            if !folder.isLost { startAt = MonotonicTime.now().advanced(by: .seconds(1)) }
            return (nil, .postponed)
        }
        listener.restore()
        let earlier = watch
        watch = BotWatch()
        let silence = earlier.silenceOfNext(isOnKit: settings.isOnKit, watchdog: botWatchdogTimeout)
        do {
            let child = try ChildProcess(
                executable: settings.bot, arguments: settings.arguments,
                environment: settings.botEnvironment(
                    notifySocket: listener.address, backtrace: folder.backtracePath,
                    manager: manager.watchdogTimeout, lease: lease?.botVariables), kept: lease?.deadlineRaw)
            self.child = child
            metrics.noteStart()
            outputIsOpen = true
            memory = settings.memoryLimit.map { MemoryLimit($0, at: child.started) }
            watch.began(
                at: child.started, grace: settings.healthGrace, polls: settings.health != .off,
                isAwaited: manager.isPresent && !manager.isReady, silence: silence)
            manager.sendWaiting(
                "the bot is starting (process \(child.processID))",
                for: settings.healthGrace + max(BotWatch.startReserve, silence ?? .zero))
            if let lease { perform(lease.started(child.processID)) }
            return ("started \(settings.bot) as process \(child.processID)", nil)
        } catch {
            // For a script with a missing interpreter, the kernel reports "no such file" too.
            let trouble = error.isPassingShortage ? nil : Executable(path: settings.bot).trouble
            return (
                nil,
                .startFailed(
                    trouble ?? "\(settings.bot) cannot be started (\(error.message))",
                    isPassing: error.isPassingShortage, record: folder.ledger.record)
            )
        }
    }

    /// Stops the bot if another launcher has taken the state folder, which somebody deleted: it runs the bot now.
    func leaveLostFolder() {
        guard folder.isLost else { return }
        switch state.phase {
        case .ending(.shutdown), .finished: return
        case .standby, .waiting, .running, .ending: break
        }
        botLog.log(
            .error,
            "the state folder \(settings.stateDirectory) was deleted, and another launcher runs a bot with it now; "
                + "stopping this one with 78")
        handleLease(.stop)
        handle(.stopSignal(SIGTERM))
    }

    /// Stops because the terminal was closed. The kernel and the shell both send SIGHUP, so a second one is no
    /// impatience.
    func stopAtHangup() {
        guard state.phase != .ending(.shutdown) else { return }
        botLog.hold()
        botLog.log(
            .warning, "SIGHUP: the terminal was closed; stopping (nohup or a service keeps the launcher running)")
        handleLease(.stop)
        handle(.stopSignal(SIGTERM))
    }

    /// Logs once that a signal has stopped the bot: it may never notify, and would count as running.
    func noteStop() {
        guard state.phase == .running, let child, ProcessFact.of(child.processID)?.isStopped == true,
            watch.becameStopped()
        else { return }
        botLog.log(
            .warning,
            "the bot is stopped by a signal (SIGSTOP, or SIGTTIN if it reads from the terminal); "
                + "to continue it: kill -CONT \(child.processID)")
    }

    /// Decides what the bot's silence since its start means, once it has lasted long enough.
    func endSilence(at now: MonotonicTime) {
        // Without its socket the bot could not notify.
        if watch.isSilentTooLong(at: now), FileSystem.exists(listener.address), let child {
            handle(.hung("it sent no notification in the \(now.since(child.started).inWords) since its start"))
        }
        // A program that speaks no sd_notify must not keep a unit of Type=notify from being started. One that is told to
        // end in its grace period is not ready.
        if watch.becomesReadyBySilence(at: now), state.phase == .running {
            announceReady(
                with: ["STATUS=running"],
                as: "the bot counts as running: it sent no notification in \(settings.healthGrace.inWords)")
        }
    }

    /// The time limit for the bot's end. An aborted bot needs it only for its backtrace, so it gets less than an
    /// orderly stop may take.
    func beginGrace() {
        let now = MonotonicTime.now()
        let time = isAborted ? max(.seconds(10), min(settings.shutdownTimeout, .seconds(30))) : settings.shutdownTimeout
        graceAt = now.advanced(by: time)
        // Swift's backtracer returns from a sent signal, so a second signal ends a bot without the kit. It is sent
        // late, because it would also end a working backtracer.
        if isAborted { abortAt = now.advanced(by: time - .seconds(2)) }
        let status = state.phase == .ending(.shutdown) ? "stopping the bot" : "restarting the bot"
        manager.send("STATUS=\(status)", Manager.extension(by: time + .seconds(5)))
    }

    func lookAtMemory(at now: MonotonicTime) {
        guard let child, let due = memory?.dueAt, due <= now else { return }
        // A bot that ends already frees its memory.
        let isWatched = state.phase == .running && !watch.isStopping
        let reason = memory?.look(isWatched ? GroupMemory.resident(of: child.processID) : nil, at: now)
        if let reason { handle(.tooLarge(reason, after: now.since(child.started))) }
    }

    private func ended(_ child: ChildProcess, _ status: WaitStatus) {
        let now = MonotonicTime.now()
        child.ended = now
        botLog.hold()
        drainOutput()
        // A bot that failed is no longer ready, whatever it reported.
        watch.hasEnded = status != .exited(0)
        readNotifications()
        graceAt = nil
        memory = nil
        abortAt = nil
        reapAt = nil
        watch.ended()
        let healthyFor = watch.healthyFor(since: child.started, at: now)
        let meanwhile = { [self] in
            while (try? Children.reap()) != nil {}
            readOutput()
            manager.feedWatchdog(at: .now())
            turnLease()
        }
        let left = remains.end(
            of: child.processID, sparing: lease?.keeperID, isInHaste: { isInHaste }, meanwhile: meanwhile)
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
        if let lease {
            lease.note(record)
            perform(lease.reaped(isClean: !remains.isLeft(of: child.processID, sparing: lease.keeperID)))
        }
        handle(
            .exited(
                status, healthyFor: healthyFor, leftBehind: left.count, record: record, remaining: remaining))
    }

    /// Reads the last output for the report on the bot's end. Bounded: a descendant that never stops writing must not
    /// hide that end.
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

    /// Reaps every ended child, known or not: as PID 1 or subreaper the launcher also gets foreign orphans.
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
            // Whatever error the call had, the bot must not be lost.
            if let ended = try? Children.reap(child.processID) {
                status = WaitStatus(raw: ended.status)
            } else if kill(child.processID, 0) != 0, errno == ESRCH {
                // Another caller has reaped it, so its status is unknown.
                status = .exited(1)
            }
        }
        if let status { ended(child, status) }
        reapAt = self.child.map { _ in .now().advanced(by: hasFailed ? .milliseconds(200) : Self.reapInterval) }
    }
}
