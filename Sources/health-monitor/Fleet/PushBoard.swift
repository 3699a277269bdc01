import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// What the history keeps of a service that calls in.
struct PushRecord: Codable, Sendable, Equatable {
    /// When its target was first watched, in microseconds since 1970: silence before the first call counts from there.
    var firstKnownAt: Int64
    /// The last call; nil where there was none.
    var calledAt: Int64?
    var status: ProbeStatus?
    var message: String?
}

/// When each service with a `push` target has last called in. Thread-safe: the server's thread writes, probes read.
final class PushBoard: Sendable {
    struct Call: Sendable, Equatable {
        var at: MonotonicTime
        /// What the service said of itself, `up` unless told otherwise.
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
    /// Silence before the first call counts from here, where nothing is known of the time before.
    private let start: MonotonicTime

    /// - Parameter names: the services' names by their tokens.
    init(_ names: [String: String] = [:], start: MonotonicTime = .now()) {
        lines = Mutex(names.mapValues { Line(name: $0) })
        self.start = start
    }

    /// Takes the services of another configuration, by their tokens; what is known of a service stays.
    func watch(_ names: [String: String]) {
        lines.withLock { lines in
            let known = Dictionary(lines.values.compactMap { line in line.name.map { ($0, line) } }) { first, _ in first
            }
            lines = Dictionary(uniqueKeysWithValues: names.map { ($0, known[$1] ?? Line(name: $1)) })
        }
    }

    /// A service has called in; returns what is to be kept of that, with its name where the token has one.
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

    /// From when on a service that has never called in is silent.
    func silentSince(_ token: String) -> MonotonicTime {
        lines.withLock { $0[token]?.since } ?? start
    }

    /// Takes over what the history keeps, by the services' names. Silence goes on while the monitor is away; a time in the
    /// future is now, since a clock was wrong.
    func remember(_ records: [String: PushRecord], now: MonotonicTime, wallNow: WallTime) {
        func monotonic(_ time: Int64) -> MonotonicTime {
            now.advanced(by: .zero - WallTime(microseconds: time).age(at: wallNow))
        }
        lines.withLock { lines in
            for (token, line) in lines {
                guard let record = line.name.flatMap({ records[$0] }) else { continue }
                lines[token]?.firstKnownAt = WallTime(microseconds: record.firstKnownAt)
                lines[token]?.since = monotonic(record.firstKnownAt)
                // A call of this run is the later one.
                guard line.call == nil, let time = record.calledAt else { continue }
                lines[token]?.call = Call(
                    at: monotonic(time), status: record.status ?? .healthy, message: record.message)
            }
        }
    }

    /// The services that nothing was known of, from now on known, by name.
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
