import Synchronization

@testable import KeepAliveHealthMonitor

/// A history in memory that records its calls and can fail or be slow.
final class FakeHistory: HistoryReading, Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description = "the disk is gone"
    }

    struct Contents: Sendable {
        var checks: [CheckRow] = []
        var alerts: [AlertRow] = []
        var uptimes: [String: Uptime] = [:]
        var days: [String: [DayUptime]] = [:]
        var hours: [String: [ResponsePoint]] = [:]
        var responses: [String: [ResponsePoint]] = [:]
        /// The number of checks of every service; otherwise the number of response times.
        var checkCount: Int?
        var steps: [Int64: [AlertStep]] = [:]
        var fails = false
        var questions: [String] = []
    }

    private let contents = Mutex(Contents())
    private let gate: (@Sendable () -> Void)?

    /// - Parameter gate: every read waits for it.
    init(_ change: (inout Contents) -> Void = { _ in }, gate: (@Sendable () -> Void)? = nil) {
        self.gate = gate
        contents.withLock { change(&$0) }
    }

    var questions: [String] { contents.withLock { $0.questions } }

    func change(_ change: (inout Contents) -> Void) { contents.withLock { change(&$0) } }

    func checks(service: String?, hours: Int, limit: Int) throws -> [CheckRow] {
        try read("checks \(service ?? "*") \(hours) \(limit)") { contents in
            Array(contents.checks.filter { service == nil || $0.service == service }.prefix(limit))
        }
    }

    func alerts(status: AlertRow.Status?, service: String?, limit: Int) throws -> [AlertRow] {
        try read("alerts \(status?.rawValue ?? "*") \(service ?? "*") \(limit)") { contents in
            Array(
                contents.alerts.filter {
                    (status == nil || $0.status == status) && (service == nil || $0.service == service)
                }.prefix(limit))
        }
    }

    func alert(id: Int64) throws -> AlertRow? {
        try read("alert \(id)") { contents in contents.alerts.first { $0.id == id } }
    }

    func uptime(service: String, hours: Int) throws -> Uptime {
        try read("uptime \(service) \(hours)") { $0.uptimes[service] ?? Uptime() }
    }

    func uptimes(of services: [String], hours: Int) throws -> [String: Uptime] {
        try read("uptimes \(services.joined(separator: ",")) \(hours)") { contents in
            contents.uptimes.filter { services.contains($0.key) }
        }
    }

    func dailyUptime(service: String, from day: Int64) throws -> [DayUptime] {
        try read("days \(service)") { ($0.days[service] ?? []).filter { $0.day >= day } }
    }

    func hourlyResponses(service: String, from hour: Int64) throws -> [ResponsePoint] {
        try read("hours \(service)") { ($0.hours[service] ?? []).filter { $0.second >= hour * 3600 } }
    }

    func checkCount(service: String, from second: Int64) throws -> (oldest: Int64?, count: Int) {
        try read("count \(service)") { contents in
            let seen = (contents.responses[service] ?? []).filter { $0.second >= second }
            return (seen.map(\.second).min(), contents.checkCount ?? seen.count)
        }
    }

    func responses(service: String, from second: Int64, step: Int64) throws -> [ResponsePoint] {
        try read("responses \(service) \(step)") { contents in
            (contents.responses[service] ?? []).filter { $0.second >= second }
        }
    }

    func samples(of service: String, every width: Int64, most: Int) throws -> [CheckSample] { [] }

    func pushes() throws -> [String: PushRecord] { [:] }

    func steps(of alerts: [AlertRow]) throws -> [Int64: [AlertStep]] {
        try read("steps \(alerts.count)") { contents in
            contents.steps.filter { id, _ in alerts.contains { $0.id == id } }
        }
    }

    private func read<Result>(_ question: String, _ body: (Contents) -> Result) throws -> Result {
        gate?()
        return try contents.withLock { contents in
            contents.questions.append(question)
            if contents.fails { throw Failure() }
            return body(contents)
        }
    }

    func close() {}
}
