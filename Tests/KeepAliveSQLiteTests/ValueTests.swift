import KeepAliveSQLite
import Testing

@Suite
struct ValueTests {
    @Test(
        arguments: [
            .null, .integer(.min), .integer(.max), .integer(0), .real(0.1), .real(-.infinity), .text(""),
            .text("héllo 🙂"), .text("a\u{0}b\u{0}"), .blob([]), .blob([0, 255, 0]),
        ] as [Value])
    func comesBackAsItWent(value: Value) throws {
        let database = try Database(path: ":memory:")
        try database.execute("CREATE TABLE t (v)")
        try database.run("INSERT INTO t VALUES (?)", value)
        let rows = try database.query("SELECT v FROM t WHERE v IS ?", value)
        #expect(rows.map(\.values) == [[value]])
    }

    @Test func largeValues() throws {
        let database = try Database(path: ":memory:")
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0) }
        let text = String(repeating: "é", count: 500_000)
        let row = try database.query("SELECT ?, ?", .blob(bytes), .text(text)).first
        #expect(row?[0]?.blobValue?.elementsEqual(bytes) == true)
        #expect(row?[1]?.textValue?.utf8.elementsEqual(text.utf8) == true)
    }

    @Test func literals() throws {
        let database = try Database(path: ":memory:")
        let name = "x"
        let row = try database.query("SELECT ?, ?, ?, ?, ?, ?", nil, 7, 1.5, "text", true, "\(name)!").first
        #expect(row?.values == [.null, .integer(7), .real(1.5), .text("text"), .integer(1), .text("x!")])
    }

    @Test func accessorsConvertNothing() {
        let values: [Value] = [.null, .integer(1), .real(2), .text("3"), .blob([4])]
        #expect(values.map(\.isNull) == [true, false, false, false, false])
        #expect(values.map(\.integerValue) == [nil, 1, nil, nil, nil])
        #expect(values.map(\.realValue) == [nil, nil, 2, nil, nil])
        #expect(values.map(\.textValue) == [nil, nil, nil, "3", nil])
        #expect(values.map(\.blobValue) == [nil, nil, nil, nil, [4]])
    }

    @Test func notANumberIsNull() throws {
        let database = try Database(path: ":memory:")
        #expect(try database.query("SELECT ?", .real(.nan)).first?[0] == .null)
    }

    @Test func brokenTextIsRepaired() throws {
        let database = try Database(path: ":memory:")
        #expect(try database.query("SELECT CAST(x'61FF62' AS TEXT)").first?[0] == "a\u{FFFD}b")
    }

    @Test func rowsByNameAndPosition() throws {
        let database = try Database(path: ":memory:")
        let row = try #require(try database.query("SELECT 1 AS a, 2 AS b, 3 AS a").first)
        #expect(row.columns == ["a", "b", "a"])
        #expect(row["a"] == 1)
        #expect(row["b"] == 2)
        // Not a plain `nil`, which could mean the value NULL.
        #expect(row["absent"] == Value?.none)
        #expect(row[2] == 3)
        #expect(row[3] == Value?.none)
        #expect(row[-1] == Value?.none)
    }
}
