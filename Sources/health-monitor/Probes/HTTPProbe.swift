import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform

/// Sends an HTTP request: type `http`, or `https`.
///
/// - `url`, `method` (GET), `headers` (an object), `body`.
/// - `expectStatus`, `expectBody`, `jsonPath` and `equals`, `maxResponseTime`: see `HTTPExpectations`.
/// - `followRedirects` (true): follow up to `maxRedirects` (10), with the cookies set on the way. `RedirectRule`
///   decides which headers go along.
/// - `certificateDays` (14): an `https` answer is degraded if the certificate expires in fewer days. Each check then
///   opens a new connection; 0 disables the check and reuses connections.
/// - `caFile`: certificate authorities to trust instead of the system's.
///
/// The probe understands a body in the kit's form or health+json, compressed or not. Such a body can make the target
/// degraded or unhealthy whatever the status code, unless explicit requirements are met. Its sentences enter the
/// message and its checks become sub-checks.
struct HTTPProbe: Probe {
    static let type = "http"
    /// The most bytes of a body that are examined.
    static let mostBytes = 1024 * 1024

    private let request: HTTPClientRequest
    private let endpoint: Endpoint?
    private let expectations: HTTPExpectations
    /// 0 if redirects count as answers.
    private let mostRedirects: Int
    private let certificateDays: Int
    /// A server may echo the secrets that it was sent.
    private let hider: SecretHider
    let address: String

    init(reading section: ConfigurationSection) {
        let known = section.findings.secrets.count
        let url = section.string("url")
        var request = HTTPClientRequest(url: url, method: section.method("method"))
        request.headers = section.fields("headers")
        request.body = section.optionalString("body").map { Array($0.utf8) }
        request.caFile = section.certificateFile("caFile")
        request.maximumResponseBytes = Self.mostBytes
        request.truncatesBody = true
        request.decodesBody = true
        certificateDays = section.integer("certificateDays", in: 0...3650, default: 14)
        let limit = section.integer("maxRedirects", in: 0...50, default: 10)
        mostRedirects = section.flag("followRedirects", default: true) ? limit : 0
        expectations = HTTPExpectations(reading: section)
        do throws(HTTPClientError) {
            endpoint = try Endpoint(url: url)
        } catch {
            endpoint = nil
            if !url.isEmpty {
                section.refuse("url", "\(error.reason): give an address such as https://example.org/health")
            }
        }
        self.request = request
        section.hideSecrets(of: url)
        address = Self.address(section.shownPath(of: "url", url), endpoint)
        hider = SecretHider(section.findings.secrets.dropFirst(known).map { Array($0.utf8) })
    }

    /// The address to show, without name and password.
    private static func address(_ path: String, _ endpoint: Endpoint?) -> String {
        guard let endpoint else { return "" }
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
            return await .failed(error, timeout: timeout, tools)
        }
    }

    // MARK: Asking

    private func answer(
        _ client: HTTPClient, until deadline: MonotonicTime, _ timeout: Duration
    ) async throws -> HTTPClientResponse {
        var request = request
        var url = try RequestURL(request.url)
        request.timeout = timeout
        var elapsed = Duration.zero
        var certificate: Certificate?
        // A site may set a cookie and redirect to itself.
        if mostRedirects > 0 { request.cookies = [] }
        for hop in 0... {
            request.connectTimeout = request.timeout
            request.wantsCertificate = certificateDays > 0 && url.endpoint.scheme == "https" && certificate == nil
            var response = try await client.send(request)
            elapsed += response.elapsed
            if response.isUndecodable, ["GET", "HEAD"].contains(request.method) {
                // The body is not encoded as declared, so it counts as it is.
                request.timeout = try Self.left(until: deadline)
                request.decodesBody = false
                response = try await client.send(request)
                request.decodesBody = true
                elapsed += response.elapsed
            }
            // The certificate of the configured address matters, not of a redirect's target.
            certificate = certificate ?? response.certificate
            guard mostRedirects > 0, let location = RedirectRule.location(of: response) else {
                return response.with(elapsed: elapsed, certificate)
            }
            guard hop < mostRedirects else { break }
            let next: RequestURL
            do {
                next = try url.redirected(to: location)
            } catch {
                throw HTTPClientError(
                    kind: .invalidRequest,
                    message: "HTTP \(response.status) redirects to something that is not a web address: \(error.reason)"
                )
            }
            RedirectRule.follow(&request, from: url.endpoint, to: next.endpoint, status: response.status)
            url = next
            request.url = next.text
            request.cookies = response.cookies
            request.timeout = try Self.left(until: deadline)
        }
        throw HTTPClientError(kind: .invalidRequest, message: "it redirects more than \(mostRedirects) times")
    }

    private static func left(until deadline: MonotonicTime) throws -> Duration {
        let left = deadline.since(.now())
        guard left > .zero else { throw CancellationError() }
        return left
    }

    // MARK: Judging

    /// Judges an answer. Pure.
    func judge(_ response: HTTPClientResponse, at now: WallTime) -> ProbeResult {
        var result = ProbeResult(status: .healthy, message: "", responseTime: response.elapsed)
        let type = response.header("Content-Type")
        let body = BodyText.utf8(response.body, contentType: type)
        var findings = expectations.findings(response, text: body)
        // Before texts are cut: half a secret is a secret too. The expectations see the whole body.
        let shown = hider.redact(body.span) ?? body
        let report = HealthBody(shown, contentType: type)
        if let report {
            result.checks = report.checks
            // Explicit requirements override the status that the body reports.
            if !(expectations.areExplicit && findings.isEmpty) { result.status = report.status }
        }
        if !findings.isEmpty { result.status = .unhealthy }
        if !expectations.expects(status: response.status) {
            findings.insert("HTTP \(response.status) (expected \(expectations.statusWords))", at: 0)
            result.status = .unhealthy
        } else {
            findings.insert("HTTP \(response.status)", at: 0)
        }
        var message = findings.joined(separator: ", but ")
        if result.status != .healthy {
            let words = report?.message ?? ServiceWords.read(shown)
            if let words { message += ": \(words)" }
            if words == nil, let report, report.status != .healthy {
                message += ", but the body reports \(report.status)"
            }
        }
        let isPlain = result.status == .healthy
        var sentences: [String] = []
        if let limit = expectations.maxResponseTime, response.elapsed > limit {
            result.status = .worse(result.status, .degraded)
            sentences.append("it answered after \(response.elapsed.inWords) (limit \(limit.inWords))")
        }
        if certificateDays > 0, let certificate = response.certificate {
            let check = CertificateCheck.check(certificate, now: now, warningDays: certificateDays)
            result.status = .worse(result.status, check.status)
            result.checks.append(check)
            if check.status != .healthy, let message = check.message { sentences.append(message) }
        }
        if !isPlain || sentences.isEmpty { sentences.insert(message, at: 0) }
        result.message = sentences.joined(separator: "; ")
        return result
    }
}

extension HTTPClientResponse {
    /// The last of several answers, with the total time.
    fileprivate func with(elapsed: Duration, _ certificate: Certificate?) -> HTTPClientResponse {
        var response = HTTPClientResponse(
            status: status, headers: headers, body: body, elapsed: elapsed,
            certificateEnd: certificate?.end)
        response.certificate = certificate
        response.isCutOff = isCutOff
        response.isUndecodable = isUndecodable
        return response
    }
}
