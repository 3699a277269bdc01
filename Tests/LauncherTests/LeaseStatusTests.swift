import KeepAliveLease
import Testing

@testable import KeepAliveLauncher

/// What the status, the service manager and the metrics say of the lease.
@Suite struct LeaseStatusTests {
    private static let granted: [LeaseState.Event] = [
        .tick, .answer(1, .row(row(holder: nil))), .examined(isFit: true), .answer(2, .granted(epoch: 6, info: "{}")),
        .started,
    ]
    private static let abstaining: [LeaseState.Event] =
        granted + [.reaped(isClean: true), .waiting(.seconds(100))]
    private static let lost = KeeperAnswer.unknown(state: nil, words: "no route")
    private static let trouble = "the lease cannot be reached: no route"

    private static func row(holder: String?, since: String? = nil) -> LeaseRow {
        LeaseRow(
            epoch: 5, beat: Beat(), holder: holder, heir: nil, timeToLive: 30_000, host: "beta", since: since,
            info: "{}")
    }

    private static func status(after events: [LeaseState.Event], unfit: String? = nil) -> LeaseStatus {
        var state = LeaseState(times: LeaseTimes(timeToLive: .seconds(30)), label: "a")
        for event in events { _ = state.handle(event, at: .seconds(1000)) }
        return LeaseStatus(state, name: "bot", handover: "", unfit: unfit)
    }

    @Test(
        arguments: [
            ([.tick], "waiting to see the lease"), ([.tick, .answer(1, lost)], trouble),
            ([.tick, .answer(1, .row(row(holder: "b")))], "beta leads"),
            (
                [.tick, .answer(1, .row(row(holder: "b", since: "2026-01-19T16:07:27Z")))],
                "beta leads since 2026-01-19T16:07:27Z"
            ),
            ([.tick, .answer(1, .row(row(holder: nil)))], "the lease is free"),
            (abstaining, "waiting out a restart delay without the lease"),
        ] as [([LeaseState.Event], String)])
    func `a machine without a bot says what it waits for`(_ events: [LeaseState.Event], _ words: String) {
        let status = Self.status(after: events)
        #expect(status.words == words)
        #expect(status.reason == words)
        #expect(status.trouble == nil)
        #expect(status.epoch == nil)
    }

    @Test func `an unfit machine says why it leaves the lease alone`() {
        let events: [LeaseState.Event] = [.tick, .answer(1, .row(Self.row(holder: nil)))]
        let status = Self.status(after: events, unfit: "no token")
        #expect(status.words == "the lease is free, but the bot cannot run here: no token")
        #expect(status.seenEpoch == 5)
    }

    @Test func `a leader says its term, and a trouble with the lease`() {
        let well = Self.status(after: Self.granted)
        #expect(well.epoch == 6)
        #expect(well.seenEpoch == 6)
        #expect(well.reason == nil)
        // The handover's renewal is the third request.
        let offering = Self.status(after: Self.granted + [.handover, .answer(3, Self.lost)])
        #expect(offering.trouble == Self.trouble)
        #expect(offering.reason == Self.trouble)
        #expect(offering.words == nil)
        let stopping = Self.status(after: Self.granted + [.handover, .answer(3, Self.lost), .stop])
        #expect(stopping.trouble == nil)
        #expect(stopping.epoch == 6)
    }
}
