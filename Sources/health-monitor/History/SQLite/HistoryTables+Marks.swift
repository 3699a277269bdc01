import KeepAliveSQLite

/// What people have said about services: a row for each kind of mark.
extension HistoryTables {
    func marks() throws -> [String: ServiceMarks] {
        var marks: [String: ServiceMarks] = [:]
        let rows = try database.query(
            "SELECT service_name, kind, who, marked_at, note, alert_at, until FROM service_marks")
        for row in rows {
            guard let service = row[0]?.textValue,
                let kind = ServiceMarks.kinds.first(where: { $0.name == row[1]?.textValue })
            else { continue }
            marks[service, default: ServiceMarks()][keyPath: kind.path] = ServiceMarks.Mark(
                who: row[2]?.textValue ?? "", when: row[3]?.integerValue ?? 0, note: row[4]?.textValue,
                alert: row[5]?.integerValue, until: row[6]?.integerValue)
        }
        return marks
    }

    func insert(_ service: String, _ marks: ServiceMarks) throws {
        try database.run("DELETE FROM service_marks WHERE service_name = ?", .text(service))
        for kind in ServiceMarks.kinds {
            guard let mark = marks[keyPath: kind.path] else { continue }
            try database.run(
                """
                INSERT INTO service_marks (service_name, kind, who, marked_at, note, alert_at, until)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
                .text(service), .text(kind.name), .text(mark.who), .integer(mark.when),
                mark.note.map { .text($0) } ?? .null, mark.alert.map { .integer($0) } ?? .null,
                mark.until.map { .integer($0) } ?? .null)
        }
    }
}
