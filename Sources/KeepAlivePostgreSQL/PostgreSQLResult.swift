/// What one statement gave, copied out of libpq.
public struct PostgreSQLResult: Sendable, Hashable {
    /// The names of the columns; names may repeat.
    public let columns: [String]
    public let rows: [PostgreSQLRow]
    /// How many rows the statement inserted, changed, deleted or returned.
    public let affectedRows: Int

    /// The first value of the first row.
    public var firstValue: String? { rows.first?[0] }
}

/// One row of a result, in the server's text form.
public struct PostgreSQLRow: Sendable, Hashable {
    public let columns: [String]
    public let values: [String?]

    /// The value at a position from 0; nil for `NULL`, and without such a column.
    public subscript(position: Int) -> String? {
        values.indices.contains(position) ? values[position] : nil
    }

    /// The value of the first column of this name; nil for `NULL`, and without such a column.
    public subscript(name: String) -> String? {
        columns.firstIndex(of: name).flatMap { self[$0] }
    }

    /// The value as an integer, if it is one.
    public func integer(_ position: Int) -> Int64? { self[position].flatMap { Int64($0) } }

    /// The value as a floating-point number, if it is a number.
    public func double(_ position: Int) -> Double? { self[position].flatMap { Double($0) } }

    /// Whether the value is true, if it is a truth value.
    public func bool(_ position: Int) -> Bool? {
        switch self[position] {
        case "t": true
        case "f": false
        default: nil
        }
    }
}
