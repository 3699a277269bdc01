import KeepAliveCurl
import KeepAliveKit

/// What an answer of Application Insights means, as Azure's own exporters read it. Pure.
enum TrackAnswer: Equatable {
    /// Some or all were taken; the text says what was refused for good.
    case outcome(TelemetryBuffer.Outcome, refusal: String?)
    /// To be posted there, now and from now on.
    case moved(endpoint: String)

    private static let retried = [408, 429, 439, 500, 502, 503, 504]
    /// The day's quota is used up, which is over by tomorrow.
    private static let quota = 402

    /// - Parameter endpoint: where the items were posted, without the path.
    init(_ response: HTTPClientResponse, count: Int, endpoint: String) {
        let wait = Delivery.retryAfter(response.header("Retry-After"))
        switch response.status {
        // What was not accepted stands in the list of errors, whatever the code.
        case 200, 206: self = Self.partial(response, count: count, wait)
        case 307, 308:
            guard let target = response.redirectURL.flatMap({ try? Endpoint(url: $0) })?.description,
                Self.mayMove(from: endpoint, to: target)
            else {
                self = .outcome(.done, refusal: "it redirects to another place than its own")
                return
            }
            self = .moved(endpoint: target)
        case let status where status == Self.quota || Self.retried.contains(status):
            self = .outcome(.again(Array(0..<count), after: wait), refusal: nil)
        default: self = .outcome(.done, refusal: "it answered \(response.status)")
        }
    }

    private static func partial(_ response: HTTPClientResponse, count: Int, _ wait: Duration?) -> TrackAnswer {
        // Without a list nobody can tell which ones are missing, and all of them once more would count double.
        let errors = response.json?["errors"]?.elements ?? []
        var again: Set<Int> = []
        var refused: [Int] = []
        for error in errors {
            guard let index = error["index"]?.double.flatMap({ Int(exactly: $0) }), (0..<count).contains(index),
                let status = error["statusCode"]?.double.flatMap({ Int(exactly: $0) })
            else { continue }
            if status == quota || retried.contains(status) { again.insert(index) } else { refused.append(status) }
        }
        let refusal = refused.first.map { "it refused \(refused.count) of \(count) items, the first with \($0)" }
        return .outcome(again.isEmpty ? .done : .again(again.sorted(), after: wait), refusal: refusal)
    }

    // MARK: Redirects

    private static let azure = [
        ".applicationinsights.azure.com", ".services.visualstudio.com", ".monitor.azure.com",
        ".applicationinsights.azure.us", ".monitor.azure.us", ".applicationinsights.azure.cn", ".monitor.azure.cn",
    ]

    /// The same host, or another one of Azure's: the items carry the key. Never from TLS to none.
    static func mayMove(from old: String, to new: String) -> Bool {
        guard let from = try? Endpoint(url: old), let to = try? Endpoint(url: new),
            from.scheme != "https" || to.scheme == "https"
        else { return false }
        let (one, other) = (from.host.lowercased(), to.host.lowercased())
        return one == other || azure.contains { one.hasSuffix($0) && other.hasSuffix($0) }
    }
}
