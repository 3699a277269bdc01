// The kit as a bot embeds it: a body that handles 50 updates a second and records heartbeats, a critical and an
// ordinary check on their schedules, the health server on its own thread. HOST and PORT come from the environment.

import KeepAliveKit

struct Bot: Sendable {
    func nextUpdate() async throws {
        try await Task.sleep(for: .milliseconds(20))
    }

    func reply() async throws {
        await Task.yield()
    }

    func pingDatabase() async throws {
        try await Task.sleep(for: .milliseconds(1))
    }
}

await KeepAlive.main {
    let bot = Bot()
    let keepAlive = try KeepAlive(name: "Benchmark Bot", version: "2.0.1", configuration: .fromEnvironment())
    keepAlive.check("database", critical: true, every: .seconds(1)) { try await bot.pingDatabase() }
    keepAlive.check("payments", every: .seconds(5)) { try await bot.pingDatabase() }
    try await keepAlive.run { health in
        while !Task.isCancelled {
            try await bot.nextUpdate()
            health.heartbeat()
            try await health.handling { try await bot.reply() }
        }
    }
}
