import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

struct ConfigurationTests {
    private func read(_ variables: [String: String]) -> (configuration: Configuration, findings: [String]) {
        var settings = Settings(environment: variables)
        let configuration = Configuration(reading: &settings)
        return (configuration, settings.findings)
    }

    @Test func theDefaultsOfTheSpecification() {
        let found = read([:])
        #expect(found.findings.isEmpty)
        #expect(found.configuration == Configuration())
        let defaults = Configuration()
        #expect(defaults.port == 8001)
        #expect(defaults.portFallbacks == 2)
        #expect(defaults.host == nil)
        #expect(defaults.environment == "prod")
        #expect(defaults.isProduction)
        #expect(defaults.unhealthyAfter == .seconds(300))
        #expect(defaults.backoff == Backoff(initial: .seconds(5), maximum: .seconds(300), jitter: 0))
        #expect(defaults.maxRestarts == 10)
        #expect(defaults.restartResetAfter == .seconds(300))
        #expect(defaults.restartToken == nil)
        #expect(defaults.shutdownTimeout == .seconds(6))
        #expect(defaults.stateFile == nil)
        #expect(defaults.watchdogInterval == nil)
        #expect(defaults.watchdogStall == nil)
        #expect(defaults.watchdogDisconnectGrace == nil)
        #expect(defaults.executorStall == .seconds(30))
        #expect(defaults.condemnation == .exit && defaults.signals == .handled)
        #expect(defaults.logLevel == .info)
        #expect(defaults.logFormat == .text)
        #expect(defaults.logFile == nil)
    }

    @Test func everyVariableIsRead() {
        let found = read([
            "PORT": "0", "PORT_FALLBACKS": "7", "HOST": "::1", "BOT_ENV": "Stage", "UNHEALTHY_AFTER_SEC": "1.5",
            "RESTART_DELAY_SEC": "2", "RESTART_MAX_DELAY_SEC": "3", "MAX_RESTARTS": "4",
            "RESTART_RESET_AFTER_SEC": "5", "RESTART_TOKEN": "token-of-16-chars", "SHUTDOWN_TIMEOUT_SEC": "6",
            "KEEPALIVE_STATE_FILE": "state.json", "KEEPALIVE_INTERVAL_SEC": "7", "WATCHDOG_STALL_SEC": "8",
            "WATCHDOG_DISCONNECT_GRACE_SEC": "9", "EXECUTOR_STALL_SEC": "10",
            "LOG_LEVEL": "WARN", "LOG_FORMAT": "json", "LOG_FILE": "bot.log",
        ])
        #expect(found.findings.isEmpty)
        var expected = Configuration()
        expected.port = 0
        expected.portFallbacks = 7
        expected.host = "::1"
        expected.environment = "stage"
        expected.unhealthyAfter = .seconds(1.5)
        expected.backoff = Backoff(initial: .seconds(2), maximum: .seconds(3))
        expected.maxRestarts = 4
        expected.restartResetAfter = .seconds(5)
        expected.restartToken = "token-of-16-chars"
        expected.secrets = ["token-of-16-chars"]
        expected.shutdownTimeout = .seconds(6)
        expected.stateFile = "state.json"
        expected.watchdogInterval = .seconds(7)
        expected.watchdogStall = .seconds(8)
        expected.watchdogDisconnectGrace = .seconds(9)
        expected.executorStall = .seconds(10)
        expected.logLevel = .warning
        expected.logFormat = .json
        expected.logFile = "bot.log"
        #expect(found.configuration == expected)
        #expect(!found.configuration.isProduction)
        #expect(found.configuration.watchdogThresholds.executorStall == .seconds(10))
    }

    @Test(arguments: [
        ("1", SilenceLimit.seconds(1)), ("86400", .after(.seconds(86_400))), ("never", .never), ("Never", .never),
    ])
    func silence(text: String, limit: SilenceLimit) {
        let read = read(["UNHEALTHY_AFTER_SEC": text])
        #expect(read.findings.isEmpty)
        #expect(read.configuration.unhealthyAfter == limit)
    }

    @Test(arguments: ["0", "86401", "none", "-1", "nan"])
    func silenceThatIsRefused(text: String) {
        #expect(
            read(["UNHEALTHY_AFTER_SEC": text]).findings == [
                "UNHEALTHY_AFTER_SEC=\"\(text)\" is not allowed: give a number of seconds from 1 to 86400, or never"
            ])
    }

    @Test(arguments: [
        ("PORT", 0, 65_535), ("PORT_FALLBACKS", 0, 100),
        ("RESTART_DELAY_SEC", 0, 86_400), ("MAX_RESTARTS", 1, 1_000_000), ("RESTART_RESET_AFTER_SEC", 1, 86_400),
        ("SHUTDOWN_TIMEOUT_SEC", 0, 3600), ("KEEPALIVE_INTERVAL_SEC", 1, 86_400), ("WATCHDOG_STALL_SEC", 1, 86_400),
        ("WATCHDOG_DISCONNECT_GRACE_SEC", 1, 86_400), ("EXECUTOR_STALL_SEC", 1, 86_400),
    ])
    func bounds(name: String, least: Int, most: Int) {
        for allowed in [least, most] { #expect(read([name: "\(allowed)"]).findings.isEmpty, "\(name)=\(allowed)") }
        for refused in ["\(least - 1)", "\(most + 1)", "x", "1h"] {
            let findings = read([name: refused]).findings
            #expect(findings.count == 1)
            #expect(findings.first?.hasPrefix("\(name)=\"\(refused)\" is not allowed: give a ") == true)
            #expect(findings.first?.hasSuffix(" from \(least) to \(most)") == true)
        }
    }

    @Test(arguments: [
        ("BOT_ENV", "production", "one of prod, dev, development, test, qa, stage"),
        ("LOG_LEVEL", "verbose", "one of debug, info, warn, error"), ("LOG_FORMAT", "xml", "one of text, json"),
    ])
    func words(name: String, value: String, allowed: String) {
        #expect(read([name: value]).findings == ["\(name)=\"\(value)\" is not allowed: give \(allowed)"])
    }

    @Test(arguments: ["prod", "dev", "development", "test", "qa", "stage"])
    func environments(word: String) {
        let found = read(["BOT_ENV": word])
        #expect(found.findings.isEmpty)
        #expect(found.configuration.isProduction == (word == "prod"))
    }

    @Test func theLargestDelayIsNotBelowTheFirst() {
        let raised = read(["RESTART_DELAY_SEC": "600"])
        #expect(raised.findings.isEmpty)
        #expect(raised.configuration.backoff.maximum == .seconds(600))
        let finding = "RESTART_MAX_DELAY_SEC=\"4\" is not allowed: give at least RESTART_DELAY_SEC, which is 5 s"
        #expect(read(["RESTART_MAX_DELAY_SEC": "4"]).findings == [finding])
        // The same delay each time is a wish too.
        let equal = read(["RESTART_DELAY_SEC": "7", "RESTART_MAX_DELAY_SEC": "7"])
        #expect(equal.findings.isEmpty)
        #expect(equal.configuration.backoff == Backoff(initial: .seconds(7), maximum: .seconds(7)))
    }

    @Test(arguments: [
        "two words and more", "tokén-of-16-chars", "a\nb-of-16-characters", "\u{7F}-of-16-characters",
        "15-characters-x",
    ])
    func aTokenThatCannotTravelOrIsShortIsRefusedUnseen(token: String) {
        let found = read(["RESTART_TOKEN": token])
        #expect(found.configuration.restartToken == nil)
        #expect(found.findings.count == 1)
        #expect(found.findings.first?.hasPrefix("RESTART_TOKEN (hidden) is not allowed: give ") == true)
        #expect(found.findings.first?.contains(token) == false)
    }

    @Test func aTokenOf16CharactersIsLongEnough() {
        let found = read(["RESTART_TOKEN": "16-characters-xy"])
        #expect(found.findings.isEmpty)
        #expect(found.configuration.restartToken == "16-characters-xy")
    }

    /// Both users of a configuration made in code name every finding before they begin.
    @Test func aValueFromCodeIsRefusedAsItsVariable() {
        var made = Configuration()
        made.port = 70_000
        made.host = "127.0.0.1\0.example"
        made.logFile = "bot\0.log"
        let configuration = made
        let expected = KeepAliveError.configuration([
            "port 70000 is not allowed: give 0 to 65535",
            "host is not allowed: remove its NUL character", "logFile is not allowed: remove its NUL character",
        ])
        #expect(throws: expected) { _ = try KeepAlive(name: "Bot", version: "1", configuration: configuration) }
        #expect(throws: expected) {
            try HealthServer(name: "Bot", version: "1", health: HealthMonitor(), configuration: configuration).start()
        }
    }

    @Test(arguments: [(-1, false), (0, true), (65_535, true), (65_536, false)])
    func aPortFromCode(port: Int, isAllowed: Bool) {
        var configuration = Configuration()
        configuration.port = port
        let isTaken = (try? configuration.check()) != nil
        #expect(isTaken == isAllowed)
    }

    @Test func everyFindingAtOnce() {
        #expect(read(["PORT": "x", "MAX_RESTARTS": "0", "LOG_LEVEL": "loud"]).findings.count == 3)
    }

    @Test func swiftLogsNameOfALevelIsUnderstood() {
        let (configuration, findings) = read(["LOG_LEVEL": "Warning"])
        #expect(configuration.logLevel == .warning && findings.isEmpty)
    }

    @Test func defaultsOfAProgram() {
        var defaults = Configuration()
        defaults.environment = "dev"
        defaults.host = "127.0.0.1"
        var settings = Settings(environment: ["PORT": "9", "HOST": ""])
        let configuration = Configuration(reading: &settings, defaults: defaults)
        #expect(configuration.environment == "dev")
        #expect(configuration.host == "127.0.0.1")
        #expect(configuration.port == 9)
    }

    /// A program that is no bot may have an own level, which the variable replaces.
    @Test(arguments: [([:], Log.Level.warning), (["LOG_LEVEL": "debug"], .debug)] as [([String: String], Log.Level)])
    func theLevelOfAnotherProgram(variables: [String: String], level: Log.Level) {
        var settings = Settings(environment: variables)
        let configuration = Configuration(loggingOf: &settings, level: .warning)
        #expect(configuration.logLevel == level)
    }

    @Test func aLogFileThatCannotBeOpenedIsAFinding() throws {
        let folder = try TemporaryDirectory()
        var configuration = Configuration()
        configuration.logFile = folder.file("none").path + "/bot.log"
        let error = #expect(throws: KeepAliveError.self) { try configuration.makeLog() }
        #expect(error?.exitCode == 78)
        #expect(error?.description.contains("LOG_FILE=") == true)
    }
}
