import Testing

@testable import KeepAliveCurl

@Suite
struct EndpointTests {
    @Test(arguments: [
        ("http://Example.org", "http://Example.org:80", false),
        ("HTTPS://user:secret@example.org/path?q#f", "https://example.org:443", false),
        ("http://localhost:8080/", "http://localhost:8080", true),
        ("http://LOCALHOST/", "http://LOCALHOST:80", true),
        ("http://127.3.2.1/", "http://127.3.2.1:80", true),
        ("http://[::1]:81/x", "http://[::1]:81", true),
        ("http://127.example.org/", "http://127.example.org:80", false),
        ("http://128.0.0.1/", "http://128.0.0.1:80", false),
    ])
    func parts(url: String, description: String, isLoopback: Bool) throws {
        let endpoint = try Endpoint(url: url)
        #expect(endpoint.description == description)
        #expect(endpoint.isLoopback == isLoopback)
    }

    @Test(arguments: [
        ("http://bücher.example/", "http://xn--bcher-kva.example:80"),
        ("https://BÜCHER.example:8443", "https://xn--bcher-kva.example:8443"),
        ("http://faß.example", "http://xn--fa-hia.example:80"),
        ("http://１２７.０.０.１/", "http://127.0.0.1:80"),
        ("http://[0:0:0:0:0:0:0:1]:81/", "http://[::1]:81"),
        ("http://[fe80::1%25eth0]/", "http://[fe80::1%25eth0]:80"),
        ("http://[fe80::1%eth0]/", "http://[fe80::1%25eth0]:80"),
        ("http://[febf::1%25eth0]/", "http://[febf::1%25eth0]:80"),
        ("http://example.org./", "http://example.org.:80"),
        ("http://a_b-c.0x.example", "http://a_b-c.0x.example:80"),
        ("http://@example.org/", "http://example.org:80"),
        ("http://example.org:/", "http://example.org:80"),
    ])
    func hostsAsTheyGoOut(url: String, description: String) throws {
        #expect(try Endpoint(url: url).description == description)
    }

    @Test(arguments: [
        "http://256.256.256.256/", "http://1.2.3.4.5/", "http://1.2.3/", "http://2130706433/", "http://0x7f.1/",
        "http://0177.0.0.1/", "http://127.0.0.01/", "http://foo.0x4/", "http://foo.2.3/", "http://127.0.0.1./",
        "http://０Ｘ７ｆ.１/", "http://a|b/", "http://[::%31]/", "http://[::1%25eth0]/", "http://[::1/", "http://[1.2.3.4]/",
        "http://[fec0::1%25eth0]/", "http://[ff80::1%25eth0]/", "http://[fe80::1%25]/", "http://[fe80::1%]/",
        "http://[]/", "http://a..b/", "http://.a/", "http://./", "http:///x", "http:/x", "http:x", "http://", "//x",
        "x",
        "http://a%2eb/", "http://b%C3%BCcher.example/", "http://a b/", " http://a/", "http://a/ b", "http://a\tb/",
        "http://a\\b/", "http://user\\@host/", "http:\\\\a/", "http://a:0/", "http://a:65536/", "http://a:x/",
        "http://a:+80/",
        "http://a:80:80/", "http://[::1]80/", "http://u@v@host/", "http://a<b/", "http://a'b/", "http://a,b/",
        "http://a{b}/",
        "ftp://a/", "http://a\u{0}/", "http://a\u{202E}b.example/",
    ])
    func hostsThatCanNeverBe(url: String) {
        let error = #expect(throws: HTTPClientError.self) { try Endpoint(url: url) }
        #expect(error?.kind == .invalidRequest)
    }

    @Test func charactersOfAName() {
        let letters = "abcdefghijklmnopqrstuvwxyz"
        // An @ ends the user before the name; these three end the name itself.
        let allowed = Set("-._@0123456789\(letters)\(letters.uppercased())".utf8)
        for byte in UInt8(0x21)...0x7E where !"/?#".utf8.contains(byte) {
            let endpoint = try? Endpoint(url: "http://a\(Character(UnicodeScalar(byte)))a/")
            #expect((endpoint != nil) == allowed.contains(byte), "\(byte)")
        }
    }

    @Test(arguments: [
        "http://a:1", "http://a:65535", "http://0.0.0.0:80", "http://255.255.255.255:80", "http://1.2.3.4.example:80",
        "http://0x.example:80", "http://1.a:80",
    ])
    func theLastOnesThatAreAllowed(url: String) throws {
        #expect(try Endpoint(url: "\(url)/").description == url)
    }

    @Test(arguments: [
        ("http://a/", true), ("http://1.2.3.4.example/", true), ("http://1.2.3.4/", false), ("http://[::1]/", false),
    ])
    func onlyANameNeedsALookup(url: String, isName: Bool) throws {
        #expect(try Endpoint(url: url).isName == isName)
    }

    @Test func refusalsQuoteNothing() {
        for url in [
            "http://user:secret/word@host/", "http://user:secret@1.2.3.4.5/", "secret", "http://secret:secret/",
        ] {
            let error = #expect(throws: HTTPClientError.self) { try Endpoint(url: url) }
            #expect(error.map { "\($0)" }?.contains("secret") == false)
        }
    }

    @Test(arguments: [("smtp://a", "smtp://a:25"), ("smtps://a", "smtps://a:465"), ("smtp://a:587/", "smtp://a:587")])
    func portsOfMail(url: String, description: String) throws {
        #expect(try Endpoint(url: url, schemes: ["smtp", "smtps"]).description == description)
    }

    @Test func hostsAlone() throws {
        #expect(try Endpoint(host: "::1", port: 5).description == "http://[::1]:5")
        #expect(try Endpoint(host: "bücher.example").host == "xn--bcher-kva.example")
        for host in ["", "a:80", "a/b", "u@a", "0x7f.1", "a|b"] {
            #expect(throws: HTTPClientError.self, "\(host)") { try Endpoint(host: host) }
        }
    }

    @Test func redirects() throws {
        let base = try RequestURL("http://user:pass@example.org/a/b?c#d")
        for (location, text) in [
            ("/x", "http://user:pass@example.org:80/x"), ("x?y", "http://user:pass@example.org:80/a/x?y"),
            ("//example.org/x", "http://user:pass@example.org:80/x"), ("?z", "http://user:pass@example.org:80/a/b?z"),
            ("http://example.org/ü?ö", "http://user:pass@example.org:80/%C3%BC?%C3%B6"),
            ("/\u{80}", "http://user:pass@example.org:80/%C2%80"),
            ("/ü", "http://user:pass@example.org:80/%C3%BC"), ("http://u:p@example.org/", "http://u:p@example.org:80/"),
            ("https://example.org/", "https://example.org:443/"), ("http://example.org:81/", "http://example.org:81/"),
            ("//other.example/x", "http://other.example:80/x"),
        ] {
            #expect(try base.redirected(to: location).text == text, "\(location)")
        }
        for location in ["http://0x7f.1/", "//a|b/", "http://a:0/", "ftp://a/", "mailto:x", "http:x", "//a\\b/"] {
            #expect(throws: HTTPClientError.self, "\(location)") { try base.redirected(to: location) }
        }
    }
}
