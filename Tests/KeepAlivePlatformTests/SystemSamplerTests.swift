import Testing

@testable import KeepAlivePlatform

struct SystemSamplerTests {
    @Test(.enabled(if: ProcFile.text("/proc/stat") != nil, "there is no /proc"))
    func thisMachine() throws {
        var sampler = SystemSampler(folder: ".")
        #expect(sampler.sample().processor == nil, "one sample tells nothing")
        // The counters tick 100 times a second, if the machine is fast enough.
        var sample = sampler.sample()
        for _ in 0..<1000 where sample.processor == nil {
            OSThread.rest(milliseconds: 10)
            sample = sampler.sample()
        }
        #expect((0...1).contains(try #require(sample.processor)))
        #expect(try #require(sample.processorCount) > 0)
        let memory = try #require(sample.memory)
        #expect(memory.used > 0 && memory.used < memory.total)
        let disk = try #require(sample.disk)
        #expect(disk.total > 0 && disk.used <= disk.total)
    }

    @Test func aFolderThatIsNone() {
        var sampler = SystemSampler(folder: "/no/such/folder")
        #expect(sampler.sample().disk == nil)
    }

    @Test func ticks() throws {
        let first = try #require(SystemSampler.Ticks("cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 1 1 1"))
        let second = try #require(SystemSampler.Ticks("cpu  150 0 125 750 125 0 0 0 90 0\n"))
        #expect(second.share(since: first) == 0.5)
        #expect(first.share(since: second) == nil)
        #expect(first.share(since: first) == nil)
        // A processor that went offline takes its counters along.
        let fewer = try #require(SystemSampler.Ticks("cpu  50 0 50 1800 200"))
        #expect(fewer.share(since: second) == 0.0)
        let old = try #require(SystemSampler.Ticks("cpu 1 2 3 4"))
        #expect(old.busy == 6 && old.all == 10)
    }

    @Test(arguments: [(0, 0, 0), (1, 0, 0), (1, 4, 0.25), (4, 4, 1), (5, 4, 1)] as [(UInt64, UInt64, Double)])
    func shares(used: UInt64, total: UInt64, share: Double) {
        #expect(SystemSample.Space(used: used, total: total).share == share)
    }

    @Test(arguments: ["", "cpu", "cpu 1 2 3", "intr 1 2 3 4 5", "cpu x x x x"])
    func noTicks(text: String) {
        #expect(SystemSampler.Ticks(text) == nil)
    }

    @Test func memory() {
        #expect(
            SystemSampler.memory("MemTotal: 100 kB\nMemFree: 1 kB\nMemAvailable: 40 kB\n")
                == .init(used: 60 * 1024, total: 100 * 1024))
        #expect(
            SystemSampler.memory("MemTotal: 100 kB\nMemAvailable: 100 kB\n") == .init(used: 0, total: 100 * 1024))
        #expect(SystemSampler.memory("MemTotal: 100 kB\n") == nil)
        #expect(SystemSampler.memory("MemTotal: 1 kB\nMemAvailable: 2 kB\n") == nil)
        // As many bytes still fit into a number, and more than that are no machine's.
        let most: UInt64 = (1 << 50) - 1
        #expect(
            SystemSampler.memory("MemTotal: \(most) kB\nMemAvailable: 0 kB\n")
                == .init(used: most * 1024, total: most * 1024))
        #expect(SystemSampler.memory("MemTotal: \(most + 1) kB\nMemAvailable: 2 kB\n") == nil)
        #expect(SystemSampler.memory("MemTotal: 99999999999999999999 kB\nMemAvailable: 2 kB\n") == nil)
    }
}
