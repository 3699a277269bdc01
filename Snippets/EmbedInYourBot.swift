import KeepAliveKit

/// What your client throws while the server cannot be reached.
struct Outage: Error {}

/// Stands in for your bot: anything that waits for messages and answers them.
struct MyBot {
    func nextMessages() async throws -> [String] {
        try await Task.sleep(for: .seconds(1))
        return []
    }

    func reply(to message: String) async throws {}
    func pingDatabase() async throws {}
}

let bot = MyBot()

// snippet.show
await KeepAlive.main {
    let keepAlive = try KeepAlive(
        name: "My Bot", version: "1.0.0", configuration: .fromEnvironment(),
        classify: { $0 is Outage ? .network() : nil })  // an outage counts toward no limit
    keepAlive.check("database", critical: true, every: .seconds(15)) { try await bot.pingDatabase() }
    try await keepAlive.run { health in
        while !Task.isCancelled {
            let messages = try await bot.nextMessages()  // your long poll
            health.heartbeat()  // the server answered: alive, even on a quiet night
            for message in messages {
                try await health.attempt { try await bot.reply(to: message) }  // counts, times, logs errors; goes on
            }
        }
    }
}
