import Foundation
import KeepAliveTestSupport
import Testing

/// A Swift program that crashes, with Swift's own backtracer.
@Suite(.timeLimit(.minutes(2)), .enabled(if: Backtracer.isInstalled, "swift-backtrace is not beside the toolchain"))
struct BacktraceTests {
    @Test(arguments: [(SIGILL, "SIGILL"), (SIGABRT, "SIGABRT")])
    func theReportOfACrashHasItsBacktrace(signal: Int32, name: String) async throws {
        let run = try LauncherRun(demoIn: nil)
        try await run.process.waitForLine(containing: "the bot is ready")
        let bot = try await run.bot()
        // One signal suffices: the kit ends a bot that the backtracer lets continue after a signal from outside.
        kill(bot, signal)
        let line = try await run.process.waitForLine(containing: "the bot died: \(name)")
        let path = try #require(line.firstMatch(of: /report: (.+)/)?.1)
        let report = try String(contentsOfFile: String(path), encoding: .utf8)
        #expect(report.contains("Thread 0"), "\(report)")
        #expect(report.contains(" in libc.so"), "\(report)")
        #expect(try run.crashReports().count == 1)
        // A bot stopped before it catches the signal dies of it.
        try await run.process.waitForLine(containing: "the bot is ready", occurrence: 2)
        #expect(await run.process.stop() == .exited(0))
    }
}

/// The program that writes backtraces; the runtime looks for it beside its own libraries.
enum Backtracer {
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
