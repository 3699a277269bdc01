import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// The form of the IETF draft says why, as far as anything is wrong.
struct HealthDraftTests {
    private func draft(_ change: (inout HealthReport) -> Void) throws -> JSON {
        var report = HealthMonitor().report()
        change(&report)
        var stamp = Timestamper()
        var bytes: [UInt8] = []
        report.appendHealthJSON(
            name: "b", version: "1", at: WallTime(microseconds: 1_768_838_847_123_456), stamp: &stamp, to: &bytes)
        return try JSON(parsing: bytes)
    }

    @Test func theReasonsAreTheOutput() throws {
        let json = try draft { $0.reasons = ["One.", "Two."] }
        #expect(json["output"]?.string == "One. Two.")
        #expect(json["notes"]?.array?.count == 2)
        let healthy = try draft { $0.reasons = [] }
        #expect(healthy["output"]?.string == nil)
        #expect(healthy["notes"]?.array?.count == 0)
    }

    @Test func aCheckSaysWhyItFailed() throws {
        let json = try draft {
            $0.checks = [
                CheckResult(name: "db", isCritical: true, status: .unhealthy, age: nil, error: "no \"route\""),
                CheckResult(name: "mail", isCritical: false, status: .healthy, age: nil, error: nil),
            ]
        }
        #expect(json["checks"]?["db"]?[0]?["output"]?.string == "no \"route\"")
        #expect(json["checks"]?["mail"]?[0]?["output"]?.string == nil)
    }

    @Test func theBodySaysWhyItDoesNotRun() throws {
        let failed = BodyState.failed(reason: "bad token")
        let json = try draft { $0.body = failed }
        #expect(json["checks"]?["body"]?[0]?["output"]?.string == failed.sentence)
        #expect(json["checks"]?["body"]?[0]?["status"]?.string == "fail")
        let running = try draft { $0.body = .running }
        #expect(running["checks"]?["body"]?[0]?["output"]?.string == nil)
        #expect(running["checks"]?["body"]?[0]?["status"]?.string == "pass")
    }
}
