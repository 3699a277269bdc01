import Testing

@testable import KeepAliveHealthCheck

struct FormatTests {
    @Test(
        arguments: [
            (12.34, 1, "12.3"), (12.35, 0, "12"), (12.5, 0, "13"), (0.05, 2, "0.05"), (1, 6, "1.000000"),
            (1, 7, "1.000000"), (1.5, -1, "2"), (-12.34, 1, "-12.3"), (-0.04, 1, "0.0"), (-0.06, 1, "-0.1"),
            (0, 0, "0"), (999_999_999_999_999, 0, "999999999999999"), (1e15, 0, "huge"), (-1e15, 0, "-huge"),
            (.infinity, 2, "huge"), (.nan, 2, "?"),
        ] as [(Double, Int, String)])
    func decimals(value: Double, places: Int, expected: String) {
        #expect(Format.decimal(value, places: places) == expected)
    }

    @Test(
        arguments: [
            (0, "0"), (0.42, "0.42"), (0.999, "1.00"), (1, "1.0"), (4.2, "4.2"), (99.9, "99.9"), (100, "100"),
            (-0.5, "-0.50"), (-250, "-250"),
        ] as [(Double, String)])
    func threeDigits(value: Double, expected: String) {
        #expect(Format.short(value) == expected)
    }

    @Test(
        arguments: [
            (0, "0 %"), (0.001, "0.10 %"), (0.01, "1.0 %"), (0.05, "5.0 %"), (0.1, "10 %"), (1, "100 %"),
        ] as [(Double, String)])
    func shares(share: Double, expected: String) {
        #expect(Format.percent(share) == expected)
    }

    @Test(
        arguments: [(0, "0 ms"), (9999, "9999 ms"), (10_000, "10.0 s"), (12_345, "12.3 s")] as [(Double, String)])
    func times(milliseconds: Double, expected: String) {
        #expect(Format.milliseconds(milliseconds) == expected)
    }

    @Test(
        arguments: [
            (-1, "0.0 s"), (1.2, "1.2 s"), (9.9, "9.9 s"), (10, "10 s"), (250, "4 min 10 s"), (266_400, "3 d 2 h"),
            (1e12, "an unknown time"), (.infinity, "an unknown time"), (.nan, "an unknown time"),
        ] as [(Double, String)])
    func ages(seconds: Double, expected: String) {
        #expect(Format.age(seconds) == expected)
    }

    @Test(
        arguments: [
            (0, "0 B"), (999, "999 B"), (1000, "0.98 KiB"), (1024, "1.0 KiB"), (12_800, "12.5 KiB"),
            (13_107_200, "12.5 MiB"), (1_073_741_824, "1.0 GiB"), (1_099_511_627_776, "1.0 TiB"),
            (1_125_899_906_842_624, "1.0 PiB"),
            (.max, "16384 PiB"),
        ] as [(UInt64, String)])
    func bytes(count: UInt64, expected: String) {
        #expect(Format.bytes(count) == expected)
    }

    @Test func theTimeOfDay() {
        #expect(Format.clock("2026-01-19T16:07:27.123456Z") == "16:07:27")
        #expect(Format.clock("") == "")
    }
}
