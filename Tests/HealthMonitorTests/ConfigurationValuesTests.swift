import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// What follows from a configuration, and the limits of single keys.
struct ConfigurationValuesTests {
    private func configuration(
        _ text: String, _ environment: [String: String] = [:]
    ) throws -> MonitorConfiguration {
        guard case .object(let root) = try JSONValue.readingJSON5(Array("{\(text)}".utf8)).value else {
            throw ConfigurationFailure(findings: ["no object"])
        }
        return try MonitorConfiguration(root, environment: environment)
    }

    /// Twice the interval and all attempts of the quickest target, and a minute at least.
    @Test(
        arguments: [
            ("{name: 'a', type: 'disk', interval: 30, timeout: 4, retries: 2}", 90),
            ("{name: 'a', type: 'disk', interval: 40, timeout: 5, retries: 0}", 90),
            ("{name: 'a', type: 'disk', interval: 30, timeout: 4, retries: 2}, {name: 'b', type: 'disk'}", 90),
            ("{name: 'a', type: 'disk', interval: 1, timeout: 1, retries: 0}", 60), ("", 3_155_760_000),
        ] as [(String, Int)])
    func howLongNoCheckMayEnd(targets: String, seconds: Int) throws {
        #expect(try configuration("targets: [\(targets)]").patience == .seconds(seconds))
    }

    /// Three intervals of the quickest target, from five seconds to a minute.
    @Test(arguments: [([10], 30), ([100, 10], 30), ([1], 5), ([100], 60), ([], 5)] as [([Int], Int)])
    func howLongAStartMayTake(intervals: [Int], seconds: Int) throws {
        let targets = intervals.map { "{name: 'every \($0)', type: 'disk', interval: \($0)}" }
        #expect(try configuration("targets: [\(targets.joined(separator: ","))]").grace == .seconds(seconds))
    }

    @Test func aChannelWaitsForMinutes() throws {
        let found = try configuration(
            "channels: [{type: 'webhook', url: 'http://h/', after: 5}, {type: 'webhook', name: 'x', url: 'http://h/'}]")
        #expect(found.delays == ["webhook": Duration.seconds(300)])
    }

    /// A variable within a text is often a host, which a log has to name; so is the name of a monitor's place.
    @Test func aVariableIsHiddenThatIsAWholeText() throws {
        let target = "{name: '$WHOLE', type: 'http', url: 'http://$PLACE/'}"
        let found = try configuration(
            "vantage: '$HERE', database: 'postgres://h/d', targets: [\(target)]",
            ["HERE": "east-side", "WHOLE": "hush-hush", "PLACE": "inner.example"])
        #expect(found.secrets.contains("hush-hush"))
        #expect(!found.secrets.contains("inner.example") && !found.secrets.contains("east-side"))
    }

    @Test(
        arguments: [
            ("host: 'a-b.local'", []), ("host: '-a.local'", ["api.host"]), ("host: 'a-.local'", ["api.host"]),
            ("host: '\(String(repeating: "a", count: 63)).local'", []),
            ("host: '\(String(repeating: "a", count: 64)).local'", ["api.host"]),
            ("key: 'abcdefgh'", []), ("key: 'abcdefg'", ["api.keys"]), ("key: 'abcdefgh '", ["api.keys"]),
            ("key: 'abcd efgh'", []), ("key: 'abcd\\u001Fefgh'", ["api.keys"]), ("key: 'abcd\\x7Fefgh'", ["api.keys"]),
            ("keys: ['abcdefgh'], key: 'short'", ["api.keys"]),
        ] as [(String, [String])])
    func theLimitsOfTheAPIsKeys(text: String, refused: [String]) {
        var found: [String] = []
        do {
            _ = try configuration("api: {\(text)}")
        } catch let failure as ConfigurationFailure {
            found = failure.findings
        } catch {
            Issue.record(error)
        }
        #expect(found.map { String($0.prefix { $0 != ":" }) } == refused)
    }

    /// 253 bytes are the most (RFC 1035, section 2.3.4).
    @Test(arguments: [(61, 0), (62, 1)]) func theLongestNameOfAHost(last: Int, count: Int) {
        let label = String(repeating: "a", count: 63)
        let host = [label, label, label, String(repeating: "b", count: last)].joined(separator: ".")
        let section = ConfigurationSection(["host": .string(host)])
        #expect(section.listeningHost("host") == host)
        #expect(section.findings.all.count == count)
    }

    /// A line break in a value would be another field; some fields follow from the request.
    @Test(arguments: [
        ("X-Own", "ä b", true), ("X-Own", "a\u{1F}b", false), ("X-Own", "a\u{7F}", false), ("X Own", "a", false),
        ("X~", "a", true), ("X\u{7F}", "a", false), ("X:Own", "a", false),
        ("Content-Length", "1", false), ("Transfer-Encoding", "chunked", false), ("expect", "100-continue", false),
    ])
    func fieldsOfARequest(name: String, value: String, isTaken: Bool) {
        let section = ConfigurationSection(["headers": .object([name: .string(value)])])
        let fields = section.fields("headers")
        #expect(fields.map(\.value) == (isTaken ? [value] : []))
        #expect(section.findings.all.count == (isTaken ? 0 : 1))
    }

    @Test func aFieldStandsOnce() {
        let section = ConfigurationSection(["headers": .object(["x-own": "1", "X-Own": "2", "X-Other": "3"])])
        #expect(section.fields("headers").map(\.value) == ["3", "2"])
        #expect(section.findings.all.count == 1)
    }

    /// A file that is wrong in every line does not fill the memory.
    @Test(
        arguments: [
            (1, ["a: 0"]), (2, ["a: 0", "a: 1"]), (3, ["a: 0", "a: 1", rest]), (5, ["a: 0", "a: 1", rest]),
        ])
    func findingsHaveAnEnd(count: Int, expected: [String]) {
        let findings = ConfigurationSection.Findings(most: 2)
        for number in 0..<count {
            // A second reader of a key finds nothing new.
            for _ in 0..<2 { findings.add("a", "\(number)") }
        }
        #expect(findings.all == expected)
    }

    private static let rest = "there are more findings: fix these first"

    /// What a name calls secret, and what follows the first word of a login.
    @Test func textsThatNoOutputShows() {
        let section = ConfigurationSection(["token": "abc", "authorization": "Bearer xyz", "title": "shown"])
        for key in ["token", "authorization", "title"] { _ = section.string(key) }
        #expect(section.findings.secrets == ["abc", "Bearer xyz", "xyz"])
    }

    /// Every line would hold an empty pattern, and no program has an empty name.
    @Test(
        arguments: [
            ("", "words: the text is empty: give a text or a list of texts"),
            (7, "words: 7 is not allowed: give a text or a list of texts"),
            (.array([""]), #"words[0]: "" is not allowed: give a text"#),
            (.array(["a", .null]), "words[1]: null is not allowed: give a text"),
        ] as [(JSONValue, String)])
    func noTexts(value: JSONValue, finding: String) {
        let section = ConfigurationSection(["words": value, "one": "a", "two": .array(["a", "b"])])
        _ = section.strings("words")
        #expect(section.findings.all == [finding])
        #expect(section.strings("one") == ["a"] && section.strings("two") == ["a", "b"])
        #expect(section.findings.all.count == 1)
    }

    /// What holds where the file says nothing.
    @Test func theDefaults() throws {
        let found = try configuration("targets: [{name: 'a', type: 'disk'}]")
        #expect(found.retentionDays == 90)
        #expect(found[Connectivity.self].timeout == .seconds(5))
        let target = try #require(found.targets.first)
        #expect(target.interval == .seconds(60) && target.timeout == .seconds(10))
        #expect(target.retryDelays == [1, 2, 4].map { Duration.seconds($0) })
        #expect(target.rules.failureThreshold == 3 && target.rules.recoveryThreshold == 1)
        #expect(target.rules.alertInterval == .seconds(3600) && target.rules.alertsWhenDegraded)
        let severity: Severity? = target.rules.severity
        #expect(!target.isCritical && severity == nil)
        #expect(!target.isPublic, "strangers see what is said to be public, and nothing else")
        #expect(target.channels == nil && target.restartCommand == nil && target.agree == nil)
    }

    /// A job that fails has failed: no second failure has to confirm it, unless the file wants one.
    @Test(arguments: [
        ("schedule: '@daily'", 1), ("schedule: '@daily', failureThreshold: 2", 2), ("maxSilence: 60", 3),
    ])
    func howOftenAJobMayFail(keys: String, threshold: Int) throws {
        let found = try configuration("targets: [{name: 'a', type: 'push', token: 'long-enough', \(keys)}]")
        #expect(found.targets.map(\.rules.failureThreshold) == [threshold])
    }

    @Test func theReserveLiesBesideTheState() throws {
        var found = try configuration("database: 'postgres://h/d'")
        found.stateFolder = "."
        #expect(found.reservePath == "history-reserve")
        found.stateFolder = "/var/lib/monitor"
        #expect(found.reservePath == "/var/lib/monitor/history-reserve")
        #expect(MonitorConfiguration().reservePath == "health.db-reserve")
    }

    /// A server that listens stays where it is; its keys may change.
    @Test func aReloadMovesNoServer() throws {
        let old = try configuration("api: {port: 7000, key: 'key-one-1'}")
        var new = try configuration("api: {host: '*', port: 7001, portFallbacks: 2, key: 'key-two-2'}, watch: 'docker'")
        let keys = ["watch", "api.host", "api.port", "api.portFallbacks"]
        #expect(new.keepFixed(of: old) == keys.map { "\($0) changes only with a restart" })
        let api = new[APISettings.self]
        #expect(api.host == "127.0.0.1" && api.port == 7000 && api.portFallbacks == 0)
        #expect(api.keys == ["key-two-2"] && new.watch == nil)
    }

    @Test func thePasswordOfTheDatabaseIsHidden() throws {
        #expect(try configuration("database: 'postgres://u:hush-hush@h/d'").secrets.contains("hush-hush"))
    }

    /// Its retries have confirmed a failure, and nobody waits for two more runs.
    @Test(arguments: [true, false]) func aSingleRunWaitsForNoSecondFailure(opensAlerts: Bool) throws {
        var found = try configuration(
            "targets: [{name: 'a', type: 'disk'}, {name: 'b', type: 'memory', failureThreshold: 5}]")
        found.alertsAtOnce(opensAlerts)
        #expect(found.targets.map(\.rules.failureThreshold) == [1, 1])
        #expect(found.targets.map(\.rules.opensAlerts) == [opensAlerts, opensAlerts])
    }

    /// What names no vantage is everybody's to check.
    @Test(arguments: [("vantage: 'a', ", ["all", "here"]), ("vantage: 'c', ", ["all"])])
    func whatAVantageChecks(vantage: String, names: [String]) throws {
        let targets = "{name: 'all', type: 'tcp', host: 'h', port: 1}, {name: 'here', type: 'disk', vantage: 'a'}"
        let found = try configuration("\(vantage) database: 'postgres://h/d', targets: [\(targets)]")
        #expect(found.ofOwnVantage.targets.map(\.name) == names)
        #expect(try configuration("targets: [{name: 'all', type: 'disk'}]").ofOwnVantage.targets.count == 1)
    }

    /// It has to fit into a field or an address.
    @Test(arguments: [("!~", 0), ("a b", 1), ("a\tb", 1), ("a\u{7F}", 1), ("é", 1)])
    func theLettersOfASecret(text: String, count: Int) {
        let section = ConfigurationSection(["token": .string(text)])
        #expect(section.secret("token") == text)
        #expect(section.findings.all.count == count)
    }

    /// The proxy's method opens a tunnel, and HEAD sends no body.
    @Test(arguments: [("GET", 0), ("PURGE", 0), ("CONNECT", 1), ("A B", 1), ("HEAD", 1)])
    func methodsOfARequest(method: String, count: Int) {
        let section = ConfigurationSection(["method": .string(method), "body": "x"])
        #expect(section.method("method") == method)
        #expect(section.findings.all.count == count)
    }

    /// A whole address of a variable is a secret; that it has no path is none.
    @Test(arguments: [("http://h/", "/"), ("http://h", ""), ("http://h/x?a=1", "/[hidden]"), ("http://h?a=1", "")])
    func thePathOfASecretAddress(url: String, shown: String) {
        let section = ConfigurationSection(["url": "$URL", "other": .string(url)], environment: ["URL": url])
        #expect(section.shownPath(of: "url", url) == shown)
        #expect(section.shownPath(of: "other", url) == (shown == "/[hidden]" ? "/x" : shown))
    }
}
