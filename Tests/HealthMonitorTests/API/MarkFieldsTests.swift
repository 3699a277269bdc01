import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// The limits of what a person may say about a service.
struct MarkFieldsTests {
    private func fields(_ body: String) throws -> MarkFields {
        try MarkFields(Array(body.utf8), allowed: ["until", "minutes", "note", "by"])
    }

    @Test(arguments: [1000, 1001]) func aNoteHasAThousandCharactersAtMost(count: Int) throws {
        let fields = try fields("note=\(String(repeating: "a", count: count))")
        let note = try? fields.note()
        #expect(note?.count == (count > 1000 ? nil : count))
    }

    @Test(arguments: [60, 61]) func aNameHasSixtyCharactersAtMost(count: Int) throws {
        let fields = try fields("by=\(String(repeating: "a", count: count))")
        let name = try? fields.name()
        #expect(name?.count == (count > 60 ? nil : count))
    }

    @Test(
        arguments: [("1", 1), ("527040", 527_040), ("0", nil), ("527041", nil), ("+1", nil), ("", nil)]
            as [(String, Int64?)])
    func minutes(text: String, minutes: Int64?) {
        #expect(MarkFields.minutes(text) == minutes)
    }

    /// Seconds after now, which is 2026-01-19T16:07:27Z: later than now, and 366 days at most.
    @Test(
        arguments: [
            ("2026-01-19T16:07:27Z", nil), ("2026-01-19T16:07:28Z", 1), ("2027-01-20T16:07:27Z", 366 * 86_400),
            ("2027-01-20T16:07:28Z", nil),
        ] as [(String, Int64?)])
    func theEndOfASilence(until: String, seconds: Int64?) throws {
        let now = WallTime(microseconds: 1_768_838_847_000_000)
        let end = try? fields("until=\(until)").end(after: now)
        #expect(end == seconds.map { now.microseconds + $0 * 1_000_000 })
    }

    /// curl labels any body a form, so its first sign tells what it is; nothing said is nothing.
    @Test(arguments: [#"{"minutes": 5, "note": null}"#, " \n\t{\"minutes\": \"5\"}", "minutes=5&note=&by=%20"])
    func theKindOfABodyIsSeen(body: String) throws {
        let fields = try fields(body)
        #expect(try fields.end(after: WallTime(microseconds: 7)) == 300_000_007)
        #expect(try fields.note() == nil)
        #expect(try fields.name() == nil)
    }
}
