import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAlivePostgreSQL
import KeepAliveSQLite
import KeepAliveTestSupport
import Synchronization

@testable import KeepAliveHealthMonitor

/// A kind of store: store tests run with each.
enum StoreKind: CaseIterable {
    case sqlite, postgreSQL
}

/// A history in its own folder, with its log.
final class HistoryScene: Sendable {
    let folder: TemporaryDirectory
    let lines = EventLog<String>()
    /// The history's reports for the monitor's own `/health`.
    let troubles = EventLog<String?>()

    private let kind: StoreKind

    /// The database of a scene with PostgreSQL.
    private let database: String?

    private init(_ kind: StoreKind, database: String?) throws {
        self.kind = kind
        self.database = database
        folder = try TemporaryDirectory(prefix: "history")
    }

    convenience init() throws { try self.init(.sqlite, database: nil) }

    convenience init(_ kind: StoreKind) async throws {
        try self.init(
            kind, database: kind == .postgreSQL ? try await PostgreSQLServer.shared().makeDatabase() : nil)
    }

    var path: String { folder.file("health.db").path }
    var log: Log { Log(level: .debug) { [lines] level, line in lines.append("\(level.rawValue) \(line)") } }
    var errors: [String] { lines.elements.filter { $0.hasPrefix("error") } }

    /// Where the database of PostgreSQL is.
    var address: PostgreSQLAddress {
        // The test server wrote the URL.
        (try? PostgreSQLAddress(database ?? "")) ?? PostgreSQLAddress(host: "", port: 1, user: "", database: "")
    }

    func store(isShared: Bool = false) -> any HistoryStore {
        switch kind {
        case .sqlite: SQLiteStore(path: path, log: log)
        case .postgreSQL: PostgreSQLStore(address: address, isShared: isShared, log: log)
        }
    }

    /// A reader of the stored data without write access.
    func reader(clock: @escaping @Sendable () -> WallTime = { .now() }) -> any HistoryReading {
        switch kind {
        case .sqlite: HistoryReader(path: path, clock: clock)
        case .postgreSQL: PostgreSQLReader(address: address, clock: clock)
        }
    }

    /// Test rows have a fixed time, which retention must not reach.
    func history(
        retentionDays: Int = 3650, pace: Outbox.Pace = .quick, pushes: PushBoard = PushBoard(),
        clocksAgreeFor: Duration = .zero
    ) -> History {
        History(
            store: store(), reservePath: path + HistoryReserve.suffix, retentionDays: retentionDays, log: log,
            pushes: pushes, pace: pace, retryInterval: .zero, clocksAgreeFor: clocksAgreeFor
        ) { [troubles] in troubles.append($0) }
    }

    /// The next entry for a channel.
    func next(_ history: History, _ channel: String = "a") async throws -> Outbox.Entry? {
        try await SafetyTimeout.run(.seconds(60)) {
            await history.next(for: channel)
        } otherwise: {
            "nothing waits for channel \(channel)"
        }
    }

    /// The stored outbox. Only for a store that may be opened twice.
    var outbox: [OutboxRow] {
        let store = store(isShared: true)
        defer { store.close() }
        return (try? store.load().outbox) ?? []
    }

    /// The names in the folder, sorted.
    var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.sorted() ?? [] }

    /// A query's rows, each as its values.
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

extension History {
    /// Keeps a check of a healthy service, and queues its events for two channels.
    func record(_ check: CheckRecord, _ events: [AlertEvent] = []) async {
        await record(check, state: TargetState(), events: events, channels: ["a", "b"])
    }
}

extension Outbox.Pace {
    /// Without delays, so that tests of retries need not wait.
    static let quick = Outbox.Pace(
        first: Backoff(initial: .milliseconds(1), maximum: .milliseconds(1)),
        later: Backoff(initial: .milliseconds(1), maximum: .milliseconds(1)))
}
