import KeepAliveKit
import Testing

@testable import KeepAliveHealthMonitor

/// Single monitors of Uptime Kuma as targets.
struct KumaMonitorTests {
    private func file(_ row: String) throws -> ImportedFile {
        var file = ImportedFile(targetTypes: Set(probeTypes.map { $0.type }))
        var kuma = try KumaImport(
            backup: Array(#"{"monitorList":[{"id":1,"name":"a",\#(row)}],"notificationList":[]}"#.utf8))
        kuma.convert(into: &file)
        return file
    }

    private func value(_ key: String, of row: String) throws -> JSONValue? {
        let target = try #require(try file(row).targets.first)
        return target.first { $0.key == key }?.value
    }

    /// Without a port it is asked at the usual one; an IPv6 address with a port needs brackets.
    @Test(arguments: [
        (#""dns_resolve_server":"1.1.1.1""#, "1.1.1.1"), (#""dns_resolve_server":"1.1.1.1","port":53"#, "1.1.1.1"),
        (#""dns_resolve_server":"1.1.1.1","port":5353"#, "1.1.1.1:5353"),
        (#""dns_resolve_server":"2606:4700::1111""#, "2606:4700::1111"),
        (#""dns_resolve_server":"2606:4700::1111","port":5353"#, "[2606:4700::1111]:5353"),
    ])
    func aNameServerWithItsPort(row: String, server: String) throws {
        #expect(try value("server", of: #""type":"dns","hostname":"example.com",\#(row)"#) == .string(server))
    }

    @Test func theSilenceOfAJobIncludesItsRetries() throws {
        let row = #""type":"push","pushToken":"abcdefgh","interval":3600,"maxretries":2,"retryInterval":60"#
        #expect(try value("maxSilence", of: row)?.double == 3720)
    }

    /// Eight characters are just enough.
    @Test(arguments: [("abcdefgh", 1), ("abcdefg", 0)]) func aTokenIsLongEnough(token: String, count: Int) throws {
        #expect(try file(#""type":"push","pushToken":"\#(token)""#).targets.count == count)
    }

    @Test(
        arguments: [("", nil), (#","expiryNotification":true"#, nil), (#","expiryNotification":false"#, 0)]
            as [(String, Int?)])
    func aCertificateThatNobodyHearsOf(more: String, days: Int?) throws {
        let found = try value("certificateDays", of: #""type":"http","url":"https://a.example.com"\#(more)"#)
        #expect(found?.integer == days)
    }

    /// 0 is Uptime Kuma's own default: nothing is lost.
    @Test(arguments: [(0, false), (1, true)]) func resendingIsListed(beats: Int, isListed: Bool) throws {
        let file = try file(#""type":"http","url":"http://a.example.com","resendInterval":\#(beats)"#)
        #expect(file.losses.contains { $0.contains("resending") } == isListed, "\(file.losses)")
    }
}
