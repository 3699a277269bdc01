import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The valid configurations, and the findings with their paths for the others.
struct MonitorConfigurationTests {
    private func findings(_ text: String, _ environment: [String: String] = [:]) throws -> [String] {
        let document = try JSONValue.readingJSON5(Array(text.utf8))
        guard case .object(let root) = document.value else { return ["not an object"] }
        do {
            _ = try MonitorConfiguration(root, repeatedKeys: document.repeatedKeys, environment: environment)
            return []
        } catch {
            return error.findings
        }
    }

    @Test(arguments: [
        ("api: {host: 'not an ip!'}", "api.host"), ("api: {host: '300.1.1.1'}", "api.host"),
        ("api: {host: 'a..b'}", "api.host"), ("api: {key: ' abcdefgh'}", "api.keys"),
        ("database: '/'", "database"), ("database: '/no/such/folder/health.db'", "database"),
        ("stateDir: '/no/such/folder'", "stateDir"), ("checkInterval: 1, checkInterval: 2", "checkInterval"),
        ("checkInterval: NaN", "checkInterval"), ("timeout: Infinity", "timeout"),
        ("alertInterval: -1", "alertInterval"),
        ("maintenance: [{days: [], from: '01:00', to: '02:00'}]", "maintenance[0].days"),
        ("maintenance: [{days: ['sunx'], from: '01:00', to: '02:00'}]", "maintenance[0].days"),
        ("maintenance: [{from: '25:00', to: '03:00'}]", "maintenance[0].from"),
        ("maintenance: [{from: '01:00', to: '01:00'}]", "maintenance[0].to"),
        ("maintenance: [{from: '24:00', to: '01:00'}]", "maintenance[0].from"),
        ("maintenance: [{from: '+1:30', to: '02:00'}]", "maintenance[0].from"),
        ("maintenance: [{from: '01:30', to: '-0:40'}]", "maintenance[0].to"),
        ("maintenance: [{schedule: '@+1395716396', minutes: 5}]", "maintenance[0].schedule"),
        ("maintenance: [{from: '2026-02-30T00:00:00Z', to: '2026-03-03T00:00:00Z'}]", "maintenance[0].from"),
        ("maintenance: [{from: '2026-02-01T00:00:00Z', to: '2026-04-31T00:00:00Z'}]", "maintenance[0].to"),
        ("maintenance: [{from: '2025-02-29T00:00:00Z', to: '2026-04-30T00:00:00Z'}]", "maintenance[0].from"),
        ("targets: [{name: 'a', type: 'disk', restart: []}]", "targets[0].restart"),
        ("targets: [{name: ' ', type: 'disk'}]", "targets[0].name"),
        (
            "targets: [{name: 'a', type: 'push', token: '12345678'}, {name: 'b', type: 'push', token: '12345678'}]",
            "targets[1].token"
        ),
        ("targets: [{name: 'a', type: 'http', url: 'http://h/', method: 'GE T'}]", "targets[0].method"),
        ("targets: [{name: 'a', type: 'http', url: 'http://h/', headers: {'X Y': '1'}}]", "targets[0].headers.X Y"),
        ("targets: [{name: 'a', type: 'http', url: 'http://h/', jsonPath: '$..a'}]", "targets[0].jsonPath"),
        ("targets: [{name: 'a', type: 'http', url: 'https://h/', caFile: '/no/such/file'}]", "targets[0].caFile"),
        ("targets: [{name: 'a', type: 'tcp', host: 'h', port: 1, caFile: '/dev/null'}]", "targets[0].caFile"),
        ("targets: [{name: 'a', type: 'redis', caFile: '/etc/passwd'}]", "targets[0].caFile"),
        ("targets: [{name: 'a', type: 'http', url: 'http://$HOST/$NOBODY_SETS_THIS'}]", "targets[0].url"),
        ("targets: [{name: 'a ${NOBODY', type: 'disk'}]", "targets[0].name"),
        ("channels: [{type: 'webhook', url: 'http://h/'}, {type: 'webhook', url: 'http://h/'}]", "channels[1].name"),
        ("vantage: 'a'", "vantage"), ("vantage: 'a b', database: 'postgres://h/d'", "vantage"),
        ("vantage: '', database: 'postgres://h/d'", "vantage"), ("agree: 2", "agree"), ("leaseTtl: 9", "leaseTtl"),
        ("vantage: 'a', database: 'postgres://h/d', leaseTtl: 4", "leaseTtl"),
        ("vantage: 'a', database: 'postgres://h/d', agree: 0", "agree"),
        ("vantage: 'a', database: 'postgres://h/d', watch: 'docker'", "watch"),
        ("vantage: 'a', database: 'postgres://h/d', targets: [{name: 'a', type: 'disk'}]", "targets[0].vantage"),
        (
            "vantage: 'a', database: 'postgres://h/d', targets: [{name: 'a', type: 'ping', host: 'h', restart: ['x']}]",
            "targets[0].vantage"
        ),
        (
            "vantage: 'a', database: 'postgres://h/d', targets: [{name: 'a', type: 'disk', vantage: 'a', agree: 2}]",
            "targets[0].agree"
        ),
        ("targets: [{name: 'a', type: 'disk', vantage: 'a'}]", "targets[0].vantage"),
        ("targets: [{name: 'a', type: 'disk', agree: 1}]", "targets[0].agree"),
        ("vantage: 'a', database: 'postgres://h/d', leaseTtl: 301", "leaseTtl"),
        ("vantage: 'a', database: 'postgres://h/d', agree: 101", "agree"),
        (
            "vantage: 'a', database: 'postgres://h/d', targets: [{name: 'vantage b', type: 'ping', host: 'h'}]",
            "targets[0].name"
        ),
        (
            "vantage: 'a', database: 'postgres://h/d', targets: [{name: 'health-monitor at b', type: 'ping', host: 'h'}]",
            "targets[0].name"
        ),
        (
            "vantage: 'a', database: 'postgres://h/d', targets: [{name: 'a', type: 'exec', command: ['x'], local: true}]",
            "targets[0].vantage"
        ),
        ("targets: [{name: 'a', type: 'disk', dependsOn: ['a']}]", "targets[0].dependsOn"),
        ("targets: [{name: 'a', type: 'disk', dependsOn: ['b']}]", "targets[0].dependsOn"),
        ("targets: [{name: 'a', type: 'disk', channels: ['b']}]", "targets[0].channels"),
        ("retentionDays: 3651", "retentionDays"), ("retentionDays: 0", "retentionDays"),
        ("channels: [{type: 'webhook', url: 'http://h/', after: 0}]", "channels[0].after"),
        ("channels: [{type: 'webhook', url: 'http://h/', after: 1441}]", "channels[0].after"),
    ])
    func whatIsWrongIsNamedByItsPath(text: String, path: String) throws {
        let found = try findings("{\(text)}", ["HOST": "h"])
        #expect(found.count == 1 && found.first?.hasPrefix(path + ": ") == true, "\(found)")
    }

    @Test func bothEndsOfAWindowAreNamed() throws {
        let found = try findings("{maintenance: [{from: '25:00', to: '03:61', x: 1}]}")
        #expect(found.map { $0.prefix(19) } == ["maintenance[0].from", "maintenance[0].to: ", "maintenance[0].x: u"])
    }

    @Test(arguments: [
        "api: {host: '*'}", "api: {host: '::1'}", "api: {host: 'my-host.local'}", "api: {host: '127.0.0.1'}",
        "maintenance: [{days: ['Sunday', 'mon'], from: '00:00', to: '24:00'}]",
        "maintenance: [{from: '2028-02-29T23:00:00Z', to: '2028-03-01T00:00:00Z'}]",
        "targets: [{name: 'a$$b', type: 'disk', restart: ['sh', '-c', 'kill $$(cat x)']}]",
        "targets: [{name: '\(String(repeating: "n", count: 1200))', type: 'disk'}]",
        "targets: [{name: 'vantage b', type: 'disk'}]", "retentionDays: 3650", "retentionDays: 1",
        "channels: [{type: 'webhook', url: 'http://h/', after: 1440}]",
        "vantage: 'a', database: 'postgres://h/d', leaseTtl: 5, agree: 100",
        "vantage: 'a', database: 'postgres://h/d', leaseTtl: 300, agree: 1",
        // A service on a loopback address may be a tunnel, which each machine has.
        "vantage: 'a', database: 'postgres://h/d', targets: [{name: 'a', type: 'http', url: 'http://127.0.0.1:1/'}]",
        "vantage: 'a', database: 'postgres://h/d', targets: [{name: 'a', type: 'exec', command: ['x']}]",
        "vantage: 'a', database: 'postgres://h/d', targets: [{name: 'a', type: 'disk', vantage: 'b', agree: 1}]",
    ])
    func whatIsRightIsTaken(text: String) throws {
        #expect(try findings("{\(text)}") == [])
    }

    /// The monitor starts, and says so.
    @Test func aScheduleThatHasPassedIsAWarning() throws {
        let text = """
            {maintenance: [{schedule: '2020-01-01 02:00', minutes: 60}],
             targets: [{name: 'job', type: 'push', token: 'long-enough', schedule: '2020-02-01'}]}
            """
        guard case .object(let root) = try JSONValue.readingJSON5(Array(text.utf8)).value else { return }
        let configuration = try MonitorConfiguration(root)
        #expect(
            configuration.warnings == [
                "maintenance[0].schedule: \"2020-01-01 02:00\" has passed and is never due again: give another date",
                "targets[0].schedule: \"2020-02-01\" has passed and is never due again: give another date",
            ])
        #expect(configuration.targets.first?.isInMaintenance(at: .now()) == false)
    }

    /// What only a restart changes is kept, and the log names it.
    @Test func aReloadKeepsWhatNeedsARestart() throws {
        let folder = try TemporaryDirectory()
        func configuration(_ text: String) throws -> MonitorConfiguration {
            guard case .object(let root) = try JSONValue.readingJSON5(Array("{\(text)}".utf8)).value else {
                return MonitorConfiguration()
            }
            return try MonitorConfiguration(root)
        }
        let old = try configuration("vantage: 'a', leaseTtl: 20, database: 'postgres://h/d'")
        for (text, keys) in [
            ("vantage: 'a', leaseTtl: 20, database: 'postgres://h/d'", []),
            ("vantage: 'a', leaseTtl: 40, database: 'postgres://h/d'", ["leaseTtl"]),
            ("vantage: 'b', leaseTtl: 20, database: 'postgres://h/d'", ["vantage"]),
            ("vantage: 'b', leaseTtl: 40, database: 'postgres://h/e'", ["database", "leaseTtl", "vantage"]),
            ("vantage: 'a', leaseTtl: 20, database: 'postgres://h/d', stateDir: '\(folder.path)'", ["stateDir"]),
            ("database: 'postgres://h/d', retentionDays: 7", ["retentionDays", "vantage"]),
        ] as [(String, [String])] {
            var new = try configuration(text)
            #expect(new.keepFixed(of: old) == keys.map { "\($0) changes only with a restart" }, "\(text)")
            #expect(new.stateFolder == old.stateFolder && new.vantage == old.vantage)
            #expect(new.databaseServer == old.databaseServer && new.retentionDays == old.retentionDays)
        }
    }

    /// The rest is checked on after a reload.
    @Test func aReloadLeavesUnchangedTargetsAlone() throws {
        func configuration(_ text: String, _ value: String = "1") throws -> MonitorConfiguration {
            guard case .object(let root) = try JSONValue.readingJSON5(Array("{\(text)}".utf8)).value else {
                return MonitorConfiguration()
            }
            return try MonitorConfiguration(root, environment: ["PATH_X": value, "OTHER": value])
        }
        let hook = "channels: [{type: 'webhook', url: 'http://h/'}]"
        let (a, b) = (
            "{name: 'a', type: 'http', url: 'http://h/$PATH_X'}", "{name: 'b', type: 'memory', channels: ['webhook']}"
        )
        let first = try configuration("targets: [\(a), \(b)], \(hook)")
        func unchanged(_ text: String, _ value: String = "1") throws -> Set<String> {
            try configuration(text, value).unchangedTargets(since: first)
        }
        #expect(try unchanged("targets: [\(b), {name: 'c', type: 'disk'}, \(a)], \(hook)") == ["a", "b"])
        #expect(try unchanged("targets: [\(a), \(b)], \(hook)", "2") == ["b"], "a variable")
        #expect(try unchanged("targets: [\(a), {name: 'b', type: 'disk'}], \(hook)") == ["a"])
        #expect(try unchanged("checkInterval: 5, targets: [\(a), \(b)], \(hook)") == [])
        let window = "maintenance: [{from: '01:00', to: '02:00'}]"
        #expect(try unchanged("\(window), targets: [\(a), \(b)], \(hook)") == [])
        // An alert of a running check would go to the channels of before.
        let more = "channels: [{type: 'webhook', url: 'http://h/'}, {type: 'webhook', name: 'x', url: 'http://h/'}]"
        #expect(try unchanged("targets: [\(a), \(b)], \(more)") == ["b"])
    }

    @Test func certificatesAreTaken() throws {
        let folder = try TemporaryDirectory()
        try folder.write("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n", to: "bad.pem")
        try folder.write("# a\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", to: "good.pem")
        func found(_ name: String) throws -> [String] {
            try findings(
                "{targets: [{name: 'a', type: 'tcp', host: 'h', port: 1, caFile: '\(folder.file(name).path)'}]}")
        }
        #expect(try found("good.pem") == [])
        #expect(try found("bad.pem").first?.contains("a damaged certificate") == true)
    }

    /// Sixteen thousand in one long circle and one long chain; quadratic time would take minutes.
    @Test func manyTargetsAreChecked() throws {
        let circle = (0..<16_000).map { "{name:'c\($0)',type:'disk',dependsOn:['c\(($0 + 1) % 16_000)']}" }
        let chain = (0..<16_000).map { "{name:'t\($0)',type:'disk',dependsOn:[\($0 > 0 ? "'t\($0 - 1)'" : "")]}" }
        let found = try findings("{targets:[\((circle + chain).joined(separator: ","))]}")
        #expect(found.count == 16_000)
        #expect(
            found.first
                == "targets[0].dependsOn: the dependencies form a circle through \"c0\": no alert would be sent; remove one of them"
        )
    }

    @Test func theNearestKnownWordIsNamed() throws {
        let found = try findings(
            "{chekInterval: 1, zzz: 1, targets: [{name: 'web', type: 'htpp'}, {name: 'b', type: 'disk', dependsOn: ['wbe']}]}"
        )
        let words = [
            "chekInterval: unknown key; did you mean checkInterval? allowed are ",
            "zzz: unknown key; allowed",
            "targets[0].type: \"htpp\" is not allowed; did you mean http?",
        ]
        for words in words { #expect(found.contains { $0.hasPrefix(words) }, "\(words) is missing in \(found)") }
    }

    @Test(
        arguments: [
            ([[1], [2], [0], [0], [5], [4], [6], []], [0, 1, 2, 4, 5]),
            // Two ways to one target are no circle; a circle may depend on another.
            ([[1, 2], [], [1]], []), ([[1], [0], [3, 0], [2]], [0, 1, 2, 3]),
        ] as [([[Int]], [Int])])
    func circlesAreFound(edges: [[Int]], members: [Int]) {
        #expect(DependencyCycles.members(edges) == members)
    }

    @Test func aPasswordInAURLIsInNoFinding() throws {
        let found = try findings(
            """
            {
              checkInterval: "http://user:hunter22@h/", connectivity: {host: "user:hunter22@h", port: 1},
              targets: [{name: "a", type: "http", url: "http://user:hunter22@h:99999999/"}],
            }
            """)
        #expect(found.count == 3)
        #expect(!found.joined().contains("hunter22"))
    }
}

struct VariableTextTests {
    @Test(arguments: [
        ("$A", "1"), ("${A}", "1"), ("x$A/${B}y", "x1/22y"), ("$$A", "$A"), ("$$$A", "$1"), ("$.a[0]", "$.a[0]"),
        ("^x$", "^x$"), ("$(date)", "$(date)"), ("$1", "$1"), ("a$", "a$"), ("$A$B", "122"), ("$$", "$"),
        ("${A}B", "1B"),
    ])
    func variablesAndDollarSigns(text: String, value: String) throws {
        let values = ["A": "1", "B": "22"]
        #expect(try VariableText(text).value { values[$0] ?? "?" } == value)
    }

    @Test(arguments: ["${A", "${}", "${A-B}", "x${1}"])
    func whatNamesNoVariable(text: String) {
        #expect(throws: VariableText.Fault.self) { try VariableText(text) }
    }
}
