import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// Changes that the page of another site sends with a viewer's cookie.
@Suite(.timeLimit(.minutes(1)))
struct ForeignPageTests {
    /// Only a key proves that the browser did not send the request for another site.
    @Test func noOtherFieldReplacesTheKey() async throws {
        try await ServedMonitor.serve { monitor in
            let client = try RawClient(port: monitor.port)
            try client.request("POST", "/login", body: Array("key=\(ServedMonitor.key)".utf8))
            let cookie = String(try #require(try client.readResponse().headers["Set-Cookie"]?.prefix { $0 != ";" }))
            client.close()
            func status(_ headers: KeyValuePairs<String, String>) throws -> Int {
                try monitor.send("POST", "/api/health/silence/db", #"{"minutes": 5}"#, headers: headers).status
            }
            let evil = "http://evil.example.com"
            #expect(try status(["Cookie": cookie, "Origin": evil, "Sec-Fetch-Site": "same-site"]) == 403)
            for field in [("Authorization", "Basic eDp5"), ("Authorization", "Bearer wrong"), ("X-API-Key", "wrong")] {
                #expect(
                    try status(["Cookie": cookie, "Origin": evil, "Sec-Fetch-Site": "same-site", field.0: field.1])
                        == 403, "\(field)")
            }
            #expect(try status(["Cookie": cookie, "Sec-Fetch-Site": "same-origin"]) == 200)
            #expect(try status(["Origin": evil, "X-API-Key": ServedMonitor.key]) == 200)
        }
    }
}
