import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite
import KeepAliveTestSupport
import Synchronization

@testable import KeepAliveHealthMonitor

/// A kind of store: the tests of all stores run with each.
enum StoreKind: CaseIterable {
    case sqlite
}

/// A history in a folder of its own, and what it logged.
final class HistoryScene: Sendable {
    let folder: TemporaryDirectory
    let lines = EventLog<String>()
    /// What the history reported for the monitor's own `/health`.
    let troubles = EventLog<String?>()

    private let kind: StoreKind

    init(_ kind: StoreKind = .sqlite) throws {
        self.kind = kind
        folder = try TemporaryDirectory(prefix: "history")
    }

    var path: String { folder.file("health.db").path }
    var log: Log { Log(level: .debug) { [lines] level, line in lines.append("\(level.rawValue) \(line)") } }
    var errors: [String] { lines.elements.filter { $0.hasPrefix("error") } }

    func store() -> any HistoryStore {
        switch kind {
        case .sqlite: SQLiteStore(path: path, log: log)
        }
    }

    /// Reads what is kept, as somebody who cannot write.
    func reader() -> any HistoryReading {
        switch kind {
        case .sqlite: HistoryReader(path: path)
        }
    }

    /// Rows of tests have a fixed time, which retention must not reach.
    func history(
        retentionDays: Int = 3650, pace: Outbox.Pace = .quick, pushes: PushBoard = PushBoard(),
        clocksAgreeFor: Duration = .zero
    ) -> History {
        History(
            store: store(), reservePath: path + HistoryReserve.suffix, retentionDays: retentionDays, log: log,
            pushes: pushes, pace: pace, retryInterval: .zero, clocksAgreeFor: clocksAgreeFor
        ) { [troubles] in troubles.append($0) }
    }

    /// What a channel is to send next.
    func next(_ history: History, _ channel: String = "a") async throws -> Outbox.Entry? {
        try await SafetyTimeout.run(.seconds(60)) {
            await history.next(for: channel)
        } otherwise: {
            "nothing waits for channel \(channel)"
        }
    }

    /// The names in the folder, in order.
    var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.sorted() ?? [] }

    /// What a query finds in the file, each row as its values.
    func rows(_ sql: String) throws -> [[Value]] {
        try Database(path: path, readOnly: true).query(sql).map(\.values)
    }

    static func check(
        _ service: String = "casino", _ status: ProbeStatus = .healthy, at time: WallTime = .now(),
        milliseconds: Int? = 12
    ) -> CheckRecord {
        CheckRecord(
            service: service,
            result: ProbeResult(
                status: status, message: "it is \(status)", responseTime: milliseconds.map { .milliseconds($0) },
                checks: [.init(name: "db", status: status)]), time: time)
    }
}

extension Outbox.Pace {
    /// Without waits, so that a test of what follows a failure need not wait.
    static let quick = Outbox.Pace(
        first: Backoff(initial: .milliseconds(1), maximum: .milliseconds(1)),
        later: Backoff(initial: .milliseconds(1), maximum: .milliseconds(1)))
}
