import Foundation
import KeepAliveSQLite
import Testing

@Suite
struct SQLiteErrorTests {
    let file: TemporaryFile

    init() throws { file = try TemporaryFile() }

    private func error(_ body: () throws -> Void) throws -> SQLiteError {
        try #require(#expect(throws: SQLiteError.self) { try body() })
    }

    @Test func notADatabase() throws {
        try Data(repeating: 0x41, count: 4096).write(to: URL(fileURLWithPath: file.path))
        let error = try error { try Database(path: file.path).execute("CREATE TABLE t (v)") }
        #expect(error.code == 26)
        #expect(error.isUnusable)
        #expect(!error.isBusy)
    }

    @Test func cannotOpen() throws {
        for path in [file.folder, file.folder + "/missing/test.db", file.path + "\u{0}x"] {
            let error = try error { _ = try Database(path: path) }
            #expect(error.code == 14)
            #expect(error.isUnusable)
            #expect(error.sql == nil)
        }
        #expect(try error { _ = try Database(path: file.path, readOnly: true) }.code == 14)
        #expect(!FileManager.default.fileExists(atPath: file.path))
    }

    @Test func readOnly() throws {
        try Database(path: file.path).execute("CREATE TABLE t (v)")
        let database = try Database(path: file.path, readOnly: true)
        #expect(try database.firstInteger("SELECT count(*) FROM t") == 0)
        let error = try error { try database.run("INSERT INTO t VALUES (?)", "x") }
        #expect(error.code == 8)
        #expect(error.isUnusable)
    }

    @Test func full() throws {
        let database = try Database(path: file.path)
        try database.execute("CREATE TABLE t (v); PRAGMA max_page_count = 4")
        let error = try error { try database.run("INSERT INTO t VALUES (?)", .blob(Array(repeating: 1, count: 65536))) }
        #expect(error.code == 13)
        #expect(error.isShortage)
        #expect(!error.isUnusable)
    }

    @Test func corrupt() throws {
        try Database(path: file.path).execute("CREATE TABLE t (v); INSERT INTO t VALUES ('x')")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: file.path))
        bytes.replaceSubrange(4096..<8192, with: Data(repeating: 0xFF, count: 4096))
        try bytes.write(to: URL(fileURLWithPath: file.path))
        let error = try error { _ = try Database(path: file.path).query("SELECT v FROM t") }
        #expect(error.code == 11)
        #expect(error.isUnusable)
    }

    /// Descriptors, memory and disk space may be available to the next process; a damaged file stays damaged.
    @Test(
        arguments: [
            ([0, 1, 4, 5, 6, 9, 17, 18, 19, 20, 21, 25], [0], false, false),
            ([3, 8, 11, 14, 23, 26], [0], false, true), ([7, 10, 13], [0, 5], true, false),
            ([14], [ENOMEM, EMFILE, ENFILE, ENOSPC], true, false),
        ] as [([Int32], [Int32], Bool, Bool)])
    func codes(codes: [Int32], systemErrors: [Int32], isShortage: Bool, isUnusable: Bool) {
        for (code, systemError) in codes.flatMap({ code in systemErrors.map { (code, $0) } }) {
            let error = SQLiteError(extendedCode: code | 3 << 8, message: "", systemError: systemError)
            #expect(error.code == code)
            #expect(error.isShortage == isShortage)
            #expect(error.isUnusable == isUnusable)
            #expect(error.isBusy == (code == 5 || code == 6))
            #expect(error.isSchemaMismatch == (code == 1))
        }
    }

    @Test func descriptionLacksBoundValues() throws {
        let database = try Database(path: file.path)
        try database.execute("CREATE TABLE t (v UNIQUE)")
        try database.run("INSERT INTO t VALUES (?)", "secret")
        let error = try error { try database.run("INSERT INTO t VALUES (?)", "secret") }
        #expect(error.code == 19)
        #expect(error.extendedCode == 2067)
        #expect(error.sql == "INSERT INTO t VALUES (?)")
        #expect(error.message == "UNIQUE constraint failed: t.v")
        let expected = """
            SQLite error 2067 (constraint failed): UNIQUE constraint failed: t.v [INSERT INTO t VALUES (?)]
            """
        #expect("\(error)" == expected)
    }

    @Test(arguments: [Duration.seconds(Int64.max), .seconds(Int64.min), .zero, .nanoseconds(-1)])
    func anyBusyTimeoutIsTaken(timeout: Duration) throws {
        let database = try Database(path: file.path, busyTimeout: timeout)
        let milliseconds = try #require(try database.firstInteger("PRAGMA busy_timeout"))
        #expect(milliseconds == (timeout > .zero ? Int64(Int32.max) : 0))
    }

    @Test func defaultBusyTimeout() throws {
        #expect(try Database(path: file.path).firstInteger("PRAGMA busy_timeout") == 5000)
    }

    /// The code alone does not tell a missing folder from a missing right.
    @Test func whatTheSystemRefusedIsNamed() throws {
        let error = try error { _ = try Database(path: file.folder + "/missing/test.db") }
        #expect(error.systemError == ENOENT)
        let words = unsafe String(cString: strerror(ENOENT))
        #expect(error.message.hasSuffix(": \(words)"))
    }
}
