import KeepAliveKit
import KeepAliveToolSupport
import Testing

@testable import KeepAliveHealthCheck

struct OptionsTests {
    @Test func defaults() throws {
        let options = try Options([String]())
        #expect(options.timeout == .seconds(5))
        #expect(options.output == .text)
        #expect(options.url == nil)
    }

    @Test func everything() throws {
        let options = try Options([
            "--host", "h", "--port=9", "--bot", "My Bot", "--timeout", "0.5", "--env-file", "e", "--json",
        ])
        #expect(options.host == "h")
        #expect(options.port == "9")
        #expect(options.botName == "My Bot")
        #expect(options.timeout == .milliseconds(500))
        #expect(options.environmentFile == "e")
        #expect(options.output == .json)
    }

    @Test func theLargestValuesAreAllowed() throws {
        let options = try Options(["--port", "65535", "--timeout", "3600"])
        #expect(options.port == "65535" && options.timeout == .seconds(3600))
    }

    @Test(arguments: [
        ("--json", Options.Output.json), ("--nagios", .nagios), ("--quiet", .quiet), ("-q", .quiet),
    ])
    func formats(flag: String, expected: Options.Output) throws {
        #expect(try Options([flag]).output == expected)
    }

    @Test(arguments: [
        ["--port", "0"], ["--port", "65536"], ["--port", "+1"], ["--port", "x"], ["--port"], ["--timeout", "0"],
        ["--timeout", "3601"], ["--timeout", "-1"], ["--timeout", "nan"], ["--timeout", "1e1"], ["--url", "h:80"],
        ["--url", "https://h"], ["--url", ""], ["--json=1"], ["--what"], ["file"], ["--bot", ""],
        ["--url", "http://h", "--port", "1"], ["--host", "h", "--url", "http://h"],
        ["--json", "--nagios"], ["--nagios", "--json"],
    ])
    func refuses(arguments: [String]) {
        let failure = #expect(throws: Options.UsageError.self) { try Options(arguments) }
        #expect(failure?.description.isEmpty == false)
    }

    @Test(arguments: [
        (["--prot", "1"], "unknown argument --prot; did you mean --port?"),
        (["wach"], "unknown command wach; did you mean watch?"), (["file"], "unknown command file"),
        (["--port", "x"], "--port x is not allowed; give a number from 1 to 65535"),
    ])
    func theErrorSaysWhatToDo(arguments: [String], expected: String) {
        let failure = #expect(throws: Options.UsageError.self) { try Options(arguments) }
        #expect(failure?.description == expected)
    }
}
