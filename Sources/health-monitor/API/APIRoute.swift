/// The meaning of a path. Names are still percent-encoded.
enum APIRoute: Equatable {
    /// A page about the monitor itself; the kit answers it.
    case own
    /// The fleet's page for browsers; for other clients the monitor's name.
    case root
    case login, logout, events
    /// The page of one service.
    case service
    case badge(Substring)
    /// Whether all services work, for clients without a key.
    case services
    case status, history, alerts, summary
    /// All services for Prometheus.
    case metrics
    case test(Substring)
    case uptime(Substring)
    /// The token, and what may follow it.
    case push(Substring)
    /// An alert's id; a service.
    case acknowledge(Substring)
    case silence(Substring)
    case note(Substring)

    init?(_ path: String) {
        switch path {
        case "", "/": self = .root
        case "/login": self = .login
        case "/logout": self = .logout
        case "/api/events": self = .events
        case "/service": self = .service
        case "/health", "/ping", "/livez", "/readyz": self = .own
        case "/health/services": self = .services
        case "/metrics": self = .metrics
        case "/api/health/status": self = .status
        case "/api/health/history": self = .history
        case "/api/health/alerts": self = .alerts
        case "/api/health/summary": self = .summary
        default:
            if let name = Self.last(path, after: "/api/health/test/") {
                self = .test(name)
            } else if let name = Self.last(path, after: "/api/health/uptime/") {
                self = .uptime(name)
            } else if let id = Self.last(path, after: "/api/health/alerts/"), let id = Self.first(id, before: "/ack") {
                self = .acknowledge(id)
            } else if let name = Self.last(path, after: "/api/health/silence/") {
                self = .silence(name)
            } else if let name = Self.last(path, after: "/api/health/services/"),
                let name = Self.first(name, before: "/note")
            {
                self = .note(name)
            } else if let rest = Self.last(path, after: "/api/push/") {
                self = .push(rest)
            } else if let file = Self.last(path, after: "/badge/"), file.hasSuffix(".svg"), file.count > 4 {
                self = .badge(file.dropLast(4))
            } else {
                return nil
            }
        }
    }

    static let paths =
        "/, /health, /health/services, /ping, /livez, /readyz, /metrics, /api/health/status, /api/health/history, /api/health/alerts, "
        + "/api/health/summary, /api/health/uptime/SERVICE, /api/health/test/SERVICE, /api/health/alerts/ID/ack, "
        + "/api/health/silence/SERVICE, /api/health/services/SERVICE/note, /api/events, /api/push/TOKEN, "
        + "/badge/SERVICE.svg, /service, /login and /logout"

    /// The methods that the path allows, as in the Allow header.
    var methods: String {
        switch self {
        case .acknowledge, .silence, .note: "POST, DELETE"
        case .test, .login, .logout: "POST"
        case .push: "GET, HEAD, POST"
        default: "GET, HEAD"
        }
    }

    /// The rest of the path after a prefix. It may hold slashes: many proxies decode `%2F` in a name or refuse it.
    private static func last(_ path: String, after prefix: String) -> Substring? {
        guard path.hasPrefix(prefix) else { return nil }
        let rest = path.dropFirst(prefix.count)
        return rest.isEmpty ? nil : rest
    }

    private static func first(_ rest: Substring, before suffix: String) -> Substring? {
        rest.hasSuffix(suffix) && rest.count > suffix.count ? rest.dropLast(suffix.count) : nil
    }
}
