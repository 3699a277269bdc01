import Testing

@testable import KeepAlivePlatform

struct ProcessMemoryTests {
    @Test func theGroupAndThoseAboveItCount() {
        #expect(
            ProcessMemory.limitFiles(groups: "0::/system.slice/bot.service\n") == [
                "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/system.slice/memory.max",
                "/sys/fs/cgroup/system.slice/bot.service/memory.max",
            ])
        #expect(ProcessMemory.limitFiles(groups: "0::/\n") == ["/sys/fs/cgroup/memory.max"])
        #expect(
            ProcessMemory.limitFiles(groups: "5:cpu,cpuacct:/x\n4:memory:/docker/a:b\n1:name=systemd:/y\n") == [
                "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/docker/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory/docker/a:b/memory.limit_in_bytes",
            ])
    }

    @Test(arguments: ["", "0", "0:", "::", "0::", "x:y", "\n\n", "0::/../../etc"])
    func whatIsNoGroupNamesNoForeignFile(text: String) {
        #expect(
            ProcessMemory.limitFiles(groups: text).allSatisfy { $0.hasPrefix("/sys/fs/cgroup/") && !$0.contains("..") })
    }

    @Test(
        arguments: [
            ("536870912\n", 536_870_912), ("max\n", nil), ("", nil), ("0\n", nil), ("-1\n", nil),
            ("9223372036854771712\n", 9_223_372_036_854_771_712), ("99999999999999999999999", nil),
        ] as [(String, UInt64?)])
    func limits(text: String, bytes: UInt64?) {
        #expect(ProcessMemory.bytes(text) == bytes)
    }

    @Test(arguments: [("100 20 3", 20), ("100", nil), ("", nil), ("a b", nil), ("1 -2", nil)] as [(String, UInt64?)])
    func residentPages(text: String, pages: UInt64?) {
        #expect(ProcessMemory.residentPages(text) == pages)
    }

    #if os(Linux)
        @Test func thisProcessHasSomeAndMayHaveMore() throws {
            let memory = try #require(ProcessMemory())
            #expect(memory.resident > 1 << 20)
            #expect(memory.limit > memory.resident)
        }

        /// Freed blocks between blocks in use stay with the process otherwise.
        @Test func freedPagesGoBackToTheSystem() throws {
            var blocks = (0..<60_000).map { _ in [UInt8](repeating: 1, count: 1000) }
            let kept = stride(from: 0, to: blocks.count, by: 50).map { blocks[$0] }
            blocks = []
            let before = try #require(ProcessMemory()).resident
            ProcessMemory.returnUnused()
            let after = try #require(ProcessMemory()).resident
            #expect(after + (30 << 20) < before)
            withExtendedLifetime(kept) {}
        }
    #endif
}
