import KeepAliveKit
import KeepAlivePlatform

/// Handles SIGHUP: reads the configuration again and replaces the running parts.
///
/// States, alerts, history, outbox and port stay. An invalid configuration changes nothing.
extension Monitor {
    /// The parts that outlive a reload.
    struct Parts: Sendable {
        let history: History
        let board: StatusBoard
        let telemetry: Telemetry
        let checks: CurrentChecks
        let server: MonitorServer
        let page: FleetReader
        let notifier: ServiceNotifier?
    }

    /// Reads the configuration, as at the start.
    typealias Reading = @Sendable () throws(ConfigurationFailure) -> MonitorConfiguration

    /// The shortest time between reloads, because each restarts all checks.
    private static let pause = Duration.seconds(1)

    /// Replaces the generation on each request, until the task is cancelled.
    func replace(
        _ first: Generation, at reloads: AsyncStream<Void>, reading read: @escaping Reading, _ parts: Parts,
        in group: inout DiscardingTaskGroup
    ) async {
        var generation = first
        for await _ in reloads {
            let now = MonotonicTime.now().nanoseconds / 1000
            parts.notifier?.send("RELOADING=1", "MONOTONIC_USEC=\(now)", "STATUS=reading the configuration")
            let outcome = await Task.detached { () -> Result<MonitorConfiguration, ConfigurationFailure> in
                Result { () throws(ConfigurationFailure) in try read() }
            }.value
            switch outcome {
            case .success(let configuration):
                generation = await reload(configuration, replacing: generation, parts, in: &group)
                health.note(trouble: Self.trouble, nil)
            case .failure(let error):
                keep(generation, error)
            }
            let count = generation.configuration.targets.count
            parts.notifier?.ready("watching \(count.counted("target"))")
            guard (try? await Task.sleep(for: Self.pause, clock: .suspending)) != nil else { return }
        }
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
        _ configuration: MonitorConfiguration, replacing old: Generation, _ parts: Parts,
        in group: inout DiscardingTaskGroup
    ) async -> Generation {
        var configuration = configuration
        let next = with(configuration)
        for words in configuration.keepFixed(of: old.configuration) { next.log(.warning, words) }
        await old.end()
        let channels = configuration.channels.map(\.name)
        pushes.watch(configuration.pushServices)
        await parts.history.expect(delays: configuration.delays)
        // Before the new checks start: a removed target must not be written again.
        await parts.history.retire(allBut: Set(configuration.targets.map(\.name)), channels: channels)
        parts.page.present(configuration[PageSettings.self])
        parts.board.watch(configuration.targets)
        for channel in old.configuration.channels.map(\.name) where !channels.contains(channel) {
            health.note(trouble: "channel \(channel)", nil)
            parts.board.note(nil, of: channel)
        }
        // The new checks report their own shortages.
        health.note(trouble: "resources", nil)
        parts.telemetry.watch(channels: channels)
        health.expectUpdates(within: configuration.patience)
        let kept = with(configuration)
        let loop = kept.loop(parts.board, parts.telemetry, parts.history)
        parts.checks.replace(configuration, loop)
        parts.server.configure(keys: configuration[APISettings.self].keys, pushTokens: configuration.pushTokens)
        let names = Set(old.configuration.targets.map(\.name))
        let added = configuration.targets.count { !names.contains($0.name) }
        let removed = names.count - (configuration.targets.count - added)
        kept.log(
            .info,
            "configuration reloaded: \(configuration.targets.count.counted("target")) (\(added) added, \(removed) removed), "
                + "\(configuration.channels.count.counted("channel"))")
        return Generation(configuration, loop, kept.dispatcher(parts.history, parts.board), in: &group)
    }
}
