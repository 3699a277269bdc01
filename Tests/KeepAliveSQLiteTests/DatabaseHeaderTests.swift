import Foundation
import KeepAlivePlatform
import Testing

@testable import KeepAliveSQLite

/// The bytes of databases and of their logs, as SQLite documents them.
struct DatabaseHeaderTests {
    private let file: TemporaryFile

    init() throws { file = try TemporaryFile() }

    private func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

    private func bytes(_ changes: [Int: UInt8] = [:]) -> [UInt8] {
        var bytes = Array("SQLite format 3\u{0}".utf8) + zeros(84)
        let plain: [Int: UInt8] = [16: 0x10, 18: 1, 19: 1, 21: 64, 22: 32, 23: 32]
        for (place, byte) in plain.merging(changes, uniquingKeysWith: { $1 }) { bytes[place] = byte }
        return bytes
    }

    @Test(
        arguments: [
            ([:], true), ([16: 2], true), ([16: 1], false), ([16: 1, 17: 0xFF], false), ([16: 2, 17: 1], false),
            ([16: 0, 17: 1], true), ([16: 0x80], true), ([16: 0], false), ([18: 2, 19: 2], true), ([18: 0], false),
            ([18: 3], false), ([19: 0], false), ([19: 3], false), ([21: 65], false), ([22: 31], false),
            ([23: 33], false),
        ] as [([Int: UInt8], Bool)])
    func fieldsWithFewValues(changes: [Int: UInt8], isPlausible: Bool) throws {
        #expect(try #require(DatabaseHeader(bytes(changes))).isPlausible == isPlausible)
    }

    @Test func numbers() throws {
        let header = try #require(DatabaseHeader(bytes([63: 7, 68: 0x4B, 69: 0x41, 70: 0x48, 71: 0x4D])))
        #expect(header.applicationID == DatabaseMark.historyID)
        #expect(header.userVersion == 7)
        let least = try #require(DatabaseHeader(bytes([60: 0xFF, 61: 0xFF, 62: 0xFF, 63: 0xFF])))
        #expect(least.userVersion == -1)
        #expect(DatabaseHeader(Array(bytes().dropLast())) == nil)
        #expect(DatabaseHeader(bytes([15: 1])) == nil)
    }

    /// A frame of a log: a page, and the database's size in pages if it commits.
    private func frame(_ page: UInt8, commit: UInt8, fill: UInt8, salt: UInt8 = 7) -> [UInt8] {
        var frame = zeros(24) + [UInt8](repeating: fill, count: 512)
        (frame[3], frame[7]) = (page, commit)
        for place in 8..<16 { frame[place] = salt }
        return frame
    }

    private func writeLog(_ frames: [[UInt8]], without last: Int = 0) throws -> WriteAheadLog? {
        var head = zeros(32)
        (head[0], head[1], head[2], head[3], head[10]) = (0x37, 0x7F, 0x06, 0x82, 2)
        for place in 16..<24 { head[place] = 7 }
        let bytes = head + frames.flatMap { $0 }
        try Data(bytes.dropLast(last)).write(to: URL(fileURLWithPath: file.path + "-wal"))
        return WriteAheadLog.read(file.path)
    }

    /// What no commit follows never happened.
    @Test func onlyCommittedPagesCount() throws {
        let frames = [
            frame(1, commit: 0, fill: 3), frame(2, commit: 2, fill: 4), frame(2, commit: 0, fill: 9),
        ]
        let log = try #require(try writeLog(frames))
        #expect(log.pageCount == 2)
        try Data(zeros(512)).write(to: URL(fileURLWithPath: file.path))
        let (database, content) = (file.path, file.path + "-wal")
        let image = log.image(over: try Bytes(database), try Bytes(content), limit: 1024)
        #expect(image == [UInt8](repeating: 3, count: 512) + [UInt8](repeating: 4, count: 512))
        let tooLarge = log.image(over: try Bytes(database), try Bytes(content), limit: 1023)
        #expect(tooLarge == nil)
        #expect(try writeLog([frames[0]]) == nil)
        #expect(try writeLog([]) == nil)
    }

    /// An earlier log's frames are behind those of a restarted one, and a crash cuts the last.
    @Test func framesOfAnotherLogOrWithoutAnEndDoNotCount() throws {
        let first = frame(1, commit: 1, fill: 3)
        #expect(try #require(try writeLog([first])).pageCount == 1)
        #expect(try #require(try writeLog([first, frame(2, commit: 2, fill: 4, salt: 8)])).pageCount == 1)
        #expect(try #require(try writeLog([first, frame(2, commit: 2, fill: 4)])).pageCount == 2)
        #expect(try #require(try writeLog([first, frame(2, commit: 2, fill: 4)], without: 1)).pageCount == 1)
        #expect(try writeLog([first], without: 1) == nil)
    }

    /// A page may be written again, or lie behind the end of a database that has shrunk; the file has the others.
    @Test func theLatestContentOfEachPageCounts() throws {
        let frames = [frame(1, commit: 3, fill: 3), frame(3, commit: 3, fill: 4), frame(1, commit: 2, fill: 5)]
        let log = try #require(try writeLog(frames))
        #expect(log.pageCount == 2)
        let (database, content) = (file.path, file.path + "-wal")
        let first = [UInt8](repeating: 5, count: 512)
        for second in [[UInt8](repeating: 6, count: 512), []] {
            // A file that is too short has zeros there.
            try Data(zeros(512) + second).write(to: URL(fileURLWithPath: database))
            let image = log.image(over: try Bytes(database), try Bytes(content), limit: 1024)
            #expect(image == first + (second.isEmpty ? zeros(512) : second))
        }
    }
}
