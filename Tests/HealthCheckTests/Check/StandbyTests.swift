import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthCheck

@Suite struct StandbyTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func finding(_ arguments: String...) throws -> Finding {
        let port = String(try PortRow.one())
        let options = try Options(["--state-dir", folder.path, "--port", port] + arguments)
        return try Check(options, settings: .init(environment: ["PORT": port])).run()
    }

    @Test func `a live standby is well, and says who leads`() throws {
        try folder.write(
            "launcher=5\nstate=standby\nreason=beta leads since 2026-01-19T16:07:27Z\n", to: "launcher.status")
        let lock = try LockFile(path: folder.file("launcher.lock").path)
        let isLocked = lock != nil
        #expect(isLocked)
        let found = try finding()
        #expect(found == .standby("beta leads since 2026-01-19T16:07:27Z"))
        #expect(Verdict(found, as: .text).text == "standby: beta leads since 2026-01-19T16:07:27Z")
        #expect(Verdict(found, as: .nagios).text == "KEEPALIVE OK - standby: beta leads since 2026-01-19T16:07:27Z")
        #expect(
            Verdict(found, as: .json).text == #"{"status":"standby","reason":"beta leads since 2026-01-19T16:07:27Z"}"#)
        for output in [Options.Output.text, .nagios, .json, .quiet] {
            #expect(Verdict(found, as: output).exitCode == 0)
        }
        // Another machine may be asked.
        guard case .unreachable = try finding("--host", "127.0.0.1") else {
            Issue.record("a certain host was asked")
            return
        }
    }

    @Test func `the dashboard of a standby says who leads`() {
        var model = Situation.model()
        model.see("healthy")
        let finding = Finding.standby("beta leads since 2026-01-19T16:07:27Z")
        model.apply(.looked(bot: 0, Look(finding: finding, name: nil, took: .zero)))
        #expect(model.bot?.status == .standby)
        #expect(model.bot?.status.isGood == true)
        #expect(model.bot?.isSeen == false)
        let text = Situation.text(model)
        #expect(text.contains("beta leads since 2026-01-19T16:07:27Z."))
        #expect(text.contains("from the last report, 0.0 s ago"))
        #expect(!text.contains("Asking"))
        #expect(Situation.lines(model, 60, 14)[1].contains(" STANDBY "))
    }

    @Test func `a standby that does not see who leads is not well`() throws {
        try folder.write(
            "launcher=5\nstate=standby\nreason=the lease cannot be reached: x\n", to: "launcher.status")
        let lock = try LockFile(path: folder.file("launcher.lock").path)
        let found = try finding()
        #expect(found == .unreachable("standby: the lease cannot be reached: x"))
        #expect(Verdict(found, as: .text).exitCode == 1)
        _ = consume lock
    }

    @Test(arguments: ["standby", "running"])
    func `a launcher that is gone, or no standby, is none`(_ state: String) throws {
        try folder.write("launcher=5\nstate=\(state)\nreason=x\n", to: "launcher.status")
        let lock = state == "running" ? try LockFile(path: folder.file("launcher.lock").path) : nil
        guard case .unreachable = try finding() else {
            Issue.record("taken for a standby")
            return
        }
        _ = consume lock
    }
}
