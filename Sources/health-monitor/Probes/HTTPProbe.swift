import HTTPClient
import KeepAliveKit

/// Sends an HTTP request: type `http`, or `https`.
///
/// - `url`, `method` (GET), `headers` (an object), `body`.
/// - `expectStatus`, `expectBody`, `jsonPath` and `equals`, `maxResponseTime`: see `HTTPExpectations`.
/// - `followRedirects` (true): up to 5. The headers go to the first host alone, since they may hold a key.
/// - `certificateDays` (14): an `https` answer is degraded when the certificate ends in fewer days. Each look takes a new
///   connection then; with 0 nobody looks, and connections are kept.
/// - `caFile`: certificate authorities to trust in place of the system's.
///
/// A body in the kit's form or health+json is understood: the target is degraded or unhealthy when the body says so,
/// whatever the status code, its sentences are the message and its checks are sub-checks.
struct HTTPProbe: Probe {
    static let type = "http"
    /// How much of a body is looked at.
    static let mostBytes = 1024 * 1024
    static let mostRedirects = 5

    private let request: HTTPClientRequest
    private let endpoint: Endpoint?
    private let expectations: HTTPExpectations
    private let followsRedirects: Bool
    private let certificateDays: Int
    let address: String

    init(reading section: ConfigurationSection) {
        let url = section.string("url")
        var request = HTTPClientRequest(url: url, method: section.method("method"))
        request.headers = section.fields("headers")
        request.body = section.optionalString("body").map { Array($0.utf8) }
        request.caFile = section.certificateFile("caFile")
        request.maximumResponseBytes = Self.mostBytes
        request.truncatesBody = true
        certificateDays = section.integer("certificateDays", in: 0...3650, default: 14)
        followsRedirects = section.flag("followRedirects", default: true)
        expectations = HTTPExpectations(reading: section)
        do throws(HTTPClientError) {
            endpoint = try Endpoint(url: url)
        } catch {
            endpoint = nil
            if !url.isEmpty {
                section.refuse("url", "\(error.reason): give an address such as https://example.org/health")
            }
        }
        request.wantsCertificate = certificateDays > 0 && endpoint?.scheme == "https"
        self.request = request
        address = Self.address(url, endpoint)
    }

    /// Where it asks: without a name and password, without a query, which may hold a key.
    private static func address(_ url: String, _ endpoint: Endpoint?) -> String {
        guard let endpoint else { return "" }
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? Substring(url)
        let path = rest.drop { $0 != "/" && $0 != "?" && $0 != "#" }.prefix { $0 != "?" && $0 != "#" }
        let isUsual = endpoint.port == (endpoint.scheme == "https" ? "443" : "80")
        return "\(endpoint.scheme)://\(endpoint.host)\(isUsual ? "" : ":\(endpoint.port)")\(path)"
    }

    var isLocal: Bool { endpoint?.isLoopback ?? false }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        let start = MonotonicTime.now()
        do {
            let response = try await answer(tools.client, until: start.advanced(by: timeout), timeout)
            return judge(response, at: .now())
        } catch {
            return .failed(error, timeout: timeout)
        }
    }

    // MARK: Asking

    private func answer(
        _ client: HTTPClient, until deadline: MonotonicTime, _ timeout: Duration
    ) async throws -> HTTPClientResponse {
        var request = request
        request.timeout = timeout
        request.connectTimeout = timeout
        var elapsed = Duration.zero
        var certificateEnd: Int64?
        for hop in 0...Self.mostRedirects {
            let response = try await client.send(request)
            elapsed += response.elapsed
            // What people ask about is the certificate of the address they gave.
            certificateEnd = certificateEnd ?? response.certificateEnd
            guard followsRedirects, let next = response.redirectURL else {
                return HTTPClientResponse(
                    status: response.status, headers: response.headers, body: response.body, elapsed: elapsed,
                    certificateEnd: certificateEnd)
            }
            guard hop < Self.mostRedirects else { break }
            guard let endpoint = try? Endpoint(url: next) else {
                throw HTTPClientError(kind: .invalidRequest, message: "it redirects to what is not a web address")
            }
            request.timeout = deadline.since(.now())
            guard request.timeout > .zero else { throw CancellationError() }
            request.connectTimeout = request.timeout
            request.wantsCertificate = certificateDays > 0 && endpoint.scheme == "https" && certificateEnd == nil
            if endpoint != (try? Endpoint(url: request.url)) {
                request.headers = []
            }
            // RFC 9110, section 15.4: only 307 and 308 keep the method and the body.
            if response.status == 303 && request.method != "HEAD"
                || [301, 302].contains(response.status) && request.method == "POST"
            {
                request.method = "GET"
                request.body = nil
            }
            request.url = next
        }
        throw HTTPClientError(kind: .invalidRequest, message: "it redirects more than \(Self.mostRedirects) times")
    }

    // MARK: Judging

    private func judge(_ response: HTTPClientResponse, at now: WallTime) -> ProbeResult {
        var result = ProbeResult(status: .healthy, message: "", responseTime: response.elapsed)
        var sentences: [String] = []
        let isCutOff = response.body.count >= Self.mostBytes
        if let body = HealthBody(response.body, contentType: response.header("Content-Type")) {
            result.status = body.status
            result.checks = body.checks
            if body.status != .healthy { sentences.append(body.message ?? "it says that it is \(body.status)") }
        }
        let findings = expectations.findings(status: response.status, body: response.body, isCutOff: isCutOff)
        if !findings.isEmpty {
            // A bot that is unhealthy says so with 503: its own words tell more than the number.
            if result.status != .unhealthy { sentences += findings }
            result.status = .unhealthy
        }
        if let limit = expectations.maxResponseTime, response.elapsed > limit {
            result.status = .worse(result.status, .degraded)
            sentences.append("it answered after \(response.elapsed.inWords), more than \(limit.inWords)")
        }
        if certificateDays > 0, let end = response.certificateEnd {
            let check = CertificateCheck.check(endingAt: end, now: now, warningDays: certificateDays)
            result.status = .worse(result.status, check.status)
            result.checks.append(check)
            if check.status != .healthy, let message = check.message { sentences.append(message) }
        }
        result.message = sentences.isEmpty ? "it answered \(response.status)" : sentences.joined(separator: "; ")
        return result
    }
}
