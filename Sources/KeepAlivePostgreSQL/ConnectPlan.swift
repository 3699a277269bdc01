import KeepAlivePlatform

/// Which server is tried when, for how long: all hosts of an address within one deadline. Pure.
///
/// libpq would wait at its first host as long as the system does, and its own limit for each host holds for blocking
/// calls alone. So it is given one host at a time.
struct ConnectPlan {
    /// One attempt: libpq's settings, and until when it may take.
    struct Attempt {
        let host: PostgreSQLAddress.Host
        let settings: [(keyword: String, value: String)]
        let deadline: MonotonicTime
    }

    private static let sessionKind = "target_session_attrs"

    private var left: [(host: PostgreSQLAddress.Host, settings: [String: String])]
    private let limit: Duration
    let deadline: MonotonicTime
    private var failures: [PostgreSQLError] = []

    init(_ address: PostgreSQLAddress, application: String, within limit: Duration, now: MonotonicTime) {
        self.limit = limit
        deadline = now.advanced(by: limit)
        let ours = [
            "fallback_application_name": application, "client_encoding": "UTF8",
            // Its library may ask name servers and read files, and few servers want it.
            "gssencmode": "disable",
            "keepalives": "1", "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3",
            "tcp_user_timeout": "20000",
        ]
        let settings = ours.merging(address.settings) { $1 }.merging(["client_encoding": "UTF8"]) { $1 }
        // With one host, libpq knows only of that one: "any other standby" is ours.
        let kinds = settings[Self.sessionKind] == "prefer-standby" ? ["standby", "any"] : [settings[Self.sessionKind]]
        left = kinds.flatMap { kind in
            address.hosts.map { host in
                var settings = settings
                settings[Self.sessionKind] = kind
                settings["host"] = host.name
                settings["hostaddr"] = host.address
                settings["port"] = String(host.port)
                return (host, settings)
            }
        }
    }

    /// The next attempt, which gets its share of the time that is left; nil after the last.
    mutating func next(now: MonotonicTime) -> Attempt? {
        guard !left.isEmpty, now < deadline else { return nil }
        let share = deadline.since(now) / left.count
        let (host, settings) = left.removeFirst()
        return Attempt(
            host: host, settings: settings.filter { !$0.value.isEmpty }.map { ($0.key, $0.value) },
            deadline: left.isEmpty ? deadline : now.advanced(by: share))
    }

    /// Notes why an attempt failed. A refusal that the other servers would repeat ends the plan, as in libpq.
    mutating func fail(_ error: PostgreSQLError) {
        failures.append(error)
        if let state = error.sqlState, !state.hasPrefix("57"), !state.hasPrefix("53") { left = [] }
    }

    /// Notes that an attempt took too long.
    mutating func failLate(at host: PostgreSQLAddress.Host) {
        failures.append(PostgreSQLError(.deadline, "\(host) did not answer in time"))
    }

    /// Notes that the resolver did not answer for a host.
    mutating func failLookup(of host: PostgreSQLAddress.Host) {
        failures.append(PostgreSQLError(.deadline, "no name server answered in time for \(host.name)"))
    }

    /// Why no attempt succeeded.
    var failure: PostgreSQLError {
        guard let first = failures.first else {
            return PostgreSQLError(.deadline, "no connection within \(limit.inWords)")
        }
        guard failures.count > 1 || first.kind == .deadline else { return first }
        var words: [String] = []
        for failure in failures where !words.contains(failure.message) { words.append(failure.message) }
        let isLate = failures.allSatisfy { $0.kind == .deadline }
        return PostgreSQLError(
            isLate ? .deadline : .connect,
            words.joined(separator: "; ") + (isLate ? " (limit \(limit.inWords))" : ""),
            sqlState: failures.lazy.compactMap(\.sqlState).first)
    }
}
