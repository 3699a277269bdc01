import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Synchronization
import Testing

@testable import KeepAliveHealthMonitor

/// Server-sent events through real sockets.
@Suite(.timeLimit(.minutes(1)))
struct EventStreamTests {
    private static let hidden = "café/bot 1"

    private static func change(_ monitor: ServedMonitor, _ name: String, _ status: ProbeStatus) {
        monitor.board.update(name) { entry in
            entry.last = CheckRecord(
                service: name, result: ProbeResult(status: status, message: "changed to \(status)"), time: .now())
        }
    }

    private static func names(_ event: EventReader.Event) throws -> [String] {
        try event.json()["services"]?.array?.compactMap { $0["name"]?.string } ?? []
    }

    @Test func everythingFirstAndThenWhatChanges() async throws {
        try await ServedMonitor.serve { monitor in
            let listener = try monitor.listen("/api/events", headers: ["X-API-Key": ServedMonitor.key])
            #expect(listener.head.headers["Content-Type"] == "text/event-stream")
            // A proxy that collects an answer before it passes it on would hold every event back.
            #expect(listener.head.headers["X-Accel-Buffering"] == "no")
            #expect(listener.head.headers["Connection"] == "close")
            let first = try listener.next()
            #expect(try Self.names(first) == ["db", Self.hidden, "new"])
            #expect(try first.json()["counts"]?["total"] == 3)
            Self.change(monitor, "new", .degraded)
            let second = try listener.next()
            #expect(try Self.names(second) == ["new"])
            #expect(try second.json()["services"]?[0]?["message"] == "changed to degraded")
            #expect(second.id != first.id)
            listener.close()
        }
    }

    /// A listener from before the very first check gets that check's event too.
    @Test func theFirstChangeOfAllIsToldOf() async throws {
        try await ServedMonitor.serve(board: StatusBoard([Target("new", ScriptedProbe([.healthy]))])) { monitor in
            let listener = try monitor.listen("/api/events", headers: ["X-API-Key": ServedMonitor.key])
            #expect(try listener.next().json()["counts"]?["unknown"] == 1)
            Self.change(monitor, "new", .unhealthy)
            #expect(try listener.next().json()["counts"]?["unhealthy"] == 1)
            listener.close()
        }
    }

    @Test func strangersHearOfWhatIsPublic() async throws {
        try await ServedMonitor.serve { monitor in
            let listener = try monitor.listen("/api/events")
            let first = try listener.next()
            #expect(try first.json()["services"] == [["name": "db", "group": nil, "status": "healthy"]])
            #expect(try first.json()["status"] == "healthy")
            // If the hidden service sent an event, it would be next.
            Self.change(monitor, Self.hidden, .healthy)
            Self.change(monitor, "db", .unhealthy)
            let second = try listener.next()
            #expect(!second.data.contains("caf") && !second.data.contains("changed"))
            #expect(try second.json()["services"] == [["name": "db", "group": nil, "status": "unhealthy"]])
            listener.close()
        }
    }

    @Test func thePageGetsItsParts() async throws {
        try await ServedMonitor.serve { monitor in
            let headers: KeyValuePairs = ["Accept": "text/html", "X-API-Key": ServedMonitor.key]
            let page = try monitor.ask("GET", "/", headers: headers).text
            let since = try #require(page.firstMatch(of: /data-since="([^"]+)"/)?.output.1)
            let listener = try monitor.listen(
                "/api/events?html=true&since=\(since)", headers: ["X-API-Key": ServedMonitor.key])
            Self.change(monitor, Self.hidden, .healthy)
            let json = try listener.next().json()
            let html = try #require(json["html"]?.string)
            #expect(html.contains("id=\"overall\""))
            #expect(html.contains("id=\"s1\"") && !html.contains("id=\"s0\""), "only what has changed since the page")
            let edition = try #require(page.firstMatch(of: /data-edition="([^"]+)"/)?.output.1)
            #expect(json["edition"] == .string(String(edition)))
            listener.close()
        }
    }

    @Test func whoComesBackHearsWhatWasMissed() async throws {
        try await ServedMonitor.serve { monitor in
            let before = try monitor.listen("/api/events", headers: ["X-API-Key": ServedMonitor.key])
            let id = try before.next().id
            before.close()
            Self.change(monitor, "new", .healthy)
            let back = try monitor.listen(
                "/api/events?since=typo", headers: ["X-API-Key": ServedMonitor.key, "Last-Event-ID": id])
            #expect(try Self.names(back.next()) == ["new"])
            back.close()
            let stranger = try monitor.listen(
                "/api/events", headers: ["X-API-Key": ServedMonitor.key, "Last-Event-ID": "otherrun-99"])
            #expect(try Self.names(stranger.next()).count == 3, "an id of another run says nothing")
            stranger.close()
        }
    }

    /// A client without a stream polls, and gets exactly the changes.
    @Test func whoeverAsksIsToldTheSame() async throws {
        try await ServedMonitor.serve { monitor in
            let first = try monitor.ask("GET", "/api/events?poll=true").json()
            #expect(first["services"]?.array?.count == 3)
            let since = try #require(first["id"]?.string)
            Self.change(monitor, "new", .degraded)
            let second = try monitor.ask("GET", "/api/events?poll=true&since=\(since)").json()
            #expect(second["services"]?.array?.compactMap { $0["name"]?.string } == ["new"])
            let open = try monitor.ask("GET", "/api/events?poll=true&html=true&since=\(since)", key: nil)
            let words = open.text.replacing("\"news\\\"", with: "")
            #expect(!words.contains("new") && !words.contains("caf"), "\(words)")
            #expect(try open.json()["edition"] != second["edition"])
        }
    }

    /// An incident causes an event even if no service changed with it.
    @Test func anIncidentIsToldOf() async throws {
        try await ServedMonitor.serve { monitor in
            let listener = try monitor.listen("/api/events?html=true", headers: ["X-API-Key": ServedMonitor.key])
            #expect(try listener.next().json()["html"]?.string?.contains("id=\"incidents\"") == true)
            Self.change(monitor, "new", .degraded)
            #expect(try listener.next().json()["html"]?.string?.contains("id=\"incidents\"") == false)
            monitor.board.noteAlerts()
            let html = try #require(try listener.next().json()["html"]?.string)
            #expect(html.contains("id=\"incidents\"") && !html.contains("class=\"card"))
            listener.close()
        }
    }

    @Test func theEndOfTheSessionEndsIt() async throws {
        try await ServedMonitor.serve { monitor in
            let cookie = try monitor.logIn()
            let listener = try monitor.listen("/api/events", headers: ["Cookie": cookie])
            #expect(try Self.names(listener.next()).count == 3)
            #expect(try monitor.ask("POST", "/logout", headers: ["Cookie": cookie]).status == 303)
            #expect(try listener.isEnded())
        }
    }

    @Test func itIsBoundedAndPlacesAreFreedAgain() async throws {
        try await ServedMonitor.serve { monitor in
            var listeners = try (0..<EventStream.mostListeners).map { _ in
                try monitor.listen("/api/events", headers: ["X-API-Key": ServedMonitor.key])
            }
            #expect(listeners.allSatisfy { $0.head.status == 200 })
            let refused = try monitor.ask("GET", "/api/events")
            #expect(refused.status == 503)
            #expect(refused.headers["Retry-After"] == "60")
            #expect(try monitor.ask("GET", "/ping", key: nil).status == 200, "the rest goes on")
            listeners.removeLast().close()
            var status = 503
            while status == 503 {
                let another = try monitor.listen("/api/events")
                status = another.head.status
                another.close()
            }
            #expect(status == 200)
            for listener in listeners { listener.close() }
        }
    }

    @Test func strangersLeavePlacesForAKey() async throws {
        try await ServedMonitor.serve { monitor in
            var listeners: [EventReader] = []
            while listeners.last?.head.status != 503 { listeners.append(try monitor.listen("/api/events")) }
            #expect(listeners.count == EventStream.mostStrangers + 1)
            let insider = try monitor.listen("/api/events", headers: ["X-API-Key": ServedMonitor.key])
            #expect(insider.head.status == 200)
            for listener in listeners + [insider] { listener.close() }
        }
    }

    /// Whoever had the old key sees no more.
    @Test func otherKeysEndTheStreamsOfTheOldOnes() async throws {
        try await ServedMonitor.serve { monitor in
            let client = try RawClient(port: monitor.port)
            try client.request("POST", "/login", body: Array("key=\(ServedMonitor.key)".utf8))
            let cookie = try #require(try client.readResponse().headers["Set-Cookie"]?.prefix { $0 != ";" })
            client.close()
            let listeners = [
                try monitor.listen("/api/events", headers: ["X-API-Key": ServedMonitor.key]),
                try monitor.listen("/api/events", headers: ["Cookie": String(cookie)]),
            ]
            let stranger = try monitor.listen("/api/events")
            for listener in listeners + [stranger] { _ = try listener.next() }
            monitor.server.configure(keys: ["a-new-key"], pushTokens: [])
            #expect(try monitor.ask("GET", "/api/health/status", key: "a-new-key").status == 200)
            for listener in listeners { #expect(try listener.isEnded()) }
            Self.change(monitor, "db", .unhealthy)
            #expect(try Self.names(stranger.next()) == ["db"])
            stranger.close()
        }
    }

    @Test func stoppingTheServerEndsEveryStream() async throws {
        let left = Mutex<EventReader?>(nil)
        try await ServedMonitor.serve { monitor in
            let listener = try monitor.listen("/api/events")
            _ = try listener.next()
            left.withLock { $0 = listener }
        }
        #expect(try left.withLock { $0 }?.isEnded() == true)
    }

    @Test func askingForTheHeadOpensNoStream() async throws {
        try await ServedMonitor.serve { monitor in
            let answer = try monitor.ask("HEAD", "/api/events")
            #expect(answer.status == 200)
            #expect(answer.headers["Content-Type"] == "text/event-stream")
            #expect(try monitor.error("GET", "/api/events?html=yes").hasPrefix("400 html: \"yes\" is not allowed"))
            #expect(try monitor.ask("GET", "/api/events", key: "wrong").status == 401)
        }
    }
}
