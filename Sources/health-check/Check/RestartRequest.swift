import KeepAliveKit
import KeepAliveToolSupport

/// Asks one bot to restart and describes its answer.
struct RestartRequest: Sendable {
    let url: HTTPURL
    let token: String?
    let timeout: Duration

    /// Waits for the answer.
    func run() -> (accepted: Bool, words: String) {
        var request = HTTPGet(url.sibling("/restart"), timeout: timeout)
        request.method = .post
        request.bearerToken = token
        do {
            let response = try request.run()
            return Self.outcome(response.status, response.body)
        } catch {
            return (false, error.description)
        }
    }

    /// The outcome of an answer. Pure.
    static func outcome(_ status: Int, _ body: [UInt8]) -> (accepted: Bool, words: String) {
        var words: [String: String] = [:]
        let isObject = JSONReader.readObject(body) { key, value in words[key] = value.string() }
        if !isObject { words = [:] }
        if status == 202 { return (true, words["message"] ?? "accepted") }
        return (false, "refused (\(status)): \(words["error"] ?? words["message"] ?? "no reason given")")
    }
}
