import Synchronization
import Testing

@testable import KeepAliveSQLite

@Suite
struct StatementTests {
    private final class SharedDatabase: Sendable {
        let database: Mutex<Database>

        init() throws {
            database = Mutex(try Database(path: ":memory:"))
        }
    }

    let database: Database

    init() throws {
        database = try Database(path: ":memory:")
        try database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT UNIQUE)")
    }

    private func code(_ body: () throws -> Void) -> Int32? {
        do {
            try body()
            return nil
        } catch {
            return (error as? SQLiteError)?.extendedCode
        }
    }

    @Test func changesAndRowIDs() throws {
        try database.run("INSERT INTO t (v) VALUES (?), (?)", "a", "b")
        #expect(database.lastInsertedRowID == 2)
        #expect(database.changes == 2)
        try database.run("DELETE FROM t WHERE v = ?", ["a"])
        #expect(database.changes == 1)
        #expect(try database.query("SELECT id, v FROM t", []).map(\.values) == [[2, "b"]])
    }

    @Test func insertReturning() throws {
        #expect(try database.query("INSERT INTO t (v) VALUES (?) RETURNING id", "a").first?["id"] == 1)
        #expect(try database.firstInteger("SELECT count(*) FROM t") == 1)
    }

    @Test func firstInteger() throws {
        #expect(try database.firstInteger("SELECT ? + 1", 4) == 5)
        #expect(try database.firstInteger("SELECT ? + ?", [4, 5]) == 9)
        #expect(try database.firstInteger("SELECT max(id) FROM t") == nil)
        #expect(try database.firstInteger("SELECT id FROM t") == nil)
        #expect(code { _ = try database.firstInteger("SELECT 'a'") } == 20)
    }

    @Test(arguments: [[], ["a"], ["a", "b", "c"]] as [[Value]])
    func wrongNumberOfValues(values: [Value]) throws {
        #expect(code { try database.run("INSERT INTO t (id, v) VALUES (?, ?)", values) } == 25)
        #expect(code { _ = try database.query("SELECT ?, ?", values) } == 25)
        #expect(try database.firstInteger("SELECT count(*) FROM t") == 0)
    }

    @Test(arguments: [
        "INSERT INTO t (v) VALUES ('x'); DROP TABLE t", "INSERT INTO t (v) VALUES ('x'); nonsense",
        "INSERT INTO t (v) VALUES ('x');; /* c */ SELECT 1", "", "  ;", "-- only a comment",
        "INSERT INTO t (v) VALUES ('x')\u{0}; DROP TABLE t",
    ])
    func notExactlyOneStatement(sql: String) throws {
        #expect(code { try database.run(sql) } == 21)
        #expect(code { _ = try database.query(sql) } == 21)
        #expect(try database.firstInteger("SELECT count(*) FROM t") == 0)
    }

    @Test func harmlessTrailingText() throws {
        try database.run("INSERT INTO t (v) VALUES ('x'); ; -- done\n /* really */ ;")
        #expect(try database.firstInteger("SELECT count(*) FROM t;\n") == 1)
    }

    @Test func scripts() throws {
        try database.execute("INSERT INTO t (v) VALUES ('a'); -- one\n;; INSERT INTO t (v) VALUES ('b;');\n")
        try database.execute("")
        #expect(try database.query("SELECT v FROM t ORDER BY id").map { $0[0] } == ["a", "b;"])
        let script = "INSERT INTO t (v) VALUES ('c'); INSERT INTO t (v) VALUES ('a'); INSERT INTO t (v) VALUES ('d')"
        do throws(SQLiteError) {
            try database.execute(script)
            Issue.record("a script with a failing statement succeeded")
        } catch {
            #expect(error.extendedCode == 2067)
            #expect(error.sql == "INSERT INTO t (v) VALUES ('a');")
        }
        #expect(try database.firstInteger("SELECT count(*) FROM t") == 3)
        #expect(code { try database.execute("SELECT 1; nonsense") } == 1)
        #expect(code { try database.execute("SELECT ?") } == 25)
        #expect(code { try database.execute("SELECT 1;\u{0} SELECT 2") } == 21)
    }

    @Test func cachedStatementsAreUsableAfterAnError() throws {
        let sql = "INSERT INTO t (v) VALUES (?)"
        try database.run(sql, "a")
        #expect(code { try database.run(sql, "a") } == 2067)
        #expect(code { try database.run(sql) } == 25)
        try database.run(sql, "b")
        #expect(try database.firstInteger("SELECT count(*) FROM t") == 2)
        #expect(database.cachedStatementCount == 2)
    }

    @Test func bindingsAreClearedAfterEachUse() throws {
        let statement = try database.statement(for: "INSERT INTO t (v) VALUES (?)")
        try statement.run(binding: ["secret"])
        #expect(statement.expandedSQL == "INSERT INTO t (v) VALUES (NULL)")
        #expect(throws: SQLiteError.self) { try statement.run(binding: ["secret"]) }
        #expect(statement.expandedSQL == "INSERT INTO t (v) VALUES (NULL)")
    }

    @Test func cacheIsBoundedAndKeepsTheLatest() throws {
        try database.run("SELECT 'kept'")
        let kept = try database.statement(for: "SELECT 'kept'")
        for number in 0..<200 {
            #expect(try database.firstInteger("SELECT \(number)") == Int64(number))
            #expect(try database.statement(for: "SELECT 'kept'") === kept)
        }
        #expect(database.cachedStatementCount == 64)
    }

    @Test func cacheTellsNormalisationsApart() throws {
        let (composed, decomposed) = ("SELECT length('\u{E9}')", "SELECT length('e\u{301}')")
        #expect(composed == decomposed)
        #expect(try database.firstInteger(composed) == 1)
        #expect(try database.firstInteger(decomposed) == 2)
    }

    @Test func cachedStatementSeesANewSchema() throws {
        try database.run("INSERT INTO t (v) VALUES ('a')")
        #expect(try database.query("SELECT * FROM t").first?.columns == ["id", "v"])
        try database.execute("ALTER TABLE t ADD COLUMN w DEFAULT 9")
        let row = try database.query("SELECT * FROM t").first
        #expect(row?.columns == ["id", "v", "w"])
        #expect(row?.values == [1, "a", 9])
    }

    @Test func everythingThrowsAfterClosing() throws {
        try database.run("INSERT INTO t (v) VALUES ('a')")
        #expect(!database.isClosed)
        database.close()
        database.close()
        #expect(database.isClosed)
        #expect(database.cachedStatementCount == 0)
        #expect(database.lastInsertedRowID == 0)
        #expect(database.changes == 0)
        #expect(code { try database.run("SELECT 1") } == 21)
        #expect(code { _ = try database.query("SELECT 1") } == 21)
        #expect(code { try database.execute("SELECT 1") } == 21)
        #expect(code { _ = try database.transaction {} } == 21)
    }

    @Test func ownedByAMutexAcrossTasks() async throws {
        let shared = try SharedDatabase()
        try shared.database.withLock { try $0.execute("CREATE TABLE n (v)") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in Int64(0)..<50 {
                group.addTask {
                    try shared.database.withLock { try $0.run("INSERT INTO n VALUES (?)", .integer(number)) }
                }
            }
            try await group.waitForAll()
        }
        #expect(try shared.database.withLock { try $0.firstInteger("SELECT count(DISTINCT v) FROM n") } == 50)
    }
}
