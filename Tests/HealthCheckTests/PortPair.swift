import TestSupport

/// Two servers on neighbouring ports, as a bot has them that gave way to a stranger.
struct PortPair {
    let first: ScriptedServer
    let second: ScriptedServer

    /// Tries until two neighbours are free: the system hands out ports in no order.
    init(
        first: @escaping @Sendable (ScriptedServer.Peer) -> Void,
        second: @escaping @Sendable (ScriptedServer.Peer) -> Void
    ) throws {
        for _ in 0..<200 {
            let candidate = try ScriptedServer(first)
            guard candidate.port < .max, let next = try? ScriptedServer(port: candidate.port + 1, second) else {
                continue
            }
            self.first = candidate
            self.second = next
            return
        }
        throw SystemFailure("no two neighbouring ports are free")
    }
}
