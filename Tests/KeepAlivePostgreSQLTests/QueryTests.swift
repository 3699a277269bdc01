import Foundation
import KeepAliveTestSupport
import Synchronization
import Testing

@testable import KeepAlivePostgreSQL

/// Statements and results, with a real server.
@Suite(.timeLimit(.minutes(3)))
struct QueryTests {
    @Test func valuesComeBackAsTheyWere() async throws {
        let texts: [String?] = [nil, "", "Grüße, 世界 🎰", "'; DROP TABLE x; --", "a\\b\"c{,}", "NULL", " \n\t"]
        try await withConnection { connection in
            for text in texts {
                let result = try connection.query("SELECT $1::text AS value, 1", [text], within: .seconds(60))
                #expect(result.rows.map(\.values) == [[text, "1"]])
                #expect(result.rows.first?["value"] == text)
                #expect(result.columns == ["value", "?column?"])
            }
            let array = PostgreSQLQuery.array(texts)
            let rows = try connection.query("SELECT unnest($1::text[])", [array], within: .seconds(60)).rows
            #expect(rows.map { $0[0] } == texts)
            let row = try #require(
                try connection.query("SELECT 42::bigint, 1.5, true, false, NULL::int", within: .seconds(60)).rows.first)
            #expect(row.integer(0) == 42)
            #expect(row.double(1) == 1.5)
            #expect(row.bool(2) == true && row.bool(3) == false && row.bool(0) == nil)
            #expect(row.integer(4) == nil && row[5] == nil && row[-1] == nil && row["missing"] == nil)
        }
    }

    @Test func errorsHaveTheirCode() async throws {
        try await withConnection { connection in
            func state(_ sql: String, _ parameters: [String?] = []) -> String? {
                do throws(PostgreSQLError) {
                    _ = try connection.query(sql, parameters, within: .seconds(60))
                    return nil
                } catch {
                    #expect(error.kind == .server)
                    return error.sqlState
                }
            }
            #expect(state("CREATE TABLE t(id int PRIMARY KEY, name text)") == nil)
            #expect(state("INSERT INTO t VALUES ($1, $2)", ["1", "a"]) == nil)
            #expect(state("INSERT INTO t VALUES ($1, $2)", ["1", "b"]) == "23505")
            #expect(state("SELECT nothing") == "42703")
            #expect(state("SELECT $1::int", ["x"]) == "22P02")
            #expect(state("SELEKT") == "42601")
            // The connection works on.
            let update = try connection.query("UPDATE t SET name = 'c'", within: .seconds(60))
            #expect(update.affectedRows == 1)
            #expect(try connection.query("SELECT name FROM t", within: .seconds(60)).firstValue == "c")
        }
    }

    @Test func oneBatchIsOneTransaction() async throws {
        try await withConnection { connection in
            let results = try connection.run(
                [
                    "CREATE TABLE t(id int)",
                    PostgreSQLQuery("INSERT INTO t SELECT generate_series(1, $1::int)", ["3"]), "TABLE t",
                ],
                within: .seconds(60))
            #expect(results.map(\.affectedRows) == [0, 3, 3])
            #expect(throws: PostgreSQLError.self) {
                try connection.run(["DELETE FROM t", "SELECT 1/0", "DROP TABLE t"], within: .seconds(60))
            }
            #expect(try connection.query("SELECT count(*) FROM t", within: .seconds(60)).firstValue == "3")
            // One that begins its own stays open.
            let held = try connection.run(
                ["BEGIN", "SET LOCAL lock_timeout = '5s'", "DELETE FROM t", "SELECT count(*) FROM t"],
                within: .seconds(60))
            #expect(held.last?.firstValue == "0")
            #expect(connection.isInTransaction)
            _ = try connection.query("ROLLBACK", within: .seconds(60))
            #expect(!connection.isInTransaction)
            #expect(try connection.query("SELECT count(*) FROM t", within: .seconds(60)).firstValue == "3")
        }
    }

    @Test func bigResultsAndBigParameters() async throws {
        try await withConnection { connection in
            let rows = try connection.query(
                "SELECT n, repeat('x', 100) FROM generate_series(1, 100000) n", within: .seconds(60)
            ).rows
            #expect(rows.count == 100_000)
            #expect(rows.last?.integer(0) == 100_000)
            // More than the socket takes at once, both ways.
            let big = String(repeating: "ä", count: 3_000_000)
            #expect(try connection.query("SELECT $1::text", [big], within: .seconds(60)).firstValue == big)
        }
    }

    @Test func noticesGoToTheCallback() async throws {
        let notices = EventLog<String>()
        let address = try PostgreSQLAddress(try await PostgreSQLServer.shared().makeDatabase())
        try await BlockingWork.run {
            let connection = try PostgreSQLConnection.connect(
                to: address, application: "tests", within: .seconds(60), onNotice: { notices.append($0) })
            _ = try connection.query("DO $$ BEGIN RAISE WARNING 'look out'; END $$", within: .seconds(60))
            #expect(notices.elements.contains { $0.contains("look out") })
            let name = "SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()"
            #expect(try connection.query(name, within: .seconds(60)).firstValue == "tests")
        }
    }

    @Test func misuseIsRefused() async throws {
        try await withConnection { connection in
            for query in [
                PostgreSQLQuery("SELECT 1\0"), PostgreSQLQuery("SELECT $1", ["a\0b"]),
                PostgreSQLQuery("SELECT 1", Array(repeating: "1", count: 70_000)),
            ] {
                #expect(kind { try connection.run([query], within: .seconds(60)) } == .misuse)
            }
            #expect(kind { try connection.run([], within: .seconds(60)) } == .misuse)
            try connection.start("SELECT 1", within: .seconds(60))
            #expect(kind { try connection.start("SELECT 2", within: .seconds(60)) } == .misuse)
            connection.close()
            connection.close()
            #expect(kind { try connection.start("SELECT 2", within: .seconds(60)) } == .lost)
            #expect(connection.descriptor == nil)
        }
        try await withConnection { connection in
            #expect(kind { try connection.query("COPY pg_class TO STDOUT", within: .seconds(60)) } == .misuse)
            #expect(connection.isClosed)
        }
    }
}
