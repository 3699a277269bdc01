import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAlivePlatform

struct ProcessTableTests {
    private static func fact(_ id: Int32, of parent: Int32, _ state: String = "S") -> ProcessFact? {
        ProcessFact("\(id) (a) \(state) \(parent) 7 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 \(id)00 0 0")
    }

    private static func table(_ facts: [ProcessFact?]) -> ProcessTable { ProcessTable(facts.compactMap { $0 }) }

    @Test func descendantsAreThoseOfTheirParentsToo() {
        let table = Self.table([
            Self.fact(1, of: 0), Self.fact(10, of: 1), Self.fact(11, of: 10), Self.fact(12, of: 11, "Z"),
            Self.fact(13, of: 12), Self.fact(20, of: 1), Self.fact(21, of: 20),
        ])
        #expect(Set(table.descendants(of: 10).map(\.id)) == [11, 13])
        #expect(Set(table.descendants(of: 1, except: [20: 2000]).map(\.id)) == [10, 11, 13])
        // Its number belongs to another process by now.
        #expect(Set(table.descendants(of: 1, except: [20: 1999]).map(\.id)) == [10, 11, 13, 20, 21])
        #expect(table.line(of: 21) == [21, 20, 1])
    }

    @Test func aCircleEnds() {
        let table = Self.table([Self.fact(1, of: 2), Self.fact(2, of: 1), Self.fact(3, of: 3)])
        #expect(table.descendants(of: 1).map(\.id) == [2])
        #expect(table.line(of: 3) == [3])
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/environ"), "no /proc"))
    func theEnvironmentOfAProcess() async throws {
        let child = try ChildProcess(
            executable: "/bin/sleep", arguments: ["1000"], environment: ["A": "b", "B": "A=b="])
        defer { child.signal(SIGKILL) }
        // It has one after its exec.
        try await Polling.until({ ProcessTable.has("A=b", child.processID) }, isMet: { $0 })
        #expect(!ProcessTable.has("A=", child.processID))
        #expect(!ProcessTable.has("A=b=", child.processID))
        #expect(ProcessTable.read().descendants(of: getpid()).contains { $0.id == child.processID })
    }
}
