import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The limits of which the file says nothing.
extension LocalProbeTests {
    @Test func aHeartbeatMayBeFiveMinutesOld() async throws {
        let path = try folder.write("", to: "beat").path
        let date = Date(timeIntervalSinceNow: -400)
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
        let result = await look(try makeProbe(HeartbeatProbe.self, ["path": .string(path)]))
        #expect(result.message.hasSuffix(" s old, more than 300 s"), "\(result.message)")
    }

    @Test(arguments: [(0, .healthy), (1, .degraded), (9, .degraded), (10, .unhealthy)] as [(Int, ProbeStatus)])
    func soManyErrorLinesAreTooMany(count: Int, status: ProbeStatus) async throws {
        let line = "\(WallTime.now().iso8601) ERROR x\n"
        let path = try folder.write(String(repeating: line, count: count), to: "bot.log").path
        let result = await look(try makeProbe(LogProbe.self, ["path": .string(path)]))
        #expect(result.status == status)
        #expect(result.message.hasSuffix(" in the last 300 s"), "\(result.message)")
    }

    /// A bot of the kit writes such lines with `LOG_FORMAT=json`.
    @Test(
        arguments: [
            (#""level":"error""#, .degraded), (#""level": "critical""#, .degraded), (#""level":"fatal""#, .degraded),
            (#""level":"warn","message":"no error""#, .healthy),
        ] as [(String, ProbeStatus)])
    func errorsInJSONCount(fields: String, status: ProbeStatus) async throws {
        let line = #"{"timestamp":"\#(WallTime.now().iso8601)",\#(fields)}"# + "\n"
        let path = try folder.write(line, to: "bot.log").path
        #expect(await look(try makeProbe(LogProbe.self, ["path": .string(path)])).status == status)
    }

    @Test(arguments: [(-200, .unknown), (-300, .unhealthy)] as [(Int, ProbeStatus)])
    func aJobMayBeSilentForFiveMinutes(start: Int, status: ProbeStatus) async throws {
        let probe = try makeProbe(PushProbe.self, ["token": "long-enough"])
        let board = PushBoard(start: MonotonicTime.now().advanced(by: .seconds(start)))
        #expect(await look(probe, pushes: board).status == status)
    }

    @Test func aJobMayBeFiveMinutesLate() async throws {
        let probe = try makeProbe(PushProbe.self, ["token": "long-enough", "schedule": "* * * * *"])
        let board = PushBoard(["long-enough": .init(name: "job", schedule: "* * * * * UTC")])
        // It has been due for almost an hour.
        _ = board.neverKnown(now: WallTime(microseconds: WallTime.now().microseconds - 3_600_000_000))
        let result = await look(probe, pushes: board)
        #expect(result.status == .unhealthy)
        #expect(result.message.hasSuffix(", grace 5 min)"), "\(result.message)")
    }
}
