import Foundation
import KeepAliveKit
import KeepAliveTestSupport
import KeepAliveToolSupport
import Testing

@testable import KeepAliveHealthMonitor

/// `health-monitor ack` and its likes: which words they take, and where they find the monitor.
struct MarkCommandTests {
    @Test(
        arguments: [
            (
                .silence, ["web", "--minutes", "5", "--until", "2026-01-19T22:00:00Z"],
                "silence needs --minutes N or --until TIME, one of them"
            ),
            (.note, ["web", "down", "--remove"], "note needs a text, or --remove"),
            (.unack, ["web", "--note", "x"], "unknown argument --note"),
            (.unsilence, ["web", "--note", "x"], "unknown argument --note"),
            (.ack, ["web", "--minutes", "5"], "unknown argument --minutes"),
            (.note, ["web", "--note", "a", "b"], "note takes one SERVICE; \"b\" is too much"),
            (.ack, ["web", "--url", "http://h", "--config", "f"], "--url and --config do not go together"),
            (.ack, ["web", "--api-key", "k"], "--api-key goes with --url"),
            (.ack, [""], "ack needs a SERVICE"),
            (.silence, ["web", "--minutes", "527041"], "--minutes \"527041\" is not allowed"),
        ] as [(MarkCommand.Word, [String], String)])
    func whatIsNoUseIsRefused(word: MarkCommand.Word, arguments: [String], words: String) {
        let error = #expect(throws: Options.UsageError.self) { try MarkCommand(word, arguments) }
        #expect(error?.description.hasPrefix(words) == true, "\(arguments)")
    }

    @Test func whatIsOneIsTaken() throws {
        let note = try MarkCommand(.note, ["web", "ask", "Bo"])
        #expect(note.service == "web" && note.note == "ask Bo" && !note.removesNote)
        #expect(try MarkCommand(.note, ["web", "--remove"]).removesNote)
        let longest = String(repeating: "x", count: 1000)
        #expect(try MarkCommand(.ack, ["web", "--note", longest]).note == longest)
        #expect(try MarkCommand(.silence, ["web", "--minutes", "527040", "--note", "x"]).minutes == "527040")
        #expect(try MarkCommand(.ack, ["--", "-web"]).service == "-web")
        #expect(try MarkCommand(.ack, ["web", "--url", "http://h", "--api-key", "k"]).apiKey == "k")
    }

    // MARK: The monitor's address

    private func address(
        _ arguments: [String] = [], variables: String = "", file: String? = nil
    ) throws -> MonitorAddress {
        let folder = try TemporaryDirectory()
        var all = ["web", "--env-file", try folder.write(variables, to: "env").path] + arguments
        if let file { all += ["--config", try folder.write(file, to: "monitor.json5").path] }
        return try withExtendedLifetime(folder) { try MonitorAddress(MarkCommand(.ack, all)) }
    }

    /// A monitor on all addresses is on this machine's own too.
    @Test(
        arguments: [
            ("", "http://127.0.0.1:8090"), ("MONITOR_PORT=9000", "http://127.0.0.1:9000"),
            ("MONITOR_HOST=*", "http://127.0.0.1:8090"), ("MONITOR_HOST=0.0.0.0", "http://127.0.0.1:8090"),
            ("MONITOR_HOST=::", "http://127.0.0.1:8090"), ("MONITOR_HOST=::1", "http://[::1]:8090"),
            ("MONITOR_HOST=monitor.local", "http://monitor.local:8090"),
        ])
    func variablesNameTheAddress(variables: String, url: String) throws {
        let found = try address(variables: variables)
        #expect(found.url == url)
        #expect(found.key == nil)
        #expect(found.fallbacks == [])
    }

    /// A variable replaces its entry of the file, as it does for the monitor.
    @Test func theFileNamesKeyAndFallbacks() throws {
        let file = "{api: {port: 7000, portFallbacks: 2, keys: ['first-key', 'second-key']}, targets: 'not read'}"
        let found = try address(file: file)
        #expect(found.url == "http://127.0.0.1:7000" && found.key == "first-key")
        #expect(found.fallbacks == ["http://127.0.0.1:7001", "http://127.0.0.1:7002"])
        let moved = try address(variables: "MONITOR_PORT=9000", file: file)
        #expect(moved.url == "http://127.0.0.1:9000" && moved.key == "first-key")
        #expect(throws: ConfigurationFailure.self) { try address(file: "{api: {port: 65536}}") }
        #expect(throws: ConfigurationFailure.self) { try address(variables: "MONITOR_PORT=x") }
    }

    /// Nothing is looked for behind an address that was given.
    @Test func aGivenAddressStaysAsItIs() throws {
        let variables = "MONITOR_API_KEY=key-of-the-file\nMONITOR_PORT=9000"
        let found = try address(["--url", "http://h:1///"], variables: variables)
        #expect(found.url == "http://h:1" && found.key == "key-of-the-file")
        #expect(found.fallbacks == nil)
        let keyed = try address(["--url", "http://h", "--api-key", "another-key"], variables: variables)
        #expect(keyed.url == "http://h" && keyed.key == "another-key")
    }
}
