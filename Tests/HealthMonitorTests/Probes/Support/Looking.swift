import KeepAliveCurl
import KeepAliveKit
import Testing

@testable import KeepAliveHealthMonitor

/// Makes a probe from a target's keys; a finding of the configuration is a failure.
func makeProbe<Kind: Probe>(_ kind: Kind.Type, _ values: [String: JSONValue]) throws -> Kind {
    let section = ConfigurationSection(values)
    let probe = Kind(reading: section)
    section.finish()
    try #require(section.findings.all.isEmpty, "\(section.findings.all)")
    return probe
}

/// The configuration's findings for a target's keys.
func findings<Kind: Probe>(_ kind: Kind.Type, _ values: [String: JSONValue]) -> [String] {
    let section = ConfigurationSection(values)
    _ = Kind(reading: section)
    section.finish()
    return section.findings.all
}

/// Probes once, under a name that a suite's own `look` and `findings` do not hide.
func probeOnce(_ probe: some Probe) async -> ProbeResult { await look(probe) }

func configurationFindings<Kind: Probe>(_ kind: Kind.Type, _ values: [String: JSONValue]) -> [String] {
    findings(kind, values)
}

/// Probes once, with its own client.
func look(
    _ probe: some Probe, client: HTTPClient = HTTPClient(), pushes: PushBoard = PushBoard(),
    timeout: Duration = .seconds(30)
) async -> ProbeResult {
    await probe.run(with: ProbeTools(client: client, pushes: pushes), timeout: timeout)
}

extension ProbeResult {
    func check(_ name: String) -> SubCheck? { checks.first { $0.name == name } }
}
