/// The page's state in one word. It is the verdict, except while the bot starts or stops as it should: "unhealthy"
/// would not explain that. Pure.
enum PageState: String {
    case healthy = "Healthy"
    case degraded = "Degraded"
    case unhealthy = "Unhealthy"
    case starting = "Starting"
    case restarting = "Restarting"
    case stopping = "Stopping"
    case stopped = "Stopped"
    /// The page's own state when the bot no longer answers.
    case lost = "Connection lost"

    init(_ report: HealthReport) {
        // A start with another trouble does not hide the trouble.
        let isAlone = report.reasons.count <= 1
        switch report.body {
        case .starting where isAlone: self = .starting
        case .restarting where isAlone: self = .restarting
        case .stopping: self = .stopping
        case .stopped: self = .stopped
        default:
            switch report.status {
            case .healthy: self = .healthy
            case .degraded: self = .degraded
            case .unhealthy: self = .unhealthy
            }
        }
    }

    /// The class in the style sheet, which gives the colour.
    var kind: String {
        switch self {
        case .healthy: "healthy"
        case .degraded: "degraded"
        case .unhealthy, .stopped: "unhealthy"
        case .starting, .restarting, .stopping: "pending"
        case .lost: "lost"
        }
    }

    /// The sign beside the word, a path on 24 × 24: colour alone is not accessible.
    var sign: String {
        switch self {
        case .healthy: "M5 13l4.5 4.5L19 7"
        case .degraded: "M12 5v9M12 19v.01"
        case .unhealthy, .stopped: "M7 7l10 10M17 7L7 17"
        case .starting, .restarting, .stopping: "M5.5 12v.01M12 12v.01M18.5 12v.01"
        case .lost: "M8.5 9a3.5 3.5 0 1 1 5 3.2c-1 .6-1.5 1.2-1.5 2.3M12 19v.01"
        }
    }

    /// The icon of the browser's tab, as a data URL; sign, shape and colour change with the state.
    var icon: String {
        let (shape, fill, stroke) =
            switch self {
            case .healthy: ("M12 0a12 12 0 1 0 .01 0z", "18794e", "fff")
            case .degraded: ("M12 0L24 24H0z", "ffb224", "1b1300")
            case .unhealthy, .stopped: ("M7 0h10l7 7v10l-7 7H7l-7-7V7z", "c0272d", "fff")
            case .starting, .restarting, .stopping: ("M12 0a12 12 0 1 0 .01 0z", "1f5fb4", "fff")
            case .lost: ("M0 0h24v24H0z", "4a5360", "fff")
            }
        return "data:image/svg+xml,%3Csvg xmlns='http:%2F%2Fwww.w3.org/2000/svg' viewBox='0 0 24 24'%3E"
            + "%3Cpath d='\(shape)' fill='%23\(fill)'/%3E%3Cpath d='\(sign)' fill='none' stroke='%23\(stroke)' "
            + "stroke-width='3' stroke-linecap='round'/%3E%3C/svg%3E"
    }
}
