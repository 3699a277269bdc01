import Foundation
import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct DatabaseTests {
    private let telegram: FakeTelegram
    private let folder: TemporaryDirectory

    init() throws {
        telegram = try FakeTelegram()
        folder = try TemporaryDirectory()
    }

    private func expectCriticalEnd(_ bot: CasinoProcess, _ words: String...) async {
        #expect(await bot.child.wait() == .exited(78))
        let errors = bot.output.split(separator: "\n").filter { $0.contains(" ERROR ") }
        #expect(errors.count == 1, "\(bot.output)")
        for words in words { #expect(errors.first?.contains(words) == true, "\(errors)") }
        #expect(telegram.sent.isEmpty)
    }

    @Test func aDamagedOneStopsItAndSaysWhatToDo() async throws {
        let bot = try CasinoProcess(telegram, in: folder)
        try await telegram.waitForWaitingPoll()
        #expect(await bot.stop() == .exited(0))
        let file = folder.file("casino.db")
        var bytes = Array(try Data(contentsOf: file))
        for page in 1..<bytes.count / 4096 {
            bytes.replaceSubrange(page * 4096..<page * 4096 + 64, with: repeatElement(0xA5, count: 64))
        }
        try Data(bytes).write(to: file)
        await expectCriticalEnd(
            try CasinoProcess(telegram, in: folder), "casino.db", "restore a backup", "move it away")
        #expect(Array(try Data(contentsOf: file)) == bytes)
    }

    @Test func anotherFileStopsIt() async throws {
        try folder.write(String(repeating: "Dear diary, ", count: 500), to: "casino.db")
        await expectCriticalEnd(try CasinoProcess(telegram, in: folder), "DATABASE_PATH")
    }

    @Test func aFolderOrAMissingFolderStopsIt() async throws {
        await expectCriticalEnd(
            try CasinoProcess(telegram, ["DATABASE_PATH": folder.path]), "DATABASE_PATH", folder.path)
        let missing = folder.file("not/there.db").path
        await expectCriticalEnd(try CasinoProcess(telegram, ["DATABASE_PATH": missing]), "writable folder", missing)
    }

    /// Every file write fails from some size on, as on a full disk.
    @Test func aFullDiskStopsItWithoutLosingAnUpdate() async throws {
        let binary = try ChildProcess.product("casino-bot")
        let child = try ChildProcess(
            executable: "/bin/sh", arguments: ["-c", "trap '' XFSZ; ulimit -f 256; exec \"$0\"", binary],
            environment: CasinoProcess.environment(telegram, folder), workingDirectory: folder.path)
        var last: Int64 = 0
        for number in 0..<400 as Range<Int64> { last = telegram.enqueue(message: "/dice 1", from: number) }
        #expect(await child.wait() == .exited(71))
        #expect(child.output.contains("free disk space"))
        let second = try CasinoProcess(telegram, in: folder)
        try await telegram.waitForConfirmation(of: last)
        #expect(await second.stop() == .exited(0))
        let books = Books(path: second.database)
        #expect(try books.imbalances() == [])
        #expect(try books.rows("SELECT count(*) FROM entries WHERE reason = 'dice'") == ["400"])
    }

    /// No person is needed: the lock ends with the program that holds it.
    @Test func aLockedOneIsWaitedFor() async throws {
        let first = try CasinoProcess(telegram, in: folder)
        try await telegram.waitForWaitingPoll()
        #expect(await first.stop() == .exited(0))
        let other = try Database(path: folder.file("casino.db").path)
        try other.execute("BEGIN IMMEDIATE")
        let bot = try CasinoProcess(telegram, in: folder)
        try await bot.child.waitForLine(containing: "locked by another program")
        #expect(try await bot.get("/ping").status == 200)
        #expect(try await bot.get("/readyz").status == 503)
        try await bot.health("unhealthy") { $0["checks"]?["database"]?["status"] == "unhealthy" }
        try other.execute("COMMIT")
        telegram.enqueue(message: "/start", from: 7)
        try await telegram.waitForSent { $0.chatID == 7 }
        #expect(await bot.stop() == .exited(0))
    }
}
