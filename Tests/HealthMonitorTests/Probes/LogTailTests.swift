import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The read position in a log, with a real file.
struct LogTailTests {
    private let folder: TemporaryDirectory
    private let log: URL

    init() throws {
        folder = try TemporaryDirectory()
        log = try folder.write("", to: "bot.log")
    }

    private func append(_ text: String) throws {
        let file = try FileHandle(forWritingTo: log)
        try file.seekToEnd()
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }

    /// Empties the same file first, as logrotate does with `copytruncate`.
    private func rewrite(_ text: String) throws {
        let file = try FileHandle(forWritingTo: log)
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }

    private static func piece(_ text: String, isFirst: Bool = false) -> LogTail.Piece {
        LogTail.Piece(bytes: Array(text.utf8), isFirst: isFirst)
    }

    /// It has grown beyond the old position meanwhile: only what stands before that position tells the two apart.
    @Test(arguments: [1, 200]) func aLogThatWasEmptiedIsReadFromItsStart(lines: Int) throws {
        var tail = LogTail()
        for (round, word) in ["first", "second", "third", "fourth"].enumerated() {
            let text = String(repeating: "\(word)\n", count: lines * (round + 1))
            try rewrite(text)
            let piece = try tail.read(log.path)
            #expect(piece == Self.piece(text, isFirst: round == 0))
        }
    }

    /// It may have any name by then, or none.
    @Test(arguments: ["bot.log.1", nil]) func whatCameBeforeARotationIsRead(name: String?) throws {
        var tail = LogTail()
        try append("first\n")
        _ = try tail.read(log.path)
        try append("last\nunfinished")
        if let name {
            try FileManager.default.moveItem(at: log, to: folder.file(name))
        } else {
            try FileManager.default.removeItem(at: log)
        }
        let gone = try? tail.read(log.path)
        #expect(gone == nil)
        try folder.write("new\n", to: "bot.log")
        let piece = try tail.read(log.path)
        #expect(piece == Self.piece("last\nunfinished\nnew\n"))
        try append("more\n")
        let next = try tail.read(log.path)
        #expect(next == Self.piece("more\n"))
    }

    @Test func whatIsAddedIsReadOnce() throws {
        var tail = LogTail()
        try append("before\n")
        let first = try tail.read(log.path)
        #expect(first == Self.piece("before\n", isFirst: true))
        for size in [1, 62, 63, 64, 500, 2] {
            let line = String(repeating: "x", count: size) + "\n"
            try append(line)
            let piece = try tail.read(log.path)
            #expect(piece == Self.piece(line), "\(size)")
        }
        let rest = try tail.read(log.path)
        #expect(rest == Self.piece(""))
    }

    /// The beginning of more than that is lost, with the line that it ends in.
    @Test(arguments: [(0, 0), (1, 8)]) func soMuchIsReadAtOnce(more: Int, lost: Int) throws {
        var tail = LogTail()
        try append("before\n")
        _ = try tail.read(log.path)
        let most = Int(LogTail.mostBytes)
        try append(String(repeating: "x", count: more) + String(repeating: "a line.\n", count: most / 8))
        let piece = try tail.read(log.path)
        #expect(piece.bytes.count == most - lost)
        #expect(piece.bytes.starts(with: "a line.\n".utf8) && !piece.isFirst)
    }

    /// What came to the earlier file is cut likewise; a line without an end is kept, for nobody waits for it.
    @Test(arguments: [("a line.\n", -8), ("a line..", 1)]) func soMuchIsReadAfterARotation(
        line: String, more: Int
    ) throws {
        var tail = LogTail()
        try append("before\n")
        _ = try tail.read(log.path)
        let most = Int(LogTail.mostBytes)
        try append("x" + String(repeating: line, count: most / 8))
        try FileManager.default.moveItem(at: log, to: folder.file("bot.log.1"))
        try folder.write("new\n", to: "bot.log")
        let piece = try tail.read(log.path)
        #expect(piece.bytes.count == most + more + 4)
        #expect(piece.bytes.starts(with: "a line.".utf8) && piece.bytes.suffix(5).elementsEqual("\nnew\n".utf8))
    }

    @Test func aLineWithoutAnEndIsReadInParts() throws {
        var tail = LogTail()
        try append("before\n")
        _ = try tail.read(log.path)
        try append(String(repeating: "x", count: Int(LogTail.mostBytes) + 1))
        let piece = try tail.read(log.path)
        #expect(piece.bytes.count == Int(LogTail.mostBytes))
        try append("end\nmore\n")
        let next = try tail.read(log.path)
        #expect(next == Self.piece("end\nmore\n"))
    }

    /// A log that is longer than the first look reads: its end, from a whole line on.
    @Test func theFirstLookReadsTheEnd() throws {
        var tail = LogTail()
        let most = Int(LogTail.firstBytes)
        try append("before\n" + String(repeating: "a line.\n", count: most / 8) + "end\n")
        let piece = try tail.read(log.path)
        #expect(piece.bytes.count == most - 4)
        #expect(piece.bytes.starts(with: "a line.\n".utf8) && piece.isFirst)
    }
}
