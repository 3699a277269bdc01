import KeepAliveKit

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What the Docker Engine API answers to `GET /containers/NAME/json`, judged. Pure.
enum DockerState {
    private struct Container: Decodable {
        let state: State
        let restartCount: Int?

        enum CodingKeys: String, CodingKey {
            case state = "State"
            case restartCount = "RestartCount"
        }
    }

    private struct State: Decodable {
        let status: String?
        let isRunning: Bool
        let isPaused: Bool?
        let isRestarting: Bool?
        let wasKilledForMemory: Bool?
        let exitCode: Int?
        let health: Health?

        enum CodingKeys: String, CodingKey {
            case status = "Status"
            case isRunning = "Running"
            case isPaused = "Paused"
            case isRestarting = "Restarting"
            case wasKilledForMemory = "OOMKilled"
            case exitCode = "ExitCode"
            case health = "Health"
        }
    }

    private struct Health: Decodable {
        let status: String
        let failingStreak: Int?

        enum CodingKeys: String, CodingKey {
            case status = "Status"
            case failingStreak = "FailingStreak"
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
        let state = container.state
        var (result, sentence) = running(state)
        var checks: [ProbeResult.SubCheck] = []
        if state.isRunning, let health = state.health, let (status, words) = judged(health) {
            checks.append(ProbeResult.SubCheck(name: "health", status: status, message: words))
            if status != .healthy, result == .healthy { (result, sentence) = (status, words) }
        }
        if let restarts = container.restartCount {
            let check = RestartCheck.check(restarts, limit: maxRestarts)
            checks.append(check)
            if check.status == .degraded, result == .healthy, let words = check.message {
                (result, sentence) = (.degraded, words)
            }
        }
        return ProbeResult(status: result, message: sentence, checks: checks)
    }

    private static func running(_ state: State) -> (ProbeStatus, String) {
        if state.isRestarting == true { return (.unhealthy, "it is being restarted again and again") }
        if state.isPaused == true { return (.unhealthy, "it is paused") }
        guard !state.isRunning else { return (.healthy, "it is running") }
        if state.wasKilledForMemory == true { return (.unhealthy, "it was killed because memory ran out") }
        let word = state.status?.line(limit: 40) ?? "not running"
        let code = state.exitCode.map { " with code \($0)" } ?? ""
        return (.unhealthy, word == "exited" ? "it has exited\(code)" : "it is \(word)")
    }

    private static func judged(_ health: Health) -> (ProbeStatus, String)? {
        switch health.status {
        case "none", "": nil
        case "healthy": (.healthy, "its health check passes")
        case "starting": (.degraded, "it is starting: its health check has not passed yet")
        default:
            (
                .unhealthy,
                "its health check fails" + (health.failingStreak.map { " (\($0) times in a row)" } ?? "")
            )
        }
    }
}
