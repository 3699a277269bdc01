import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

struct LogTests {
    static let token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"

    private let lines = EventLog<String>()

    private func log(_ level: Log.Level = .info, hiding secrets: [String] = []) -> Log {
        Log(level: level) { [lines] level, line in lines.append("\(level.rawValue) \(line)") }.hiding(secrets)
    }

    @Test func linesBelowTheLevelAreDropped() {
        for level in Log.Level.allCases { log(.warning)(level, "x") }
        #expect(lines.elements == ["warn x", "error x"])
        log(.debug)(.bodyEnded)
        log(.info)(.bodyEnded)
        #expect(lines.elements.last == "debug bot body ended")
        #expect(lines.count == 3)
        Log.none(.error, "x")
    }

    @Test(arguments: [
        "\(token)", "https://api.telegram.org/bot\(token)/getMe", "\(token)\(token)", "a\n\(token)\r\n",
        token.replacing(":", with: "%3A"), token.replacing(":", with: "%3a"),
        // The author of the text may append a mark after the token, which merges with its last letter into one
        // Character.
        "\(token)\u{301}", "\u{600}\(token)", "\(token)\u{200D}",
    ])
    func secretsAreHidden(text: String) {
        let found = log(hiding: [Self.token]).redact(text)
        #expect(Array(found.utf8).firstRange(of: Array("AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw".utf8)) == nil)
        #expect(Array(found.utf8).firstRange(of: Array("[hidden]".utf8)) != nil)
    }

    /// In any order, no piece of a longer secret stays.
    @Test(arguments: [["abcd", "abcdefgh"], ["abcdefgh", "abcd"], ["efgh", "abcdefgh"]])
    func secretsWithinSecrets(secrets: [String]) {
        #expect(log(hiding: secrets).redact("x abcdefgh y") == "x [hidden] y")
    }

    @Test func shortSecretsWouldHideOrdinaryText() {
        #expect(log(hiding: ["abc", "", "1234"]).redact("abc 1234") == "abc [hidden]")
    }

    @Test func linesAndEventsAreRedacted() {
        let log = log(hiding: [Self.token])
        log(.error, "token \(Self.token)")
        log(.trouble("token \(Self.token)"))
        #expect(lines.elements == ["error token [hidden]", "warn token [hidden]"])
    }

    @Test func theTokenOfTheConfigurationIsHidden() throws {
        let folder = try TemporaryDirectory()
        var configuration = Configuration()
        configuration.restartToken = "restart-token"
        configuration.logFile = folder.file("bot.log").path
        configuration.logFormat = .json
        configuration.logLevel = .error
        let log = try configuration.makeLog(hiding: ["other-secret"])
        log(.error, "restart-token and other-secret")
        log(.warning, "dropped")
        let text = try String(contentsOf: folder.file("bot.log"), encoding: .utf8)
        #expect(text.split(separator: "\n").count == 1)
        #expect(try JSON(parsing: text)["message"] == "[hidden] and [hidden]")
    }

    /// Whatever sink takes the lines, nobody can forge a line.
    @Test func anEmbeddersSinkGetsEscapedLines() {
        log()(.info, "a\n2026 INFO forged\r\u{1B}[2J\u{202E}é")
        #expect(lines.elements == ["info a\n    2026 INFO forged\\x0d\\x1b[2J\\u202eé"])
    }

    private func line(_ format: Log.Format, _ level: Log.Level, _ message: String) -> String {
        let time = WallTime(microseconds: 1_768_838_847_123_456)
        return String(decoding: LogWriter.line(format, level, message, at: time), as: UTF8.self)
    }

    @Test(
        arguments: [
            (.debug, "2026-01-19T16:07:27.123456Z DEBUG x\n"), (.info, "2026-01-19T16:07:27.123456Z INFO  x\n"),
            (.warning, "2026-01-19T16:07:27.123456Z WARN  x\n"), (.error, "2026-01-19T16:07:27.123456Z ERROR x\n"),
        ] as [(Log.Level, String)])
    func textLines(level: Log.Level, expected: String) {
        #expect(line(.text, level, "x") == expected)
    }

    /// Nobody can forge a line, move the cursor or ring the bell.
    @Test func anErrorKeepsItsLinesAndActsOnNoTerminal() {
        let text = "the bot cannot run:\n  - \u{1B}]0;t\u{7}\r\u{9B}\u{202E}\n\n"
        #expect(text.escapedForTerminal == "the bot cannot run:\n  - \\x1b]0;t\\x07\\x0d\\u009b\\u202e\n\n")
    }

    @Test func controlCharactersAreEscapedInText() {
        let text = line(.text, .info, "a\n2026 INFO forged\r\u{1B}[2J\u{7}\t\0\u{7F}é")
        #expect(text.hasSuffix("a\n    2026 INFO forged\\x0d\\x1b[2J\\x07\\x09\\x00\\x7fé\n"))
        #expect(text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x0A })
    }

    @Test(arguments: ["plain", "\"quoted\"", "a\nb\r\tc", "\0\u{1B}\u{7F}", "é🙂\u{2028}", "\\"])
    func jsonLinesParse(message: String) throws {
        let text = line(.json, .warning, message)
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count == 2)
        let json = try JSON(parsing: text)
        #expect(json.object?.count == 3)
        #expect(json["timestamp"] == "2026-01-19T16:07:27.123456Z")
        #expect(json["level"] == "warn")
        #expect(json["message"] == .string(message))
    }

    /// C1 controls, direction marks, and characters that some readers treat as line ends.
    @Test(arguments: [
        ("\u{85}", "\\u0085"), ("\u{9B}31m", "\\u009b31m"), ("\u{202E}", "\\u202e"), ("\u{2066}", "\\u2066"),
        ("\u{2069}", "\\u2069"), ("\u{200E}", "\\u200e"), ("\u{200F}", "\\u200f"), ("\u{61C}", "\\u061c"),
        ("\u{2028}", "\\u2028"), ("\u{202A}", "\\u202a"),
    ])
    func whatTurnsTheDirectionIsEscaped(mark: String, shown: String) throws {
        let message = "é\(mark)z"
        #expect(line(.text, .info, message).hasSuffix(" é\(shown)z\n"))
        let json = line(.json, .info, message)
        #expect(json.contains("é\(shown)z"))
        #expect(try JSON(parsing: json)["message"] == .string(message))
    }

    @Test(arguments: ["\u{A0}", "\u{200D}", "\u{2060}", "\u{2030}", "\u{206A}", "\u{FEFF}", "\u{61B}", "👩‍👩‍👧", "\u{30A}"])
    func whatOnlyShowsStays(text: String) {
        #expect(line(.text, .info, text).hasSuffix(" \(text)\n"))
        #expect(line(.json, .info, text).contains("\"\(text)\""))
    }

    @Test(arguments: [0, 1, 2])
    func longLinesAreCutAtACharacter(offset: Int) {
        let text = String(repeating: "x", count: offset) + String(repeating: "é", count: 100_000)
        log()(.info, text)
        let found = lines.elements[0]
        let kept = found.dropFirst("info ".count).prefix { $0 != "…" }
        #expect(text.hasPrefix(kept))
        #expect(kept.utf8.count > 16_000 && kept.utf8.count <= 16_384)
        #expect(found.hasSuffix("… (\(text.utf8.count - kept.utf8.count) bytes more)"))
        #expect("short".cut(toBytes: 5) == "short")
    }

    @Test func levelsAreOrdered() {
        #expect(Log.Level.allCases == Log.Level.allCases.sorted())
        #expect(Log.Level.allCases.map(\.name) == ["debug", "info", "warning", "error"], "as swift-log has them")
    }
}
