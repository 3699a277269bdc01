import KeepAliveKit

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Asks one bot to restart, and words its answer.
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

    private struct Answer: Decodable {
        let message: String?
        let error: String?
    }

    /// Pure.
    static func outcome(_ status: Int, _ body: [UInt8]) -> (accepted: Bool, words: String) {
        let answer = try? JSONDecoder().decode(Answer.self, from: Data(body))
        if status == 202 { return (true, answer?.message ?? "accepted") }
        return (false, "refused (\(status)): \(answer?.error ?? answer?.message ?? "no reason given")")
    }
}
