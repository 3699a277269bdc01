import Foundation
import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// The end of a monitor whose parts hang: its guard ends it in time.
struct MonitorSignalsTests {
    /// The service manager would take another code for a failure, and start it again.
    @Test(arguments: [SIGTERM, SIGINT]) func aLateEndThatWasAskedForIsNoFailure(signal: Int32) async {
        await #expect(processExitsWith: .success) { [signal] in
            let signals = try MonitorSignals()
            let deadline = signals.turn(at: .now(), signals: [signal])
            _ = signals.turn(at: deadline ?? .now(), signals: [])
            exit(1)
        }
    }

    @Test func aLateEndHasTheCodeOfItsFailure() async {
        await #expect(processExitsWith: .exitCode(71)) {
            let signals = try MonitorSignals()
            signals.stop(because: .system("no space"))
            let deadline = signals.turn(at: .now(), signals: [])
            _ = signals.turn(at: deadline ?? .now(), signals: [])
            exit(1)
        }
    }
}
