import KeepAliveKit
import KeepAlivePlatform

/// Handles SIGHUP, and changes of the containers: replaces the running parts.
///
/// States, alerts, history, outbox and port stay, and so do the turns and running checks of unchanged targets. An invalid
/// configuration changes nothing.
extension Monitor {
    /// The parts that outlive a reload.
    struct Parts: Sendable {
        let history: History
        let board: StatusBoard
        /// The states of this monitor's own checks: the same board, unless it is one of several.
        let ownBoard: StatusBoard
        let telemetry: Telemetry
        let checks: CurrentChecks
        let server: MonitorServer
        let page: FleetReader
        let notifier: ServiceNotifier?
        let fleet: VantageFleet?
    }

    /// Reads the configuration, as at the start.
    typealias Reading = @Sendable () throws(ConfigurationFailure) -> MonitorConfiguration

    /// The shortest time between reloads, because each stores the list of targets and starts the channels' tasks.
    private static let pause = Duration.seconds(1)

    /// What a configuration is made of: the file, and the containers that an engine has listed.
    struct Source: Sendable {
        var file: MonitorConfiguration
        var containers: ContainerLabels?
    }

    /// Replaces the generation on each request, until the task is cancelled.
    func replace(
        _ first: Generation, _ source: Source, at requests: ReloadRequests, reading read: @escaping Reading,
        _ parts: Parts, in group: inout DiscardingTaskGroup
    ) async {
        var (generation, source) = (first, source)
        for await _ in requests.stream {
            let request = requests.take()
            let isNews = request.containers.map { $0 != source.containers } ?? false
            if let containers = request.containers { source.containers = containers }
            guard request.readsFile else {
                guard isNews else { continue }
                generation = await follow(source, replacing: generation, parts, in: &group)
                if (try? await Task.sleep(for: Self.pause, clock: .suspending)) == nil { return }
                continue
            }
            let now = MonotonicTime.now().nanoseconds / 1000
            parts.notifier?.send("RELOADING=1", "MONOTONIC_USEC=\(now)", "STATUS=reading the configuration")
            let outcome = await Task.detached { () -> Result<MonitorConfiguration, ConfigurationFailure> in
                Result { () throws(ConfigurationFailure) in try read() }
            }.value
            switch outcome {
            case .success(var file):
                let warnings = file.warnings.map { "configuration: \($0)" }
                for words in file.keepFixed(of: generation.configuration) + warnings { with(file).log(.warning, words) }
                source.file = file
                generation = await reload(
                    configuration(of: source, generation), replacing: generation, "configuration reloaded", parts,
                    in: &group)
                health.note(trouble: Self.trouble, nil)
            case .failure(let error):
                keep(generation, error)
                if isNews { generation = await follow(source, replacing: generation, parts, in: &group) }
            }
            let count = generation.configuration.targets.count
            parts.notifier?.ready("watching \(count.counted("target"))")
            guard (try? await Task.sleep(for: Self.pause, clock: .suspending)) != nil else { return }
        }
    }

    /// Other containers, and the file as before.
    private func follow(
        _ source: Source, replacing old: Generation, _ parts: Parts, in group: inout DiscardingTaskGroup
    ) async -> Generation {
        let next = configuration(of: source, old)
        let generation = await reload(next, replacing: old, "containers changed", parts, in: &group)
        parts.notifier?.ready("watching \(next.targets.count.counted("target"))")
        return generation
    }

    private static let trouble = "configuration"

    private func keep(_ generation: Generation, _ error: ConfigurationFailure) {
        let log = with(generation.configuration).log
        for finding in error.findings { log(.error, "configuration: \(finding)") }
        let words =
            "the configuration has \(error.findings.count.counted("error")) since it was changed; the earlier one stays in use"
        log(.error, "\(words): correct it and send SIGHUP again")
        health.note(trouble: Self.trouble, words)
    }

    private func reload(
        _ configuration: MonitorConfiguration, replacing old: Generation, _ what: String, _ parts: Parts,
        in group: inout DiscardingTaskGroup
    ) async -> Generation {
        await old.end(keeping: configuration.unchangedTargets(since: old.configuration))
        let channels = configuration.channels.map(\.name)
        pushes.watch(configuration.pushServices)
        await parts.history.expect(delays: configuration.delays)
        // Before the new checks start: a removed target must not be written again.
        if configuration.knowsEveryTarget, parts.fleet == nil {
            await parts.history.retire(
                allBut: Set(configuration.targets.map(\.name)), channels: channels,
                containers: old.configuration.containerNames)
        }
        parts.page.present(configuration[PageSettings.self])
        let (states, marks) = (await parts.history.states(), await parts.history.marks())
        if parts.fleet == nil {
            parts.board.watch(configuration.targets, states: states, marks: marks)
        } else {
            parts.board.watch(configuration.targets, marks: marks)
            parts.ownBoard.watch(configuration.ofOwnVantage.targets, states: states)
            await parts.history.watchPushes()
        }
        for channel in old.configuration.channels.map(\.name) where !channels.contains(channel) {
            health.note(trouble: "channel \(channel)", nil)
            parts.board.note(nil, of: channel)
        }
        parts.telemetry.watch(channels: channels)
        health.expectUpdates(within: configuration.ofOwnVantage.patience)
        let kept = with(configuration)
        let loop = kept.loop(parts.ownBoard, parts.telemetry, parts.history, replacing: old.loop)
        await loop.restarter?.adopt(loop.runner.tools.environment, kept.log)
        parts.checks.replace(configuration.ofOwnVantage, loop)
        if let fleet = parts.fleet, let plan = kept.plan(parts.board, fleet.lease) { await fleet.replace(plan) }
        parts.server.configure(keys: configuration[APISettings.self].keys, pushTokens: configuration.pushTokens)
        let names = Set(old.configuration.targets.map(\.name))
        let added = configuration.targets.count { !names.contains($0.name) }
        let removed = names.count - (configuration.targets.count - added)
        kept.log(
            .info,
            "\(what): \(configuration.targets.count.counted("target")) (\(added) added, \(removed) removed), "
                + "\(configuration.channels.count.counted("channel"))")
        return Generation(configuration, loop, kept.dispatcher(parts.history, parts.board), in: &group)
    }
}
