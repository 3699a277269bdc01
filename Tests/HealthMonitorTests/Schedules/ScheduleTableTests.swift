import Foundation
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// A year of due times of each expression in several zones, beside those that systemd-analyze and croniter computed.
/// `scripts/schedules` writes the table.
struct ScheduleTableTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let zone, text: String
        let start: Int64
        let count: Int
        let digest, first: String

        var testDescription: String { "\(text) in \(zone)" }
    }

    static let rows: [Row] = {
        let root = (0..<4).reduce(URL(filePath: #filePath)) { path, _ in path.deletingLastPathComponent() }
        let table = root.appending(path: "scripts/schedules.d/times.tsv")
        let lines = ((try? String(contentsOf: table, encoding: .utf8)) ?? "").split(separator: "\n")
        return lines.compactMap { line in
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard cells.count == 6, let start = Int64(cells[1]), let count = Int(cells[3]) else { return nil }
            return Row(zone: cells[0], text: cells[2], start: start, count: count, digest: cells[4], first: cells[5])
        }
    }()

    @Test func theTableIsThere() {
        #expect(Set(Self.rows.map(\.text)).count >= 80)
        #expect(Set(Self.rows.map(\.zone)).count == 5)
    }

    @Test func aYearIsAsOtherProgramsHaveIt() throws {
        for row in Self.rows {
            let zone = try #require(ZoneFile.zone(named: row.zone))
            var time = WallTime(microseconds: row.start * 1_000_000)
            let schedule = try JobSchedule(row.text, in: zone)
            // Jobs of every few minutes have half a million times; their whole year is compared in one zone at most.
            let isWhole = row.count <= 1000 || row.count <= 10_000 && row.zone == "Australia/Lord_Howe"
            let count = isWhole ? row.count : min(row.count, 3)
            var times: [String] = []
            while times.count < count, let next = schedule.next(after: time) {
                times.append("\(next.microseconds / 1_000_000)")
                time = next
            }
            let text = times.joined(separator: " ")
            let digest = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
            #expect(times.prefix(3).joined(separator: " ") == row.first, "\(row.testDescription)")
            guard isWhole else { continue }
            #expect(times.count == row.count && digest == UInt64(row.digest, radix: 16), "\(row.testDescription)")
        }
    }
}
