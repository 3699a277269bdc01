import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

struct StateFolderTests {
    @Test func aStatusThatCannotBeWrittenIsSaidOnceAndWrittenLater() throws {
        let folder = try TemporaryDirectory()
        let (later, log) = (folder.file("later"), folder.file("log"))
        let botLog = BotLog(path: log.path, level: .info, format: .text, secrets: [])
        let file = StatusFile(path: later.appendingPathComponent("launcher.status").path)
        let state = StateFolder(
            folder.path, ledger: folder.file("ledger").path, status: file.path, botLog: botLog)
        let start = MonotonicTime.now()
        func write(after seconds: Int64, restarts: Int) {
            state.note(bot: nil, healthURL: nil, state: "waiting", restarts: restarts, nextStart: nil, reason: nil)
            state.writeUnwritten(at: start.advanced(by: .seconds(seconds)))
        }
        for second in 0..<3 { write(after: Int64(second), restarts: second) }
        try FileManager.default.createDirectory(at: later, withIntermediateDirectories: false)
        // Only the time has changed.
        #expect(file.read() == nil)
        write(after: 3, restarts: 2)
        #expect(file.read()?.restarts == 2)
        #expect(state.retryAt == nil)
        let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 1)
        #expect(lines.first?.contains("cannot write the status to \(file.path)") == true)
        // An existing file is not rewritten.
        try FileManager.default.removeItem(at: later)
        write(after: 4, restarts: 3)
        #expect(state.retryAt == start.advanced(by: .seconds(5)))
        write(after: 4, restarts: 2)
        #expect(state.retryAt == nil)
    }

    @Test func aReasonIsOneShortLineAndAPhaseHasItsTime() throws {
        let folder = try TemporaryDirectory()
        let botLog = BotLog(path: folder.file("log").path, level: .info, format: .text, secrets: [])
        let file = StatusFile(path: folder.file("launcher.status").path)
        let state = StateFolder(folder.path, ledger: folder.file("ledger").path, status: file.path, botLog: botLog)
        func write(restarts: Int) {
            let reason = "a\nb" + String(repeating: "x", count: 600)
            state.note(bot: nil, healthURL: nil, state: "waiting", restarts: restarts, nextStart: nil, reason: reason)
            state.writeUnwritten()
        }
        write(restarts: 0)
        let first = try #require(file.read())
        #expect(first.reason == "a b" + String(repeating: "x", count: 497))
        #expect(first.since > 0)
        // The phase is still the same.
        write(restarts: 1)
        #expect(file.read()?.since == first.since)
        #expect(file.read()?.restarts == 1)
    }
}
