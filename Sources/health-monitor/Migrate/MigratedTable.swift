/// A table of a history that moves to PostgreSQL, with its columns; the casts are for the columns that are no texts.
struct MigratedTable {
    let name: String
    let columns: [(name: String, type: String)]
    var hasID = false

    /// The rows that PostgreSQL takes, in SQLite's SQL: any column may hold anything in a file that other tools write to.
    var condition: String {
        columns.map { "(\($0.name) IS NULL OR \(Self.condition($0.name, $0.type)))" }.joined(separator: " AND ")
    }

    private static func condition(_ name: String, _ type: String) -> String {
        switch type {
        case "bigint": "typeof(\(name)) = 'integer'"
        case "boolean": "\(name) IN (0, 1)"
        case "float8": "typeof(\(name)) IN ('integer', 'real')"
        case "jsonb": "typeof(\(name)) = 'text' AND json_valid(\(name))"
        // SQLite also reads 12:00, day numbers and 30 February.
        case "timestamptz":
            """
            typeof(\(name)) = 'text' AND \(name) GLOB '[12][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][ T]*'
                AND strftime('%s', \(name)) IS NOT NULL AND date(julianday(substr(\(name), 1, 10))) = substr(\(name), 1, 10)
            """
        default: "typeof(\(name)) = 'text' AND instr(\(name), char(0)) = 0"
        }
    }
}
