import TestSupport
import Testing

@testable import health_check

struct ManualTests {
    @Test func pageAndHelpSayTheSame() throws {
        #expect(try ManualPage("health-check.1").differences(from: Options.help, WatchOptions.help) == [])
    }

    @Test func noVariableIsLeftOut() throws {
        #expect(try ManualPage("health-check.1").variablesMissing(from: "health-check") == [])
    }
}
