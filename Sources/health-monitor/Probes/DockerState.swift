/// Judges the Docker Engine's answer to `GET /containers/NAME/json`. Pure.
enum DockerState {
    static func verdict(_ status: Int, _ body: [UInt8], maxRestarts: Int) -> ProbeResult {
        let root = try? JSONValue(parsing: body)
        guard status == 200 else {
            if status == 404 { return ProbeResult(status: .unhealthy, message: "the container does not exist") }
            let words = root?["message"]?.text?.line(limit: 200)
            return ProbeResult(
                status: .unknown, message: "the Docker engine answered \(status)\(words.map { ": \($0)" } ?? "")")
        }
        guard let state = root?["State"], let isRunning = state["Running"]?.flag else {
            return ProbeResult(status: .unknown, message: "another program answers, not a Docker engine")
        }
        var (result, sentence) = running(state, isRunning)
        var checks: [ProbeResult.SubCheck] = []
        if isRunning, let health = state["Health"], let (status, words) = judged(health) {
            checks.append(ProbeResult.SubCheck(name: "health", status: status, message: words))
            if status != .healthy, result == .healthy { (result, sentence) = (status, words) }
        }
        if let restarts = root?["RestartCount"]?.integer {
            let check = RestartCheck.check(restarts, limit: maxRestarts)
            checks.append(check)
            if check.status == .degraded, result == .healthy, let words = check.message {
                (result, sentence) = (.degraded, words)
            }
        }
        return ProbeResult(status: result, message: sentence, checks: checks)
    }

    private static func running(_ state: JSONValue, _ isRunning: Bool) -> (ProbeStatus, String) {
        if state["Restarting"] == true { return (.unhealthy, "it restarts again and again") }
        if state["Paused"] == true { return (.unhealthy, "it is paused") }
        guard !isRunning else { return (.healthy, "it is running") }
        if state["OOMKilled"] == true { return (.unhealthy, "it was killed because memory ran out") }
        let word = state["Status"]?.text?.line(limit: 40) ?? "not running"
        let code = state["ExitCode"]?.integer.map { " with code \($0)" } ?? ""
        return (.unhealthy, word == "exited" ? "it has exited\(code)" : "it is \(word)")
    }

    private static func judged(_ health: JSONValue) -> (ProbeStatus, String)? {
        switch health["Status"]?.text {
        case nil, "none", "": nil
        case "healthy": (.healthy, "its health check passes")
        case "starting": (.degraded, "it is starting: its health check has not passed yet")
        default:
            (
                .unhealthy,
                "its health check fails" + (health["FailingStreak"]?.integer.map { " (\($0) times in a row)" } ?? "")
            )
        }
    }
}
