/// One row of a query's result, copied out of SQLite.
///
/// A plain value: it stays valid after the database is closed and is safe to use from any thread.
public struct Row: Sendable, Hashable {
    /// The column names in the order of the result (`sqlite3_column_name`); names may repeat.
    public let columns: [String]
    /// The values, in the order of `columns`.
    public let values: [Value]

    /// The value at a column's position, counted from 0, or nil when there is no such column.
    public subscript(position: Int) -> Value? {
        // Not a bare `nil`, which would become the value NULL.
        values.indices.contains(position) ? values[position] : Value?.none
    }

    /// The value of the first column with exactly this name, or nil when there is none.
    ///
    /// Name a computed column with `AS`: otherwise SQLite guarantees no name.
    public subscript(name: String) -> Value? {
        columns.firstIndex(of: name).flatMap { self[$0] }
    }
}
