import KeepAliveTestSupport

/// Two servers on neighbouring ports, as a bot has them that gave way to a stranger.
struct PortPair {
    let first: ScriptedServer
    let second: ScriptedServer

    /// Tries until two neighbours are free, below the ports that the system hands out to clients: connections of other tests
    /// rest on those for a minute.
    init(
        first: @escaping @Sendable (ScriptedServer.Peer) -> Void,
        second: @escaping @Sendable (ScriptedServer.Peer) -> Void
    ) throws {
        for _ in 0..<200 {
            let port = UInt16.random(in: 20_000...32_000)
            guard let candidate = try? ScriptedServer(port: port, first),
                let next = try? ScriptedServer(port: port + 1, second)
            else { continue }
            self.first = candidate
            self.second = next
            return
        }
        throw SystemFailure("no two neighbouring ports are free")
    }
}
