import KeepAlivePlatform
import Testing

@testable import KeepAliveKit

struct ProcessMetricsTests {
    /// Field 22 is the start, 14 and 15 the processor's time, 20 the threads, 23 and 24 the memory (proc(5)).
    private let own =
        "42 (a) b) (c) S 1 42 42 0 -1 4194560 10 20 30 40 150 50 0 0 20 0 7 0 1000 500000 300 18446744073709551615 1"
    private let booted = 1_700_000_000.0

    @Test func theKernelsNumbersAreRead() throws {
        let metrics = try #require(
            ProcessMetrics(own: own, booted: booted, ticksPerSecond: 100, pageSize: 4096))
        #expect(metrics.processorSeconds == 2)
        #expect(metrics.threads == 7)
        #expect(metrics.start == 1_700_000_010)
        #expect(metrics.virtualBytes == 500_000)
        #expect(metrics.residentBytes == 300 * 4096)
    }

    @Test func eachNumberStandsUnderItsName() throws {
        var metrics = try #require(
            ProcessMetrics(own: own, booted: booted, ticksPerSecond: 100, pageSize: 4096))
        (metrics.descriptors, metrics.mostDescriptors) = (5, 1024)
        var text = MetricsText(.prometheus)
        metrics.append(to: &text)
        let lines = String(decoding: text.finish(), as: UTF8.self).split(separator: "\n")
        #expect(
            lines.filter { !$0.hasPrefix("#") } == [
                "process_cpu_seconds_total 2", "process_start_time_seconds 1700000010",
                "process_resident_memory_bytes 1228800", "process_virtual_memory_bytes 500000", "process_threads 7",
                "process_open_fds 5", "process_max_fds 1024",
            ])
    }

    /// A number of the kernel never ends the bot.
    @Test func memoryBeyondAllBytesIsTheMost() {
        let own = own.replacing(" 500000 300 ", with: " 500000 18446744073709551615 ")
        let metrics = ProcessMetrics(own: own, booted: booted, ticksPerSecond: 100, pageSize: 4096)
        #expect(metrics?.residentBytes == .max)
    }

    @Test(arguments: ["", "42 (a", "42 (a) S 1 2 3", "42 (a) S " + String(repeating: "x ", count: 30)])
    func whatIsNoSuchLineGivesNothing(text: String) {
        #expect(ProcessMetrics(own: text, booted: booted, ticksPerSecond: 100, pageSize: 4096) == nil)
        #expect(ProcessMetrics(own: own, booted: booted, ticksPerSecond: 0, pageSize: 4096) == nil)
        #expect(ProcessMetrics(own: own, booted: booted, ticksPerSecond: 100, pageSize: 0) == nil)
    }

    @Test(
        arguments: [
            (
                "Max cpu time  unlimited  unlimited  seconds\nMax open files            1024                 4096       files",
                1024
            ),
            ("Max open files            unlimited            unlimited            files", nil), ("", nil),
        ] as [(String, UInt64?)])
    func limits(text: String, expected: UInt64?) {
        #expect(ProcessMetrics.mostDescriptors(text) == expected)
    }

    #if os(Linux)
        @Test func theNamesAreThoseOfPrometheus() throws {
            var text = MetricsText(.prometheus)
            try #require(ProcessMetrics()).append(to: &text)
            let lines = String(decoding: text.finish(), as: UTF8.self).split(separator: "\n")
            var values: [Substring: Double] = [:]
            for line in lines where !line.hasPrefix("#") {
                let parts = line.split(separator: " ")
                if parts.count == 2 { values[parts[0]] = Double(parts[1]) }
            }
            for name in [
                "process_cpu_seconds_total", "process_start_time_seconds", "process_resident_memory_bytes",
                "process_virtual_memory_bytes", "process_threads", "process_open_fds",
            ] {
                #expect(values[Substring(name)] ?? 0 > 0, "\(name)")
            }
            #expect(values["process_start_time_seconds"] ?? .infinity < Double(WallTime.now().microseconds) / 1e6 + 1)
            #expect(values["process_start_time_seconds"] ?? 0 > 1_700_000_000)
        }
    #endif
}
