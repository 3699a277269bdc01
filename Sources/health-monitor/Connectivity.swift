/// The section `connectivity`: the address that must answer before a service on another machine counts as failed.
struct Connectivity: ConfigurationPart {
    static let key = "connectivity"

    /// Nil without the section: then the monitor does not probe its own network.
    private(set) var probe: TCPProbe?
    private(set) var timeout = Duration.seconds(5)

    init() {}

    init(reading section: ConfigurationSection) {
        probe = TCPProbe(connectingTo: PeerAddress(reading: section, port: 53))
        timeout = section.seconds("timeout", in: 0.1...60, default: timeout)
    }
}
