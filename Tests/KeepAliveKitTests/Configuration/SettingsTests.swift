import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

struct SettingsTests {
    @Test(
        arguments: [
            ("flag", "env", "file", "flag"), ("", "env", "file", "env"), ("", "", "file", "file"),
            (nil, "env", "file", "env"),
            (nil, nil, "file", "file"), (nil, nil, nil, nil), ("", "", "", nil), ("flag", nil, nil, "flag"),
        ] as [(String?, String?, String?, String?)])
    func theFirstSourceWithAValueWins(flag: String?, environment: String?, file: String?, expected: String?) {
        func source(_ value: String?) -> [String: String] { value.map { ["X": $0] } ?? [:] }
        let settings = Settings(flags: source(flag), environment: source(environment), file: source(file))
        #expect(settings.value("X") == expected)
    }

    /// Reads one variable X with the given text; also returns the finding.
    private func read<Value>(
        _ text: String?, _ read: (inout Settings) -> Value
    ) -> (value: Value, findings: [String]) {
        var settings = Settings(environment: text.map { ["X": $0] } ?? [:])
        let value = read(&settings)
        return (value, settings.findings)
    }

    private func refusal(_ text: String, _ allowed: String) -> [String] {
        ["X=\"\(text)\" is not allowed: give \(allowed)"]
    }

    @Test(arguments: [("3", 3), ("-2", -2), ("10", 10), ("007", 7), ("-0", 0), (nil, 5), ("", 5)] as [(String?, Int)])
    func integers(text: String?, value: Int) {
        let found = read(text) { $0.integer("X", in: -2...10, default: 5) }
        #expect(found.value == value)
        #expect(found.findings.isEmpty)
    }

    @Test(arguments: [
        "11", "-3", "+3", "3.0", "0x3", "1e1", " 3", "3 ", "three", "-", "--3", "٣", "99999999999999999999", "3\n",
    ])
    func integersRefused(text: String) {
        let found = read(text) { $0.integer("X", in: -2...10, default: 5) }
        #expect(found.value == 5)
        #expect(found.findings == refusal(text, "a whole number from -2 to 10"))
    }

    @Test(
        arguments: [
            ("1", .seconds(1)), ("0.25", .milliseconds(250)), ("10", .seconds(10)), ("10.000", .seconds(10)),
            ("0.000000001", .nanoseconds(1)), ("0.0000000019", .nanoseconds(1)), ("1.50", .milliseconds(1500)),
            ("0", .zero), (nil, .seconds(5)), ("", .seconds(5)),
        ] as [(String?, Duration)])
    func seconds(text: String?, value: Duration) {
        let found = read(text) { $0.seconds("X", in: 0...10, default: .seconds(5)) }
        #expect(found.value == value)
        #expect(found.findings.isEmpty)
    }

    @Test(arguments: [
        "10.1", "10.000000001", "-1", "+1", "1e1", "0x1", "nan", "inf", "1s", ".5", "5.", ".", "1.2.3", "1,5", " 1",
        "99999999999999999999", "1.٥",
    ])
    func secondsRefused(text: String) {
        let found = read(text) { $0.seconds("X", in: 0...10, default: .seconds(5)) }
        #expect(found.value == .seconds(5))
        #expect(found.findings == refusal(text, "a number of seconds from 0 to 10"))
    }

    @Test(
        arguments: [
            ("true", true), ("TRUE", true), ("1", true), ("yes", true), ("On", true), ("false", false), ("0", false),
            ("no", false), ("OFF", false), (nil, true), ("", true),
        ] as [(String?, Bool)])
    func flags(text: String?, value: Bool) {
        let found = read(text) { $0.flag("X", default: true) }
        #expect(found.value == value)
        #expect(found.findings.isEmpty)
    }

    @Test(arguments: ["2", "tru", "y", " true"])
    func flagsRefused(text: String) {
        let found = read(text) { $0.flag("X", default: true) }
        #expect(found.value)
        #expect(found.findings == refusal(text, "true or false"))
    }

    @Test func choices() {
        let known = read("DEV") { $0.choice("X", of: ["prod", "dev"], default: "prod") }
        #expect(known.value == "dev")
        #expect(known.findings.isEmpty)
        let unknown = read("devel") { $0.choice("X", of: ["prod", "dev"], default: "prod") }
        #expect(unknown.value == "prod")
        #expect(unknown.findings == refusal("devel", "one of prod, dev"))
    }

    @Test func required() {
        #expect(read("1") { $0.required("X", remedy: "set it") }.value == "1")
        let missing = read("") { $0.required("X", remedy: "set it") }
        #expect(missing.value == nil)
        #expect(missing.findings == ["X is not set: set it"])
    }

    @Test(arguments: [(60, false), (61, true), (1000, true)]) func longValuesAreCut(count: Int, isCut: Bool) {
        let shown = String(repeating: "x", count: min(count, 60)) + (isCut ? "…" : "")
        let found = read(String(repeating: "x", count: count)) { $0.flag("X", default: true) }
        #expect(found.findings == refusal(shown, "true or false"))
    }

    /// Not even in the finding about it, nor as another variable's value.
    @Test func findingsHoldNoSecrets() throws {
        var settings = Settings(
            environment: ["MY_TOKEN": "hush-hush-1", "PORT": "hush-hush-1", "PROXY": "http://joe:hush-hush-2@proxy"])
        _ = settings.integer("PORT", in: 0...1, default: 0)
        settings.refuse("MY_TOKEN", "hush-hush-1", "another")
        settings.refuse("PROXY", "http://joe:hush-hush-2@proxy", "another")
        let error = #expect(throws: KeepAliveError.self) { try settings.check() }
        let text = try #require(error).description
        #expect(!text.contains("hush-hush"))
        #expect(text.contains("MY_TOKEN=\"[hidden]\" is not allowed: give another"))
        #expect(text.contains("PROXY=\"http://[hidden]@proxy\" is not allowed"))
    }

    @Test func everyFindingIsThrownAtOnce() throws {
        var settings = Settings(environment: ["A": "x", "B": "y"])
        try settings.check()
        _ = settings.integer("A", in: 0...1, default: 0)
        _ = settings.flag("B", default: false)
        settings.report("and more")
        #expect(throws: KeepAliveError.configuration(settings.findings)) { try settings.check() }
        #expect(settings.findings.count == 3)
    }

    @Test func readsFileAndEnvironment() throws {
        let folder = try TemporaryDirectory()
        let name = "KEEPALIVE_SETTINGS_TEST"
        let file = try folder.write("\(name)=file\nPATH=file\n", to: "env").path
        let settings = Settings(environmentFile: file)
        #expect(settings.value(name) == "file")
        #expect(settings.value("PATH") == ProcessInfo.processInfo.environment["PATH"])
        #expect(Settings(flags: [name: "flag"], environmentFile: file).value(name) == "flag")
        let variables = try Configuration.variables(environmentFile: file)
        #expect(variables[name] == "file")
        #expect(variables["PATH"] == ProcessInfo.processInfo.environment["PATH"])
    }

    @Test func anEmptyValueCountsAsUnsetWhereverItStands() {
        let settings = Settings(
            flags: ["A": "flag", "B": "", "E": ""], environment: ["B": "env", "C": "", "E": ""],
            file: ["A": "file", "C": "file", "D": "", "E": ""])
        #expect(settings.variables == ["A": "flag", "B": "env", "C": "file"])
    }

    @Test func aFileThatWasNamedMustBeThereAndReadable() throws {
        let folder = try TemporaryDirectory()
        let missing = Settings(environmentFile: folder.file("none").path)
        #expect(missing.findings == ["--env-file \(folder.file("none").path): the file does not exist; check the path"])
        let broken = try folder.write("A=1\nB", to: "env").path
        #expect(Settings(environmentFile: broken).findings == ["\(broken) line 2: expected KEY=value, found no \"=\""])
        #expect(throws: KeepAliveError.self) { try Configuration.fromEnvironment(environmentFile: broken) }
    }
}
