import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// The line in a notification.
struct AlertTextTests {
    private static func summary(_ event: AlertEvent, limit: Int = 1000) -> String {
        AlertText(event).summary(limit: limit)
    }

    private static let since = "2026-01-19 16:07:27 UTC"

    @Test func itNamesServiceReasonAndTime() {
        let event = ChannelScene.event
        #expect(
            Self.summary(event(.opened, "web", .critical, "it answered 503", 3, ChannelScene.time, 0))
                == "web is failing: it answered 503 (since \(Self.since))")
        #expect(
            Self.summary(
                event(.repeated, "web", .critical, "still failing after 9 checks: x", 9, ChannelScene.time, 3600))
                == "web: still failing after 9 checks: x (since \(Self.since), 1 h)")
        #expect(
            Self.summary(event(.escalated, "web", .critical, "x", 9, ChannelScene.time, 60))
                == "web got worse: x (since \(Self.since), 1 min)")
        #expect(
            Self.summary(
                event(.resolved, "web", .critical, "recovered after 12 failed checks", 12, ChannelScene.time, 17_100))
                == "web recovered after 12 failed checks (4 h 45 min); failing since \(Self.since)")
        #expect(
            Self.summary(event(.resolved, "web", .critical, "recovered after 1 failed check", 1, ChannelScene.time, 0))
                == "web recovered after 1 failed check (under 1 s); failing since \(Self.since)")
        #expect(
            Self.summary(event(.flapping, "web", .warning, "flapping: 6 changes", nil, ChannelScene.time, 0))
                == "web: flapping: 6 changes (since \(Self.since))")
        #expect(
            Self.summary(event(.test, "health-monitor", .warning, "a test", nil, ChannelScene.time, 0))
                == "Test alert from health-monitor: a test")
    }

    @Test func whatIsDegradedIsNotCalledFailing() {
        var event = ChannelScene.event(service: "disk", severity: .warning, message: "85 % of / is used")
        event.status = .degraded
        #expect(AlertText(event).title == "disk is degraded")
        #expect(Self.summary(event) == "disk is degraded: 85 % of / is used (since \(Self.since))")
        var eased = ChannelScene.event(.repeated, service: "web", message: "no longer unhealthy, but degraded: slow")
        eased.status = .degraded
        #expect(AlertText(eased).title == "web is still degraded")
        #expect(Self.summary(eased) == "web: no longer unhealthy, but degraded: slow (since \(Self.since))")
    }

    /// A person needs the reason at night: a long name leaves room for it, and the time stays.
    @Test(arguments: [120, 200, 600, 1024]) func aLongNameLeavesRoomForTheReason(limit: Int) {
        let name = String(repeating: "n", count: 400)
        let event = ChannelScene.event(service: name, message: "no\nroute " + String(repeating: "x", count: 3000))
        let text = Self.summary(event, limit: limit)
        #expect(text.utf16.count == limit)
        #expect(text.contains("n… is failing: no route xx"))
        #expect(text.hasSuffix("x… (since \(Self.since))"))
        #expect(!AlertText(event).isWhole(inSummaryOf: limit))
    }
}
