import Testing

@testable import KeepAliveLease

struct KeeperEnvironmentTests {
    private static let environment = KeeperEnvironment(
        url: "postgres://u:secret@db/x", name: "bot", resource: "telegram:1", timeToLive: .seconds(30), label: "a-1",
        host: "", lockPath: "/tmp/keeper.lock", grace: .milliseconds(8500), channel: 7)

    @Test func itIsReadAsItWasWritten() throws {
        #expect(try KeeperEnvironment(Self.environment.variables) == Self.environment)
    }

    @Test func eachMissingOrMalformedVariableIsNamed() {
        let variables = Self.environment.variables
        for (name, value) in variables where name != "KEEPALIVE_KEEPER_HOST" {
            let isNumber = Int(value) != nil
            for wrong in isNumber ? [nil, "", "x", "-1", "99999999999", "1 "] : [nil, ""] {
                var changed = variables
                changed[name] = wrong
                #expect(throws: KeeperEnvironment.Fault(name: name)) { try KeeperEnvironment(changed) }
            }
        }
    }
}
