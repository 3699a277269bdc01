import KeepAliveKit

/// Targets from containers (`watch: "docker"`).
extension Monitor {
    /// Checks everything once. Without alerts and restarts it keeps nothing and leaves no file behind.
    ///
    /// - Throws: `KeepAliveError` if a daemon or another run uses the database: both would send the outbox.
    func checkOnce(sendsAlerts: Bool, restarts: Bool) async throws -> OnceReport {
        let (monitor, _) = await watchingContainers()
        return try await monitor.carryOutOnce(sendsAlerts: sendsAlerts, restarts: restarts)
    }

    /// Runs until SIGTERM or SIGINT; SIGHUP reloads the configuration.
    ///
    /// - Throws: `KeepAliveError` if it cannot start.
    func run(until signals: MonitorSignals, reading read: @escaping Reading) async throws {
        let (monitor, containers) = await watchingContainers()
        try await monitor.run(until: signals, reading: read, Source(file: configuration, containers: containers))
    }

    /// This monitor with the targets of the containers that exist now, and these; nil without `watch`, or while the
    /// engine does not answer.
    func watchingContainers() async -> (monitor: Monitor, containers: ContainerLabels?) {
        guard let watch = configuration.watch else { return (self, nil) }
        let engine = dockerWatch(at: watch.socket)
        guard let containers = await engine.firstLook() else { return (self, nil) }
        let (next, faults) = configuration.watching(containers)
        note(faults, known: [])
        return (with(next), containers)
    }

    /// The watch of an engine, whose outage is a reason in `/health`.
    func dockerWatch(at socket: String) -> DockerWatch {
        var watch = DockerWatch(socket: socket, client: client, log: log)
        watch.noteOutage = { [health] words in
            health.note(trouble: "engine", words.map { "no list of containers from the Docker engine: \($0)" })
        }
        return watch
    }

    /// The file's configuration with the targets of containers; faults are logged once, and shown until they are mended.
    func configuration(of source: Source, _ generation: Generation) -> MonitorConfiguration {
        guard let containers = source.containers else { return source.file }
        let (configuration, faults) = source.file.watching(containers)
        note(faults, known: generation.configuration.containerFaults)
        return configuration
    }

    private func note(_ faults: [String], known: Set<String>) {
        for fault in faults where !known.contains(fault) { log(.warning, "\(fault); it is not watched") }
        let more = faults.count > 1 ? " (and \((faults.count - 1).counted("more fault")))" : ""
        health.note(trouble: "containers", faults.first.map { "\($0)\(more)" })
    }
}
