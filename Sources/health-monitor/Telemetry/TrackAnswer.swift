import KeepAliveCurl
import KeepAliveKit

/// Interprets an answer of Application Insights like Azure's own exporters. Pure.
enum TrackAnswer: Equatable {
    /// Some or all were accepted; the text names permanent refusals.
    case outcome(TelemetryBuffer.Outcome, refusal: String?)
    /// Post to this endpoint, now and later.
    case moved(endpoint: String)

    private static let retried = [408, 429, 439, 500, 502, 503, 504]
    /// The day's quota is exhausted until tomorrow.
    private static let quota = 402

    /// - Parameter endpoint: the address the items were posted to, without the path.
    init(_ response: HTTPClientResponse, count: Int, endpoint: String) {
        let wait = Delivery.retryAfter(response.header("Retry-After"))
        switch response.status {
        // The list of errors names the rejected items, whatever the code.
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
        // Without a list the missing items are unknown, and resending all would count items twice.
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

    /// That host, or another host of Azure, because the items carry the key. Never from TLS to plain HTTP.
    static func mayMove(from old: String, to new: String) -> Bool {
        guard let from = try? Endpoint(url: old), let to = try? Endpoint(url: new),
            from.scheme != "https" || to.scheme == "https"
        else { return false }
        let (one, other) = (from.host.lowercased(), to.host.lowercased())
        return one == other || azure.contains { one.hasSuffix($0) && other.hasSuffix($0) }
    }
}
