import Testing

@testable import KeepAlivePlatform

struct MonotonicTimeTests {
    private func time(_ nanoseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: nanoseconds) }

    @Test(arguments: [
        (Int64(5), Int64(2), Int64(3)), (2, 5, 0), (0, 0, 0), (.max, .min, .max), (.min, .max, 0), (.max, -1, .max),
        (-1, .max, 0), (0, .min, .max),
    ])
    func elapsedSaturates(now: Int64, earlier: Int64, elapsed: Int64) {
        #expect(time(now).elapsed(since: time(earlier)) == elapsed)
        #expect(time(now).since(time(earlier)) == .nanoseconds(elapsed))
    }

    @Test(arguments: [
        (Int64(5), Duration.nanoseconds(3), Int64(8)), (5, .nanoseconds(-9), -4), (1, .seconds(Int64.max), .max),
        (-1, .seconds(Int64.min), .min), (.max, .nanoseconds(1), .max), (.min, .nanoseconds(-1), .min),
    ])
    func advancingSaturates(start: Int64, by: Duration, end: Int64) {
        #expect(time(start).advanced(by: by) == time(end))
    }

    private static let long = Duration.seconds(9_223_372_036)

    @Test(
        arguments: [
            (.seconds(1), 1_000_000_000), (.nanoseconds(-7), -7), (.zero, 0), (.seconds(Int64.max), .max),
            (.seconds(Int64.min), .min), (long + .nanoseconds(854_775_807), .max),
            (long + .nanoseconds(854_775_808), .max), (.zero - long - .seconds(1), .min),
            (.milliseconds(1) / 1_000_000_000, 0),
        ] as [(Duration, Int64)])
    func nanosecondsSaturate(duration: Duration, nanoseconds: Int64) {
        #expect(duration.saturatedNanoseconds == nanoseconds)
    }

    /// A duration may exceed its own `components`; that traps in the standard library.
    @Test func durationsBeyondInt64SecondsSaturateToo() async {
        await #expect(processExitsWith: .success) {
            let long = Duration.seconds(Int64.max) + .seconds(1)
            #expect(long.saturatedNanoseconds == .max)
            #expect((Duration.zero - long - long).saturatedNanoseconds == .min)
        }
    }

    @Test(arguments: [
        (Duration.seconds(5), "5 s"), (.milliseconds(250), "0.25 s"), (.milliseconds(1), "0.001 s"), (.zero, "0 s"),
        (.milliseconds(-500), "-0.5 s"), (.milliseconds(-1500), "-1.5 s"), (.microseconds(10), "0 s"),
        (.milliseconds(90_010), "90.01 s"), (.seconds(Int64.min), "-9223372036.854 s"),
    ])
    func words(duration: Duration, words: String) {
        #expect(duration.inWords == words)
    }

    @Test func theClockNeverGoesBack() {
        var last = MonotonicTime.now()
        for _ in 0..<1000 {
            let next = MonotonicTime.now()
            #expect(next >= last)
            #expect(MonotonicTime.coarseNow() <= MonotonicTime.now())
            last = next
        }
    }

    @Test(arguments: [
        (-5, "0 s"), (0, "0 s"), (59, "59 s"), (60, "1 min 0 s"), (3599, "59 min 59 s"), (3600, "1 h 0 min"),
        (86_399, "23 h 59 min"), (86_400, "1 d 0 h"), (Int64.max, "106751991167300 d 15 h"),
    ])
    func durations(seconds: Int64, text: String) {
        #expect(Duration.seconds(seconds).inTwoUnits == text)
    }
}
