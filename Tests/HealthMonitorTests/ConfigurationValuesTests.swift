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
}
