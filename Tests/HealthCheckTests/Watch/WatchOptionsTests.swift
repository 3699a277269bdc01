import KeepAliveKit
import KeepAliveToolSupport
import Testing

@testable import KeepAliveHealthCheck

struct WatchOptionsTests {
    @Test func defaults() throws {
        let options = try WatchOptions([])
        #expect(options.urls.isEmpty)
        #expect(options.interval == .seconds(2))
    }

    @Test func everything() throws {
        let options = try WatchOptions([
            "--url", "http://a:1", "--url=http://b:2/x/health", "--interval", "0.5", "--env-file", "e",
        ])
        #expect(options.urls.map(\.authority) == ["a:1", "b:2"])
        #expect(options.interval == .milliseconds(500))
        #expect(options.environmentFile == "e")
        #expect(try WatchOptions(["--interval", "3600"]).interval == .seconds(3600))
        #expect(try WatchOptions(Array(repeating: "--url=http://h", count: 100)).urls.count == 100)
    }

    @Test(arguments: [
        ["--interval", "0.4"], ["--interval", "3601"], ["--interval", "-1"], ["--interval", "nan"],
        ["--interval", "1e2"], ["--interval", ""], ["--interval"], ["--url", "h"], ["--url", "https://h"], ["--json"],
        ["x"], ["--help=1"], Array(repeating: "--url=http://h", count: 101),
    ])
    func refuses(arguments: [String]) {
        let failure = #expect(throws: Options.UsageError.self) { try WatchOptions(arguments) }
        #expect(failure?.description.isEmpty == false)
    }

    @Test(arguments: [
        ("/health", "/restart"), ("/", "/restart"), ("/a/health", "/a/restart"), ("/a/health?x=1", "/a/restart"),
        ("/b", "/restart"),
    ])
    func siblings(target: String, expected: String) {
        #expect(HTTPURL(host: "h", port: 1, target: target).sibling("/restart").target == expected)
    }

    static let answers: [(Int, String, Bool, String)] = [
        (202, #"{"message":"Restart signal received"}"#, true, "Restart signal received"),
        (403, #"{"error":"set RESTART_TOKEN"}"#, false, "refused (403): set RESTART_TOKEN"),
        (404, "<html>", false, "refused (404): no reason given"), (202, "", true, "accepted"),
        // What only begins like an object is not the bot's answer.
        (403, #"{"error":"half"} <html>"#, false, "refused (403): no reason given"),
        (202, #"{"message":"half","#, true, "accepted"),
    ]

    @Test(arguments: answers)
    func restartAnswers(status: Int, body: String, accepted: Bool, words: String) {
        let outcome = RestartRequest.outcome(status, Array(body.utf8))
        #expect(outcome == (accepted, words))
    }

    @Test func aMisspelledFlag() {
        let failure = #expect(throws: Options.UsageError.self) { try WatchOptions(["--intervall=2"]) }
        #expect(failure?.description == "unknown argument --intervall; did you mean --interval?")
    }
}
