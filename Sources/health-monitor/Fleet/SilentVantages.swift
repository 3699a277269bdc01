/// Which vantages have fallen silent or are back. Pure.
enum SilentVantages {
    /// The name of the alert's service.
    static func service(of vantage: String) -> String { prefix + vantage }
    static let prefix = "vantage "

    /// The vantages whose alert opens or is resolved.
    ///
    /// - Parameters:
    ///   - own: the leader's own vantage. If even it seems silent, the database's clock was set forward: nothing changes.
    ///   - open: the vantages with an open alert.
    static func changes(_ beats: [VantageBeat], own: String, open: Set<String>) -> [VantageBeat] {
        guard beats.first(where: { $0.name == own })?.state == .running else { return [] }
        return beats.filter { beat in
            switch beat.state {
            case .silent: !open.contains(beat.name)
            // One that was stopped on purpose is missed no longer.
            case .running, .stopped: open.contains(beat.name)
            }
        }
    }

    /// The result that opens or resolves the alert.
    static func result(of beat: VantageBeat) -> ProbeResult {
        guard beat.state == .silent else {
            return ProbeResult(status: .healthy, message: "the monitor at \(beat.name) is back")
        }
        return ProbeResult(
            status: .unhealthy,
            message:
                "the monitor at \(beat.name) (\(beat.host)) has been silent for \(beat.age.roundedWords); its results "
                + "count no longer")
    }
}
