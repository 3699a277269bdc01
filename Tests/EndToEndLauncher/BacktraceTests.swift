import Foundation
import TestSupport
import Testing

/// A Swift program that crashes, and Swift's own backtracer.
@Suite(.timeLimit(.minutes(2)), .enabled(if: Backtracer.isInstalled, "swift-backtrace is not beside the toolchain"))
struct BacktraceTests {
    @Test(arguments: [(SIGILL, "SIGILL"), (SIGABRT, "SIGABRT")])
    func theReportOfACrashHasItsBacktrace(signal: Int32, name: String) async throws {
        let run = try LauncherRun(demoIn: nil)
        try await run.process.waitForLine(containing: "the bot is ready")
        let bot = try await run.bot()
        // The runtime's handler writes the backtrace and lets the instruction that crashed crash again; behind a signal
        // from outside there is none, so it comes twice.
        kill(bot, signal)
        #expect(await Backtracer.hasWritten("\(run.state)/crashes/backtrace.tmp"))
        kill(bot, signal)
        let line = try await run.process.waitForLine(containing: "the bot died: \(name)")
        let path = try #require(line.firstMatch(of: /report: (.+)/)?.1)
        let report = try String(contentsOfFile: String(path), encoding: .utf8)
        #expect(report.contains("Thread 0"), "\(report)")
        #expect(report.contains(" in libc.so"), "\(report)")
        let left = try FileManager.default.contentsOfDirectory(atPath: "\(run.state)/crashes")
        #expect(left.count == 1)
        // One that is told to stop before it catches the signal dies of it.
        try await run.process.waitForLine(containing: "the bot is ready", occurrence: 2)
        run.process.signal(SIGTERM)
        #expect(await run.process.wait() == .exited(0))
    }
}

/// The program that writes backtraces, which the runtime looks for beside its own libraries.
enum Backtracer {
    /// Awaits the last line of a backtrace; gives up after a time in which it surely would have come.
    static func hasWritten(_ path: String) async -> Bool {
        for _ in 0..<3000 {
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            if text.contains("Backtrace took ") { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    static var isInstalled: Bool {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.contains { folder in
            let swift = URL(fileURLWithPath: "\(folder)/swift").resolvingSymlinksInPath()
            let root = swift.deletingLastPathComponent().deletingLastPathComponent()
            let program = root.appendingPathComponent("libexec/swift/linux/swift-backtrace").path
            return FileManager.default.isExecutableFile(atPath: program)
        }
    }
}
