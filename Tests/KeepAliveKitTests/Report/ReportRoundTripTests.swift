import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// The reader reads the writer's output. Random damage, with fixed seeds, is refused or keeps its literal meaning.
struct ReportRoundTripTests {
    /// Texts that the writer must escape and the reader must join.
    private static let pieces = [
        "", "a", "\"", "\\", "/", "\u{0}", "\u{1F}", "\u{7F}", "\r\n\t", "\u{202E}", "\u{2028}", "\u{9B}", "é",
        "e\u{301}",
        "🙂", "\u{10FFFF}", "\\ud83d", "{\"status\":\"healthy\"}",
    ]

    private static func text(_ random: inout SeededRandom) -> String {
        (0..<Int.random(in: 0...4, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
    }

    /// Of all magnitudes that a double represents to the microsecond.
    private static func duration(_ random: inout SeededRandom) -> Duration {
        .microseconds(Int64.random(in: 0..<1 << Int64.random(in: 0...53, using: &random), using: &random))
    }

    private static func count(_ random: inout SeededRandom) -> UInt64 {
        random.next() >> UInt64.random(in: 0...63, using: &random)
    }

    private static func report(_ random: inout SeededRandom) -> HealthReport {
        func perhaps<Value>(_ make: (inout SeededRandom) -> Value) -> Value? {
            Bool.random(using: &random) ? make(&random) : nil
        }
        func number() -> Double { Double.random(in: 0...1e6, using: &random) }
        var report = HealthReport(
            uptime: duration(&random), lastUpdateAgo: duration(&random), lastHeartbeatAgo: perhaps(duration),
            totalUpdates: count(&random), totalErrors: count(&random), restarts: count(&random),
            responseTimes: perhaps { _ in .init(p50: number(), p95: number(), p99: number(), max: number()) },
            checks: (0..<Int.random(in: 0...3, using: &random)).map { index in
                CheckResult(
                    name: text(&random) + "\(index)", isCritical: .random(using: &random),
                    status: [.healthy, .unhealthy, .unknown][index], age: perhaps(duration), error: perhaps(text))
            },
            body: .running, status: [.healthy, .degraded, .unhealthy].randomElement(using: &random) ?? .healthy,
            reasons: (0..<Int.random(in: 0...3, using: &random)).map { _ in text(&random) })
        report.executor = [.responsive, .late(.seconds(1)), .stopped(.seconds(9))].randomElement(using: &random)!
        report.gateway = perhaps { .init(connected: .random(using: &$0), lastEventAge: duration(&$0)) }
        report.gateways = (0..<Int.random(in: 0...3, using: &random)).map { index in
            .init(
                name: text(&random) + "\(index)",
                snapshot: .init(connected: .random(using: &random), lastEventAge: duration(&random)),
                isStalled: .random(using: &random))
        }
        report.statusSince = perhaps { .init(microseconds: Int64.random(in: 0...1_768_838_847_123_456, using: &$0)) }
        report.memory = perhaps { .init(resident: count(&$0), limit: count(&$0)) }
        report.lease = perhaps { .init(name: text(&$0), epoch: Int64(count(&$0) >> 1), heldFor: number()) }
        return report
    }

    private static func body(_ report: HealthReport, version: String) -> [UInt8] {
        var stamp = Timestamper()
        var bytes: [UInt8] = []
        let noon = WallTime(microseconds: 1_768_838_847_123_456)
        report.appendJSON(version: version, at: noon, stamp: &stamp, to: &bytes)
        return bytes
    }

    @Test func everyReportIsReadAsItWasWritten() throws {
        for seed in 0..<2000 as Range<UInt64> { try expectToBeReadAsWritten(seed: seed) }
    }

    private func expectToBeReadAsWritten(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let (report, version) = (Self.report(&random), Self.text(&random))
        let read = try #require(BotReport(json: Self.body(report, version: version)))
        func seconds(_ duration: Duration) -> Double { Double(duration.saturatedNanoseconds / 1000) / 1e6 }
        #expect(read.status == report.status)
        #expect([read.uptimeSeconds, read.lastUpdateAgo] == [report.uptime, report.lastUpdateAgo].map(seconds))
        #expect([read.totalUpdates, read.totalErrors] == [report.totalUpdates, report.totalErrors])
        #expect(read.errorRate == report.errorRate && read.restarts == report.restarts)
        #expect([read.timestamp, read.botVersion] == ["2026-01-19T16:07:27.123456Z", version])
        #expect(read.reasons == report.reasons)
        #expect(read.lastHeartbeatAgo == report.lastHeartbeatAgo.map(seconds))
        #expect(read.responseTimes == report.responseTimes)
        let checks = report.checks.map {
            BotReport.Check(
                name: $0.name, status: $0.status, isCritical: $0.isCritical, age: $0.age.map(seconds), error: $0.error)
        }
        #expect(read.checks == checks)
        #expect(read.executor == "\(report.executor.word)")
        #expect(read.gateway?.connected == report.gateway?.connected)
        #expect(read.gateway?.lastEventAge == (report.gateway?.lastEventAge).map(seconds))
        #expect(
            read.gateways
                == report.gateways.map {
                    .init(
                        name: $0.name,
                        gateway: .init(
                            connected: $0.snapshot.connected, lastEventAge: seconds($0.snapshot.lastEventAge)),
                        isStalled: $0.isStalled)
                })
        #expect(read.statusSince == report.statusSince?.iso8601)
        let age = report.statusSince.map { Double(1_768_838_847_123_456 - $0.microseconds) / 1e6 }
        #expect(read.statusAge == age)
        #expect(read.memory == report.memory)
        #expect(read.lease == report.lease)
    }

    /// Bytes with a meaning for the reader do more damage than others.
    private static let interesting = Array("{}[]\",:\\u0019.-+eEtfn/ \n\0".utf8) + [0x1F, 0x7F, 0x80, 0xC3, 0xED, 0xFF]

    private static func damage(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let end = min(bytes.count, place + Int.random(in: 1...30, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[place] = interesting.randomElement(using: &random) ?? 0
        case 1: bytes.insert(interesting.randomElement(using: &random) ?? 0, at: place)
        case 2: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 3: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
        case 4 where end - place < bytes.count: bytes.removeSubrange(place..<end)
        default: bytes[place] = UInt8.random(in: 0...255, using: &random)
        }
    }

    /// Accepted text is valid JSON for Foundation too, with equal values.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func damageIsRefusedOrMeansWhatItSays(lane: UInt64) throws {
        var (read, refused) = (0, 0)
        for number in 0..<2500 as Range<UInt64> {
            var random = SeededRandom(seed: lane << 32 | number)
            var bytes = Self.body(Self.report(&random), version: Self.text(&random))
            for _ in 0..<Int.random(in: 1...3, using: &random) { Self.damage(&bytes, &random) }
            guard let report = BotReport(json: bytes) else {
                refused += 1
                continue
            }
            read += 1
            let body: JSON
            do {
                body = try JSON(parsing: bytes)
            } catch {
                // Foundation refuses numbers beyond a double, which the grammar allows.
                #expect("\(error)".contains("not representable"))
                continue
            }
            #expect(body["status"]?.string == report.status.rawValue)
            #expect(body["uptime_seconds"]?.double == report.uptimeSeconds)
            #expect(body["total_updates"]?.integer == Int64(truncatingIfNeeded: report.totalUpdates))
            #expect(body["bot_version"]?.string == report.botVersion)
            #expect(body["reasons"]?.array ?? [] == report.reasons.map(JSON.string))
        }
        #expect(read > 100 && refused > 1000, "\(read) read, \(refused) refused")
    }
}
