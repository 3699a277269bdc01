/// A bot as one service of a bigger program. A value; safe to use from any thread.
///
/// It has the shape of swift-service-lifecycle's `Service`, which the kit does not import:
/// ```swift
/// extension KeepAliveService: @retroactive Service {}
///
/// await KeepAlive.main {    // turns the error that ends the program into its exit code
///     var configuration = try Configuration.fromEnvironment()
///     configuration.signals = .leftToTheProgram    // the group takes the signals
///     let keepAlive = try KeepAlive(name: "My Bot", version: "1.0.0", configuration: configuration)
///     let bot = keepAlive.service(until: { try await gracefulShutdown() }) { health in … }
///     try await ServiceGroup(
///         services: [bot, database], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
///     ).run()
/// }
/// ```
public struct KeepAliveService: Sendable {
    fileprivate let keepAlive: KeepAlive
    fileprivate let until: @Sendable () async throws -> Void
    fileprivate let body: @Sendable (HealthMonitor) async throws -> Void

    /// Runs the bot until the program shuts down, the task is cancelled, or the bot cannot run any longer.
    ///
    /// - Throws: ``KeepAliveError``, as ``KeepAlive/run(_:)`` does.
    public func run() async throws {
        try await keepAlive.run(until: until, body)
    }
}

extension KeepAlive {
    /// The bot as a service of a bigger program, such as a `ServiceGroup`.
    ///
    /// - Parameters:
    ///   - until: returns when the program shuts down, which stops the body as SIGTERM does. Its task is cancelled once
    ///     the bot has ended. If it throws earlier, the bot stops too.
    ///   - body: the bot's work, as in ``run(_:)``.
    public func service(
        until: @escaping @Sendable () async throws -> Void,
        _ body: @escaping @Sendable (HealthMonitor) async throws -> Void
    ) -> KeepAliveService {
        KeepAliveService(keepAlive: self, until: until, body: body)
    }
}
