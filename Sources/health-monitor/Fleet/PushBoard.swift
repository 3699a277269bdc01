import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// The history's record of a push service.
struct PushRecord: Codable, Sendable, Equatable {
    /// When its target was first watched, in microseconds since 1970: the silence before the first call starts then.
    var firstKnownAt: Int64
    /// The last call; nil if there was none.
    var calledAt: Int64?
    var status: ProbeStatus?
    var message: String?
    /// Its runs; nil if it reported none.
    var job: JobRecord?
}

/// The last call of each service with a `push` target. Thread-safe: the server's thread writes, probes read.
final class PushBoard: Sendable {
    struct Call: Sendable, Equatable {
        var at: MonotonicTime
        /// The status that the service reported, by default `up`.
        var status: ProbeStatus
        var message: String?
    }

    private struct Line {
        var name: String?
        var firstKnownAt: WallTime?
        var since: MonotonicTime?
        var call: Call?
    }

    private let lines: Mutex<[String: Line]>
    /// The silence before the first call starts here if no earlier time is known.
    private let start: MonotonicTime

    /// - Parameter names: the services' names by their tokens.
    init(_ names: [String: String] = [:], start: MonotonicTime = .now()) {
        lines = Mutex(names.mapValues { Line(name: $0) })
        self.start = start
    }

    /// Takes the services of a reloaded configuration by their tokens; known services keep their calls.
    func watch(_ names: [String: String]) {
        lines.withLock { lines in
            let known = Dictionary(lines.values.compactMap { line in line.name.map { ($0, line) } }) { first, _ in first
            }
            lines = Dictionary(uniqueKeysWithValues: names.map { ($0, known[$1] ?? Line(name: $1)) })
        }
    }

    /// Notes a call; returns the record to keep, with the service's name if the token has one.
    @discardableResult
    func note(_ token: String, _ call: Call, wallNow: WallTime = .now()) -> (name: String, record: PushRecord)? {
        lines.withLock { lines in
            lines[token, default: Line()].call = call
            let known = lines[token]?.firstKnownAt ?? wallNow
            lines[token]?.firstKnownAt = known
            let record = PushRecord(
                firstKnownAt: known.microseconds, calledAt: wallNow.microseconds, status: call.status,
                message: call.message)
            return lines[token]?.name.map { ($0, record) }
        }
    }

    /// The last call with this token.
    func last(_ token: String) -> Call? {
        lines.withLock { $0[token]?.call }
    }

    /// When the silence of a service that has never called began.
    func silentSince(_ token: String) -> MonotonicTime {
        lines.withLock { $0[token]?.since } ?? start
    }

    /// Loads the history's records by service name. Silence continues while the monitor is down. A time in the future
    /// counts as now, because a clock was wrong.
    func remember(_ records: [String: PushRecord], now: MonotonicTime, wallNow: WallTime) {
        func monotonic(_ time: Int64) -> MonotonicTime {
            now.advanced(by: .zero - WallTime(microseconds: time).age(at: wallNow))
        }
        lines.withLock { lines in
            for (token, line) in lines {
                guard let record = line.name.flatMap({ records[$0] }) else { continue }
                lines[token]?.firstKnownAt = WallTime(microseconds: record.firstKnownAt)
                lines[token]?.since = monotonic(record.firstKnownAt)
                // A call of this run is more recent.
                guard line.call == nil, let time = record.calledAt else { continue }
                lines[token]?.call = Call(
                    at: monotonic(time), status: record.status ?? .healthy, message: record.message)
            }
        }
    }

    /// The services without an earlier record, by name; each gets one now.
    func neverKnown(now: WallTime) -> [(name: String, record: PushRecord)] {
        lines.withLock { lines in
            lines.compactMap { token, line in
                guard let name = line.name, line.firstKnownAt == nil else { return nil }
                lines[token]?.firstKnownAt = now
                return (name, PushRecord(firstKnownAt: now.microseconds))
            }
        }
    }
}

extension WallTime {
    /// How long ago it was; zero for a time in the future.
    fileprivate func age(at now: WallTime) -> Duration {
        let (age, overflow) = now.microseconds.subtractingReportingOverflow(microseconds)
        return .microseconds(overflow ? 0 : max(0, age))
    }
}
