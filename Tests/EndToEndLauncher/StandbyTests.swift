import Foundation
import KeepAliveTestSupport
import Testing

/// Two launchers, lease-keeper and PostgreSQL: never two bots, and one again.
@Suite(.timeLimit(.minutes(2)))
struct StandbyTests {
    @Test func `a standby says who leads, and a handover passes the lease to it`() async throws {
        let run = try await StandbyRun()
        let (leader, standby) = try await run.pair()
        let bot = try await leader.bot()
        let first = try await StandbyRun.epoch(leader)
        #expect(leader.count("of \(run.name)") == 1)

        let (code, text) = try await StandbyRun.command(["status", "--json"], in: standby)
        #expect(code == .exited(0))
        let json = try JSON(parsing: text)
        #expect(json["state"] == "standby")
        #expect(json["lease"] == .string(run.name))
        #expect(json["epoch"] == .null)
        let (health, words) = try await StandbyRun.command("health-check", ["--port", "1"], in: standby)
        #expect(health == .exited(0))
        #expect(words.hasPrefix("standby: ") && words.contains(" leads since "), "\(words)")
        let (leads, status) = try await StandbyRun.command(["status"], in: leader)
        #expect(leads == .exited(0))
        #expect(status.contains("\nepoch:       \(first)"))

        let (done, answer) = try await StandbyRun.command(["handover"], in: leader)
        #expect(done == .exited(0), "\(answer)\n\(leader.output)\n\(standby.output)")
        #expect(Processes.isGone(bot))
        #expect(try await StandbyRun.epoch(standby) > first)
        try await StandbyRun.until(leader, is: "standby", reason: " leads since ")
        #expect(try await StandbyRun.command(["handover"], in: leader).0 == .exited(1))

        // A launcher that stops releases the lease: nobody waits for its end.
        let second = try await StandbyRun.epoch(standby)
        #expect(await standby.process.stop() == .exited(143))
        #expect(try await StandbyRun.epoch(leader, 2) > second)
        #expect(await leader.process.stop() == .exited(143))
    }

    @Test func `a handover without a standby leaves the bot here`() async throws {
        let leader = try await StandbyRun().launcher()
        let bot = try await leader.bot()
        let (code, words) = try await StandbyRun.command(["handover"], in: leader)
        #expect(code == .exited(1))
        #expect(words.contains("no standby claimed the lease within 5 s"), "\(words)")
        #expect(!Processes.isGone(bot), "\(leader.output)")
        #expect(leader.count("launcher: started") == 1)
    }

    @Test func `two handovers at once both get the result, and a frozen launcher none`() async throws {
        let (leader, standby) = try await StandbyRun().pair()
        async let first = StandbyRun.command(["handover"], in: leader)
        async let second = StandbyRun.command(["handover"], in: leader)
        let results = try await [first, second]
        _ = try await StandbyRun.epoch(standby)
        // One that comes when the lease has left is told so.
        #expect(results.contains { $0.0 == .exited(0) }, "\(results)")
        #expect(
            results.allSatisfy { $0.0 == .exited(0) || $0.1.contains("this machine is a standby") }, "\(results)")
        standby.process.signal(SIGSTOP)
        let (code, words) = try await StandbyRun.command(["handover"], in: standby)
        #expect(code == .exited(1))
        #expect(words.contains("has not reacted"), "\(words)")
    }

    @Test func `a database that is missing ends the launcher with one line, and an epoch never falls`() async throws {
        let run = try await StandbyRun()
        let leader = try run.launcher()
        let epoch = try await StandbyRun.epoch(leader)
        let lost = try run.launcher(["LEASE_URL": run.server.url(database: "nowhere")])
        #expect(await lost.process.wait() == .exited(78))
        #expect(lost.output.split(separator: "the database of LEASE_URL is missing").count == 2, "\(lost.output)")

        #expect(await leader.process.stop() == .exited(143))
        let metrics = try String(contentsOfFile: "\(leader.state)/launcher.prom", encoding: .utf8)
        let label = "{name=\"\(run.name)\"}"
        #expect(metrics.contains("\nkeepalive_lease_leader\(label) 0\n"), "\(metrics)")
        #expect(metrics.contains("\nkeepalive_lease_epoch\(label) \(epoch)\n"), "\(metrics)")
    }

    @Test func `when everything of a machine is killed, the other takes over`() async throws {
        let (leader, standby) = try await StandbyRun().pair()
        let first = try await StandbyRun.epoch(leader)
        for process in [leader.process.processID] + StandbyRun.children(of: leader.process.processID) {
            kill(process, SIGKILL)
        }
        #expect(try await StandbyRun.epoch(standby) > first)
    }

    @Test func `the bot of a killed launcher ends, and the lease is free`() async throws {
        let (leader, standby) = try await StandbyRun().pair()
        let bot = try await leader.bot()
        leader.process.signal(SIGKILL)
        try await standby.process.waitForLine(containing: "leads in ")
        #expect(Processes.isGone(bot))
    }

    @Test func `the bot of a frozen launcher has ended before the other's begins`() async throws {
        let (leader, standby) = try await StandbyRun().pair()
        let bot = try await leader.bot()
        leader.process.signal(SIGSTOP)
        try await standby.process.waitForLine(containing: "leads in ")
        #expect(Processes.isGone(bot))
        leader.process.signal(SIGCONT)
        try await StandbyRun.until(leader, is: "standby", reason: " leads since ")
        #expect(leader.count("launcher: started") == 1)
        #expect(standby.count("launcher: started") == 1)
    }

    @Test func `a killed or frozen lease-keeper is replaced, and the bot runs on`() async throws {
        let leader = try await StandbyRun().launcher()
        let bot = try await leader.bot()
        var earlier: Int32 = 0
        for (signal, words) in [
            (SIGKILL, "lease-keeper ended; starting another"),
            (SIGSTOP, "replacing lease-keeper: it did not answer in time"),
        ] {
            let keeper = try await keeper(of: leader, bot, isNot: earlier)
            kill(keeper, signal)
            try await leader.process.waitForLine(containing: words)
            earlier = keeper
        }
        _ = try await keeper(of: leader, bot, isNot: earlier)
        try await leader.process.waitForLine(containing: "the lease can be reached again")
        #expect(!Processes.isGone(bot))
        #expect(leader.count("launcher: started") == 1)
    }

    private func keeper(of run: LauncherRun, _ bot: Int32, isNot earlier: Int32) async throws -> Int32 {
        let launcher = run.process.processID
        let found = try await Polling.until(
            { StandbyRun.children(of: launcher).first { $0 != bot && $0 != earlier } }, isMet: { $0 != nil })
        return found ?? 0
    }

    @Test func `an absence of PostgreSQL below 0.7 of the time changes nothing`() async throws {
        let server = try await PostgreSQLServer.start()
        let (leader, standby) = try await StandbyRun(server: server).pair()
        let bot = try await leader.bot()
        let processes = [server.process.processID] + StandbyRun.children(of: server.process.processID)
        for process in processes { kill(process, SIGSTOP) }
        try await leader.process.waitForLine(containing: "the lease cannot be reached")
        try await Task.sleep(for: .seconds(1))
        for process in processes { kill(process, SIGCONT) }
        try await leader.process.waitForLine(containing: "the lease can be reached again")
        #expect(!Processes.isGone(bot))
        #expect(leader.count("launcher: started") == 1)
        #expect(standby.count("launcher: started") == 0)
    }

    @Test func `a bot that cannot run ends its launcher, and the lease is free for another`() async throws {
        let run = try await StandbyRun()
        let leader = try run.launcher(script: "exit 78")
        #expect(await leader.process.wait() == .exited(78))
        let other = try run.launcher()
        try await other.process.waitForLine(containing: "leads in ")
    }

    @Test func `failures count over all machines`() async throws {
        let run = try await StandbyRun()
        let variables = ["RESTART_DELAY_SEC": "6", "MAX_RESTARTS": "2"]
        let first = try run.launcher(script: "exit 1", variables)
        try await first.process.waitForLine(containing: "giving up the lease for 6 s")
        let second = try run.launcher(script: "exit 1", variables)
        #expect(await second.process.wait() == .exited(70))
    }

    @Test func `one token under two names is refused`() async throws {
        let run = try await StandbyRun()
        let token = ["BOT_TOKEN": "12345:" + String(repeating: "x", count: 35)]
        let first = try run.launcher(token)
        try await first.process.waitForLine(containing: "leads in ")
        let second = try run.launcher(token.merging(["LEASE_NAME": "another"]) { $1 })
        #expect(await second.process.wait() == .exited(78))
        #expect(second.count("launcher: started") == 0)
        #expect(!(first.output + second.output).contains(token["BOT_TOKEN"] ?? "?"))
    }
}
