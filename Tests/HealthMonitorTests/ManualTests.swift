import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

struct ManualTests {
    @Test func pageAndHelpSayTheSame() throws {
        let page = try ManualPage("health-monitor.8")
        #expect(
            page.differences(
                from: Options.help, InitCommand.help, ImportCommand.help, MigrateCommand.help, MarkCommand.help) == [])
    }

    @Test func noVariableIsLeftOut() throws {
        // Not read, but withheld from started programs; and the prefixes of other programs' names.
        let others: Set = [
            "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "MONITOR_", "DISCORD_", "ALERT_",
            "SMTP_", "APPLICATIONINSIGHTS_", "SQL_ASCII",
        ]
        #expect(try ManualPage("health-monitor.8").variablesMissing(from: "health-monitor", others: others) == [])
    }

    @Test func everyFlagThatStandsForAVariableIsThere() throws {
        let page = try ManualPage("health-monitor.8")
        for (flag, variable) in Options.variableFlags {
            #expect(page.flags.contains("--\(flag)"))
            #expect(page.variables.contains(variable))
        }
    }
}
