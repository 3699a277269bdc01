/// Where targets come from besides the file: `watch: "docker"`, or `watch: { type: "docker", socket: "/path" }`.
struct WatchSettings: Sendable, Equatable {
    /// The path of the engine's socket.
    let socket: String

    /// Nil without the key. A text takes the socket of `DOCKER_HOST`, otherwise the usual one.
    init?(reading root: ConfigurationSection, dockerHost: String?) {
        guard let value = root.value("watch") else { return nil }
        guard case .object = value else {
            _ = root.choice("watch", ["docker"], default: "docker")
            let host = dockerHost.flatMap { $0.isEmpty ? nil : $0 } ?? "unix://\(LocalServices.engineSocket)"
            socket = host.hasPrefix("unix:///") ? String(host.dropFirst("unix://".count)) : ""
            if socket.isEmpty {
                root.refuse(
                    "watch",
                    "DOCKER_HOST is \"\(host.prefix(60))\", not unix:///path: give { type: \"docker\", socket: \"/path\" }"
                )
            }
            return
        }
        guard let section = root.section("watch") else { return nil }
        _ = section.choice("type", ["docker"], default: "docker")
        socket = section.string("socket", default: LocalServices.engineSocket)
        if !socket.hasPrefix("/") { section.refuse("socket", "give the absolute path of a Unix socket") }
        section.finish()
    }
}
