package import KeepAliveLease
package import KeepAlivePlatform
package import KeepAlivePostgreSQL

/// Carries requests to PostgreSQL, one after the other, and never waits: the loop waits for `descriptor`.
///
/// A statement that is not answered in time closes the connection, and nothing is cancelled: it may still take effect.
package struct LeaseStore {
    /// What the loop has to do.
    package enum Event {
        case answer(UInt64, KeeperRequest, KeeperAnswer)
        case warning(String)
    }

    private enum Step { case greet, ask, makeTable, makeRow, findOwner }

    private struct Work {
        let sequence: UInt64
        let request: KeeperRequest
        let deadline: MonotonicTime
        /// How often the table or the row was made for it.
        var rounds = 0
    }

    /// More than a launcher has under way; it waits for each answer.
    private static let longestQueue = 16
    private static let leastPause = Duration.milliseconds(100)

    private let address: PostgreSQLAddress
    private let statements: LeaseStatements
    private let limit: Duration
    private let user: LeaseUser
    private var connection: PostgreSQLConnection?
    private var connectFrom = MonotonicTime.now()
    private var step = Step.greet
    private var isGreeted = false
    private var queue: [Work] = []
    private var hasWarned = false
    /// What the requests show of the lease.
    package private(set) var held = Held()

    /// - Parameters:
    ///   - limit: how long a request may take.
    ///   - user: for the words of refusals.
    package init(
        _ address: PostgreSQLAddress, _ statements: LeaseStatements, limit: Duration, for user: LeaseUser = .launcher
    ) {
        self.address = address
        self.user = user
        self.statements = statements
        self.limit = limit
    }

    private var refusal: LeaseRefusal {
        LeaseRefusal(user: user, name: statements.name, resource: statements.resource)
    }

    /// What to wait for; nil without a connection.
    package var descriptor: Int32? { connection?.descriptor }
    /// How to wait for it.
    package var wanted: PostgreSQLConnection.Readiness { connection?.wanted ?? [] }

    /// When to call `advance` at the latest.
    package var deadline: MonotonicTime? {
        guard let work = queue.first else { return connection?.deadline }
        guard let connection else { return min(work.deadline, connectFrom) }
        return min(work.deadline, connection.deadline ?? work.deadline)
    }

    /// Takes a request of the launcher.
    package mutating func take(_ sequence: UInt64, _ request: KeeperRequest) {
        // The launcher has long given up the oldest.
        if queue.count >= Self.longestQueue { queue.removeFirst() }
        queue.append(Work(sequence: sequence, request: request, deadline: .now().advanced(by: limit)))
    }

    /// Does what can be done without waiting.
    package mutating func advance() -> [Event] {
        var events: [Event] = []
        while true {
            if connection?.isClosed == true { drop() }
            if connection == nil {
                guard !queue.isEmpty else { return events }
                if let late = timeOut() {
                    events.append(late)
                    continue
                }
                guard MonotonicTime.now() >= connectFrom else { return events }
                connect()
            }
            guard let connection else { return events }
            do throws(PostgreSQLError) {
                if !connection.isWorking { try start(on: connection) }
                guard let results = try connection.advance() else {
                    // The connection's own limit covers its last step only.
                    guard let late = timeOut() else { return events }
                    drop()
                    events.append(late)
                    continue
                }
                events += finish(results.last)
            } catch {
                events += fail(error)
            }
        }
    }

    /// Closes the connection; what was under way may still take effect.
    package mutating func drop() {
        connection?.close()
        connection = nil
        isGreeted = false
        step = .greet
    }

    private mutating func connect() {
        let now = MonotonicTime.now()
        connectFrom = now.advanced(by: Self.leastPause)
        step = .greet
        isGreeted = false
        connection = PostgreSQLConnection(to: address, application: user.application, within: limit)
    }

    /// The answer for a request whose time is over; nil before.
    private mutating func timeOut() -> Event? {
        guard let work = queue.first, MonotonicTime.now() >= work.deadline else { return nil }
        queue.removeFirst()
        return answer(work, .unknown(state: nil, words: "PostgreSQL did not answer within \(limit.inWords)"))
    }

    private mutating func start(on connection: PostgreSQLConnection) throws(PostgreSQLError) {
        if !isGreeted {
            step = .greet
            try connection.start(LeaseTable.greeting, within: limit)
            return
        }
        guard let work = queue.first, let query = query(for: work) else { return }
        if step == .ask { held.note(work.request) }
        try connection.start([statements.limits(to: limit), query], within: limit)
    }

    private func query(for work: Work) -> PostgreSQLQuery? {
        switch step {
        case .greet: LeaseTable.greeting
        case .ask: statements.query(work.request)
        case .makeTable: PostgreSQLQuery(LeaseTable.create)
        case .makeRow: statements.makeRow(Beat())
        case .findOwner: statements.owner
        }
    }

    private mutating func finish(_ result: PostgreSQLResult?) -> [Event] {
        guard let result else { return [] }
        if step == .greet { return greeted(result) }
        guard let work = queue.first else { return [] }
        switch step {
        case .greet: return []
        case .makeTable, .makeRow:
            step = .ask
            return []
        case .findOwner:
            step = .ask
            // Another keeper of this lease may have made the row at this moment.
            guard let owner = result.firstValue, owner != statements.name else { return [] }
            return refuse(work, refusal.isProtected(by: owner))
        case .ask: break
        }
        guard let answer = statements.answer(to: work.request, result) else {
            if work.rounds < 3 {
                queue[0].rounds += 1
                step = .makeRow
                return []
            }
            queue.removeFirst()
            return [self.answer(work, .none)]
        }
        if case .observe = work.request, let other = LeaseStatements.resource(result), other != statements.resource {
            return refuse(work, refusal.protects(other))
        }
        queue.removeFirst()
        return [self.answer(work, answer)]
    }

    private mutating func greeted(_ result: PostgreSQLResult) -> [Event] {
        isGreeted = true
        step = .ask
        let version = connection?.serverVersion ?? 0
        if version < LeaseTable.oldestServer { return refuse(queue.first, refusal.tooOld(version)) }
        if result.rows.first?.bool(1) == true {
            drop()
            let words =
                "the server only takes reads, because it is a replica; add target_session_attrs=read-write to "
                + "\(user.address), with all servers' names"
            guard let work = queue.first else { return [] }
            queue.removeFirst()
            return [answer(work, .unknown(state: "25006", words: words))]
        }
        if let setting = result.firstValue, setting == "off", !hasWarned {
            hasWarned = true
            return [
                .warning(
                    "PostgreSQL runs with synchronous_commit=off: a crash of the server may undo a change of the "
                        + "leader. Set synchronous_commit=on for this database.")
            ]
        }
        return []
    }

    private mutating func fail(_ error: PostgreSQLError) -> [Event] {
        guard error.kind == .server else {
            drop()
            if let words = refusal.words(for: error) { return refuse(queue.first, words) }
            guard let work = queue.first else { return [] }
            queue.removeFirst()
            return [answer(work, .unknown(state: error.sqlState, words: error.message))]
        }
        let failed = step
        step = .ask
        guard var work = queue.first else {
            drop()
            return []
        }
        switch (failed, error.sqlState) {
        case (.ask, "42P01") where work.rounds < 3: step = .makeTable
        // Another keeper makes the table at this moment.
        case (.makeTable, "23505"), (.makeTable, "42P07"): break
        case (.makeTable, "42501"), (.makeTable, "3F000"):
            return refuse(work, refusal.missingTable(error))
        case (.makeRow, "23505"): step = .findOwner
        case (.makeRow, "23514"):
            return refuse(work, refusal.badName)
        default:
            if let words = refusal.words(for: error) { return refuse(work, words) }
            // A server that shuts down, has become a replica or is full: the next statement gets a fresh connection.
            drop()
            queue.removeFirst()
            return [answer(work, .unknown(state: error.sqlState, words: refusal.passing(error)))]
        }
        work.rounds += 1
        queue[0] = work
        guard work.rounds <= 6 else {
            queue.removeFirst()
            step = .ask
            return [answer(work, .unknown(state: error.sqlState, words: error.message))]
        }
        return []
    }

    private mutating func answer(_ work: Work, _ answer: KeeperAnswer) -> Event {
        held.note(answer, to: work.request)
        return .answer(work.sequence, work.request, answer)
    }

    /// A configuration that cannot work: the launcher ends, or counts it as an incident if the lease worked before.
    private mutating func refuse(_ work: Work?, _ words: String) -> [Event] {
        if !queue.isEmpty { queue.removeFirst() }
        return [.answer(0, work?.request ?? .observe, .refused(exit: 78, words: words))]
    }
}
