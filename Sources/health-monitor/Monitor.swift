import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform

/// The whole daemon: starts its parts, and stops them in the right order.
struct Monitor: Sendable {
    private(set) var configuration: MonitorConfiguration
    private let version: String
    private(set) var log: Log
    let client: HTTPClient
    let pushes: PushBoard
    /// What probes remember from check to check, also over reloads.
    private let backlogs = BacklogBoard()
    /// The monitor's own health (`/health`), to which each part reports its troubles.
    let health: HealthMonitor
    /// The activities that the guard watches, also over reloads.
    private let pulse = Pulse()

    init(_ configuration: MonitorConfiguration, version: String, log: Log) {
        self.configuration = configuration
        self.version = version
        self.log = log
        pushes = PushBoard(configuration.pushServices)
        health = HealthMonitor(unhealthyAfter: .after(configuration.ofOwnVantage.patience))
        // Raise the limit before it determines the number of probes.
        DescriptorLimit.raise()
        client = HTTPClient(
            userAgent: "health-monitor/\(version)",
            idleConnections: min(max(16, configuration.targets.count), DescriptorBudget.now().idleConnections))
    }

    /// The time limit for sending the last metrics.
    static let lastWords = Duration.seconds(5)

    /// This monitor with another configuration.
    func with(_ configuration: MonitorConfiguration) -> Monitor {
        var monitor = self
        monitor.configuration = configuration
        monitor.log = log.hiding(configuration.secrets)
        return monitor
    }

    // MARK: The daemon

    /// Runs with a configuration whose containers are known.
    ///
    /// - Throws: as `run`.
    func run(until signals: MonitorSignals, reading read: @escaping Reading, _ source: Source) async throws {
        try prepareState()
        let lock = try takeLock()
        let history = try await openHistory { signals.stop(because: $0) }
        let states = await history.states()
        // A vantage's own states are not the service's.
        let board = StatusBoard(
            configuration.targets, states: configuration.vantage == nil ? states : [:], marks: await history.marks())
        let reader = makeReader()
        let insights = makeInsights()
        let telemetry = Telemetry(board: board, channels: configuration.channels.map(\.name), insights: insights)
        telemetry.remember(makeReader(), of: board.names, log: log)
        let ownBoard =
            configuration.vantage == nil ? board : StatusBoard(configuration.ofOwnVantage.targets, states: states)
        let loop = loop(ownBoard, telemetry, history)
        let checks = CurrentChecks(configuration.ofOwnVantage, loop)
        let fleet = try makeFleet(board, history, telemetry, checks)
        let page = FleetReader(
            board: board, history: reader, version: version, settings: configuration[PageSettings.self])
        let server = makeServer(board, history, reader, page, telemetry, checks, fleet)
        let port = try server.start { log(.warning, "port \($0) is taken; trying the next") }
        let notifier = makeNotifier()
        sayHello(port)
        let guardian = try startGuard(notifier: notifier)
        notifier?.ready("watching \(configuration.targets.count.counted("target"))")

        let parts = Parts(
            history: history, board: board, ownBoard: ownBoard, telemetry: telemetry, checks: checks, server: server,
            page: page, notifier: notifier, fleet: fleet)
        let work = Task {
            await withDiscardingTaskGroup { group in
                group.addTask { await telemetry.run { await Self.kept(by: history, fleet) } }
                group.addTask {
                    repeat {
                        ProcessMemory.returnUnused()
                    } while (try? await Task.sleep(for: .seconds(60), clock: .suspending)) != nil
                }
                let first = Generation(configuration, loop, dispatcher(history, board), in: &group)
                let requests = ReloadRequests()
                group.addTask { for await _ in signals.reloads { requests.readFile() } }
                if let watch = configuration.watch {
                    let engine = dockerWatch(at: watch.socket)
                    group.addTask {
                        await engine.run(isOut: source.containers == nil) { requests.follow($0) }
                    }
                }
                if let fleet { group.addTask { await fleet.run() } }
                await replace(first, source, at: requests, reading: read, parts, in: &group)
            }
        }
        let failure = await signals.wait()
        if failure == nil {
            log(.info, "stopping as requested")
        } else {
            log(.error, "stopping: the database must not be used; the reason follows")
        }
        notifier?.send("STOPPING=1")
        guardian.stop()
        await fleet?.stop()
        work.cancel()
        await work.value
        await server.stop()
        await insights?.flush(timeout: Self.lastWords)
        await client.shutDown()
        // The last connection to close merges the log into the database, and this one cannot write.
        reader.close()
        await history.close()
        withExtendedLifetime(lock) {}
        if let failure { throw failure }
    }

    private func sayHello(_ port: Int) {
        log(
            .info,
            "health-monitor \(version) watches \(configuration.targets.count.counted("target")) and alerts "
                + "\(configuration.channels.count.counted("channel")); listening on port \(port)")
        if configuration.channels.isEmpty {
            log(.warning, "no channel is configured: no alert is sent; add one to channels")
        }
        if configuration[APISettings.self].keys.isEmpty {
            log(
                .warning,
                "API limited to local requests of this user and root; set MONITOR_API_KEY or api.key to open it")
        }
        if configuration.targets.isEmpty {
            log(.warning, "no target is configured: nothing is watched; add one to targets")
        }
    }

    // MARK: Parts

    /// Creates the default state folder; a configured folder must exist.
    func prepareState() throws(KeepAliveError) {
        guard let folder = configuration.conventionalFolder, !FileSystem.prepareFolder(folder) else { return }
        throw .configuration([
            "the state folder \(folder) cannot be made or written: make it writable, or set database and stateDir"
        ])
    }

    /// Nil without a service manager, or if it is unreachable: then it ends this process for missing its watchdog.
    private func makeNotifier() -> ServiceNotifier? {
        if let words = ServiceNotifier.watchdogTrouble() { log(.warning, words) }
        do throws(Errno) {
            return try ServiceNotifier()
        } catch {
            log(.warning, ServiceNotifier.words(for: error))
            return nil
        }
    }

    func startGuard(notifier: ServiceNotifier?) throws(KeepAliveError) -> MonitorGuard {
        let guardian = MonitorGuard(
            pulse, health: health, grace: configuration.ofOwnVantage.grace, notifier: notifier, log: log)
        do {
            try guardian.start()
        } catch {
            throw .system("\(error) (for the thread that watches the checks)")
        }
        return guardian
    }

    func dispatcher(
        _ history: History, _ board: StatusBoard, maySend: @escaping @Sendable () -> Bool = { true }
    ) -> Dispatcher {
        for name in board.expect(channels: Set(configuration.channels.map(\.name))) {
            health.note(trouble: "channel \(name)", nil)
        }
        return Dispatcher(
            outbox: history, channels: configuration.channels, client: client, log: log, maySend: maySend
        ) { [health] in
            let key = "channel \($0.name)"
            health.note(trouble: key, $1?.sentence)
            if !board.note($1, of: $0.name) { health.note(trouble: key, nil) }
        }
    }

    func makeInsights() -> ApplicationInsights? {
        configuration.insights.map { ApplicationInsights($0, client: client, version: version, log: log) }
    }

    private func makeServer(
        _ board: StatusBoard, _ history: History, _ reader: any HistoryReading & Sendable, _ page: FleetReader,
        _ telemetry: Telemetry, _ checks: CurrentChecks, _ fleet: VantageFleet?
    ) -> MonitorServer {
        let keep: @Sendable (String, PushRecord) async -> Void = { name, record in
            await history.push(name, record)
            // The answer does not wait for the alert.
            Task { await checks.noteCall(of: name) }
        }
        let log = log
        let keepMarks: @Sendable (String, ServiceMarks, AlertEvent) async -> Void = { service, marks, event in
            log(
                .info,
                "\(service) \(event.kind) by \(event.who ?? "?")\(event.message.isEmpty ? "" : ": \(event.message)")")
            await fleet?.beginMark(service)
            await history.mark(service, marks, event)
            await fleet?.endMark(service, marks)
        }
        return MonitorServer(
            settings: configuration[APISettings.self], board: board, history: reader,
            page: page, pushes: pushes, pushTokens: configuration.pushTokens, keepPush: keep, keepMarks: keepMarks,
            health: health,
            metrics: { [version] in telemetry.metrics($0, version: version) }, version: version,
            test: { await checks.check($0) })
    }

    /// The daemon's loop, which stores its results.
    ///
    /// - Parameter earlier: the loop before a reload.
    func loop(
        _ board: StatusBoard, _ telemetry: Telemetry, _ history: History, replacing earlier: CheckLoop? = nil
    ) -> CheckLoop {
        if configuration.vantage != nil { return vote(board, history, replacing: earlier) }
        return loop(configuration, board, restarts: .waits, replacing: earlier) {
            [health] record, state, events, channels in
            health.recordUpdate(took: record.result.responseTime ?? .zero)
            // First, because alerts depend on nothing else.
            await history.record(record, state: state, events: events, channels: channels)
            await telemetry.note(record, events: events)
        }
    }

    func loop(
        _ configuration: MonitorConfiguration, _ board: StatusBoard, restarts: Restarter.Mode?,
        replacing earlier: CheckLoop? = nil,
        record: @escaping @Sendable (CheckRecord, TargetState, [AlertEvent], [String]) async -> Void
    ) -> CheckLoop {
        let environment = CommandEnvironment(withheld: configuration.namedVariables)
        let connectivity = configuration[Connectivity.self]
        let tools = ProbeTools(
            client: client, pushes: pushes, hasConnectivity: connectivity.probe != nil, environment: environment,
            backlogs: backlogs)
        var runner = CheckRunner(
            tools: tools,
            connectivity: connectivity.probe.map {
                ConnectivityGuard($0, timeout: connectivity.timeout, tools: tools)
            })
        runner.pulse = pulse
        return CheckLoop(
            targets: configuration.targets, channels: configuration.channels.map(\.name),
            runner: earlier.map { runner.continuing($0.runner) } ?? runner, board: board,
            restarter: earlier?.restarter
                ?? restarts.map {
                    Restarter(folder: configuration.stateFolder, mode: $0, environment: environment, log: log)
                },
            health: health, replacing: earlier, record: record, log: log)
    }
}
