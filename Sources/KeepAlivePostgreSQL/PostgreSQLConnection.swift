public import KeepAlivePlatform

/// One connection to PostgreSQL. Every step has a deadline, and none waits behind the caller's back.
///
/// Two ways to use it. Blocking: `connect`, `query` and `run` return by their deadline. Stepwise, in an event loop:
/// `start` a batch, then call `advance` whenever `descriptor` is ready for `wanted`, and when `deadline` has passed.
///
/// libpq asks the system's resolver without a limit. So the resolver is asked before, on a thread of its own: an `advance`
/// that begins with another host waits for the answer, at most for that host's share of the time.
///
/// Not Sendable: it has one owner at a time, such as an actor or a `Mutex`. After an error of the kind `connect`,
/// `deadline` or `lost` it is closed; make another one. A deadline never cancels a statement: that would open another
/// connection, which may hang too. The server ends the statement when it notices the closed connection.
public final class PostgreSQLConnection {
    /// What an event loop waits for.
    public struct Readiness: OptionSet, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let read = Readiness(rawValue: 1)
        public static let write = Readiness(rawValue: 2)
    }

    private enum Phase {
        case connecting(ConnectPlan)
        case ready
        case closed(PostgreSQLError)
    }

    /// The statements under way.
    private struct Batch {
        let limit: Duration
        let deadline: MonotonicTime
        /// Those that wait for the connection.
        var unsent: [PostgreSQLQuery]
        var results: [PostgreSQLResult] = []
        var failure: PostgreSQLError?
    }

    public let address: PostgreSQLAddress
    private let notices: Notices
    private var phase: Phase
    private var session: Session?
    private var attempt: ConnectPlan.Attempt?
    private var batch: Batch?
    /// What to wait for next; meaningful with a `descriptor`.
    public private(set) var wanted: Readiness = []
    /// Whether the server has shown that it takes logins: it accepted this one, or asked for a password.
    public private(set) var wasAnswered = false

    /// Prepares a connection; `advance` opens it.
    ///
    /// - Parameters:
    ///   - application: its name in the server's `pg_stat_activity`, unless the address has one.
    ///   - limit: how long the connecting to all hosts of the address may take.
    ///   - onNotice: receives the server's notices and warnings; without it they are dropped.
    public init(
        to address: PostgreSQLAddress, application: String, within limit: Duration,
        onNotice: (@Sendable (String) -> Void)? = nil
    ) {
        self.address = address
        notices = Notices(onNotice)
        phase = .connecting(ConnectPlan(address, application: application, within: limit, now: .now()))
    }

    /// The descriptor to wait for; nil where `advance` can go on at once, and once closed. Each `advance` may change it.
    public var descriptor: Int32? { session?.descriptor }

    public var isConnected: Bool {
        if case .ready = phase { true } else { false }
    }

    public var isClosed: Bool {
        if case .closed = phase { true } else { false }
    }

    /// Whether results are awaited.
    public var isWorking: Bool { batch != nil }

    /// Whether a transaction is open, also one that has failed.
    public var isInTransaction: Bool { session?.isInTransaction == true }

    /// The server's version, such as 150020 for 15.20; 0 before it is connected.
    public var serverVersion: Int { isConnected ? Int(session?.serverVersion ?? 0) : 0 }

    /// When `advance` has to be called at the latest; nil while nothing is under way.
    public var deadline: MonotonicTime? {
        if case .connecting(let plan) = phase {
            return [attempt?.deadline ?? plan.deadline, batch?.deadline].compactMap { $0 }.min()
        }
        return batch?.deadline
    }

    /// Begins statements that leave in one round trip. They run in one transaction, unless they begin their own; after
    /// the first that fails the rest is skipped.
    ///
    /// - Throws: `misuse` before an earlier batch has its results, and `lost` once it is closed.
    public func start(_ queries: [PostgreSQLQuery], within limit: Duration) throws(PostgreSQLError) {
        guard batch == nil else { throw PostgreSQLError(.misuse, "an earlier statement has no result yet") }
        if case .closed(let error) = phase { throw error }
        guard !queries.isEmpty else { throw PostgreSQLError(.misuse, "there is no statement") }
        for query in queries { if let fault = query.fault { throw fault } }
        batch = Batch(limit: limit, deadline: MonotonicTime.now().advanced(by: limit), unsent: queries)
        if isConnected { try closing { () throws(PostgreSQLError) in try send() } }
    }

    /// Begins one statement.
    public func start(_ query: PostgreSQLQuery, within limit: Duration) throws(PostgreSQLError) {
        try start([query], within: limit)
    }

    /// Does what can be done without waiting.
    ///
    /// - Returns: the results of the batch once all are there, one for each statement; nil until then.
    /// - Throws: what the first failed statement gave (`server`), or why the connection is closed now.
    public func advance() throws(PostgreSQLError) -> [PostgreSQLResult]? {
        try closing { () throws(PostgreSQLError) in
            switch phase {
            case .closed(let error): throw error
            case .connecting(let plan): try connect(plan)
            case .ready: break
            }
            guard isConnected, let session else {
                try checkDeadline()
                return nil
            }
            let loss = exchange(with: session)
            // Results that came before the end count.
            if let results = try collect(from: session) { return results }
            if let loss { throw loss }
            try checkDeadline()
            return nil
        }
    }

    /// Closes the connection at once, without waiting for anything. A second call has no effect.
    public func close() {
        close(for: PostgreSQLError(.lost, "the connection is closed"))
    }

    // MARK: Steps

    private func close(for error: PostgreSQLError) {
        if case .closed = phase { return }
        phase = .closed(error)
        batch = nil
        attempt = nil
        session = nil
        wanted = []
    }

    /// Closes after an error that leaves the connection of no use.
    private func closing<Result>(
        _ body: () throws(PostgreSQLError) -> Result
    ) throws(PostgreSQLError) -> Result {
        do throws(PostgreSQLError) {
            return try body()
        } catch {
            // A statement that is refused ends its batch only.
            if error.kind != .server { close(for: error) }
            throw error
        }
    }

    private func checkDeadline() throws(PostgreSQLError) {
        guard let batch, MonotonicTime.now() >= batch.deadline else { return }
        throw PostgreSQLError(
            .deadline, "\(attempt?.host.description ?? "the server") did not answer within \(batch.limit.inWords)")
    }

    private func connect(_ plan: ConnectPlan) throws(PostgreSQLError) {
        var plan = plan
        defer { if case .connecting = phase { phase = .connecting(plan) } }
        while true {
            guard let attempt, let session else {
                guard let next = plan.next(now: .now()) else { throw plan.failure }
                attempt = next
                guard next.host.address != nil || HostLookup.isAnswered(next.host.name, until: next.deadline) else {
                    plan.failLookup(of: next.host)
                    giveUpAttempt()
                    continue
                }
                do throws(PostgreSQLError) {
                    session = try Session(next.settings, notices)
                    // As after a step that wants to write (PQconnectStart's manual).
                    wanted = .write
                } catch {
                    plan.fail(error)
                    giveUpAttempt()
                }
                continue
            }
            // A step before the socket is ready would take a connection that is under way for one that stands.
            guard let descriptor = session.descriptor, Self.isReady(descriptor, wanted) else {
                guard MonotonicTime.now() >= attempt.deadline else { return }
                plan.failLate(at: attempt.host)
                giveUpAttempt()
                continue
            }
            switch session.proceed() {
            case .wantsRead: wanted = .read
            case .wantsWrite: wanted = .write
            case .connected:
                wasAnswered = true
                phase = .ready
                wanted = .read
                return try send()
            case .failed:
                wasAnswered = wasAnswered || session.lacksPassword
                plan.fail(session.connectFailure)
                giveUpAttempt()
                continue
            }
            wasAnswered = wasAnswered || session.isAuthenticated
        }
    }

    private func giveUpAttempt() {
        session = nil
        attempt = nil
    }

    private static func isReady(_ descriptor: Int32, _ wanted: Readiness) -> Bool {
        wanted.contains(.write) ? Poller.isWritable(descriptor, within: 0) : Poller.isReadable(descriptor)
    }

    private func send() throws(PostgreSQLError) {
        guard let session, let queries = batch?.unsent, !queries.isEmpty else { return }
        batch?.unsent = []
        for query in queries { try session.send(query) }
        try session.endBatch()
        wanted = try session.flush() ? [.read, .write] : .read
    }

    /// Reads and writes what is possible now; returns why the connection is lost.
    private func exchange(with session: Session) -> PostgreSQLError? {
        do throws(PostgreSQLError) {
            try session.readAvailable()
            wanted = try session.flush() ? [.read, .write] : .read
            return nil
        } catch {
            return error
        }
    }

    /// Takes what has arrived; the results after the last.
    private func collect(from session: Session) throws(PostgreSQLError) -> [PostgreSQLResult]? {
        var isAfterNone = false
        // Asked in any case: libpq handles notices there, too.
        while !session.isWaiting, batch != nil {
            let item = session.take()
            if case .none = item {
                // One ends each statement's results.
                guard !session.isBroken else { throw session.loss }
                guard !isAfterNone else { throw PostgreSQLError(.lost, "the server's answers are out of order") }
                isAfterNone = true
                continue
            }
            isAfterNone = false
            switch item {
            case .result(let result): batch?.results.append(result)
            case .failure(let error):
                if error.kind != .server { throw error }
                if batch?.failure == nil { batch?.failure = error }
            case .skipped, .none: break
            case .end:
                defer { batch = nil }
                if let failure = batch?.failure { throw failure }
                return batch?.results
            }
        }
        return nil
    }
}
