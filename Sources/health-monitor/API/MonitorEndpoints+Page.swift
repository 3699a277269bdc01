import KeepAliveKit
import KeepAlivePlatform

/// The page, its events, its login and the badges: what each viewer may see.
extension MonitorEndpoints {
    /// Who asks, and with which session.
    struct Visit {
        var viewer = Viewer.anybody
        var session: String?
        var ending: MonotonicTime?
    }

    /// A key or a session grants access to everything. Without configured keys, the monitor's own user needs none. A
    /// request from another site's page gets the public view, whoever sends it.
    ///
    /// - Throws: `Refusal` for a wrong key: it never falls back to the public view.
    mutating func visit(
        _ request: HTTPRequest, _ bytes: Span<UInt8>, _ peer: HTTPPeer
    ) throws(Refusal) -> Visit {
        let isForeign = SameOrigin.isForeignView(request, bytes)
        for session in access.sessions.names(in: request, bytes) where !isForeign {
            guard let ending = access.sessions.ending(of: session) else { continue }
            return Visit(viewer: .insider, session: session, ending: ending)
        }
        let credentials = APIAccess.credentials(of: request, bytes)
        if !credentials.isEmpty, access.hasKeys {
            try access.check(credentials, from: peer.network(of: request, bytes))
            return Visit(viewer: .insider)
        }
        return Visit(viewer: isOwner(request, bytes, peer) ? .insider : .anybody)
    }

    /// Whether no key is configured and the monitor's own user or root asks: from this machine, through no proxy, and
    /// not from another site's page.
    func isOwner(_ request: HTTPRequest, _ bytes: Span<UInt8>, _ peer: HTTPPeer) -> Bool {
        !access.hasKeys && !SameOrigin.isForeignView(request, bytes)
            && RestartAccess.isOwners(request, bytes, from: peer)
    }

    static func wantsPage(_ request: HTTPRequest, _ bytes: Span<UInt8>) -> Bool {
        let fields = request.fields("accept", in: bytes)
        return fields.count == 1 && AcceptField.prefers("text/html", in: [UInt8](bytes, fields[0]))
    }

    /// The current page, with the outcome of a login attempt.
    ///
    /// - Parameter id: for the page of one service. A viewer who may not see it gets "not found".
    func page(
        _ call: APICall, _ visit: Visit, of id: String? = nil, filter: PageFilter = PageFilter(),
        notice: Refusal? = nil
    ) throws(Refusal) -> Answer {
        let fleet = sources.fleet
        let visitor = PageVisitor(
            viewer: visit.viewer, hasLogin: access.hasKeys, isLoggedIn: visit.session != nil, filter: filter,
            notice: notice?.reason)
        return try later(call) { () throws(Refusal) in
            guard let page = fleet.page(of: id, for: visitor) else {
                throw Refusal(.notFound, "unknown public service with this id: log in to see all of them")
            }
            var content = APIContent(page.html)
            content.contentType = "text/html; charset=utf-8"
            content.status = notice?.status ?? .ok
            content.fields = """
                \(notice?.fields ?? "")Content-Security-Policy: \(page.policy)\r
                X-Content-Type-Options: nosniff\r
                Referrer-Policy: same-origin\r

                """
            return content
        }
    }

    /// Refuses a change from another site's page, which would use the viewer's cookie.
    func requireSameOrigin(_ request: HTTPRequest, _ bytes: Span<UInt8>) throws(Refusal) {
        guard !SameOrigin.isForeign(request, bytes) else {
            throw Refusal(
                .forbidden, "the page of another site sent this request: use the status page itself")
        }
    }

    /// The answer to a form of another site's page; nil for a form of this site. A proxy that rewrites `Host` makes
    /// this site look foreign, so the answer names the setting to change.
    private func refuseForeign(
        _ request: HTTPRequest, _ bytes: Span<UInt8>, _ call: APICall
    ) throws(Refusal) -> Answer? {
        do throws(Refusal) {
            try requireSameOrigin(request, bytes)
            return nil
        } catch {
            guard Self.wantsPage(request, bytes) else { throw error }
            return try page(
                call, Visit(),
                notice: Refusal(
                    error.status,
                    "The address in your browser is not the Host that reached this monitor. If a proxy stands between, let "
                        + "it pass the Host header on (nginx: proxy_set_header Host $host;) or set X-Forwarded-Host."))
        }
    }

    mutating func logIn(
        _ request: HTTPRequest, _ bytes: Span<UInt8>, _ call: APICall, _ peer: HTTPPeer
    ) throws(Refusal) -> Answer {
        if let answer = try refuseForeign(request, bytes, call) { return answer }
        let form = try Parameters([UInt8](bytes, request.body), allowed: ["key"])
        do {
            try access.check(
                [Array((form.text("key") ?? "").utf8)], from: peer.network(of: request, bytes))
        } catch {
            guard Self.wantsPage(request, bytes) else { throw error }
            let reason =
                error.status == .unauthorized && access.hasKeys ? "This is not an API key. Try again." : error.reason
            return try page(call, Visit(), notice: Refusal(error.status, reason, fields: error.fields))
        }
        let session = access.sessions.begin()
        return .now(seeOther(session, request, bytes))
    }

    mutating func logOut(
        _ request: HTTPRequest, _ bytes: Span<UInt8>, _ call: APICall
    ) throws(Refusal) -> Answer {
        if let answer = try refuseForeign(request, bytes, call) { return answer }
        for session in access.sessions.names(in: request, bytes) {
            access.sessions.end(session)
            events.end(session: session)
        }
        return .now(seeOther(nil, request, bytes))
    }

    private func seeOther(_ session: String?, _ request: HTTPRequest, _ bytes: Span<UInt8>) -> APIContent {
        // In a chain of proxies the first one talks to the browser.
        let isSecure = request.fields("x-forwarded-proto", in: bytes).contains { range in
            SameOrigin.values(String(decoding: [UInt8](bytes, range), as: UTF8.self)).first == "https"
        }
        var content = APIContent(
            JSONWriter.document { json in
                json.field("logged_in", session != nil)
                json.field("timestamp", .now())
            })
        content.status = .seeOther
        content.fields = "Location: ./\r\n" + access.sessions.field(session, isSecure: isSecure)
        return content
    }

    /// The badge of a service's state. A viewer who may not see the service gets "not found".
    func badge(_ name: Substring, _ visit: Visit) throws(Refusal) -> Answer {
        let name = try Parameters.decode(name.utf8, "SERVICE", inQuery: false)
        guard let picture = sources.fleet.badge(of: name, for: visit.viewer) else {
            throw Refusal(.notFound, "unknown public service \"\(name.prefix(60))\"")
        }
        var content = APIContent(picture)
        content.contentType = "image/svg+xml"
        content.fields =
            "Content-Security-Policy: default-src 'none'; sandbox\r\nX-Content-Type-Options: nosniff\r\n"
        return .now(content)
    }

    /// Starts the event stream for a listener, or answers a polling client with the changes.
    mutating func listen(
        _ request: HTTPRequest, _ bytes: Span<UInt8>, _ peer: HTTPPeer, _ call: APICall, output: inout [UInt8]
    ) throws(Refusal) -> HTTPReply {
        let visit = try visit(request, bytes, peer)
        let parameters = try Parameters(request.query.map { [UInt8](bytes, $0) }, allowed: ["since", "html", "poll"])
        let wantsHTML = try parameters.word("html", of: ["true": true, "false": false], default: false)
        let polls = try parameters.word("poll", of: ["true": true, "false": false], default: false)
        // A client that reconnects names the last event it received.
        let last = request.fields("last-event-id", in: bytes).last.map {
            String(decoding: [UInt8](bytes, $0), as: UTF8.self)
        }
        let revision = sources.fleet.revision(of: last ?? parameters.text("since") ?? "")
        if polls {
            let (fleet, viewer) = (sources.fleet, visit.viewer)
            let answer = try later(call) { () throws(Refusal) in
                APIContent(fleet.update(for: viewer, since: revision, asHTML: wantsHTML).data)
            }
            if case .later(let patience) = answer { return .deferred(within: patience) }
            return .given
        }
        var listener = EventStream.Listener(viewer: visit.viewer, wantsHTML: wantsHTML, revision: revision)
        listener.session = visit.session
        listener.ending = visit.ending
        var response = HTTPResponse(to: request)
        response.contentType = "text/event-stream"
        // The events end with the connection.
        if request.method != .head { response.keepsAlive = false }
        response.extraFields = Array("X-Accel-Buffering: no\r\nX-Content-Type-Options: nosniff\r\n".utf8)
        if request.method != .head, !events.add(listener, at: peer.place) {
            throw Refusal(
                .unavailable, "too many clients listen already: use GET /api/health/status instead",
                fields: "Retry-After: 60\r\n")
        }
        var stamp = Timestamper()
        response.appendStreamHead(at: .now(), stamp: &stamp, to: &output)
        guard request.method != .head else { return .given }
        output.append("retry: 3000\n\n")
        return .streamed
    }
}
