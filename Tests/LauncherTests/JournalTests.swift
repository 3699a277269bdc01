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

    @Test func bytesThatAreNoTextDoNotTrap() {
        let journal = journal()
        journal.append(botOutput: [0xFF, 0x00, 0xC3, UInt8(ascii: "\n"), 0xE2])
        journal.endOfOutput()
        #expect(written.hasSuffix("\n"))
    }
}
