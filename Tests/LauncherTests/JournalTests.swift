import Foundation
import KeepAliveKit
import TestSupport
import Testing

@testable import launcher

struct JournalTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
    }

    private var written: String { (try? String(contentsOf: folder.file("log"), encoding: .utf8)) ?? "" }

    private func journal(
        level: Log.Level = .info, format: Log.Format = .text, secrets: [String] = []
    ) -> Journal {
        Journal(path: folder.file("log").path, level: level, format: format, secrets: secrets)
    }

    private func feed(_ journal: Journal, _ text: String) { journal.append(botOutput: Array(text.utf8)[...]) }

    @Test(arguments: [
        (["one\ntwo\n"], "one\ntwo\n"),
        (["o", "ne", "\nt", "wo\n"], "one\ntwo\n"),
        (["\n\n"], "\n\n"),
        (["one\ntw", "o"], "one\ntwo\n"),
        ([""], ""),
    ])
    func linesArePassedOnWhole(pieces: [String], expected: String) {
        let journal = journal()
        for piece in pieces {
            feed(journal, piece)
            #expect(written.isEmpty || written.hasSuffix("\n"))
        }
        journal.endOfOutput()
        journal.endOfOutput()
        #expect(written == expected)
    }

    @Test func secretsAreHiddenAlsoWhenTheyComeInPieces() {
        let journal = journal(secrets: ["123:hush-hush"])
        feed(journal, "token 123:hu")
        feed(journal, "sh-hush!\nurl /bot123%3Ahush-hush/x\n")
        journal.log(.info, "it is 123:hush-hush")
        #expect(written.contains("token [hidden]!\nurl /bot[hidden]/x\n"))
        #expect(written.contains("launcher: it is [hidden]\n"))
        #expect(!(written + journal.lastLines.joined()).contains("hush"))
    }

    @Test(arguments: [["abcd", "abcd-1234"], ["abcd-1234", "abcd"]])
    func aSecretThatBeginsAnother(secrets: [String]) {
        let journal = journal(secrets: secrets)
        feed(journal, "long abcd-1234, short abcd\n")
        #expect(written == "long [hidden], short [hidden]\n")
    }

    @Test func aLineWithoutAnEndDoesNotFillTheMemory() {
        let journal = journal()
        let huge = String(repeating: "x", count: 100_000)
        feed(journal, huge)
        #expect(written.utf8.count > 60_000)
        feed(journal, "\ndone\n")
        #expect(written.hasSuffix("\ndone\n"))
        #expect(written.filter { $0 == "x" }.count == 100_000)
    }

    @Test func aSecretInAHugeLineIsHidden() {
        let journal = journal(secrets: ["hush-hush-hush"])
        // The line is cut once it is over 64 KiB, and the cut goes through the secret.
        feed(journal, String(repeating: "x", count: 64 * 1024 - 7) + "hush-hu")
        feed(journal, "sh")
        feed(journal, "-hush\n")
        #expect(!written.contains("hush"))
    }

    @Test func theLastHundredLinesAreRemembered() {
        let journal = journal()
        feed(journal, (0..<250).map { "line \($0)\n" }.joined())
        #expect(journal.lastLines == (150..<250).map { "line \($0)" })
    }

    @Test(arguments: Log.Level.allCases)
    func ownLinesBelowTheLevelAreDropped(level: Log.Level) {
        let journal = journal(level: level)
        for each in Log.Level.allCases { journal.log(each, "at \(each.rawValue)") }
        for each in Log.Level.allCases {
            #expect(written.contains("launcher: at \(each.rawValue)\n") == (each >= level))
        }
        feed(journal, "the bot's own\n")
        #expect(written.hasSuffix("the bot's own\n"))
    }

    @Test func ownLinesAsJSON() throws {
        let journal = journal(format: .json)
        journal.log(.warn, "a \"b\"\nc")
        let line = try JSON(parsing: written)
        #expect(line["level"] == "warn")
        #expect(line["message"] == "launcher: a \"b\"\nc")
        #expect(written.hasSuffix("}\n"))
    }

    private static func roomOfAPipe() throws -> Int {
        let pipe = try FileDescriptor.pipe()
        let page = [UInt8](repeating: 0, count: 4096)
        var room = 0
        while let count = try? page.withUnsafeBytes({ try pipe.write.write($0) }) { room += count }
        return room
    }

    @Test(arguments: [false, true])
    func whatNobodyReadIsCountedAndSaidOnce(cutsLine: Bool) throws {
        let pipe = try FileDescriptor.pipe()
        let journal = Journal(
            path: folder.file("log").path, level: .info, format: .text, secrets: [], output: pipe.write.raw)
        // Room for a page less than the pipe has, or for all of it and a little more.
        let room = try Self.roomOfAPipe()
        feed(journal, String(repeating: "x", count: room - (cutsLine ? -5 : 1)) + "\n")
        for number in 1...3 { feed(journal, "line \(number)\n") }
        let first = String(decoding: try pipe.read.readAvailable(), as: UTF8.self)
        #expect(first.utf8.count == room)
        feed(journal, "four\n")
        feed(journal, "five\n")
        let rest = String(decoding: try pipe.read.readAvailable(), as: UTF8.self)
        let lost = cutsLine ? 4 : 3
        let lines = rest.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines.count == (cutsLine ? 5 : 4))
        #expect(
            lines[cutsLine ? 1 : 0].hasSuffix(
                "launcher: \(lost) lines are missing here, since nobody read them; the log file has all"))
        #expect(lines.suffix(3) == ["four", "five", ""])
        #expect(written.contains("line 1\nline 2\nline 3\nfour\nfive\n"))
        #expect(!written.contains("missing here"))
    }

    @Test func bytesThatAreNoTextDoNotTrap() {
        let journal = journal()
        journal.append(botOutput: [0xFF, 0x00, 0xC3, UInt8(ascii: "\n"), 0xE2])
        journal.endOfOutput()
        #expect(written.hasSuffix("\n"))
    }
}

extension FileDescriptor {
    /// What can be read without waiting.
    fileprivate func readAvailable() throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while Poller.isReadable(raw) {
            let count = try buffer.withUnsafeMutableBytes { try read(into: $0) }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }
}
