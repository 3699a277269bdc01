import KeepAlivePostgreSQL

/// Moves an SQLite ledger to PostgreSQL.
///
/// A kill at any moment leaves one ledger in use. Before the mark is written, the move has done nothing. After that, a
/// bot refuses the file, and the next migration completes the move or makes it again: the target's one transaction
/// tells which.
struct Migration {
    /// The steps, in their order.
    enum Step: Equatable {
        case checked
        /// So many rows of a table are copied, of so many.
        case copied(table: String, rows: Int64, of: Int64)
        case compared
        /// The file is marked; the target's transaction is still open.
        case marked
        case committed
        case done
    }

    let path: String
    let address: PostgreSQLAddress
    /// Learns each step before the next one; an error that it throws ends the migration there.
    let report: (Step) throws -> Void
    var rowsInABatch = 5000

    /// - Throws: `LedgerError`.
    func run() throws {
        let source = try SQLiteSource(path: path)
        defer { source.close() }
        let earlier = try source.mark()
        if let earlier, earlier.isComplete {
            throw LedgerError(
                place: path, problem: .moved(to: earlier.target, isComplete: earlier.isComplete))
        }
        let target = try PostgreSQLTarget(address)
        defer { target.close() }
        if var earlier, try target.has(earlier) {
            // Killed between the two commits: the rows have arrived.
            earlier.isComplete = true
            try source.write(earlier)
            return try report(.done)
        }
        // An interrupted move to another database may have arrived there.
        if let earlier, earlier.target != target.place {
            throw LedgerError(
                place: path, problem: .moved(to: earlier.target, isComplete: earlier.isComplete))
        }
        try target.begin()
        try report(.checked)
        for table in LedgerTable.all { try copy(table, from: source, to: target) }
        for table in LedgerTable.all {
            let (before, after) = (try source.figures(table.figures), try target.figures(table.figures))
            guard before == after else {
                throw LedgerError(
                    place: target.place, problem: .impossible("\(table.name) differs from \(path) after the copying"))
            }
        }
        try report(.compared)
        var mark = MovedMark(id: Self.newID(), target: target.place, isComplete: false)
        try target.finish(mark)
        try source.write(mark)
        try report(.marked)
        try target.commit()
        try report(.committed)
        mark.isComplete = true
        try source.write(mark)
        try report(.done)
    }

    private func copy(_ table: LedgerTable, from source: SQLiteSource, to target: PostgreSQLTarget) throws {
        let count = try source.count(of: table)
        var (done, last): (Int64, Int64?) = (0, nil)
        while true {
            let rows = try source.rows(of: table, after: last, limit: rowsInABatch)
            guard let key = rows.last?.first.flatMap({ $0.flatMap { Int64($0) } }) else { break }
            try target.add(rows, to: table)
            last = key
            done += Int64(rows.count)
            try report(.copied(table: table.name, rows: done, of: count))
        }
    }

    private static func newID() -> String {
        var random = SystemRandomNumberGenerator()
        return String(random.next() as UInt64, radix: 16) + String(random.next() as UInt64, radix: 16)
    }
}
