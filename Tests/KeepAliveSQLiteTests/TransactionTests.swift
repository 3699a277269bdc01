import KeepAliveSQLite
import Testing

@Suite
struct TransactionTests {
    struct Refusal: Error {}

    let file: TemporaryFile
    let database: Database

    init() throws {
        file = try TemporaryFile()
        database = try Database(path: file.path, busyTimeout: .zero)
        try database.execute("CREATE TABLE t (v UNIQUE)")
    }

    private func count() throws -> Int64? {
        try database.firstInteger("SELECT count(*) FROM t")
    }

    @Test func commits() throws {
        let result = try database.transaction {
            try database.run("INSERT INTO t VALUES (1)")
            return "result"
        }
        #expect(result == "result")
        #expect(try Database(path: file.path, readOnly: true).firstInteger("SELECT v FROM t") == 1)
    }

    @Test func rollsBackOnError() throws {
        #expect(throws: Refusal.self) {
            try database.transaction {
                try database.run("INSERT INTO t VALUES (1)")
                throw Refusal()
            }
        }
        #expect(try count() == 0)
        try database.transaction { try database.run("INSERT INTO t VALUES (2)") }
        #expect(try count() == 1)
    }

    @Test func rollsBackWhenCommitFails() throws {
        try database.execute(
            """
            PRAGMA foreign_keys = ON;
            CREATE TABLE child (v REFERENCES t (v) DEFERRABLE INITIALLY DEFERRED);
            """)
        let error = #expect(throws: SQLiteError.self) {
            try database.transaction { try database.run("INSERT INTO child VALUES (404)") }
        }
        #expect(error?.extendedCode == 787)
        #expect(error?.sql == "COMMIT")
        #expect(try database.firstInteger("SELECT count(*) FROM child") == 0)
        try database.transaction { try database.run("INSERT INTO t VALUES (1)") }
    }

    @Test func surviveSQLitesOwnRollback() throws {
        let error = #expect(throws: SQLiteError.self) {
            try database.transaction {
                try database.run("INSERT INTO t VALUES (1)")
                try database.run("INSERT OR ROLLBACK INTO t VALUES (1)")
            }
        }
        #expect(error?.extendedCode == 2067)
        #expect(try count() == 0)
    }

    @Test func doNotNest() throws {
        var ran = false
        try database.transaction {
            try database.run("INSERT INTO t VALUES (1)")
            let error = #expect(throws: SQLiteError.self) {
                try database.transaction { ran = true }
            }
            #expect(error?.code == 1)
            try database.run("INSERT INTO t VALUES (2)")
        }
        #expect(!ran)
        #expect(try count() == 2)
    }

    @Test func beginTakesTheWriteLock() throws {
        let other = try Database(path: file.path, busyTimeout: .zero)
        var ran = false
        try database.transaction {
            let error = #expect(throws: SQLiteError.self) {
                try other.transaction { ran = true }
            }
            #expect(error?.isBusy == true)
            #expect(error?.isUnusable == false)
        }
        #expect(!ran)
        try other.transaction { ran = true }
        #expect(ran)
    }

    @Test func failedStatementsHoldNoLock() throws {
        let other = try Database(path: file.path, busyTimeout: .zero)
        try database.run("INSERT INTO t VALUES (1)")
        #expect(throws: SQLiteError.self) { try database.run("INSERT INTO t VALUES (?)", 1) }
        _ = try database.query("SELECT v FROM t")
        _ = try database.firstInteger("SELECT v FROM t")
        try other.run("INSERT INTO t VALUES (2)")
        #expect(try count() == 2)
    }

    @Test func closedWithinItsBody() throws {
        let error = #expect(throws: SQLiteError.self) {
            try database.transaction {
                try database.run("INSERT INTO t VALUES (1)")
                database.close()
            }
        }
        #expect(error?.code == 21)
        // Closing has rolled back and released the lock, so another connection can write at once.
        let other = try Database(path: file.path, busyTimeout: .zero)
        #expect(try other.firstInteger("SELECT count(*) FROM t") == 0)
        try other.run("INSERT INTO t VALUES (2)")
    }
}
