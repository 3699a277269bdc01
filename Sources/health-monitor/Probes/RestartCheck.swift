/// The number of restarts, as a sub-check. Pure.
enum RestartCheck {
    static func check(_ restarts: Int, limit: Int) -> ProbeResult.SubCheck {
        ProbeResult.SubCheck(
            name: "restarts", status: restarts > limit ? .degraded : .healthy,
            message: restarts > limit ? "restarted \(restarts) times" : nil, value: Double(restarts))
    }
}
