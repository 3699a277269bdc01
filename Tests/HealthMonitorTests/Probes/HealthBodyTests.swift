import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

struct HealthBodyTests {
    private func body(_ text: String, _ type: String? = nil) -> HealthBody? {
        HealthBody(Array(text.utf8), contentType: type)
    }

    @Test func formsThatAreUnderstood() {
        #expect(body(#"{"status":"pass","version":"1"}"#)?.status == .healthy)
        #expect(body(#"{"status":"WARN"}"#, "application/health+json")?.status == .degraded)
        for key in ["checks", "version", "releaseId", "serviceId", "output", "notes"] {
            #expect(body(#"{"status":"fail","\#(key)":"x"}"#)?.status == .unhealthy, "\(key)")
        }
        #expect(body(#"{"status":"down"}"#) == nil)
        for word in ["ok", "up"] {
            #expect(body(#"{"status":"\#(word)"}"#, "application/health+json")?.status == .healthy)
            #expect(body(#"{"status":"\#(word)","version":"1"}"#) == nil)
        }
        #expect(body(#"{"status":"down"}"#, "application/health+json; charset=utf-8")?.status == .unhealthy)
        for text in [
            "", "ok", "[]", "{", #"{"status":1}"#, #"{"status":"healthy"}"#, "null", "{}",
            // JSend.
            #"{"status":"fail","message":"token missing"}"#, #"{"status":"fail","data":{"title":"required"}}"#,
            #"{"status":"warn"}"#,
        ] {
            #expect(body(text) == nil, "\(text)")
        }
    }

    /// InfluxDB's checks are a list.
    @Test func aListOfNamedChecks() {
        let found = body(
            #"""
            {"name":"influxdb","status":"fail","checks":[{"name":"disk","status":"fail","message":"full"},
             {"name":"odd","status":"?"},{"status":"pass"},{"name":"none"}]}
            """#)
        let expected = [
            ProbeResult.SubCheck(name: "disk", status: .unhealthy, message: "full"),
            ProbeResult.SubCheck(name: "odd", status: .unknown),
        ]
        #expect(found?.checks == expected)
    }

    /// Unknown extensions of any shape hide nothing of the understood part.
    @Test func oddParts() {
        let odd = body(
            #"{"status":"fail","output":7,"notes":"x","checks":{"a":3,"b":[{"status":5},{"status":"warn"}]}}"#)
        #expect(odd?.status == .unhealthy)
        #expect(odd?.checks.map(\.status) == [.healthy, .degraded])
        let names = body(#"{"status":"pass","checks":{"b":[{}],"c":[{}],"a":[{}]}}"#)?.checks.map(\.name)
        #expect(names == ["a", "b", "c"])
        let many = (0..<500).map { #""c\#($0)":[{"status":"fail","output":"a\nb"}]"# }.joined(separator: ",")
        let long = body(#"{"status":"fail","checks":{\#(many)}}"#)
        #expect(long?.checks.count == HealthBody.mostChecks)
        #expect((long?.message ?? "").count <= 600)
        #expect(long?.message?.contains("\n") == false)
    }
}

/// The kit's own report, besides its checks.
struct BotPartsTests {
    private func read(_ more: String) -> HealthBody? {
        let text = """
            {"status":"healthy","uptime_seconds":1.0,"last_update_ago":1.0,"total_updates":0,"total_errors":0,
            "error_rate":0,"timestamp":"2026-01-19T16:07:27Z","bot_version":"1",\(more)}
            """
        return HealthBody(Array(text.utf8))
    }

    @Test func shardsAreParts() {
        let shards = (1...60).map { #""s\#($0)":{"connected":\#($0 != 7),"stalled":\#($0 == 60)}"# }
        let parts = read(#""checks":{},"gateways":{\#(shards.joined(separator: ","))}"#)?.checks ?? []
        #expect(parts.count == HealthBody.mostChecks)
        #expect(parts.first == .init(name: "gateway s60", status: .degraded, message: "stalled"), "not left out")
        #expect(parts.contains(.init(name: "gateway s7", status: .healthy, message: "disconnected")))
        #expect(parts.contains(.init(name: "gateway s1", status: .healthy)))
    }

    /// What is not critical only degrades the service.
    @Test(arguments: [(true, ProbeStatus.unhealthy), (false, .degraded)])
    func aCheckThatFails(isCritical: Bool, status: ProbeStatus) {
        let check = #"{"status":"unhealthy","critical":\#(isCritical),"age_seconds":1,"error":"slow"}"#
        let body = read(#""checks":{"db":\#(check)}"#)
        #expect(body?.checks.first == .init(name: "db", status: status, message: "slow"))
        let three = read(#""checks":{"b":\#(check),"c":\#(check),"a":\#(check)}"#)
        #expect(three?.checks.map(\.name) == ["a", "b", "c"])
    }

    @Test func tenReasonsAreShown() {
        let reasons = (1...11).map { "Reason \($0)." }
        let list = reasons.map { "\"\($0)\"" }.joined(separator: ",")
        let body = read(#""reasons":[\#(list)]"#)
        #expect(body?.reasons == Array(reasons.prefix(10)))
    }

    private func percent(_ memory: String) -> Double? {
        let body = read(#""memory":\#(memory)"#)
        #expect(body?.isKit == true, "\(memory)")
        return body?.checks.first { $0.name == "memory.used_percent" }?.value
    }

    @Test func whatABotUsesOfWhatItMayHave() {
        #expect(percent(#"{"resident_bytes":128,"limit_bytes":512}"#) == 25)
        #expect(percent(#"{"resident_bytes":600,"limit_bytes":512}"#) == 100)
        for odd in [
            "null", "5", "{}", #"{"resident_bytes":1,"limit_bytes":0}"#, #"{"resident_bytes":-1,"limit_bytes":5}"#,
            #"{"resident_bytes":"1","limit_bytes":5}"#,
        ] {
            #expect(percent(odd) == nil)
        }
    }

    @Test func aLeakIsForeseen() {
        var trends = ServiceTrends()
        var last = WallTime(microseconds: 0)
        for minute in stride(from: 0, through: 180, by: 5) {
            last = WallTime(microseconds: 1_768_838_400_000_000 + Int64(minute) * 60_000_000)
            let check = ProbeResult.SubCheck(
                name: "memory.used_percent", status: .healthy,
                value: percent(#"{"resident_bytes":\#(200 + minute),"limit_bytes":512}"#))
            trends.add([check], at: last)
        }
        #expect(trends.forecast(at: last)?.text == "memory full in about 2 hours")
    }
}
