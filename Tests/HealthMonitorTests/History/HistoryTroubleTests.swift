import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The history with a damaged, unwritable or missing file.
struct HistoryTroubleTests {
    private let scene: HistoryScene

    init() throws { scene = try HistoryScene() }

    private func record(_ history: History, _ service: String = "casino", _ events: [AlertEvent] = []) async {
        await history.record(
            HistoryScene.check(service), state: TargetState(), events: events, channels: ["a"])
    }

    /// A file that is no history may be its owner's only copy: it stays unchanged in place.
    @Test func aFileThatIsNoDatabaseIsLeftAlone() async throws {
        let garbage = String(repeating: "this is no database. ", count: 500)
        try scene.folder.write(garbage, to: "health.db")
        let history = scene.history()
        #expect(await history.states() == [:])
        await record(history, "casino", [ChannelScene.event()])
        #expect(try await scene.next(history)?.event == ChannelScene.event())
        await history.close()
        #expect(try String(contentsOf: scene.folder.file("health.db"), encoding: .utf8) == garbage)
        #expect(scene.files == ["health.db"])
        #expect(scene.errors.count == 1)
        #expect(scene.errors.first?.contains("not an SQLite database") == true, "\(scene.errors)")
        await #expect(throws: KeepAliveError.self) { try await scene.history().start(watching: [], channels: []) }
    }

    /// A file is copied over the one in use: nothing of ours enters it, also not from its log, and it is not moved.
    @Test(arguments: [false, true]) func aFileThatIsOverwrittenMeanwhileIsLeftAlone(hasLog: Bool) async throws {
        let history = scene.history()
        await record(history)
        let garbage = Data(String(repeating: "this is no database. ", count: 5000).utf8)
        let other = try Database(path: scene.path)
        try other.execute("CREATE TABLE other (x); PRAGMA wal_checkpoint(TRUNCATE)")
        if hasLog {
            await record(history)
            // Another connection's change, so that the writer drops its cached pages.
            try other.execute("INSERT INTO other VALUES (1)")
        }
        other.close()
        let file = try FileHandle(forUpdating: scene.folder.file("health.db"))
        try file.write(contentsOf: garbage)
        try file.close()
        for _ in 0..<3 { await record(history, "casino", [ChannelScene.event()]) }
        await history.close()
        #expect(try Data(contentsOf: scene.folder.file("health.db")).starts(with: garbage))
        #expect(!scene.files.contains { $0.contains("damaged") }, "\(scene.files)")
        #expect(scene.errors.count == 1, "\(scene.errors)")
    }

    /// Another program locks the file for long: alerts continue, and a kill meanwhile neither loses nor repeats one.
    @Test func whatALockKeepsOutStandsInTheReserve() async throws {
        let first = scene.history()
        try await first.start(watching: ["casino"], channels: ["a"])
        await record(first)
        let other = try Database(path: scene.path)
        try other.execute("BEGIN EXCLUSIVE")
        var state = TargetState()
        for minute in 1...3 { _ = state.record(.unhealthy, at: Int64(minute) * 60_000_000, rules: .init()) }
        let later = ChannelScene.event(.escalated, after: 60)
        await first.record(
            HistoryScene.check("casino", .unhealthy), state: state, events: [ChannelScene.event(), later],
            channels: ["a"])
        let entry = try #require(try await scene.next(first))
        #expect(entry.event == ChannelScene.event())
        await first.note(.delivered, for: entry)
        #expect(scene.troubles.elements.last??.contains("locked by another program") == true)
        // The first is never closed, as after a kill; the lock is still held.
        let second = scene.history()
        try await second.start(watching: ["casino"], channels: ["a"])
        #expect(await second.states()["casino"]?.alert == state.alert)
        #expect(try await scene.next(second)?.event == later)
        #expect(await second.waitingChannels() == ["a": 1])
        try other.execute("COMMIT")
        await record(second)
        await second.close()
        #expect(scene.troubles.elements.last == .some(nil))
        #expect(
            try scene.rows("SELECT kind FROM service_health_alert_events ORDER BY id") == [["opened"], ["escalated"]])
        let third = scene.history()
        try await third.start(watching: ["casino"], channels: ["a"])
        #expect(try await scene.next(third)?.event == later)
        #expect(await third.waitingChannels() == ["a": 1])
        await third.close()
    }

    /// A store that was away at the start ends the monitor later as it would have then; a shortage may pass.
    @Test func aStoreIsRefusedLate() async throws {
        let (loads, refusals) = (EventLog<Void>(), EventLog<KeepAliveError>())
        let history = History(
            store: AwayStore([nil, .system("no space"), .configuration(["it is another's"])], loads), reservePath: nil,
            retentionDays: 1, log: scene.log, pushes: PushBoard(), pace: .quick, retryInterval: .zero,
            clocksAgreeFor: .zero
        ) { _ in }
        try await history.start(watching: ["casino"], channels: ["a"]) { refusals.append($0) }
        for _ in 0..<3 { await record(history, "casino", [ChannelScene.event()]) }
        #expect(refusals.elements.map(\.exitCode) == [78])
        #expect(loads.count == 3)
        await history.close()
        #expect(loads.count == 3)
    }

    /// Whatever the umask and the files of an earlier edition.
    @Test func nobodyElseMayReadTheFiles() async throws {
        let history = scene.history()
        try await history.start(watching: [], channels: [])
        await record(history)
        func modes() throws -> [Int] {
            try scene.files.map {
                let attributes = try FileManager.default.attributesOfItem(atPath: scene.folder.file($0).path)
                return (attributes[.posixPermissions] as? Int) ?? 0o777
            }
        }
        #expect(scene.files.count == 4, "\(scene.files)")
        #expect(try modes().allSatisfy { $0 & ~0o640 == 0 })
        for name in scene.files {
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o666], ofItemAtPath: scene.folder.file(name).path)
        }
        await history.close()
        let second = scene.history()
        try await second.start(watching: [], channels: [])
        await record(second)
        #expect(try modes().allSatisfy { $0 & ~0o640 == 0 })
        #expect(scene.lines.elements.contains { $0.contains("was open to other users") })
        await second.close()
    }

    /// Damage found while the monitor runs: waiting alerts are also in the new file.
    @Test func damageThatShowsLaterLosesNoAlert() async throws {
        let history = scene.history()
        let reader = HistoryReader(path: scene.path)
        await record(history, "casino", [ChannelScene.event()])
        #expect(try reader.checks(service: nil, hours: 1, limit: 9).count == 1)
        // Moves all pages into the file, then overwrites all but the first.
        let other = try Database(path: scene.path)
        // Another connection's change, so that the writer drops its cached pages.
        try other.execute("CREATE TABLE other (x); PRAGMA wal_checkpoint(TRUNCATE)")
        let file = try FileHandle(forUpdating: scene.folder.file("health.db"))
        let size = try file.seekToEnd()
        try file.seek(toOffset: 4096)
        try file.write(contentsOf: Data(repeating: 0x5A, count: Int(size) - 4096))
        try file.close()
        other.close()
        // Enough to make the writer read pages again.
        for _ in 0..<3 { await record(history) }
        #expect(scene.files.contains { $0.hasPrefix("health.db.damaged-") })
        #expect(try reader.checks(service: nil, hours: 1, limit: 9).count >= 1)
        await history.close()
        let next = scene.history()
        #expect(try await scene.next(next)?.event == ChannelScene.event())
        await next.close()
    }

    @Test func aFileThatIsDeletedMeanwhileIsBegunAnew() async throws {
        let history = scene.history()
        await record(history, "casino", [ChannelScene.event()])
        for name in scene.files { try FileManager.default.removeItem(at: scene.folder.file(name)) }
        await record(history, "other")
        #expect(try scene.rows("SELECT service_name FROM service_health_checks") == [["other"]])
        #expect(try scene.rows("SELECT count(*) FROM alert_outbox") == [[1]])
        await history.close()
    }

    /// Reported once at its beginning and once at its end; nothing is lost in between.
    @Test func whatCannotBeWrittenWaitsInMemory() async throws {
        let place = scene.folder.file("missing")
        let path = place.appendingPathComponent("health.db").path
        let history = History(path: path, retentionDays: 90, log: scene.log, retryInterval: .zero)
        #expect(await history.states() == [:])
        for number in 0..<20 { await record(history, "s\(number)") }
        await record(history, "casino", [ChannelScene.event()])
        #expect(try await scene.next(history)?.event == ChannelScene.event())
        #expect(scene.errors.count == 1)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
        await record(history, "last")
        await history.close()
        let database = try Database(path: path, readOnly: true)
        #expect(try database.firstInteger("SELECT count(*) FROM service_health_checks") == 22)
        #expect(try database.firstInteger("SELECT count(*) FROM alert_outbox") == 1)
        #expect(try database.firstInteger("SELECT count(*) FROM service_health_alerts") == 1)
        let said = scene.lines.elements.filter { $0.contains("written again") }
        #expect(said.count == 1)
    }

    @Test func rowsThatWaitForTooLongAreBoundedAndCounted() {
        var batch = HistoryBatch()
        for _ in 0..<(HistoryBatch.limit + 50) { batch.add(HistoryScene.check(), TargetState(), []) }
        #expect(batch.checks.count == HistoryBatch.limit)
        #expect(batch.lost == 50)
    }

    /// For a program a file size limit equals a full disk, and needs no rights.
    @Test func aFullDiskStopsNeitherRecordsNorAlerts() async {
        await #expect(processExitsWith: .success) {
            let scene = try HistoryScene()
            signal(SIGXFSZ, SIG_IGN)
            let history = scene.history()
            await history.record(HistoryScene.check(), state: TargetState(), events: [], channels: [])
            var limit = rlimit()
            unsafe getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            let most = limit.rlim_max
            limit.rlim_cur = 16_384
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            for _ in 0..<300 {
                await history.record(HistoryScene.check(), state: TargetState(), events: [], channels: [])
            }
            await history.record(
                HistoryScene.check(), state: TargetState(), events: [ChannelScene.event()], channels: ["a"])
            let next = try await scene.next(history)
            guard next?.event == ChannelScene.event(), scene.errors.count == 1 else { exit(1) }
            limit.rlim_cur = most
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            await history.close()
            guard try scene.rows("SELECT count(*) FROM service_health_checks") == [[302]] else { exit(2) }
            guard try scene.rows("SELECT count(*) FROM alert_outbox") == [[1]] else { exit(3) }
        }
    }

    /// An alert that was open at the start and resolved since must not be open in the new file.
    @Test func aNewFileHoldsTheStatesAsTheyAreNow() async throws {
        var state = TargetState()
        for minute in 1...3 { _ = state.record(.unhealthy, at: Int64(minute) * 60_000_000, rules: .init()) }
        let first = scene.history()
        await first.record(HistoryScene.check("casino", .unhealthy), state: state, events: [], channels: [])
        await first.close()
        let history = scene.history()
        #expect(await history.states()["casino"]?.alert != nil)
        // Until it is at rest; after that its state is not written.
        for minute in 4...30 {
            _ = state.record(.healthy, at: Int64(minute) * 60_000_000, rules: .init())
            await history.record(HistoryScene.check(), state: state, events: [], channels: [])
        }
        try Database(path: scene.path).execute("PRAGMA wal_checkpoint(TRUNCATE)")
        try scene.folder.write(String(repeating: "this is no database. ", count: 5000), to: "other")
        // After the first page, which identifies the file.
        let file = try FileHandle(forUpdating: scene.folder.file("health.db"))
        try file.seek(toOffset: 4096)
        try file.write(contentsOf: Data(contentsOf: scene.folder.file("other")))
        try file.close()
        let isSetAside = { self.scene.files.contains { $0.hasPrefix("health.db.damaged-") } }
        for _ in 0..<50 where !isSetAside() {
            await history.record(HistoryScene.check("other"), state: TargetState(), events: [], channels: [])
        }
        #expect(isSetAside())
        await history.close()
        let next = scene.history()
        #expect(await next.states()["casino"].map { $0.alert == nil } != false)
        await next.close()
    }

    /// Among several monitors the leader's alerts wait for the history, so the log promises none.
    @Test(arguments: [true, false]) func whatGoesOnMeanwhileIsSaid(sendsUncommitted: Bool) async throws {
        let history = History(
            store: FakeStore(failures: 1), reservePath: nil, retentionDays: 1, log: scene.log, pushes: PushBoard(),
            pace: .quick, retryInterval: .zero, clocksAgreeFor: .zero, sendsUncommitted: sendsUncommitted
        ) { [scene] in scene.troubles.append($0) }
        await record(history)
        let words = sendsUncommitted ? "checks and alerts continue" : "checks continue, this monitor sends no alert"
        #expect(scene.errors.first?.contains("it is locked; \(words), and up to") == true, "\(scene.errors)")
        let trouble = try #require(scene.troubles.elements.first ?? nil)
        #expect(trouble.hasPrefix(sendsUncommitted ? "It is locked. Checks and" : "It is locked. Checks continue;"))
        await history.close()
    }
}

/// A store that cannot be opened, for one reason after the other.
private final class AwayStore: HistoryStore {
    private var ends: [KeepAliveError?]
    private let loads: EventLog<Void>

    init(_ ends: [KeepAliveError?], _ loads: EventLog<Void>) { (self.ends, self.loads) = (ends, loads) }

    func load() throws(HistoryFailure) -> HistoryContents {
        loads.append(())
        let end = ends.count > 1 ? ends.removeFirst() : ends[0]
        throw HistoryFailure(words: "away", sentence: "It is away", end: end)
    }

    func commit(_ batch: HistoryBatch) throws(HistoryFailure) {}
    func prune(_ age: HistoryAge, at now: WallTime, limit: Int) throws(HistoryFailure) {}
    func close() {}
}
