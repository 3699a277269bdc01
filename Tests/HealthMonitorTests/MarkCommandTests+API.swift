import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// What the commands tell a running monitor, through real sockets.
extension MarkCommandTests {
    private static let bot = "café/bot 1"

    /// Runs a command to its end; returns the exit code.
    private static func run(
        _ word: MarkCommand.Word, _ arguments: [String], at monitor: ServedMonitor, key: String = ServedMonitor.key
    ) throws -> Int32 {
        let url = "http://127.0.0.1:\(monitor.port)"
        let command = try MarkCommand(word, arguments + ["--url", url, "--api-key", key])
        let (codes, isOver) = (EventLog<Int32>(), DispatchSemaphore(value: 0))
        Task {
            codes.append(await command.run())
            isOver.signal()
        }
        isOver.wait()
        return codes.elements[0]
    }

    @Test func anAlertIsAcknowledgedAndTakenBack() async throws {
        try await ServedMonitor.serve { monitor in
            #expect(try Self.run(.ack, [Self.bot, "--note", "on it"], at: monitor) == 0)
            let mark = try #require(monitor.board[Self.bot]?.marks.acknowledged)
            #expect(mark.note == "on it" && mark.who.contains("API key 1"))
            #expect(try Self.run(.unack, [Self.bot], at: monitor) == 0)
            #expect(monitor.board[Self.bot]?.marks.isEmpty == true)
            #expect(try Self.run(.unack, [Self.bot], at: monitor) == 1)
            #expect(try Self.run(.ack, ["db"], at: monitor) == 1, "it has no open alert")
            #expect(try Self.run(.ack, [Self.bot], at: monitor, key: "another-key") == 1)
            #expect(monitor.board[Self.bot]?.marks.isEmpty == true)
        }
    }

    @Test func aSilenceHasItsEnd() async throws {
        try await ServedMonitor.serve { monitor in
            let now = WallTime.now().microseconds
            let end = String(WallTime(microseconds: now + 86_400_000_000).iso8601.prefix(19))
            #expect(try Self.run(.silence, [Self.bot, "--until", "\(end)Z", "--note", "new disk"], at: monitor) == 0)
            let mark = try #require(monitor.board[Self.bot]?.marks.silenced)
            #expect(mark.until.map { WallTime(microseconds: $0).iso8601 } == "\(end).000000Z")
            #expect(mark.note == "new disk")
            #expect(try Self.run(.silence, [Self.bot, "--minutes", "5"], at: monitor) == 0)
            let until = try #require(monitor.board[Self.bot]?.marks.silenced?.until)
            #expect((now...now + 3_600_000_000).contains(until - 300_000_000))
            #expect(try Self.run(.unsilence, [Self.bot], at: monitor) == 0)
            #expect(monitor.board[Self.bot]?.marks.isEmpty == true)
        }
    }

    @Test func aNoteIsPutAndRemoved() async throws {
        try await ServedMonitor.serve { monitor in
            let put = try Self.run(.note, [Self.bot, "ask", "Bo"], at: monitor)
            #expect(put == 0)
            #expect(monitor.board[Self.bot]?.marks.noted?.note == "ask Bo")
            #expect(try Self.run(.note, [Self.bot, "--remove"], at: monitor) == 0)
            #expect(monitor.board[Self.bot]?.marks.isEmpty == true)
        }
    }
}
