@testable import KeepAliveCurl
@testable import KeepAliveHealthMonitor
@testable import KeepAliveKit
@testable import KeepAlivePlatform

/// What clients send to health-monitor.
let servedTargets = [
    Target(name: "monitor-served", most: 1 << 15, look: lookAtServedMonitor),
    Target(name: "words", most: 1 << 13, look: lookAtWords),
]

/// The monitor's paths answer every complete request, with and without a key to guess, in any number of pieces alike.
private func lookAtServedMonitor(_ bytes: [UInt8]) {
    for keys in [["right-key-1"], []] {
        func statuses(_ pieces: [ArraySlice<UInt8>]) -> [String] {
            var monitor = ServedMonitor(keys)
            return monitor.statuses(of: pieces)
        }
        let whole = statuses([bytes[...]])
        require(!whole.contains("500"), "it answers 500")
        let cut = cuts(bytes)[0]
        same(statuses([bytes[..<cut], bytes[cut...]]), whole, "a cut at \(cut) changes an answer")
    }
}

/// The monitor's endpoints behind one connection.
private struct ServedMonitor {
    private let mailbox: KeepAliveKit.Mailbox
    private var endpoints: MonitorEndpoints
    private var state = ConnectionState(at: .now(), peer: HTTPPeer(isLoopback: true))
    private var sent: [UInt8] = []

    init(_ keys: [String]) {
        guard let mailbox = try? KeepAliveKit.Mailbox() else { abort() }
        self.mailbox = mailbox
        let board = StatusBoard(targets)
        board.update("db") { service in
            let result = ProbeResult(status: .unhealthy, message: "it \"fails\" <b>")
            service.last = CheckRecord(service: "db", result: result, time: .now())
            for minute in 0..<3 {
                let (time, tick) = (1_768_838_847_000_000 + Int64(minute) * 60_000_000, MonotonicTime.now())
                _ = service.state.record(result, of: "db", at: time, tick: tick, rules: service.target.rules)
            }
        }
        let sources = MonitorEndpoints.Sources(
            board: board, history: HistoryAnswers(history: SmallHistory(), board: board),
            uptimes: UptimeBoard(history: SmallHistory(), board: board),
            fleet: FleetReader(board: board, history: SmallHistory(), version: "1"),
            pushes: PushBoard(["token": .init(name: "job")]),
            live: LiveSettings(keys: keys, pushTokens: ["token", "a/b"]), keepPush: { _, _ in },
            keepMarks: { _, _, _ in }, test: { _ in ProbeResult(status: .healthy, message: "tested") },
            metrics: { _ in Array("up 1\n".utf8) })
        endpoints = MonitorEndpoints(
            sources: sources, reader: reader, mailbox: mailbox,
            own: Endpoints(name: "health-monitor", version: "1", port: 8090, health: health))
    }

    /// The status of each answer to these bytes. The client reads everything.
    mutating func statuses(of pieces: [ArraySlice<UInt8>]) -> [String] {
        for piece in pieces {
            let copy = Array(piece)
            state.received(copy.span, at: .now(), responder: &endpoints)
            while state.wantsToWrite || state.hasBacklog || state.isAwaiting {
                if state.isAwaiting, !state.wantsToWrite { takeAnswer() }
                if state.wantsToWrite {
                    sent += state.output
                    state.sentAll(at: .now())
                }
                state.resume(at: .now(), responder: &endpoints)
            }
        }
        require(sent.isEmpty || sent.starts(with: "HTTP/1.1 ".utf8), "the answer is no HTTP")
        // 100 (Continue) is left out once the body has begun (RFC 9110, section 10.1.1). How many wrong keys are too
        // many depends on the time.
        return text(sent).split(separator: "\r\n").filter { $0.hasPrefix("HTTP/1.1 ") }
            .map { String($0.dropFirst(9).prefix(3)) }.filter { $0 != "100" }.map { $0 == "429" ? "401" : $0 }
    }

    /// Waits for the answer that another thread gives.
    private mutating func takeAnswer() {
        while state.isAwaiting {
            var poller = Poller()
            poller.add(mailbox.readEnd, read: true, write: false)
            try? poller.wait(until: nil)
            for case .answer(let place, let bytes) in mailbox.drain().messages {
                require(bytes.starts(with: "HTTP/1.1 ".utf8), "the later answer is no HTTP")
                state.answered(place.request, with: bytes, at: .now())
            }
        }
    }
}

private let health = HealthMonitor()
private let reader: WorkQueue = {
    let reader = WorkQueue(name: "fuzz-history", mostWaiting: 64)
    guard (try? reader.start()) != nil else { abort() }
    return reader
}()

private let targets: [KeepAliveHealthMonitor.Target] = {
    let file = """
        { targets: [
            { name: "db", type: "tcp", host: "127.0.0.1", port: 1, public: true },
            { name: "café/bot 1", type: "tcp", host: "127.0.0.1", port: 1, group: "bots" },
            { name: "job", type: "push", token: "token-of-the-job" },
        ] }
        """
    guard case .object(let root)? = try? JSONValue.readingJSON5(Array(file.utf8)).value,
        let configuration = try? MonitorConfiguration(root, environment: [:])
    else { abort() }
    return configuration.targets
}()

/// A history with one check and one alert.
private struct SmallHistory: HistoryReading {
    private static let alert = AlertRow(
        id: 1, service: "db", severity: .critical, message: "down", status: .active,
        triggeredAt: "2026-01-19T16:09:27.000000Z", resolvedAt: nil)

    func checks(service: String?, hours: Int, limit: Int) -> [CheckRow] {
        let row = CheckRow(
            service: "db", status: .healthy, checks: "[]", responseTimeMilliseconds: 1,
            timestamp: "2026-01-19T16:07:27.000000Z")
        return [row].filter { service == nil || $0.service == service }
    }

    func alerts(status: AlertRow.Status?, service: String?, limit: Int) -> [AlertRow] {
        [Self.alert].filter { $0.status == status ?? .active && $0.service == service ?? "db" }
    }

    func alert(id: Int64) -> AlertRow? { id == 1 ? Self.alert : nil }
    func uptime(service: String, hours: Int) -> Uptime { service == "db" ? Uptime(healthy: hours) : Uptime() }
    func uptimes(of services: [String], hours: Int) -> [String: Uptime] { ["db": Uptime(healthy: hours)] }
    func dailyUptime(service: String, from day: Int64) -> [DayUptime] { [] }
    func hourlyResponses(service: String, from hour: Int64) -> [ResponsePoint] { [] }
    func checkCount(service: String, from second: Int64) -> (oldest: Int64?, count: Int) { (nil, 0) }
    func responses(service: String, from second: Int64, step: Int64) -> [ResponsePoint] { [] }
    func samples(of service: String, every width: Int64, most: Int) -> [CheckSample] { [] }
    func pushes() -> [String: PushRecord] { [:] }
    func steps(of alerts: [AlertRow]) -> [Int64: [AlertStep]] { [:] }
    func close() {}
}

/// Texts with a form of their own: addresses in the page and in fields of proxies, and a connection string.
private func lookAtWords(_ bytes: [UInt8]) {
    let text = text(bytes)
    _ = SocketAddress.network(numeric: text)
    for value in SameOrigin.values(text) { require(!value.contains(" "), "the value has a blank: \(value)") }
    let parameters = Parameters(ofPage: bytes, known: ["state", "q", "view"])
    let filter = PageFilter(
        view: parameters.text("view"), states: parameters.text("state"), words: parameters.text("q"))
    _ = filter.shows(.unhealthy, ["a", nil])
    if let connection = try? ConnectionString(text) {
        require((try? Endpoint(url: connection.trackURL)) != nil, "\(connection.trackURL) is no address")
    }
}
