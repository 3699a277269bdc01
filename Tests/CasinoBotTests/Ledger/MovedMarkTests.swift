import KeepAliveSQLite
import Testing

@testable import KeepAliveCasinoBot

struct MovedMarkTests {
    @Test(arguments: [false, true]) func isReadAsItWasWritten(isComplete: Bool) throws {
        let database = try Database(path: ":memory:")
        #expect(try MovedMark.read(database) == nil)
        // The later mark replaces the earlier one.
        try MovedMark(id: "0", target: "postgres://elsewhere", isComplete: !isComplete).write(to: database)
        let mark = MovedMark(id: "1", target: "postgres://here/casino", isComplete: isComplete)
        try mark.write(to: database)
        #expect(try MovedMark.read(database) == mark)
        // Earlier versions of casino-bot refuse the file by it.
        #expect(try database.firstInteger("PRAGMA user_version") == 2)
    }
}
