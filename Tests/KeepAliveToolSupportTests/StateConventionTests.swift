import Foundation
import KeepAliveTestSupport
import KeepAliveToolSupport
import Testing

struct StateConventionTests {
    @Test(
        arguments: [
            (nil, nil, false, "fallback"), (nil, nil, true, "fallback"), (nil, "/home/x", false, "/home/x/program"),
            (nil, "/home/x/", false, "/home/x/program"), (nil, "/home/x", true, "fallback"),
            // A relative path must be ignored.
            (nil, "home/x", false, "fallback"), (nil, "", false, "fallback"),
            ("/var/lib/a", "/home/x", true, "/var/lib/a"), ("/var/lib/a:/var/lib/b", nil, false, "/var/lib/a"),
            ("relative", nil, false, "relative"), ("", "/home/x", false, "/home/x/program"),
        ] as [(String?, String?, Bool, String)])
    func places(managed: String?, home: String?, isEarlier: Bool, place: String) throws {
        let folder = try TemporaryDirectory()
        try folder.write("", to: "there")
        let variables = ["STATE_DIRECTORY": managed, "XDG_STATE_HOME": home]
        let convention = StateConvention { variables[$0] ?? nil }
        let earlier = ["missing", isEarlier ? "there" : "missing"].map { folder.file($0).path }
        #expect(convention.folder(of: "program", unless: earlier, fallback: "fallback") == place)
    }
}
