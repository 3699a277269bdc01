import KeepAliveKit
import KeepAlivePlatform

/// Runs one check of a target: the probe, its retries, and a connectivity probe before it reports the service as
/// failed.
///
/// Each target has at most one running check and one running probe; later callers wait for its result.
struct CheckRunner: Sendable {
    let tools: ProbeTools
    let connectivity: ConnectivityGuard?
    /// Watches that each activity ends in time.
    var pulse = Pulse()
    /// Limits the probes that run at once.
    var slots = ProbeSlots()
    private var looks = Looks()
    private var checks = Looks()

    init(tools: ProbeTools, connectivity: ConnectivityGuard?) {
        self.tools = tools
        self.connectivity = connectivity
    }

    /// This runner with the running checks and probes of another, which it replaces after a reload.
    func continuing(_ earlier: CheckRunner) -> CheckRunner {
        var runner = self
        (runner.pulse, runner.slots) = (earlier.pulse, earlier.slots)
        (runner.looks, runner.checks) = (earlier.looks, earlier.checks)
        return runner
    }

    /// A probe that exceeds its own timeout by this much is abandoned.
    private static let patience = Duration.seconds(1)
    /// The most probes for one result while the monitor keeps standing still.
    private static let mostStandstills = 3

    /// Probes the target; after a failure again, after each of its retry delays.
    func check(_ target: Target) async -> ProbeResult { await outcome(of: target).result }

    /// The result of a check whose last probe began at `time` or later. Returns promptly when the task is cancelled.
    func outcome(of target: Target, since time: MonotonicTime = .now()) async -> Looks.Found {
        await withDeadline(nil) { [self] in
            await checks.found(at: target.name, since: time) { [self] in await carryOut(target) }
        } ?? Self.brokenOff
    }

    /// The result of one probe that began at `time` or later. Returns promptly when the task is cancelled.
    func look(_ target: Target, since time: MonotonicTime = .now()) async -> Looks.Found {
        await withDeadline(nil) { [self] in
            await looks.found(at: target.name, since: time) { [self] in await steadyLook(target) }
        } ?? Self.brokenOff
    }

    /// Whether a probe that began at `time` or later shows the target as down. A target not yet known to be down counts
    /// as down only after its retries fail too.
    func isDown(_ target: Target, since time: MonotonicTime, isKnown: Bool) async -> Bool {
        let found = isKnown ? await look(target, since: time) : await outcome(of: target, since: time)
        return found.result.status == .unhealthy
    }

    /// Cancels what is running, except for the targets with these names.
    func cancel(allBut names: Set<String> = []) {
        checks.cancel(allBut: names)
        looks.cancel(allBut: names)
    }

    private static var brokenOff: Looks.Found {
        Looks.Found(result: ProbeResult(status: .unknown, message: "the check was interrupted"), began: .now())
    }

    private func carryOut(_ target: Target) async -> Looks.Found {
        var found = await look(target)
        // Another look at a push service's last call finds nothing new.
        for delay in target.probe.pushToken == nil ? target.retryDelays : []
        where found.result.status == .unhealthy || found.result.shortage != nil {
            let isOver = await pulse.during(.init("the wait before another try of", target.name), within: delay) {
                (try? await Task.sleep(for: delay, clock: .suspending)) != nil
            }
            guard isOver else { return found }
            found = await look(target)
        }
        let isDown = found.result.status == .unhealthy
        var isCutOff = false
        if isDown, !target.probe.isLocal, let connectivity { isCutOff = await !isConnected(connectivity) }
        if let token = target.probe.pushToken,
            tools.pushes.noteLook(token, isLate: isDown, isConnected: !isCutOff)
        {
            return await look(target)
        }
        if isCutOff, let connectivity {
            found.result.status = .unknown
            found.result.message =
                "this monitor has no network (\(connectivity.address) cannot be reached): \(found.result.message)"
        }
        return found
    }

    private func isConnected(_ connectivity: ConnectivityGuard) async -> Bool {
        let limit = connectivity.limit
        return await pulse.during(.init("the connectivity check of", connectivity.address), within: limit) {
            await withDeadline(limit) { await connectivity.isConnected() } ?? true
        }
    }

    /// A failure during a standstill of the process proves nothing about the service, so the probe is repeated.
    private func steadyLook(_ target: Target) async -> Looks.Found {
        for _ in 1...Self.mostStandstills {
            let found = await lookOnce(target)
            if found.result.status == .healthy || !pulse.stoodStill(since: found.began) { return found }
        }
        return Looks.Found(
            result: ProbeResult(status: .unknown, message: "this monitor was suspended during the check"), began: .now()
        )
    }

    private func lookOnce(_ target: Target) async -> Looks.Found {
        let asked = MonotonicTime.now()
        await slots.take()
        defer { slots.giveBack() }
        let began = MonotonicTime.now()
        // A process that stands still is behind without a fault of its own.
        let waited = pulse.stoodStill(since: asked) ? .zero : began.since(asked)
        let limit = target.timeout + Self.patience
        var tools = tools
        tools.interval = target.interval
        let result = await pulse.during(.init("the check of", target.name), within: limit) {
            await withDeadline(limit) { [tools] in await target.look(with: tools, timeout: target.timeout) }
        }
        let late = ProbeResult(status: .unhealthy, message: "no answer within \(limit.inWords)")
        return Looks.Found(result: result ?? late, began: began, waited: waited)
    }
}
