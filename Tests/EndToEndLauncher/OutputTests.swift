import Foundation
import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct OutputTests {
    @Test func rotationUnderLoadLosesNoLine() async throws {
        // 24 MiB in lines of 120 bytes: two rotations.
        let run = try LauncherRun(
            script: "awk 'BEGIN { for (i = 0; i < 200000; i++) printf \"%08d %0110d\\n\", i, i }'; exit 0")
        #expect(await run.process.wait() == .exited(0))
        let names = ["bot_launcher.log.2", "bot_launcher.log.1", "bot_launcher.log"]
        var next = 0
        for name in names {
            let data = try Data(contentsOf: run.folder.file(name))
            #expect(data.count <= 10 << 20)
            #expect(data.last == 0x0A)
            // After the time before each line.
            for line in data.split(separator: 0x0A).map({ $0.dropFirst(28) })
            where line.count == 119 && line.first == 0x30 {
                let number = String(decoding: line.prefix(8), as: UTF8.self)
                if Int(number) != next { Issue.record("\(number) instead of \(next) in \(name)") }
                next = (Int(number) ?? 0) + 1
            }
        }
        #expect(next == 200_000)
        #expect(!FileManager.default.fileExists(atPath: run.folder.file("bot_launcher.log.3").path))
    }

    @Test(.enabled("mounting is not permitted here", { await Namespace.isPermitted(.mount) }))
    func aFullDiskIsToldOnceAndSoIsItsEnd() async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        let script = """
            head -c 150000 /dev/zero > filler
            awk 'BEGIN { for (i = 0; i < 3000; i++) printf "line %08d %040d\\n", i, i }'
            echo "full"; read -r l < fifo; rm filler
            echo "room"; read -r l < fifo
            awk '!/Z line [0-9]+ [0-9]+$/ && !/launcher: / && !/Z (full|room)$/ { n++ }
                END { print "broken lines: " n + 0 }' bot_launcher.log
            exit 0
            """
        try NamedPipe.make(at: folder.file("fifo").path)
        let disk = "mkdir disk && mount -t tmpfs -o size=256k none disk && cd disk && ln -s ../fifo fifo"
        let run = try LauncherRun(in: folder, script: script, wrapper: Namespace.mount(disk))
        try await run.process.waitForLine(containing: "full")
        try await run.process.waitForLine(containing: "cannot write the log file")
        try folder.poke("fifo")
        try await run.process.waitForLine(containing: "the log file is writable again")
        try folder.poke("fifo")
        try await run.process.waitForLine(containing: "broken lines: 0")
        #expect(await run.process.wait() == .exited(0))
        #expect(run.count("cannot write the log file") == 1)
        #expect(run.count("the log file is writable again") == 1)
        #expect(run.output.contains("No space left on device"))
    }

    @Test func aHugeLineWithoutAnEnd() async throws {
        let run = try LauncherRun(script: "head -c 3000000 /dev/zero | tr '\\0' x; exit 0")
        #expect(await run.process.wait() == .exited(0))
        // The file has everything; a reader of standard output slower than this may miss some.
        #expect(run.log.utf8.count { $0 == UInt8(ascii: "x") } >= 3_000_000)
    }

    @Test func linesAsJSON() async throws {
        let run = try LauncherRun(script: "exit 0", ["LOG_FORMAT": "json"])
        #expect(await run.process.wait() == .exited(0))
        for line in run.output.split(separator: "\n") {
            #expect(try JSON(parsing: String(line))["message"]?.string?.hasPrefix("launcher: ") == true)
        }
    }
}

extension TemporaryDirectory {
    /// Lets a script continue that waits for a line from a named pipe.
    func poke(_ name: String) throws {
        // Open in both directions, so that it does not wait for the reader.
        let descriptor = unsafe Foundation.open(file(name).path, O_RDWR)
        guard descriptor >= 0 else { throw SystemFailure("open") }
        _ = unsafe Foundation.write(descriptor, "\n", 1)
        // The pipe keeps the line only while it is open; the script ends first.
        Thread.detachNewThread {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            while unsafe poll(&entry, 1, 0) > 0 { usleep(1000) }
            Foundation.close(descriptor)
        }
    }
}
