import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

struct ProcessTableTests {
    private static func entry(_ processID: Int32, of parent: Int32, _ state: String = "S") -> ProcessTable.Entry? {
        .init(stat: "\(processID) (a) \(state) \(parent) 7 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 \(processID)00 0 0")
    }

    private static func table(_ entries: [ProcessTable.Entry?]) -> ProcessTable {
        ProcessTable(entries.compactMap { $0 })
    }

    @Test func aLineOfTheKernels() throws {
        let entry = try #require(Self.entry(12, of: 3))
        #expect(entry.processID == 12)
        #expect(entry.parent == 3)
        #expect(entry.group == 7)
        #expect(entry.startTime == 1200)
        #expect(entry.words == "a (process 12)")
        #expect(!entry.isZombie)
        #expect(Self.entry(12, of: 3, "Z")?.isZombie == true)
    }

    @Test(arguments: [
        "", "12", "12 (a", "12 a) S 3", "12 (a) S 3 7", "x (a) S 3 7 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0", ")(",
    ])
    func damage(text: String) {
        #expect(ProcessTable.Entry(stat: text) == nil)
    }

    @Test func descendantsAreThoseOfTheirParentsToo() {
        let table = Self.table([
            Self.entry(1, of: 0), Self.entry(10, of: 1), Self.entry(11, of: 10), Self.entry(12, of: 11, "Z"),
            Self.entry(13, of: 12), Self.entry(20, of: 1), Self.entry(21, of: 20),
        ])
        #expect(Set(table.descendants(of: 10).map(\.processID)) == [11, 13])
        #expect(Set(table.descendants(of: 1, except: [20: 2000]).map(\.processID)) == [10, 11, 13])
        // Its number is another process's by now.
        #expect(Set(table.descendants(of: 1, except: [20: 1999]).map(\.processID)) == [10, 11, 13, 20, 21])
        #expect(table.line(of: 21) == [21, 20, 1])
    }

    @Test func aCircleEnds() {
        let table = Self.table([Self.entry(1, of: 2), Self.entry(2, of: 1), Self.entry(3, of: 3)])
        #expect(table.descendants(of: 1).map(\.processID) == [2])
        #expect(table.line(of: 3) == [3])
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/environ"), "no /proc"))
    func theEnvironmentOfAProcess() throws {
        let child = try KeepAliveTestSupport.ChildProcess(
            executable: "/bin/sleep", arguments: ["1000"], environment: ["A": "b", "B": "A=b="])
        defer { child.signal(SIGKILL) }
        #expect(ProcessTable.has("A=b", child.processID))
        #expect(!ProcessTable.has("A=", child.processID))
        #expect(!ProcessTable.has("A=b=", child.processID))
        #expect(ProcessTable.read().descendants(of: getpid()).contains { $0.processID == child.processID })
    }
}
