import KeepAliveKit
import KeepAlivePlatform

/// The monitor's paths: the API, the push calls of services, and pages about the monitor itself.
///
/// Runs on the server's thread only and never waits. Answers that read the database or check a service come later, so
/// `/ping` and `/health` never queue behind them.
struct MonitorEndpoints: HTTPResponder, Sendable {
    /// The sources of the answers.
    struct Sources: Sendable {
        let board: StatusBoard
        let history: HistoryAnswers
        let uptimes: UptimeBoard
        let fleet: any StatusPage
        let pushes: PushBoard
        /// The settings that a reload changes.
        let live: LiveSettings
        /// Stores a service's last push; returns once it survives a kill of the monitor.
        let keepPush: @Sendable (String, PushRecord) async -> Void
        /// Stores what a person has said about a service; returns once it survives a kill of the monitor.
        let keepMarks: @Sendable (String, ServiceMarks, AlertEvent) async -> Void
        /// Checks a service now; nil if no service has that name.
        let test: @Sendable (String) async -> ProbeResult?
        /// The body of `/metrics`; another thread gathers it, so that a scrape never waits.
        let metrics: @Sendable (MetricsText.Format) -> [UInt8]

        /// The tokens of the push targets.
        var pushTokens: Set<String> { live.current.pushTokens }
    }

    /// The limit for a read of the history. A read takes 50 ms; 15 s mean a disk that hangs.
    private static let patience = Duration.seconds(15)

    let sources: Sources
    let events: EventStream
    let reader: WorkQueue
    private let mailbox: Mailbox
    private let tests = Slots(4)
    private var own: Endpoints
    var access: APIAccess
    /// The edition of the keys in `access`.
    private var edition: UInt64

    init(sources: Sources, reader: WorkQueue, mailbox: Mailbox, own: Endpoints) {
        self.sources = sources
        events = EventStream(board: sources.board, fleet: sources.fleet, reader: reader, mailbox: mailbox)
        self.reader = reader
        self.mailbox = mailbox
        self.own = own
        let live = sources.live.current
        edition = live.edition
        access = APIAccess(keys: live.keys)
    }

    mutating func streamEnded(_ place: AnswerPlace) {
        events.remove(place)
    }

    mutating func beginTurn() {
        let live = sources.live.current
        if live.edition != edition {
            edition = live.edition
            // Sessions and their events end too: their key may be gone.
            access = APIAccess(keys: live.keys)
            events.endInsiders()
        }
        own.beginTurn()
    }

    /// A push may carry the whole log of a job.
    func takesLongBody(of request: HTTPRequest, bytes: Span<UInt8>) -> Bool {
        guard request.method == .post,
            case .push(let path) = APIRoute(String(decoding: [UInt8](bytes, request.path), as: UTF8.self))
        else { return false }
        return ((try? PushRequest(path, among: sources.pushTokens)) ?? nil) != nil
    }

    mutating func reject(_ status: HTTPStatus, _ reason: String, output: inout [UInt8]) {
        own.reject(status, reason, output: &output)
    }

    mutating func respond(
        to request: HTTPRequest, bytes: Span<UInt8>, from peer: HTTPPeer, output: inout [UInt8]
    ) -> HTTPReply {
        let route = APIRoute(String(decoding: [UInt8](bytes, request.path), as: UTF8.self))
        let isPage = route == .root && request.method.reads && Self.wantsPage(request, bytes)
        if route == .own || (route == .root && !isPage) {
            return own.respond(to: request, bytes: bytes, from: peer, output: &output)
        }
        let call = APICall(request, from: peer, mailbox: mailbox)
        do throws(Refusal) {
            if route == .events, request.method.reads {
                return try listen(request, bytes, peer, call, output: &output)
            }
            switch try answer(route, request, bytes, call, peer) {
            case .now(let content): call.append(content, to: &output)
            case .later(let patience): return .deferred(within: patience)
            }
        } catch {
            call.refuse(error, to: &output)
        }
        return .given
    }

    enum Answer {
        case now(APIContent)
        case later(Duration)
    }

    private mutating func answer(
        _ route: APIRoute?, _ request: HTTPRequest, _ bytes: Span<UInt8>, _ call: APICall, _ peer: HTTPPeer
    ) throws(Refusal) -> Answer {
        guard request.namesPath else {
            throw Refusal(
                .methodNotAllowed, "method not allowed here: use GET or HEAD", fields: "Allow: GET, HEAD\r\n")
        }
        guard let route else { throw Refusal(.notFound, "no such path; use one of \(APIRoute.paths)") }
        guard route.allows(request.method) else {
            throw Refusal(
                .methodNotAllowed, "method not allowed here: use \(route.methods)",
                fields: "Allow: \(route.methods)\r\n")
        }
        let query = request.query.map { [UInt8](bytes, $0) }
        switch route {
        case .push(let path): return try push(path, request, bytes, call)
        case .services: return .now(services())
        case .login: return try logIn(request, bytes, call, peer)
        case .logout: return try logOut(request, bytes, call)
        case .root:
            let asked = Parameters(ofPage: query, known: ["state", "q", "view"])
            let filter = PageFilter(view: asked.text("view"), states: asked.text("state"), words: asked.text("q"))
            return try page(call, try visit(request, bytes, peer), filter: filter)
        case .service:
            let id = try Parameters(query, allowed: ["id"]).text("id") ?? ""
            return try page(call, try visit(request, bytes, peer), of: id)
        case .badge(let name):
            _ = try Parameters(query, allowed: [])
            return try badge(name, try visit(request, bytes, peer))
        default: break
        }
        let sessions = access.sessions.names(in: request, bytes)
        let credentials = APIAccess.credentials(of: request, bytes)
        if !isOwner(request, bytes, peer) {
            try access.check(credentials, sessions: sessions, from: peer.network(of: request, bytes))
        }
        if !access.hasKey(among: credentials), !request.method.reads { try requireSameOrigin(request, bytes) }
        let history = sources.history
        switch route {
        case .status:
            _ = try Parameters(query, allowed: [])
            return status(call)
        case .history:
            let parameters = try Parameters(query, allowed: ["service", "hours", "limit"])
            let service = try parameters.service("service")
            let hours = try parameters.integer("hours", in: Self.hours, default: 24)
            let limit = try parameters.integer("limit", in: Self.limits, default: 100)
            return try later(call) { () throws(Refusal) in
                try history.checks(service: service, hours: hours, limit: limit)
            }
        case .alerts:
            let parameters = try Parameters(query, allowed: ["status", "service", "limit"])
            let status = try parameters.word(
                "status", of: ["active": AlertRow.Status.active, "resolved": .resolved, "all": nil], default: nil)
            let service = try parameters.service("service")
            let limit = try parameters.integer("limit", in: Self.limits, default: 50)
            return try later(call) { () throws(Refusal) in
                try history.alerts(status: status, service: service, limit: limit)
            }
        case .uptime(let name):
            let service = try Parameters.decode(name.utf8, "SERVICE", inQuery: false)
            let hours = try Parameters(query, allowed: ["hours"]).integer("hours", in: Self.hours, default: 24)
            return try later(call) { () throws(Refusal) in try history.uptime(service: service, hours: hours) }
        case .summary:
            _ = try Parameters(query, allowed: [])
            return try later(call) { () throws(Refusal) in try history.summary() }
        case .test(let name):
            _ = try Parameters(query, allowed: [])
            return try test(try Parameters.decode(name.utf8, "SERVICE", inQuery: false), call)
        case .metrics:
            _ = try Parameters(query, allowed: [])
            let accept = request.fields("accept", in: bytes).first.map { [UInt8](bytes, $0) }
            if let accept, FleetNumbers.areWanted(by: accept) {
                return .now(
                    APIContent(JSONWriter.document { FleetNumbers(sources.board.all).append(to: &$0) }))
            }
            let format = MetricsText.Format(accept: accept)
            var content = APIContent(sources.metrics(format))
            content.contentType = format.contentType
            return .now(content)
        case .acknowledge(let name), .silence(let name), .note(let name):
            _ = try Parameters(query, allowed: [])
            let who = access.holder(of: credentials, sessions: sessions)
            switch route {
            case .acknowledge: return try acknowledge(name, request, bytes, call, by: who)
            case .silence: return try silence(name, request, bytes, call, by: who)
            default: return try note(name, request, bytes, call, by: who)
            }
        case .push, .own, .services, .root, .login, .logout, .events, .service, .badge:
            throw Refusal(.notFound, "no such path; use one of \(APIRoute.paths)")
        }
    }

    private static let hours = 1...2160
    private static let limits = 1...1000

    private func later(
        _ call: APICall, _ body: @escaping @Sendable () throws(Refusal) -> [UInt8]
    ) throws(Refusal) -> Answer {
        try later(call) { () throws(Refusal) in APIContent(try body()) }
    }

    func later(
        _ call: APICall, _ content: @escaping @Sendable () throws(Refusal) -> APIContent
    ) throws(Refusal) -> Answer {
        guard reader.add({ call.answer(with: content) }) else { throw .tooManyReads }
        return .later(Self.patience)
    }

    private func test(_ service: String, _ call: APICall) throws(Refusal) -> Answer {
        guard let target = sources.board[service]?.target else {
            throw .noService(service, among: sources.board.names)
        }
        guard tests.take() else {
            throw Refusal(
                .tooManyRequests, "\(tests.count) tests run already: try again when one has ended",
                fields: "Retry-After: 1\r\n")
        }
        let (tests, sources) = (tests, sources)
        Task {
            let result = await sources.test(service)
            tests.giveBack()
            call.answer { () throws(Refusal) in
                guard let result else { throw .noService(service, among: sources.board.names) }
                return APIContent(result.answer(for: service, at: .now()))
            }
        }
        return .later(target.longestCheck)
    }

    /// Handles a push. The token is the secret, so wrong tokens are slowed down like wrong keys.
    /// The answer follows once the push is stored: an answered service must not count as silent.
    private mutating func push(
        _ path: Substring, _ request: HTTPRequest, _ bytes: Span<UInt8>, _ call: APICall
    ) throws(Refusal) -> Answer {
        guard let push = try PushRequest(path, among: sources.pushTokens) else {
            try access.noteWrongToken()
            throw Refusal(.notFound, "no target of type push has this token")
        }
        let said = try push.call(
            query: request.query.map { [UInt8](bytes, $0) },
            body: String(decoding: [UInt8](bytes, request.body), as: UTF8.self), at: .now())
        guard request.method != .head, let (name, record) = sources.pushes.note(push.token, said) else {
            return .now(Self.thanks())
        }
        let keep = sources.keepPush
        Task {
            await keep(name, record)
            call.answer { () throws(Refusal) in Self.thanks() }
        }
        return .later(Self.patience)
    }

    private static func thanks() -> APIContent {
        APIContent(
            JSONWriter.document { json in
                json.field("ok", true)
                json.field("timestamp", .now())
            })
    }
}

extension APIRoute {
    func allows(_ method: HTTPRequest.Method) -> Bool {
        switch method {
        case .get, .head: methods.hasPrefix("GET")
        case .post: methods.contains("POST")
        case .delete: methods.contains("DELETE")
        case .other: false
        }
    }
}

extension HTTPRequest.Method {
    /// Whether the method only reads.
    var reads: Bool { self == .get || self == .head }
}

extension Target {
    /// The longest time of a check with all its retries, plus a margin.
    var longestCheck: Duration {
        retryDelays.reduce(timeout + .seconds(2)) { $0 + $1 + timeout + .seconds(2) } + .seconds(5)
    }
}
