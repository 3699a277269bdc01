import KeepAliveKit

/// Targets of containers beside the file's.
extension MonitorConfiguration {
    /// False while the containers of an engine are not known yet: a service without a target may still be one.
    var knowsEveryTarget: Bool { watch == nil || knowsContainers }

    /// This configuration with the containers' targets.
    ///
    /// - Returns: it, and a sentence for each container that cannot be watched.
    func watching(_ containers: ContainerLabels) -> (configuration: MonitorConfiguration, faults: [String]) {
        var configuration = self
        configuration.knowsContainers = true
        var faults = containers.faults
        let taken = Set(targets.map(\.name))
        for entry in containers.entries {
            let section = ConfigurationSection(entry.keys)
            let target = Target(reading: section, defaults: defaults, maintenance: windows)
            if taken.contains(entry.name) {
                faults.append(
                    "container \(entry.container): the file has a target \"\(entry.name)\" already: set another keepalive.name"
                )
            } else if let finding = section.findings.all.first {
                faults.append("container \(entry.container): keepalive.\(finding)")
            } else if let target {
                configuration.targets.append(target)
                configuration.containerNames.insert(entry.name)
                configuration.secrets += section.findings.secrets
            }
        }
        configuration.containerFaults = Set(faults)
        return (configuration, faults)
    }
}
