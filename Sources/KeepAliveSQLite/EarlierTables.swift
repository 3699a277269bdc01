/// The tables of a database without a mark, read from a file that must not change.
enum EarlierTables {
    /// The most bytes read into memory: a larger log would long have put the tables into the file.
    private static let mostBytes = 64 << 20

    /// Each table with its columns.
    static func read(
        _ path: String, _ file: borrowing Bytes, _ log: WriteAheadLog?
    ) throws(SQLiteError) -> [String: Set<String>] {
        let database: Database
        if let log, let image = image(path, file, log) {
            database = try Database(image: image)
        } else {
            database = try Database(unchanging: path)
        }
        defer { database.close() }
        // Virtual tables have no page of their own, and their names are not worth running their code.
        let rows = try database.query(
            """
            SELECT tables.name, columns.name FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
            WHERE tables.type = 'table' AND tables.rootpage > 0 AND tables.name NOT LIKE 'sqlite@_%' ESCAPE '@'
            LIMIT 10000
            """)
        var tables: [String: Set<String>] = [:]
        for row in rows {
            guard let table = row[0]?.textValue, let column = row[1]?.textValue else { continue }
            tables[table, default: []].insert(column)
        }
        return tables
    }

    private static func image(_ path: String, _ file: borrowing Bytes, _ log: WriteAheadLog) -> [UInt8]? {
        guard let bytes = try? Bytes(path + "-wal") else { return nil }
        return log.image(over: file, bytes, limit: mostBytes)
    }
}
