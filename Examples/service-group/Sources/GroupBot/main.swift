import KeepAliveKit
import Logging
import ServiceLifecycle

extension KeepAliveService: @retroactive Service {}

/// Another service of the program, which has something to write down before the process ends.
struct Books: Service {
    func run() async throws {
        try await gracefulShutdown()
        print("books written")
    }
}

await KeepAlive.main {
    let logger = Logger(label: "bot")
    var configuration = try Configuration.fromEnvironment()
    configuration.signals = .leftToTheProgram  // the group takes them, and stops one service after the other
    let keepAlive = try KeepAlive(
        name: "Group Bot", version: "1.0", configuration: configuration,
        log: Log(level: .debug) { level, line in
            logger.log(level: Logger.Level(rawValue: level.name) ?? .info, "\(line)")
        })
    let bot = keepAlive.service(until: { try await gracefulShutdown() }) { health in
        while true {
            try await health.attempt { try await Task.sleep(for: .milliseconds(100)) }  // your work
        }
    }
    // The bot ends first, then the books.
    try await ServiceGroup(
        services: [Books(), bot], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
    ).run()
}
