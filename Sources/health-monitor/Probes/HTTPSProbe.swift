import KeepAliveKit

/// The HTTP probe under the name `https`.
struct HTTPSProbe: Probe {
    static let type = "https"
    private let probe: HTTPProbe

    init(reading section: ConfigurationSection) { probe = HTTPProbe(reading: section) }

    var isLocal: Bool { probe.isLocal }
    var address: String { probe.address }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        await probe.run(with: tools, timeout: timeout)
    }
}
