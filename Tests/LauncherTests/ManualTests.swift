import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

struct ManualTests {
    @Test func pageAndHelpSayTheSame() throws {
        let flags = Options.flags + InitOptions.flags
        #expect(try ManualPage("launcher.8").differences(from: Options.help, InitOptions.help, flags: flags) == [])
    }

    @Test func noVariableIsLeftOut() throws {
        // A word in names of secrets, and the contents of a bot's notifications.
        let others: Set = [
            "API_KEY", "X_", "X_KEEPALIVE_PORT", "X_KEEPALIVE_HOST", "EXTEND_TIMEOUT_USEC", "MONOTONIC_USEC",
            "KEEPALIVE_STATE_FILE_FILE", "X_KEEPALIVE_HANDOVER", "LEASE_URL_FILE", "LD_",
            // Passed on to lease-keeper.
            "LANG", "LC_ALL", "LD_", "SSL_CERT_FILE", "SSL_CERT_DIR",
        ]
        #expect(try ManualPage("launcher.8").variablesMissing(from: "launcher", others: others) == [])
    }
}
