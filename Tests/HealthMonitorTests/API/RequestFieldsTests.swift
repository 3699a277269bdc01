import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor
@testable import KeepAliveKit

/// What a request's fields say: its network, its sessions, its keys, and whether another site's page sent it.
struct RequestFieldsTests {
    private struct NoHead: Error {}

    private static func parsed(
        _ fields: [String], method: String = "GET"
    ) throws -> (request: HTTPRequest, bytes: [UInt8]) {
        let lines = ["\(method) / HTTP/1.1", "Host: a.example", "Content-Length: 0"] + fields
        let bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        var parser = HTTPRequestParser()
        guard case .head(let request) = parser.parse(bytes.span) else { throw NoHead() }
        return (request, bytes)
    }

    /// Each proxy appends its entry; a client can forge all earlier ones.
    @Test(
        arguments: [
            ([], true, nil), (["X-Forwarded-For: 10.0.0.1"], true, "10.0.0.1"),
            (["X-Forwarded-For: 10.0.0.1, 10.9.0.2"], true, "10.9.0.2"),
            (["X-Forwarded-For: 10.0.0.1", "X-Forwarded-For: 10.9.0.2"], true, "10.9.0.2"),
            (["X-Forwarded-For: 10.0.0.1, unknown"], true, nil), (["X-Forwarded-For: 10.0.0.1"], false, nil),
        ] as [([String], Bool, String?)])
    func aProxyOnThisMachineNamesTheNetwork(fields: [String], isLoopback: Bool, address: String?) throws {
        let (request, bytes) = try Self.parsed(fields)
        let found = HTTPPeer(isLoopback: isLoopback, network: 7).network(of: request, bytes.span)
        let named = address.flatMap { SocketAddress.network(numeric: $0) }
        #expect(found == named ?? 7)
    }

    @Test func cookiesNameSessions() throws {
        let sessions = Sessions()
        let cookie = sessions.cookie
        let (request, bytes) = try Self.parsed([
            "Cookie: a=b; \(cookie)=one;\(cookie)=two; \(cookie)2=three", "Cookie: \(cookie)=four; x\(cookie)=five",
        ])
        let names = sessions.names(in: request, bytes.span)
        #expect(names == ["one", "two", "four"])
    }

    /// What cannot be right is still a try.
    @Test(
        arguments: [
            ([], []), (["X-API-Key: a"], ["a"]), (["Authorization: Bearer b"], ["b"]),
            (["X-API-Key: a", "Authorization: Bearer b"], ["a", "b"]),
            (["X-API-Key: a", "Authorization: Basic b"], ["a"]), (["X-API-Key: a", "X-API-Key: a"], [""]),
            (["Authorization: Basic b"], [""]), (["Authorization: Bearer b", "Authorization: Bearer b"], [""]),
        ] as [([String], [String])])
    func keysAreShown(fields: [String], keys: [String]) throws {
        let (request, bytes) = try Self.parsed(fields)
        let found = APIAccess.credentials(of: request, bytes.span)
        #expect(found == keys.map { Array($0.utf8) })
    }

    private static let link = ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"]

    @Test(
        arguments: [
            ("GET", [], false), ("GET", link, false), ("HEAD", link, false), ("POST", link, true),
            ("GET", ["Sec-Fetch-Site: cross-site"], true), ("GET", ["Sec-Fetch-Site: same-origin"], false),
            ("GET", ["Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: same-origin"], true),
            ("GET", [link[0], link[1], "Sec-Fetch-Dest: iframe"], true),
            ("GET", [link[0], "Sec-Fetch-Mode: no-cors", link[2]], true),
            ("GET", ["Origin: http://a.example"], false), ("GET", ["Origin: null"], true),
            ("GET", ["Origin: https://c.example", "X-Forwarded-Host: b.example, c.example"], false),
            // Older browsers send only the address of the page.
            ("GET", ["Referer: http://a.example/x"], false), ("GET", ["Referer: https://A.example/"], false),
            ("GET", ["Referer: http://b.example/"], true), ("GET", ["Referer: http://a.example.b/"], true),
            ("GET", ["Sec-Fetch-Site: none", "Referer: http://b.example/"], false),
        ] as [(String, [String], Bool)])
    func anotherSitesPageIsForeign(method: String, fields: [String], isForeign: Bool) throws {
        let (request, bytes) = try Self.parsed(fields, method: method)
        let found = SameOrigin.isForeignView(request, bytes.span)
        #expect(found == isForeign)
    }
}
