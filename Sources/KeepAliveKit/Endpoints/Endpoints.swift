import KeepAlivePlatform

/// The paths of the server, on its thread alone: it reads values gathered elsewhere, and never waits.
package struct Endpoints: HTTPResponder {
    private enum Made: Equatable {
        case page, health, healthDraft, readiness
        case metrics(MetricsText.Format)
    }

    private enum Path {
        case root, ping, health, metrics, restart, livez, readyz, unknown
    }

    let name: String
    let version: String
    let port: Int
    let health: HealthMonitor
    let access: RestartAccess
    /// Restarts the body; nil if nothing can restart it. Returns false while the bot stops.
    let restart: (@Sendable () -> Bool)?
    /// Whether the watchdog has given the bot up.
    let isCondemned: @Sendable () -> Bool

    private var stamp = Timestamper()
    private var body: [UInt8] = []
    private var times: ResponseTimes?
    private var memory: ProcessMemory?
    private var timesSummedAt: MonotonicTime?
    /// The plain answer of `/health`, head and body, as made for this turn's first request; empty before that.
    private var healthAnswer: [UInt8] = []
    /// Expensive answers, as made for this turn's first request: a hundred simultaneous requests cost one.
    private var made: [(kind: Made, response: HTTPResponse, body: [UInt8])] = []
    private var lastRestart: MonotonicTime?
    private var wrongTokens = TokenBucket(capacity: 20, perSecond: 1)

    init(
        name: String, version: String, port: Int, health: HealthMonitor, access: RestartAccess,
        restart: (@Sendable () -> Bool)?, isCondemned: @escaping @Sendable () -> Bool = { false }
    ) {
        self.name = name
        self.version = version
        self.port = port
        self.health = health
        self.access = access
        self.restart = restart
        self.isCondemned = isCondemned
        body.reserveCapacity(2048)
    }

    /// The pages of a program that cannot be restarted over HTTP.
    package init(name: String, version: String, port: Int, health: HealthMonitor) {
        self.init(
            name: name, version: version, port: port, health: health,
            access: RestartAccess(token: nil, isProduction: true), restart: nil)
    }

    package mutating func beginTurn() {
        healthAnswer.removeAll(keepingCapacity: true)
        made.removeAll(keepingCapacity: true)
    }

    package mutating func respond(
        to request: HTTPRequest, bytes head: Span<UInt8>, from peer: HTTPPeer, output: inout [UInt8]
    ) -> HTTPReply {
        let path = Self.path(head, request.path)
        // The requests of probes. Simultaneous ones share one reading, as nginx gives them one reading of the clock.
        let isPlain =
            path == .health && request.method == .get && request.keepsAlive && request.minorVersion > 0
            && request.accept.map { AcceptField.isAnything(head, $0) } ?? true
        if isPlain, !healthAnswer.isEmpty {
            output.append(contentsOf: healthAnswer)
            return .given
        }
        let start = output.count
        defer {
            if isPlain {
                healthAnswer.append(contentsOf: output[start...])
            } else if path == .restart {
                beginTurn()
            }
        }
        body.removeAll(keepingCapacity: true)
        let now = WallTime.now()
        var response = HTTPResponse(to: request)
        if path == .unknown, request.namesPath {
            let words = "no such path; use one of /, /health, /ping, /metrics, /livez, /readyz and /restart"
            refuse(.notFound, words, at: now, &response)
        } else if request.method != .get, request.method != .head, request.method != .post || path != .restart {
            refuse(
                .methodNotAllowed, "method not allowed here; the Allow header lists those that are",
                field: path == .restart ? "Allow: GET, HEAD, POST" : "Allow: GET, HEAD", at: now, &response)
        } else {
            answer(path, request, head, peer, at: now, &response)
        }
        response.append(body: body, at: now, stamp: &stamp, to: &output)
        return .given
    }

    package mutating func reject(_ status: HTTPStatus, _ reason: String, output: inout [UInt8]) {
        body.removeAll(keepingCapacity: true)
        let now = WallTime.now()
        appendError(reason, at: now)
        HTTPResponse(status: status, keepsAlive: false).append(body: body, at: now, stamp: &stamp, to: &output)
    }

    private static func path(_ head: Span<UInt8>, _ range: Range<Int>) -> Path {
        switch range.count {
        case 0: .root  // http://host without a path
        case 1 where matches(head, range, "/"): .root
        case 5 where matches(head, range, "/ping"): .ping
        case 6 where matches(head, range, "/livez"): .livez
        case 7 where matches(head, range, "/health"): .health
        case 7 where matches(head, range, "/readyz"): .readyz
        case 8 where matches(head, range, "/metrics"): .metrics
        case 8 where matches(head, range, "/restart"): .restart
        default: .unknown
        }
    }

    private mutating func answer(
        _ path: Path, _ request: HTTPRequest, _ head: Span<UInt8>, _ peer: HTTPPeer, at now: WallTime,
        _ response: inout HTTPResponse
    ) {
        switch path {
        case .ping:
            body.append(#"{"pong":true"#)
            appendTimestampAndClose(now)
        case .health:
            appendHealth(request, head, &response)
        case .root:
            if let accept = request.accept, AcceptField.prefers("text/html", in: Array(head, accept)) {
                once(.page, &response) { own, response in
                    StatusPage(name: own.name, version: own.version, report: own.report(), time: now)
                        .append(to: &own.body, &response)
                }
            } else {
                appendOnline(now)
            }
        case .metrics: appendMetrics(request, head, &response)
        case .livez:
            if isCondemned() {
                refuse(.unavailable, "the watchdog gave up this bot, and its process is ending", at: now, &response)
            } else {
                body.append(#"{"status":"alive""#)
                appendTimestampAndClose(now)
            }
        case .readyz:
            once(.readiness, &response) { own, response in own.appendReadiness(at: now, &response) }
        case .restart: appendRestart(request, head, peer, at: now, &response)
        case .unknown: break
        }
    }

    private mutating func appendHealth(
        _ request: HTTPRequest, _ head: Span<UInt8>, _ response: inout HTTPResponse
    ) {
        let isDraft =
            request.accept.map { AcceptField.prefers("application/health+json", in: Array(head, $0)) } ?? false
        once(isDraft ? .healthDraft : .health, &response) { own, response in
            let report = own.report()
            // Read after the report, so that it is never before `status_since`.
            let now = WallTime.now()
            response.status = report.status == .unhealthy ? .unavailable : .ok
            if isDraft {
                response.contentType = "application/health+json"
                report.appendHealthJSON(
                    name: own.name, version: own.version, at: now, stamp: &own.stamp, to: &own.body)
            } else {
                report.appendJSON(version: own.version, at: now, stamp: &own.stamp, to: &own.body)
            }
        }
    }

    /// Makes an answer, or reuses this turn's answer; only its form belongs to the request.
    private mutating func once(
        _ kind: Made, _ response: inout HTTPResponse, _ make: (inout Endpoints, inout HTTPResponse) -> Void
    ) {
        if let known = made.first(where: { $0.kind == kind }) {
            response.status = known.response.status
            response.contentType = known.response.contentType
            response.extraFields = known.response.extraFields
            body.append(contentsOf: known.body)
            return
        }
        make(&self, &response)
        made.append((kind, response, body))
    }

    private mutating func appendMetrics(
        _ request: HTTPRequest, _ head: Span<UInt8>, _ response: inout HTTPResponse
    ) {
        let format = MetricsText.Format(accept: request.accept.map { Array(head, $0) })
        once(.metrics(format), &response) { own, response in
            var text = MetricsText(format)
            own.report().appendMetrics(name: own.name, version: own.version, times: own.health.latencies, to: &text)
            ProcessMetrics()?.append(to: &text)
            response.contentType = format.contentType
            own.body = text.finish()
        }
    }

    private mutating func appendOnline(_ now: WallTime) {
        body.append(#"{"status":"online","bot":"#)
        body.appendJSON(name)
        body.append(#","version":"#)
        body.appendJSON(version)
        body.append(#","port":"#)
        body.appendDecimal(UInt64(max(0, port)))
        appendTimestampAndClose(now)
    }

    private mutating func appendReadiness(at now: WallTime, _ response: inout HTTPResponse) {
        let report = report()
        if report.isReady {
            body.append(#"{"status":"ready""#)
        } else {
            response.status = .unavailable
            body.append(#"{"status":"not ready","reasons":["#)
            var reasons = report.body == .stopping ? ["The bot is stopping."] : report.reasons
            if reasons.isEmpty { reasons.append("The bot is not connected.") }
            for (index, reason) in reasons.enumerated() {
                if index > 0 { body.append(UInt8(ascii: ",")) }
                body.appendJSON(reason)
            }
            body.append("]")
        }
        appendTimestampAndClose(now)
    }

    private mutating func appendRestart(
        _ request: HTTPRequest, _ head: Span<UInt8>, _ peer: HTTPPeer, at now: WallTime,
        _ response: inout HTTPResponse
    ) {
        let authorization = request.hasManyAuthorizations ? nil : request.authorization.map { Array(head, $0) }
        let decision = access.decide(
            authorization: authorization, host: request.host.map { Array(head, $0) },
            authority: request.authority.map { Array(head, $0) },
            markers: request.markers, peerIsLoopback: peer.isLoopback, owner: peer.owner)
        switch decision {
        case .unauthorized(let reason):
            // A valid token is never delayed: only wrong tokens count, and a request without a token is no attempt.
            if request.authorization != nil, let wait = wrongTokens.take(at: .now()) {
                let words = "too many wrong tokens: try again in \(wait) s, or send the right token"
                return refuse(.tooManyRequests, words, field: "Retry-After: \(wait)", at: now, &response)
            }
            return refuse(.unauthorized, reason, field: "WWW-Authenticate: Bearer", at: now, &response)
        case .forbidden(let reason): return refuse(.forbidden, reason, at: now, &response)
        case .allowed: break
        }
        let instant = MonotonicTime.now()
        if let lastRestart, instant.since(lastRestart) < .seconds(5) {
            let words = "only one restart in 5 s is accepted; try again in 5 s"
            return refuse(.tooManyRequests, words, field: "Retry-After: 5", at: now, &response)
        }
        // HEAD returns the head of GET's answer without a restart: it is a safe method (RFC 9110, section 9.2.1).
        guard let restart, request.method == .head || restart() else {
            let words = "the bot cannot be restarted now: it is stopping, or runs without a restart loop"
            return refuse(.unavailable, words, at: now, &response)
        }
        if request.method != .head { lastRestart = instant }
        response.status = .accepted
        body.append(#"{"message":"Restart signal received""#)
        appendTimestampAndClose(now)
    }

    /// The report now. Response times are summed and the process's memory is read at most once a second: both take
    /// longer than all the rest.
    private mutating func report() -> HealthReport {
        let now = MonotonicTime.now()
        if timesSummedAt.map({ now.since($0) >= .seconds(1) }) ?? true {
            times = health.responseTimes
            memory = ProcessMemory()
            timesSummedAt = now
        }
        var report = health.report(at: now, responseTimes: times)
        report.memory = memory
        return report
    }

    /// - Parameter field: a header line, without its end.
    private mutating func refuse(
        _ status: HTTPStatus, _ reason: String, field: String? = nil, at now: WallTime, _ response: inout HTTPResponse
    ) {
        response.status = status
        if let field { response.extraFields.append(contentsOf: "\(field)\r\n".utf8) }
        appendError(reason, at: now)
    }

    private mutating func appendError(_ reason: String, at now: WallTime) {
        body.append(#"{"error":"#)
        body.appendJSON(reason)
        appendTimestampAndClose(now)
    }

    private mutating func appendTimestampAndClose(_ now: WallTime) {
        body.append(#","timestamp":""#)
        stamp.appendISO8601(now, to: &body)
        body.append("\"}\n")
    }
}
