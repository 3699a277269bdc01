import KeepAliveKit
import KeepAlivePlatform

/// Carries out one check of a target: the probe, its retries, and a look at our own network before a service is blamed.
///
/// One check and one look at a target are under way at a time; whoever else wants to know waits for them.
struct CheckRunner: Sendable {
    let tools: ProbeTools
    let connectivity: ConnectivityGuard?
    /// Who watches that what begins here ends.
    var pulse = Pulse()
    /// How many probes are under way at a time.
    var slots = ProbeSlots()
    private let looks = Looks()
    private let checks = Looks()

    init(tools: ProbeTools, connectivity: ConnectivityGuard?) {
        self.tools = tools
        self.connectivity = connectivity
    }

    /// A probe that does not keep to its own timeout is left behind after so much more.
    private static let patience = Duration.seconds(1)
    /// Looks for one result while the monitor stands still again and again.
    private static let mostStandstills = 3

    /// Looks, and looks again after each of the target's delays while it fails.
    func check(_ target: Target) async -> ProbeResult { await outcome(of: target).result }

    /// What a check finds whose last look began at `time` or later. Returns promptly when the task is cancelled.
    func outcome(of target: Target, since time: MonotonicTime = .now()) async -> Looks.Found {
        await withDeadline(nil) { [self] in
            await checks.found(at: target.name, since: time) { [self] in await carryOut(target) }
        } ?? Self.brokenOff
    }

    /// What one look finds that began at `time` or later. Returns promptly when the task is cancelled.
    func look(_ target: Target, since time: MonotonicTime = .now()) async -> Looks.Found {
        await withDeadline(nil) { [self] in
            await looks.found(at: target.name, since: time) { [self] in await steadyLook(target) }
        } ?? Self.brokenOff
    }

    /// Whether a target is down, by a look that began at `time` or later. One that was not known to be is down only once its
    /// retries have failed too.
    func isDown(_ target: Target, since time: MonotonicTime, isKnown: Bool) async -> Bool {
        let found = isKnown ? await look(target, since: time) : await outcome(of: target, since: time)
        return found.result.status == .unhealthy
    }

    /// Breaks off what is under way: the monitor stops.
    func cancel() {
        checks.cancel()
        looks.cancel()
    }

    private static var brokenOff: Looks.Found {
        Looks.Found(result: ProbeResult(status: .unknown, message: "the check was interrupted"), began: .now())
    }

    private func carryOut(_ target: Target) async -> Looks.Found {
        var found = await look(target)
        for delay in target.retryDelays where found.result.status == .unhealthy || found.result.shortage != nil {
            let isOver = await pulse.during(.init("the wait before another try of", target.name), within: delay) {
                (try? await Task.sleep(for: delay, clock: .suspending)) != nil
            }
            guard isOver else { return found }
            found = await look(target)
        }
        if found.result.status == .unhealthy, !target.probe.isLocal, let connectivity,
            await !isConnected(connectivity)
        {
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

    /// A look that fails while the process stands still says nothing about the service: another is taken in its place.
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
        await slots.take()
        defer { slots.giveBack() }
        let began = MonotonicTime.now()
        let limit = target.timeout + Self.patience
        let result = await pulse.during(.init("the check of", target.name), within: limit) {
            await withDeadline(limit) { await target.probe.run(with: tools, timeout: target.timeout) }
        }
        let late = ProbeResult(status: .unhealthy, message: "no answer within \(limit.inWords)")
        return Looks.Found(result: result ?? late, began: began)
    }
}
