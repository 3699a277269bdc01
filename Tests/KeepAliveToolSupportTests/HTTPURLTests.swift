import Testing

@testable import KeepAliveToolSupport

struct HTTPURLTests {
    @Test(
        arguments: [
            ("http://h", "h", 80, "/", "h:80"),
            ("HTTP://Host:8001/health", "Host", 8001, "/health", "Host:8001"),
            ("http://h:1/a?b=c#d", "h", 1, "/a?b=c", "h:1"),
            ("http://h?q", "h", 80, "/?q", "h:80"),
            ("http://h#f", "h", 80, "/", "h:80"),
            ("http://[::1]:65535/x", "::1", 65_535, "/x", "[::1]:65535"),
            ("http://[fe80::1]", "fe80::1", 80, "/", "[fe80::1]:80"),
            ("http://127.0.0.1:80/@x:y", "127.0.0.1", 80, "/@x:y", "127.0.0.1:80"),
        ] as [(String, String, UInt16, String, String)])
    func reads(text: String, host: String, port: UInt16, target: String, authority: String) throws {
        let url = try #require(HTTPURL(text))
        #expect(url == HTTPURL(host: host, port: port, target: target))
        #expect(url.authority == authority)
        #expect(url.with(target: "/x") == HTTPURL(host: host, port: port, target: "/x"))
    }

    @Test(arguments: [
        "", "http:/h", "http://", "http://:80", "https://h", "ftp://h", "h:80", "http://h:", "http://h:0",
        "http://h:65536", "http://h:+1", "http://h:8 0", "http://user:pass@h/", "http://[]", "http://[::1", "http://]x",
        "http://h/a b", "http://h/a\r\nX: y", "http://h/\u{7F}", "http://hé", "http://::1",
    ])
    func refuses(text: String) {
        #expect(HTTPURL(text) == nil)
    }
}
