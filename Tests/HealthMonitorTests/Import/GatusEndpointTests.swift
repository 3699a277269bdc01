import KeepAliveKit
import Testing

@testable import KeepAliveHealthMonitor

/// Single endpoints of Gatus as targets.
struct GatusEndpointTests {
    private func targets(_ endpoints: String) throws -> [ImportedFile.Entry] {
        var file = ImportedFile(targetTypes: Set(probeTypes.map { $0.type }))
        let root = try JSONValue(parsing: Array(#"{"endpoints":[\#(endpoints)]}"#.utf8))
        var gatus = GatusImport(try #require(LooseObject(root)))
        gatus.convert(into: &file)
        return file.targets
    }

    private func value(_ key: String, of target: ImportedFile.Entry) -> JSONValue? {
        target.first { $0.key == key }?.value
    }

    @Test(
        arguments: [
            ("[RESPONSE_TIME] < 1", "maxResponseTime", 0.001), ("[RESPONSE_TIME] <= 300000", "maxResponseTime", 300),
            ("[CERTIFICATE_EXPIRATION] > 87600h", "certificateDays", 3650),
        ] as [(String, String, Double)])
    func theLastThatOurFileTakes(condition: String, key: String, number: Double) throws {
        let keys = try #require(GatusEndpoint.keys(for: condition))
        #expect(keys.count == 1 && value(key, of: keys)?.double == number)
    }

    @Test(arguments: [
        "[RESPONSE_TIME] < 0", "[RESPONSE_TIME] < 300001", "[CERTIFICATE_EXPIRATION] > 87601h", "[STATUS] < 100",
    ])
    func whatOurFileDoesNotTake(condition: String) {
        #expect(GatusEndpoint.keys(for: condition)?.count == nil)
    }

    @Test func aPortWithTLSAndWithout() throws {
        let found = try targets(
            #"{"name":"a","url":"tls://mail.example.com:465"},{"name":"b","url":"tcp://[::1]:22"}"#)
        let hosts = found.map { value("host", of: $0)?.text }
        #expect(hosts == ["mail.example.com", "::1"])
        let flags = found.map { value("tls", of: $0)?.flag }
        let expected: [Bool?] = [true, nil]
        #expect(flags == expected)
    }

    /// A condition on the body of a name server's answer names an address that must be in it.
    @Test func whatANameServerHasToAnswer() throws {
        let found = try targets(
            #"""
            {"name":"a","url":"192.0.2.53","dns":{"query-name":"example.com","query-type":"A"},
             "conditions":["[BODY] == 192.0.2.1","[DNS_RCODE] == NOERROR"]},
            {"name":"b","url":"192.0.2.53","dns":{"query-name":"example.com","query-type":"A"}}
            """#)
        let answers = found.map { value("expect", of: $0) }
        let expected: [JSONValue?] = [.array([.string("192.0.2.1")]), nil]
        #expect(answers == expected)
    }
}
