/// The section `connectivity`: what has to answer before a service on another machine is blamed.
struct Connectivity: ConfigurationPart {
    static let key = "connectivity"

    /// Nil without the section: no network of our own is looked at.
    private(set) var probe: TCPProbe?
    private(set) var timeout = Duration.seconds(5)

    init() {}

    init(reading section: ConfigurationSection) {
        probe = TCPProbe(connectingTo: PeerAddress(reading: section, port: 53))
        timeout = section.seconds("timeout", in: 0.1...60, default: timeout)
    }
}
