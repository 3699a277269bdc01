import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform

/// Sends metrics and events to Azure Application Insights: every 15 s, or at once when a hundred wait.
///
/// Unsent items wait in memory up to a limit, and are lost at the end of the process: they are numbers, not alerts.
actor ApplicationInsights {
    private let context: TelemetryItem.Context
    private let client: HTTPClient
    private let log: Log
    private var endpoint: String
    private var buffer: TelemetryBuffer
    private var nap: Task<Void, Never>?
    private var napEnd: MonotonicTime?
    private var generator = SystemRandomNumberGenerator()
    private var isFailing = false
    private var lastRefusal: String?

    private static let mostMoves = 10

    init(
        _ connection: ConnectionString, client: HTTPClient, version: String, log: Log,
        buffer: TelemetryBuffer = TelemetryBuffer()
    ) {
        context = TelemetryItem.Context(
            instrumentationKey: connection.instrumentationKey, host: MachineName.own ?? "unknown", version: version)
        endpoint = connection.ingestionEndpoint
        self.client = client
        self.log = log
        self.buffer = buffer
    }

    /// Adds items; ``run()`` sends them when due.
    func add(_ items: [TelemetryItem]) {
        let now = MonotonicTime.now()
        buffer.add(items, at: now)
        if let due = buffer.due(at: now), napEnd.map({ due < $0 }) ?? true { nap?.cancel() }
    }

    /// Sends until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            let now = MonotonicTime.now()
            if let due = buffer.due(at: now), due <= now {
                await sendBatch()
            } else {
                await rest(until: buffer.due(at: now))
            }
        }
    }

    /// Sends all waiting items once, within the timeout.
    func flush(timeout: Duration) async {
        let deadline = MonotonicTime.now().advanced(by: timeout)
        var left = buffer.count
        while left > 0, MonotonicTime.now() < deadline {
            left -= TelemetryBuffer.batch
            await sendBatch(timeout: max(.milliseconds(1), deadline.since(.now())))
        }
    }

    private func rest(until due: MonotonicTime?) async {
        let length = due.map { $0.since(.now()) } ?? .seconds(86_400)
        let task = Task<Void, Never> { try? await Task.sleep(for: length, clock: .suspending) }
        (nap, napEnd) = (task, due)
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        (nap, napEnd) = (nil, nil)
    }

    // MARK: One batch

    private func sendBatch(timeout: Duration = .seconds(30)) async {
        let items = buffer.take(at: .now())
        guard !items.isEmpty else { return }
        let body = Array(JSONValue.array(items.map { $0.envelope(context) }).json.utf8)
        let outcome = await post(body, count: items.count, timeout: timeout)
        buffer.note(outcome, of: items, at: .now(), using: &generator)
    }

    private func post(_ body: [UInt8], count: Int, timeout: Duration) async -> TelemetryBuffer.Outcome {
        for _ in 0...Self.mostMoves {
            let response: HTTPClientResponse
            do {
                response = try await client.send(
                    HTTPClientRequest(
                        url: "\(endpoint)/v2.1/track", method: "POST",
                        headers: [("Content-Type", "application/json"), ("Accept", "application/json")], body: body,
                        timeout: timeout, maximumResponseBytes: 1 << 20))
            } catch {
                noteFailure((error as? HTTPClientError)?.message ?? "the sending was cancelled")
                return .again(Array(0..<count), after: nil)
            }
            switch TrackAnswer(response, count: count, endpoint: endpoint) {
            case .moved(let place): endpoint = place
            case .outcome(let outcome, let refusal):
                if let refusal { note(refusal: refusal) }
                if case .again = outcome, ![200, 206].contains(response.status) {
                    noteFailure("it answered \(response.status)")
                } else if refusal == nil {
                    noteSuccess()
                }
                return outcome
            }
        }
        note(refusal: "it redirects in a circle")
        return .done
    }

    // MARK: Log lines, once each

    private func noteFailure(_ reason: String) {
        guard !isFailing, !Task.isCancelled else { return }
        isFailing = true
        log(.warning, "Application Insights accepts no telemetry now; retrying later: \(reason)")
    }

    private func noteSuccess() {
        lastRefusal = nil
        guard isFailing else { return }
        isFailing = false
        log(.info, "Application Insights accepts telemetry again; \(buffer.dropped) items were dropped so far")
    }

    private func note(refusal: String) {
        guard refusal != lastRefusal else { return }
        lastRefusal = refusal
        log(.error, "Application Insights rejected telemetry, which is dropped: \(refusal)")
    }
}
