import Foundation

@testable import KeepAliveHealthMonitor
@testable import KeepAliveKit
@testable import KeepAlivePlatform
@testable import KeepAliveSQLite

/// Databases of other programs.
let databaseTargets = [
    Target(name: "kuma-database", most: 1 << 16, look: lookAtKumaDatabase)
]

/// `kuma.db`: its bytes, or its tables as JSON, `{"monitor": [{"id": 1}]}`. Each row, whatever its types, is taken over
/// or left out.
private func lookAtKumaDatabase(_ bytes: [UInt8]) {
    let (path, history) = ("\(folder)/kuma.db", "\(folder)/health.db")
    for file in [path, history] { for end in ["", "-wal", "-shm", "-journal", ".lock"] { _ = unlink(file + end) } }
    if bytes.starts(with: "SQLite format 3".utf8) {
        guard (try? AtomicFile.write(bytes, to: path, flushes: false)) != nil else { return }
    } else {
        guard case .object(let tables)? = try? JSONValue(parsing: bytes), (try? write(tables, to: path)) != nil else {
            return
        }
    }
    guard let database = try? KumaDatabase(path: path), var kuma = try? KumaImport(database) else { return }
    var file = ImportedFile(targetTypes: Set(probeTypes.map { $0.type }))
    kuma.convert(into: &file)
    check(file)
    guard let intake = try? HistoryIntake(path: history) else { return }
    let names = Dictionary(uniqueKeysWithValues: (0..<4).map { ($0, "service \($0)") })
    guard let counts = try? intake.take(database, names: names, from: "2020", second: 0, progress: { _ in }) else {
        return
    }
    let again = try? intake.take(database, names: names, from: "2020", second: 0, progress: { _ in })
    if let again { same(again.taken + again.hours, 0, "\(counts) and then \(again): a second run adds something") }
    let reader = HistoryReader(path: history)
    for name in names.values {
        for hours in [1, 24, 90 * 24] {
            let uptime = try? reader.uptime(service: name, hours: hours)
            if let percent = uptime?.percent { require((0...100).contains(percent), "the uptime is \(percent)") }
        }
        _ = try? reader.dailyUptime(service: name, from: 0)
        _ = try? reader.hourlyResponses(service: name, from: 0)
    }
}

private func write(_ tables: [String: JSONValue], to path: String) throws {
    let database = try Database(path: path)
    try database.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN")
    func quoted(_ name: String) -> String { "\"\(name.filter { $0 != "\"" && $0 != "\0" })\"" }
    for (table, rows) in tables.prefix(20) {
        let members = (rows.elements ?? []).prefix(50).map { row -> [String: JSONValue] in
            if case .object(let members) = row { members } else { [:] }
        }
        let columns = Array(Set(members.flatMap(\.keys).map(quoted)).union(["\"id\""]).sorted().prefix(100))
        try database.execute("CREATE TABLE \(quoted(table)) (\(columns.joined(separator: ", ")))")
        for row in members {
            let values = columns.map { column -> Value in
                switch row.first(where: { quoted($0.key) == column })?.value {
                case .integer(let number): .integer(number)
                case .number(let number): .real(number)
                case .string(let text): .text(text)
                case .bool(let flag): .integer(flag ? 1 : 0)
                case .array, .object: .blob([1, 2, 3])
                case .null, nil: .null
                }
            }
            let marks = columns.map { _ in "?" }.joined(separator: ", ")
            try database.run("INSERT INTO \(quoted(table)) VALUES (\(marks))", values)
        }
    }
    try database.execute("COMMIT")
}
