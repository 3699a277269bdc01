import Foundation
import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct VersionTests {
    /// casino-bot has its own constant, because it uses only the kit's public API.
    @Test(arguments: ["casino-bot", "health-check", "health-monitor", "launcher"])
    func everyProgramPrintsTheKitsVersion(program: String) async throws {
        let source = try String(
            contentsOfFile: Repository.file("Sources/KeepAliveKit/KitVersion.swift"), encoding: .utf8)
        let version = try #require(source.firstMatch(of: /kitVersion = "([^"]+)"/)?.1)
        let (status, output) = try await ChildProcess.run(ChildProcess.product(program), ["--version"])
        #expect(status == .exited(0))
        #expect(output == "\(program) \(version)\n")
    }

    @Test func theAPIsDescriptionHasTheKitsVersion() async throws {
        let text = try String(contentsOfFile: Repository.file("docs/openapi.json"), encoding: .utf8)
        let (_, output) = try await ChildProcess.run(ChildProcess.product("health-monitor"), ["--version"])
        let version = try #require(output.split(separator: " ").last).trimmingCharacters(in: .newlines)
        #expect(try JSON(parsing: text)["info"]?["version"]?.string == version)
    }
}
