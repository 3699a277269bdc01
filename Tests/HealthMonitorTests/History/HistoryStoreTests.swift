import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The behaviour of every store, and of the history on it.
struct HistoryStoreTests {
    /// The data that alerts need after a restart, in commit order.
    @Test(arguments: StoreKind.allCases) func whatIsCommittedIsLoaded(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        var state = TargetState()
        for minute in 1...3 { _ = state.record(.unhealthy, at: Int64(minute), rules: .init()) }
        let rows = ["z", "a", "m"].map { service in
            let event = ChannelScene.event(service: service)
            return OutboxRow(
                key: event.key(for: "a"), channel: "a", event: event, attempts: 2, dueAt: 17, lastError: "HTTP 503")
        }
        var batch = HistoryBatch()
        batch.add(HistoryScene.check(), state, rows.map(\.event))
        batch.addEntries(rows)
        batch.addDelivered(rows[1].key)
        let job = JobRecord(
            runs: [.init(id: "a", startedAt: 7), .init(startedAt: 8)], durationMilliseconds: 1500, exitCode: 3,
            schedule: "daily", scheduledAt: 4)
        let push = PushRecord(firstKnownAt: 5, calledAt: 6, status: .degraded, message: "slow", job: job)
        batch.addPush(push, of: "cron")
        batch.clocks = ClockAgreement(boot: "b", wall: .now(), sinceBoot: .seconds(9))
        let store = scene.store()
        _ = try store.load()
        try store.commit(batch)
        // Only the changed entry; the others stay.
        var second = HistoryBatch(after: batch)
        second.addDelivered(rows[2].key)
        second.addRetired("casino", nil)
        try store.commit(second)
        store.close()
        let later = scene.store()
        let contents = try later.load()
        #expect(contents.states == [:])
        #expect(contents.outbox.map(\.key) == [rows[0].key])
        #expect(contents.outbox.map(\.event) == [rows[0].event])
        #expect(contents.outbox.map(\.dueAt) == [17])
        #expect(contents.outbox.map(\.lastError) == ["HTTP 503"])
        #expect(contents.pushes == ["cron": push])
        #expect(contents.clocks == batch.clocks)
        #expect(contents.unreadable == 0 && !contents.isSalvaged)
        later.close()
    }

    @Test(arguments: StoreKind.allCases) func anAlertIsOneRowFromItsBeginningToItsEnd(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        let history = scene.history()
        let reader = scene.reader()
        await history.record(HistoryScene.check(), [ChannelScene.event(.opened, severity: .warning)])
        await history.record(HistoryScene.check(), [ChannelScene.event(.escalated, message: "worse", after: 60)])
        var alerts = try reader.alerts(status: .active, service: nil, limit: 10)
        #expect(alerts.map(\.message) == ["worse"])
        #expect(alerts.map(\.severity) == [.critical])
        #expect(alerts.map(\.triggeredAt) == ["2026-01-19T16:07:27.500000Z"])
        await history.record(HistoryScene.check(), [ChannelScene.event(.resolved, after: 120)])
        #expect(try reader.alerts(status: .active, service: nil, limit: 10) == [])
        alerts = try reader.alerts(status: .resolved, service: "casino", limit: 10)
        #expect(alerts.map(\.resolvedAt) == ["2026-01-19T16:09:27.500000Z"])
        #expect(try reader.alerts(status: nil, service: "other", limit: 10) == [])
        await history.close()
    }

    /// The deliveries stay known after the entry has left the outbox.
    @Test(arguments: StoreKind.allCases) func anAlertKeepsItsTimeline(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        let history = scene.history()
        let reader = scene.reader()
        let events = [
            ChannelScene.event(.opened, severity: .warning), ChannelScene.event(.repeated, message: "1", after: 60),
            ChannelScene.event(.repeated, message: "2", after: 120), ChannelScene.event(.escalated, after: 180),
        ]
        await history.record(HistoryScene.check(), events)
        for _ in 0..<2 {
            let entry = try #require(try await scene.next(history, "a"))
            await history.note(.delivered, for: entry)
        }
        let late = try #require(try await scene.next(history, "b"))
        await history.note(.failed(reason: "secret", retryAfter: nil), for: late)
        var alerts = try reader.alerts(status: nil, service: nil, limit: 10)
        var steps = try #require(try reader.steps(of: alerts)[alerts[0].id])
        #expect(steps.map(\.kind) == [.opened, .repeated, .escalated])
        #expect(steps.map(\.message) == ["connection refused", "2", "connection refused"])
        #expect(steps.map(\.count) == [1, 2, 1])
        #expect(steps[0].receipts.map(\.channel) == ["a", "b"])
        #expect(steps[0].receipts[0].deliveredAt?.hasSuffix("Z") == true)
        #expect(steps[0].receipts[1] == DeliveryReceipt(channel: "b", failedAttempts: 1))
        #expect(steps[2].receipts == [])
        await history.record(HistoryScene.check(), [ChannelScene.event(.resolved, after: 240)])
        await history.record(HistoryScene.check(), [ChannelScene.event(.opened, triggered: ChannelScene.time + 1)])
        alerts = try reader.alerts(status: .resolved, service: nil, limit: 10)
        steps = try #require(try reader.steps(of: alerts)[alerts[0].id])
        #expect(steps.map(\.kind) == [.opened, .repeated, .escalated, .resolved])
        #expect(try reader.steps(of: []) == [:])
        await history.close()
    }

    @Test(arguments: StoreKind.allCases) func statesAndTheOutboxSurviveARestart(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        var state = TargetState()
        for minute in 1...3 { _ = state.record(.unhealthy, at: Int64(minute), rules: .init()) }
        let first = scene.history()
        await first.record(
            HistoryScene.check(), state: state, events: [ChannelScene.event()], channels: ["a", "b"])
        await first.close()
        let second = scene.history()
        #expect(await second.states() == ["casino": state])
        #expect(try await scene.next(second)?.event == ChannelScene.event())
        #expect(try await scene.next(second, "b")?.key == ChannelScene.event().key(for: "b"))
        await second.close()
    }

    @Test(arguments: StoreKind.allCases) func manyChecksAtOnceAreAllKept(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        let history = scene.history()
        await withTaskGroup { group in
            for number in 0..<500 {
                group.addTask {
                    await history.record(
                        HistoryScene.check("s\(number % 10)"), state: TargetState(), events: [], channels: [])
                }
            }
        }
        let reader = scene.reader()
        #expect(try reader.checks(service: nil, hours: 1, limit: 999).count == 500)
        let uptimes = try reader.uptimes(of: (0..<10).map { "s\($0)" }, hours: 1)
        #expect(uptimes.count == 10 && uptimes.values.allSatisfy { $0.healthy == 50 })
        await history.close()
    }

    @Test(arguments: StoreKind.allCases) func whatIsOlderThanItsTimeGoes(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        let history = scene.history(retentionDays: 7)
        let day: Int64 = 86_400_000_000
        let now = WallTime.now().microseconds
        let old = HistoryScene.check("old", at: WallTime(microseconds: now - 8 * day))
        let resolved = [AlertEvent.Kind.opened, .resolved].map {
            ChannelScene.event($0, service: "old", triggered: now - 8 * day)
        }
        let active = ChannelScene.event(service: "still", triggered: now - 9 * day)
        await history.record(old, resolved + [active])
        await history.record(HistoryScene.check("new"))
        await history.close()
        let later = scene.history(retentionDays: 7)
        await later.record(HistoryScene.check("new"))
        await later.close()
        let reader = scene.reader()
        #expect(try reader.checks(service: nil, hours: 24 * 30, limit: 99).map(\.service) == ["new", "new"])
        #expect(try reader.alerts(status: nil, service: nil, limit: 99).map(\.service) == ["still"])
        // The roll-ups for long periods stay.
        #expect(try reader.dailyUptime(service: "old", from: 0).map(\.uptime.healthy) == [1])
    }

    @Test(arguments: StoreKind.allCases) func aServiceThatIsNotWatchedAnyMoreIsForgotten(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        var state = TargetState()
        for minute in 1...3 { _ = state.record(.unhealthy, at: Int64(minute) * 60_000_000, rules: .init()) }
        let opened = ChannelScene.event(service: "gone")
        let first = scene.history()
        await first.record(HistoryScene.check("gone", .unhealthy), state: state, events: [opened], channels: [])
        await first.record(HistoryScene.check("quiet"))
        await first.record(HistoryScene.check("kept"))
        await first.close()
        let history = scene.history()
        await history.retire(allBut: ["kept"], channels: ["a"])
        let event = try #require(try await scene.next(history)).event
        #expect(event.kind == .removed)
        #expect(event.service == "gone")
        #expect(event.triggeredAt == state.alert?.openedAt)
        await history.close()
        #expect(try scene.reader().alerts(status: nil, service: nil, limit: 9).map(\.status) == [.resolved])
        #expect(scene.lines.elements.filter { $0.contains("no longer watched") }.count == 2)
        // Only once: the next start logs nothing.
        let next = scene.history()
        #expect(await Array(next.states().keys) == ["kept"])
        await next.retire(allBut: ["kept"], channels: ["a"])
        #expect(await next.waitingChannels() == ["a": 1])
        await next.close()
    }

    /// Two calls may arrive in the other order: the later one was faster, and holds the earlier one too.
    @Test(arguments: StoreKind.allCases) func theLaterOfTwoCallsStays(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        let history = scene.history()
        let calls = [
            PushRecord(firstKnownAt: 1, calledAt: 9, status: .unhealthy, message: "full", revision: 2),
            PushRecord(firstKnownAt: 1, calledAt: 8, status: .healthy, message: "ok", revision: 1),
        ]
        for call in calls { await history.push("cron", call) }
        await history.close()
        #expect(try scene.reader().pushes() == ["cron": calls[0]])
    }

    @Test func nothingIsWrittenAfterTheClose() async throws {
        let store = FakeStore()
        let history = History(
            store: store, reservePath: nil, retentionDays: 30, log: .none, pushes: PushBoard(), pace: .quick,
            retryInterval: .zero, clocksAgreeFor: .zero
        ) { _ in }
        await history.record(HistoryScene.check())
        await history.close()
        let commits = store.commits.elements
        #expect(commits.first == 1)
        await history.record(HistoryScene.check(), [ChannelScene.event()])
        #expect(store.commits.elements == commits)
    }

    /// As after a send that was broken off: nobody knows whether it has arrived.
    @Test func whatIsGivenBackIsSentAgain() async throws {
        let scene = try HistoryScene()
        let history = scene.history()
        await history.record(HistoryScene.check(), [ChannelScene.event()])
        let entry = try #require(try await scene.next(history))
        await history.release(entry)
        #expect(try await scene.next(history) == entry)
        await history.close()
    }

    /// Of what is no service, such as a vantage, there is an alert and no check.
    @Test(arguments: StoreKind.allCases) func anAlertOfNoServiceIsKeptAndSent(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        let history = scene.history()
        var state = TargetState()
        for minute in 1...3 { _ = state.record(.unhealthy, at: Int64(minute) * 60_000_000, rules: .init()) }
        let event = ChannelScene.event(service: "oslo")
        await history.alert("oslo", state: state, events: [event], channels: ["a"])
        // What only this monitor tells is in no timeline.
        await history.announce(ChannelScene.event(service: "rome"), channels: ["b"])
        #expect(await history.states() == ["oslo": state])
        #expect(await history.waitingChannels() == ["a": 1, "b": 1])
        await history.close()
        let reader = scene.reader()
        #expect(try reader.alerts(status: .active, service: nil, limit: 9).map(\.service) == ["oslo"])
        #expect(try reader.checks(service: nil, hours: 1, limit: 9) == [])
        let later = scene.history()
        #expect(await later.states() == ["oslo": state])
        #expect(try await scene.next(later, "b")?.event.service == "rome")
        await later.close()
    }

    /// A service that flaps for weeks shows its last twenty steps, and its repeats as one.
    @Test(arguments: StoreKind.allCases) func aLongTimelineShowsItsEnd(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        let history = scene.history()
        let events = (0...26).map { number in
            let step: AlertEvent.Kind = number == 0 ? .opened : number < 25 ? .escalated : .repeated
            return ChannelScene.event(step, message: "\(number)", after: Int64(number))
        }
        await history.record(HistoryScene.check(), state: TargetState(), events: events, channels: [])
        await history.close()
        let reader = scene.reader()
        let alerts = try reader.alerts(status: nil, service: nil, limit: 9)
        let steps = try #require(try reader.steps(of: alerts)[alerts[0].id])
        #expect(steps.map(\.message) == ((5...24) + [26]).map { "\($0)" })
        #expect(steps.last?.count == 2)
    }
}
