import KeepAliveKit

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What the Docker Engine API answers to `GET /containers/NAME/json`, judged. Pure.
enum DockerState {
    private struct Container: Decodable {
        let State: State
        let RestartCount: Int?

        struct State: Decodable {
            let Status: String?
            let Running: Bool
            let Paused: Bool?
            let Restarting: Bool?
            let OOMKilled: Bool?
            let ExitCode: Int?
            let Health: Health?
        }

        struct Health: Decodable {
            let Status: String
            let FailingStreak: Int?
        }
    }

    private struct Failure: Decodable {
        let message: String
    }

    static func verdict(_ status: Int, _ body: [UInt8], maxRestarts: Int) -> ProbeResult {
        let decoder = JSONDecoder()
        guard status == 200 else {
            if status == 404 { return ProbeResult(status: .unhealthy, message: "there is no such container") }
            let words = (try? decoder.decode(Failure.self, from: Data(body)))?.message.line(limit: 200)
            return ProbeResult(
                status: .unknown, message: "the Docker engine answered \(status)\(words.map { ": \($0)" } ?? "")")
        }
        guard let container = try? decoder.decode(Container.self, from: Data(body)) else {
            return ProbeResult(status: .unknown, message: "what answers is not a Docker engine")
        }
        let state = container.State
        var (result, sentence) = running(state)
        var checks: [ProbeResult.SubCheck] = []
        if state.Running, let health = state.Health, let (status, words) = judged(health) {
            checks.append(ProbeResult.SubCheck(name: "health", status: status, message: words))
            if status != .healthy, result == .healthy { (result, sentence) = (status, words) }
        }
        if let restarts = container.RestartCount {
            let check = RestartCheck.check(restarts, limit: maxRestarts)
            checks.append(check)
            if check.status == .degraded, result == .healthy, let words = check.message {
                (result, sentence) = (.degraded, words)
            }
        }
        return ProbeResult(status: result, message: sentence, checks: checks)
    }

    private static func running(_ state: Container.State) -> (ProbeStatus, String) {
        if state.Restarting == true { return (.unhealthy, "it is being restarted again and again") }
        if state.Paused == true { return (.unhealthy, "it is paused") }
        guard !state.Running else { return (.healthy, "it is running") }
        if state.OOMKilled == true { return (.unhealthy, "it was killed because memory ran out") }
        let word = state.Status?.line(limit: 40) ?? "not running"
        let code = state.ExitCode.map { " with code \($0)" } ?? ""
        return (.unhealthy, word == "exited" ? "it has exited\(code)" : "it is \(word)")
    }

    private static func judged(_ health: Container.Health) -> (ProbeStatus, String)? {
        switch health.Status {
        case "none", "": nil
        case "healthy": (.healthy, "its health check passes")
        case "starting": (.degraded, "it is starting: its health check has not passed yet")
        default:
            (
                .unhealthy,
                "its health check fails" + (health.FailingStreak.map { " (\($0) times in a row)" } ?? "")
            )
        }
    }
}
