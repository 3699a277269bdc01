import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

struct LogWriterTests {
    private static func note(_ count: Int) -> [UInt8] { Array("\(count) dropped\n".utf8) }

    private func read(_ descriptor: borrowing FileDescriptor) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while Poller.isReadable(descriptor.raw) {
            let count = try descriptor.read(into: &buffer)
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }

    private func line(_ letter: Character, _ count: Int) -> [UInt8] {
        Array(String(repeating: letter, count: count - 1).utf8) + [UInt8(ascii: "\n")]
    }

    /// A pipe as a program receives it: its ends block, and other processes share the flags.
    private func blockingPipe() throws -> FileDescriptor.Pipe {
        let pipe = try FileDescriptor.pipe()
        for raw in [pipe.read.raw, pipe.write.raw] { #expect(fcntl(raw, F_SETFL, 0) == 0) }
        return pipe
    }

    /// The test would hang if a write waited for the reader.
    @Test(arguments: [4000, 4096, 60_000, 200_000])
    func aPipeThatNobodyReadsHoldsNobodyUp(count: Int) throws {
        let pipe = try blockingPipe()
        let sink = LogSink(OutputEnd(pipe.write.raw))
        for _ in 0..<100 { sink.write(line("x", count), note: Self.note) }
        #expect(fcntl(pipe.write.raw, F_GETFL) & O_NONBLOCK == 0, "the flag is shared with others")
        // Once it is read again, the unfinished line is completed, and the number of lost lines precedes the next.
        var text = try read(pipe.read)
        while true {
            sink.write(line("y", 10), note: Self.note)
            let more = try read(pipe.read)
            text += more
            if more.suffix(10) == line("y", 10)[...] { break }
        }
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        #expect(lines.last?.isEmpty == true)
        var kept = 0
        var lost = 0
        for found in lines.dropLast() {
            if found.first == UInt8(ascii: "x") {
                #expect(found.count == count - 1)
                kept += 1
            } else if found.first != UInt8(ascii: "y") {
                lost += Int(String(decoding: found.prefix { $0 != 0x20 }, as: UTF8.self)) ?? 0
            }
        }
        #expect(kept + lost >= 100)
    }

    @Test func theLostLinesOfStandardErrorAreThoseOfStandardError() async {
        await #expect(processExitsWith: .success) {
            let pipe = try FileDescriptor.pipe()
            let (saved, raw) = (dup(STDERR_FILENO), pipe.write.raw)
            try #require(dup2(raw, STDERR_FILENO) == STDERR_FILENO)
            let writer = try LogWriter(format: .text, path: nil)
            // More than a pipe takes.
            for _ in 0..<100 { writer.write(.info, String(repeating: "x", count: 4000)) }
            var text = ""
            for _ in 0..<100 where !text.contains("dropped ") {
                while let bytes = try pipe.read.readSome(1 << 20) { text += String(decoding: bytes, as: UTF8.self) }
                writer.write(.info, "again")
            }
            // The exit's own words must not meet a closed pipe.
            _ = dup2(saved, STDERR_FILENO)
            try #require(text.contains(" log lines: standard error was not read\n"))
        }
    }

    @Test func linesOfEightThreadsStayWhole() async throws {
        let pipe = try blockingPipe()
        let sink = LogSink(OutputEnd(pipe.write.raw))
        let group = DispatchGroup()
        for number in 0..<8 {
            DispatchQueue(label: "log").async(group: group) {
                let letter = Character(UnicodeScalar(UInt8(97 + number)))
                for _ in 0..<50 { sink.write(self.line(letter, 4000), note: Self.note) }
            }
        }
        await withCheckedContinuation { done in group.notify(queue: .global()) { done.resume() } }
        let text = try read(pipe.read)
        for found in text.split(separator: UInt8(ascii: "\n")).dropLast() {
            #expect(found.count == 3999 && Set(found).count == 1)
        }
    }

    @Test func aFileThatWasMovedIsOpenedAnew() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("bot.log").path
        let sink = try LogSink(path: path)
        sink.write(line("a", 3), note: Self.note)
        try FileSystem.move(path, to: path + ".1")
        _ = try await Polling.until {
            sink.write(self.line("b", 3), note: Self.note)
            return FileManager.default.fileExists(atPath: path)
        } isMet: {
            $0
        }
        #expect(try String(contentsOfFile: path + ".1", encoding: .utf8).hasPrefix("aa\n"))
        #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix("bb\n"))
    }

    @Test func aPipeInTheFilesPlaceIsRefusedAtOnce() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("bot.log").path
        try NamedPipe.make(at: path)
        #expect(throws: Errno.self) { try LogSink(path: path) }
        var configuration = Configuration()
        configuration.logFile = path
        let failure = #expect(throws: KeepAliveError.self) { try configuration.makeLog() }
        #expect(failure?.exitCode == 78)
        #expect(failure?.description.contains(path) == true)
    }

    @Test func whyNothingCanBeWrittenIsSaidOnce() throws {
        let sink = try LogSink(path: "/dev/full")
        #expect(sink.write(line("a", 3), note: Self.note)?.code == ENOSPC)
        #expect(sink.write(line("a", 3), note: Self.note) == nil)
    }

    /// Standard error has all lines anyway, and tells what the file lacks.
    @Test func aFileThatTakesNothingIsNamedOnStandardErrorOnce() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            let writer = try LogWriter(format: .text, path: "/dev/full")
            for _ in 0..<2 { writer.write(.info, "all is well") }
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        for (words, count) in [(" INFO  all is well\n", 2), (" ERROR LOG_FILE /dev/full cannot be written (", 1)] {
            #expect(text.ranges(of: words).count == count, "\(words)")
        }
    }

    /// A disk that is full, has room and is full again.
    @Test func afterAWriteTheNextFailureIsSaid() throws {
        let folder = try TemporaryDirectory()
        let full = try FileDescriptor.open("/dev/full", flags: O_WRONLY)
        let file = try FileDescriptor.open(folder.file("bot.log").path, flags: O_WRONLY | O_CREAT)
        let raw = dup(full.raw)
        try #require(raw >= 0)
        defer { close(raw) }
        let sink = LogSink(OutputEnd(raw))
        for _ in 0..<2 {
            // The sink's descriptor leads to the one, then to the other.
            _ = dup2(full.raw, raw)
            #expect(sink.write(line("a", 3), note: Self.note)?.code == ENOSPC)
            _ = dup2(file.raw, raw)
            #expect(sink.write(line("b", 3), note: Self.note) == nil)
        }
        #expect(try String(contentsOf: folder.file("bot.log"), encoding: .utf8) == "1 dropped\nbb\n1 dropped\nbb\n")
    }
}
