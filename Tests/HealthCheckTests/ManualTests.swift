import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthCheck

struct ManualTests {
    @Test func pageAndHelpSayTheSame() throws {
        let page = try ManualPage("health-check.1")
        let flags = Options.flags + WatchOptions.flags
        #expect(page.differences(from: Options.help, WatchOptions.help, flags: flags) == [])
    }

    /// The dashboard's help, `--help` and the manual page list equal keys.
    @Test func noKeyIsLeftOut() throws {
        let keys = Set(HelpPanel.keys.flatMap { $0.0.components(separatedBy: ", ") })
        #expect(try ManualPage("health-check.1").keys == keys)
        let section = try #require(WatchOptions.help.components(separatedBy: "Keys:\n").last)
        let words = section.components(separatedBy: "\n\n")[0].split { " ,;:\n".contains($0) }.map(String.init)
        #expect(keys.subtracting(words) == [])
    }

    @Test(arguments: ["health-check", "KeepAliveToolSupport/StateConvention.swift"])
    func noVariableIsLeftOut(place: String) throws {
        #expect(try ManualPage("health-check.1").variablesMissing(from: place) == [])
    }
}
