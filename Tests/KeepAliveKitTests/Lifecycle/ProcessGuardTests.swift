import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// Each in a process of its own, where no other test wakes the guard.
struct ProcessGuardTests {
    /// Asks for its next turn after a pause.
    private final class Duty: GuardDuty {
        let turns = EventLog<Void>()
        let isOver: Bool
        private let pause: Duration

        init(every pause: Duration, isOver: Bool = false) {
            self.pause = pause
            self.isOver = isOver
        }

        func turn(at now: MonotonicTime, signals: [Int32]) -> MonotonicTime? {
            turns.append(())
            return now.advanced(by: pause)
        }
    }

    @Test func theNextTurnComesWhenTheFirstDutyNeedsIt() async {
        await #expect(processExitsWith: .exitCode(0)) {
            RunLifeTests.endByItselfOrFail()
            try ProcessGuard.shared.start()
            ProcessGuard.shared.attach(Duty(every: .seconds(3600)), takesSignals: false)
            let often = Duty(every: .milliseconds(1))
            ProcessGuard.shared.attach(often, takesSignals: false)
            // Each attachment wakes the guard once; further turns come by their time.
            _ = try await often.turns.element(at: 4)
        }
    }

    /// A run that is over stays for later signals, until the next run takes them.
    @Test func theNextDutyReplacesOneThatIsOver() async {
        await #expect(processExitsWith: .exitCode(0)) {
            RunLifeTests.endByItselfOrFail()
            try ProcessGuard.shared.start()
            let over = Duty(every: .milliseconds(1), isOver: true)
            ProcessGuard.shared.attach(over, takesSignals: true)
            _ = try await over.turns.element(at: 4)
            let next = Duty(every: .milliseconds(1))
            ProcessGuard.shared.attach(next, takesSignals: true)
            _ = try await next.turns.element(at: 0)
            let turns = over.turns.count
            _ = try await next.turns.element(at: 4)
            if over.turns.count != turns { _exit(99) }
        }
    }

    /// Each run and each watchdog asks for it.
    @Test func aSecondStartChangesNothing() async {
        await #expect(processExitsWith: .success) {
            try ProcessGuard.shared.start()
            let pipe = ProcessGuard.shared.signalPipe
            try ProcessGuard.shared.start()
            #expect(pipe >= 0)
            #expect(ProcessGuard.shared.signalPipe == pipe)
        }
    }

    #if os(Linux)
        /// Neither its pipe nor its threads: what is to be raised is named after what is missing.
        @Test(arguments: [RLIMIT_NOFILE, RLIMIT_AS].map(\.rawValue))
        func aStartThatFailsNamesTheLimit(of limit: UInt32) async {
            await #expect(processExitsWith: .exitCode(0)) { [limit] in
                let resource = __rlimit_resource_t(limit)
                var before = rlimit()
                unsafe getrlimit(resource, &before)
                var little = before
                little.rlim_cur = 1
                unsafe setrlimit(resource, &little)
                let started = Result { () throws(KeepAliveError) in try ProcessGuard.shared.startOrSay() }
                unsafe setrlimit(resource, &before)
                guard case .failure(let error) = started, error.kind == .system else { _exit(98) }
                let remedy =
                    limit == RLIMIT_NOFILE.rawValue ? "ulimit -n, LimitNOFILE=" : "ulimit -u, TasksMax="
                if !error.description.hasSuffix("raise the limit: \(remedy)") { _exit(97) }
            }
        }
    #endif
}
