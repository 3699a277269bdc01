import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

struct BotLogTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// The file without the times that the BotLog put before lines.
    private var written: String {
        let text = (try? String(contentsOf: folder.file("log"), encoding: .utf8)) ?? ""
        return text.replacing(/(?m)^[0-9-]{10}T[0-9:.]{15}Z (?!INFO |WARN |ERROR|DEBUG)/, with: "")
    }

    private func botLog(
        level: Log.Level = .info, format: Log.Format = .text, secrets: [String] = []
    ) -> BotLog {
        BotLog(path: folder.file("log").path, level: level, format: format, secrets: secrets.map { Array($0.utf8) })
    }

    private func feed(_ botLog: BotLog, _ text: String) { botLog.append(botOutput: Array(text.utf8)[...]) }

    @Test(arguments: [
        (["one\ntwo\n"], "one\ntwo\n"),
        (["o", "ne", "\nt", "wo\n"], "one\ntwo\n"),
        (["\n\n"], "\n\n"),
        (["one\ntw", "o"], "one\ntwo\n"),
        ([""], ""),
    ])
    func linesArePassedOnWhole(pieces: [String], expected: String) {
        let botLog = botLog()
        for piece in pieces {
            feed(botLog, piece)
            #expect(written.isEmpty || written.hasSuffix("\n"))
        }
        botLog.endOfOutput()
        botLog.endOfOutput()
        #expect(written == expected)
    }

    @Test func secretsAreHiddenAlsoWhenTheyComeInPieces() {
        let botLog = botLog(secrets: ["123:hush-hush"])
        feed(botLog, "token 123:hu")
        feed(botLog, "sh-hush!\nurl /bot123%3Ahush-hush/x\n")
        botLog.log(.info, "it is 123:hush-hush")
        #expect(written.contains("token [hidden]!\nurl /bot[hidden]/x\n"))
        #expect(written.contains("launcher: it is [hidden]\n"))
        #expect(!(written + botLog.lastLines.joined()).contains("hush"))
    }

    /// The bot that knew the earlier ones may still write.
    @Test func aLaterSecretReplacesNoEarlierOne() {
        let botLog = botLog(secrets: ["first-hush"])
        botLog.hide([Array("second-hush".utf8)])
        feed(botLog, "first-hush, second-hush\n")
        #expect(written == "[hidden], [hidden]\n")
    }

    @Test func heldLinesComeInTheirOrderAndOnce() {
        let botLog = botLog()
        botLog.hold()
        botLog.log(.info, "one")
        botLog.hold()
        botLog.log(.info, "two")
        #expect(written == "")
        botLog.release()
        botLog.log(.info, "three")
        botLog.release()
        let words = written.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
        #expect(words == ["one", "two", "three"])
    }

    @Test(arguments: [(4096, false), (4097, true)])
    func aLongLastLineIsCut(count: Int, isCut: Bool) {
        let botLog = botLog()
        let line = String(repeating: "x", count: count)
        feed(botLog, line + "\n")
        #expect(botLog.lastLines == [isCut ? line.cut(toBytes: 4096) : line])
        #expect((botLog.lastLines.first?.contains("… (1 bytes more)") == true) == isCut)
    }

    @Test(arguments: [["abcd", "abcd-1234"], ["abcd-1234", "abcd"]])
    func aSecretThatBeginsAnother(secrets: [String]) {
        let botLog = botLog(secrets: secrets)
        feed(botLog, "long abcd-1234, short abcd\n")
        #expect(written == "long [hidden], short [hidden]\n")
    }

    @Test func aLineWithoutAnEndDoesNotFillTheMemory() {
        let botLog = botLog()
        let huge = String(repeating: "x", count: 100_000)
        feed(botLog, huge)
        #expect(written.utf8.count > 60_000)
        feed(botLog, "\ndone\n")
        #expect(written.hasSuffix("\ndone\n"))
        #expect(written.filter { $0 == "x" }.count == 100_000)
    }

    @Test func aSecretInAHugeLineIsHidden() {
        let botLog = botLog(secrets: ["hush-hush-hush"])
        // Lines over 64 KiB are cut, and this cut falls within the secret.
        feed(botLog, String(repeating: "x", count: 64 * 1024 - 7) + "hush-hu")
        feed(botLog, "sh")
        feed(botLog, "-hush\n")
        #expect(!written.contains("hush"))
    }

    /// The rest that waits is as long as a secret, but this one begins before it.
    @Test func aSecretNearTheEndOfAHugeLineIsHidden() {
        let botLog = botLog(secrets: ["hush-hush-hush"])
        feed(botLog, String(repeating: "x", count: 64 * 1024) + "hush-hush-hush!!!")
        feed(botLog, "\n")
        #expect(!written.contains("hush"))
        #expect(written.hasSuffix("[hidden]!!!\n"))
    }

    @Test func theLastHundredLinesAreRemembered() {
        let botLog = botLog()
        feed(botLog, (0..<250).map { "line \($0)\n" }.joined())
        #expect(botLog.lastLines == (150..<250).map { "line \($0)" })
    }

    /// The first of much output may lack its beginning; of little output every line is whole.
    @Test func onlyALineThatMayBeCutIsForgotten() {
        let short = botLog()
        feed(short, "one\ntwo\n")
        #expect(short.lastLines == ["one", "two"])
        let long = botLog()
        for word in ["first", "second", "third"] { feed(long, word + String(repeating: "x", count: 60 * 1024) + "\n") }
        #expect(long.lastLines.map { String($0.prefix(6)) } == ["second", "thirdx"])
    }

    @Test func aSingleHugeLineIsRemembered() {
        let botLog = botLog()
        feed(botLog, String(repeating: "x", count: 70_000) + "\n")
        #expect(botLog.lastLines.count == 1)
    }

    @Test(arguments: Log.Level.allCases)
    func ownLinesBelowTheLevelAreDropped(level: Log.Level) {
        let botLog = botLog(level: level)
        for each in Log.Level.allCases { botLog.log(each, "at \(each.rawValue)") }
        for each in Log.Level.allCases {
            #expect(written.contains("launcher: at \(each.rawValue)\n") == (each >= level))
        }
        feed(botLog, "the bot's own\n")
        #expect(written.hasSuffix("the bot's own\n"))
    }

    @Test func ownLinesAsJSON() throws {
        let botLog = botLog(format: .json)
        botLog.log(.warning, "a \"b\"\nc")
        let line = try JSON(parsing: written)
        #expect(line["level"] == "warn")
        #expect(line["message"] == "launcher: a \"b\"\nc")
        #expect(written.hasSuffix("}\n"))
    }

    private static func roomOfAPipe() throws -> Int {
        let pipe = try FileDescriptor.pipe()
        let page = [UInt8](repeating: 0, count: 4096)
        var room = 0
        while let count = try? pipe.write.write(page.span) { room += count }
        return room
    }

    @Test(arguments: [false, true])
    func whatNobodyReadIsCountedAndSaidOnce(cutsLine: Bool) throws {
        let pipe = try FileDescriptor.pipe()
        let botLog = BotLog(
            path: folder.file("log").path, level: .info, format: .text, secrets: [], output: pipe.write.raw)
        // Room for a page less than the pipe's capacity, or for all of it and a little more.
        let room = try Self.roomOfAPipe()
        feed(botLog, String(repeating: "x", count: room - (cutsLine ? -5 : 1)) + "\n")
        for number in 1...3 { feed(botLog, "line \(number)\n") }
        let first = String(decoding: try pipe.read.readAvailable(), as: UTF8.self)
        #expect(first.utf8.count == room)
        feed(botLog, "four\n")
        feed(botLog, "five\n")
        let rest = String(decoding: try pipe.read.readAvailable(), as: UTF8.self)
        let lost = cutsLine ? 4 : 3
        let lines = rest.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines.count == (cutsLine ? 5 : 4))
        #expect(
            lines[cutsLine ? 1 : 0].hasSuffix(
                "launcher: dropped \(lost) lines here, because standard output was not read; the log file has all"))
        #expect(lines.suffix(3) == ["four", "five", ""])
        #expect(written.contains("line 1\nline 2\nline 3\nfour\nfive\n"))
        #expect(!written.contains("dropped"))
    }

    private var bytes: [UInt8] { (try? Data(contentsOf: folder.file("log"))).map { [UInt8]($0) } ?? [] }

    /// Latin-1, partial characters and zero bytes reach the file unchanged, even if they would be control characters in
    /// UTF-8.
    @Test func bytesThatAreNoTextPassThrough() throws {
        let botLog = botLog(secrets: ["hush-hush"])
        let line: [UInt8] = [0xFF, 0x00, 0xC3, 0xE9, 0xC2, 0x85, 0xE2, 0x80, 0xAE, 0xFF]
        botLog.append(botOutput: (line + Array("hush-hush\n".utf8) + [0xE2])[...])
        botLog.endOfOutput()
        let stamp = 28
        let found = bytes
        #expect(Array(found.dropFirst(stamp).prefix(line.count)) == line)
        #expect(found.dropFirst(stamp + line.count).starts(with: Array("[hidden]\n".utf8)))
        #expect(found.suffix(2) == [0xE2, 0x0A])
    }

    @Test func secretsThatAreNoTextAreHidden() {
        let secret: [UInt8] = [0x70, 0x61, 0xE9, 0xDF, 0x31]
        let botLog = BotLog(path: folder.file("log").path, level: .info, format: .text, secrets: [secret])
        botLog.append(botOutput: (Array("is ".utf8) + secret + Array("!\n".utf8))[...])
        #expect(written == "is [hidden]!\n")
    }

    /// In text, direction marks and C1 controls are made visible; colours and tabs pass through.
    @Test func linesOfTextDoNotTurnTheirDirection() {
        let botLog = botLog()
        feed(botLog, "a\u{202E}b\u{85}c\u{2066}d\u{61C}e\u{200F}f\u{2028}\t\u{1B}[1mé🙂\n")
        #expect(written == "a\\u202eb\\u0085c\\u2066d\\u061ce\\u200ff\\u2028\t\u{1B}[1mé🙂\n")
        #expect(botLog.lastLines == ["a\\u202eb\\u0085c\\u2066d\\u061ce\\u200ff\\u2028\t\u{1B}[1mé🙂"])
    }

    /// Each line in the file begins with a time; a line with its own time keeps it.
    @Test func eachLineOfTheFileHasATime() throws {
        let botLog = botLog()
        feed(botLog, "plain\n\n2026-01-19T16:07:27Z own\n  at main\n")
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(lines.count == 4)
        #expect(lines[2] == "2026-01-19T16:07:27Z own")
        for (line, text) in [(lines[0], "plain"), (lines[1], ""), (lines[3], "  at main")] {
            #expect(line.wholeMatch(of: /[0-9-]{10}T[0-9:]{8}\.[0-9]{6}Z (.*)/)?.1 == text[...])
        }
    }

    /// A waiting line is cut between two characters.
    @Test(arguments: 0..<4)
    func aLongLineIsCutAtACharacter(offset: Int) throws {
        let botLog = botLog()
        let text = String(repeating: "x", count: offset) + String(repeating: "🙂", count: 40_000)
        // In pieces of any length, as from a pipe.
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            botLog.append(botOutput: rest.prefix(65_537))
            rest = rest.dropFirst(65_537)
        }
        feed(botLog, "\n")
        let lines = written.split(separator: "\n")
        #expect(lines.count > 1)
        #expect(lines.joined() == text)
    }

    @Test(arguments: [
        ("aaaé", 4, 3), ("aaaé", 5, 5), ("aa🙂", 4, 2), ("aa🙂", 5, 2), ("aa🙂", 6, 6), ("a€a", 4, 4), ("aa€", 4, 2),
        ("aaaaa", 4, 4), ("aaaaa", 0, 0), ("aaaaa", 9, 9),
    ])
    func theCutIsBetweenCharacters(text: String, place: Int, boundary: Int) {
        #expect(BotLog.characterBoundary(at: place, in: Array(text.utf8)) == boundary)
    }

    @Test func aLineWithoutAnEndLeavesNoMemoryBehind() {
        let botLog = botLog()
        for _ in 0..<100 { feed(botLog, String(repeating: "y", count: 64 * 1024)) }
        #expect(botLog.lastLines.reduce(0) { $0 + $1.utf8.count } < 512 * 1024)
        feed(botLog, "\nlast\n")
        #expect(botLog.lastLines.last == "last")
    }

    @Test func longLinesOfItsOwnAreCut() {
        let botLog = botLog()
        botLog.log(.info, String(repeating: "é", count: 100_000))
        #expect(written.utf8.count < 20_000)
        #expect(written.contains("é… ("))
    }
}

extension FileDescriptor {
    /// The bytes that can be read without waiting.
    fileprivate func readAvailable() throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while Poller.isReadable(raw) {
            let count = try read(into: &buffer)
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }
}
