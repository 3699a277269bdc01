import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

#if os(Linux)
    @Suite(.enabled(if: GroupMover.isInstalled, "no Perl"))
    struct ProcessGroupTests {
        @Test func aFirstProcessThatJoinedAnotherGroupIsReached() async throws {
            let process = try ChildProcess(executable: GroupMover.program, arguments: GroupMover.arguments)
            let id = process.processID
            let group: Int32 = try await process.number(after: "moved to ")
            defer {
                kill(-group, SIGKILL)
                process.signal(SIGKILL)
            }
            process.signal(SIGSTOP)
            try await Polling.until({ Processes.state(of: id) }, isMet: { $0 == "T" })
            #expect(ProcessGroup.signal(id, SIGCONT))
            try await Polling.until({ Processes.state(of: id) }, isMet: { $0 != "T" })
            #expect(ProcessGroup.signal(id, SIGKILL))
            #expect(await Processes.end(of: id))
            // The other group is not its own.
            #expect(!Processes.isGone(group))
        }
    }
#endif
