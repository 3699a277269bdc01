import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Synchronization
import Testing

@testable import KeepAliveKit

/// The whole kit, in separate processes: it owns signals and ends its process.
@Suite(.timeLimit(.minutes(2)))
struct KeepAliveTests {
    struct BadToken: ClassifiedError, CustomStringConvertible {
        var errorClass: ErrorClass { .critical }
        var description: String { "token 1234:abcd is refused" }
    }

    /// Runs a bot with short delays like a program; never returns. Prints events to standard output.
    static func runBot(
        timeout: Duration = .seconds(60), delay: Duration = .zero, maxRestarts: Int = 3, port: Int = 0,
        logFormat: Log.Format = .text,
        onEvent: @escaping @Sendable (KeepAliveEvent) -> Void = { _ in },
        _ body: @escaping @Sendable (KeepAlive) async throws -> Void
    ) async -> Never {
        var configuration = ServedBot.configuration
        configuration.port = port
        configuration.backoff = Backoff(initial: delay)
        configuration.maxRestarts = maxRestarts
        configuration.shutdownTimeout = timeout
        configuration.logFormat = logFormat
        await KeepAlive.main {
            let keepAlive = try KeepAlive(
                name: "Bot", version: "1", configuration: configuration, secrets: ["1234:abcd"], onEvent: onEvent)
            try await keepAlive.run { _ in try await body(keepAlive) }
        }
    }

    /// Waits indefinitely and ignores cancellation.
    static func ignoreCancellation() async {
        await unsafe withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
    }

    static func reset(_ number: Int32) {
        signal(number, SIG_DFL)
    }

    static func terminate(_ signal: Int32 = SIGTERM) {
        kill(getpid(), signal)
    }

    /// From now on the descriptor is a pipe that is full, and that nobody reads.
    static func stopReading(_ descriptor: Int32) {
        var ends: [Int32] = [0, 0]
        unsafe pipe(&ends)
        let flags = fcntl(ends[1], F_GETFL)
        _ = fcntl(ends[1], F_SETFL, flags | O_NONBLOCK)
        while unsafe write(ends[1], "x", 1) == 1 {}
        _ = fcntl(ends[1], F_SETFL, flags)
        dup2(ends[1], descriptor)
    }

    private func errorOutput(_ result: ExitTest.Result?) -> String {
        String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }

    @Test func givingUpExitsWith70() async {
        let result = await #expect(processExitsWith: .exitCode(70), observing: [\.standardErrorContent]) {
            await Self.runBot { _ in throw RestartScene.Failure() }
        }
        #expect(errorOutput(result).contains("gave up after 3 failures in a row"))
    }

    @Test func aCriticalErrorExitsWith78AndItsSecretIsHidden() async {
        let result = await #expect(processExitsWith: .exitCode(78), observing: [\.standardErrorContent]) {
            await Self.runBot { _ in throw BadToken() }
        }
        #expect(errorOutput(result).contains("token [hidden] is refused"))
        #expect(!errorOutput(result).contains("1234:abcd"))
    }

    @Test func noFreePortExitsWith78() async throws {
        let result = try await #require(processExitsWith: .exitCode(78), observing: [\.standardErrorContent]) {
            var configuration = ServedBot.configuration
            configuration.portFallbacks = 0
            let other = HealthServer(
                name: "Other", version: "1", health: HealthMonitor(), configuration: configuration)
            let port = try other.start()
            defer { withExtendedLifetime(other) {} }
            configuration.port = port
            await KeepAlive.main {
                try await KeepAlive(name: "Bot", version: "1", configuration: configuration).run { _ in _exit(99) }
            }
        }
        #expect(errorOutput(result).contains("no free port for the health server"))
    }

    @Test func anotherErrorOfTheProgramExitsWith70() async {
        await #expect(processExitsWith: .exitCode(70)) { await KeepAlive.main { throw RestartScene.Failure() } }
    }

    @Test func aProgramThatEndsExitsWith0() async {
        await #expect(processExitsWith: .exitCode(0)) { await KeepAlive.main {} }
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
    func aSignalStopsAndExitsWith0(signal: Int32) async {
        let result = await #expect(processExitsWith: .exitCode(0), observing: [\.standardErrorContent]) { [signal] in
            // The test runner may ignore the signal, like nohup.
            Self.reset(signal)
            await Self.runBot { keepAlive in
                Self.terminate(signal)
                try? await Task.sleep(for: .seconds(600))
                // It is no longer ready, and the server still answers that.
                let port = UInt16(keepAlive.port ?? 0)
                let ready = try await BlockingWork.run { try RawClient.get(port: port, path: "/readyz").status }
                if ready != 503 { _exit(99) }
            }
        }
        #expect(errorOutput(result).contains("\(SignalRelay.name(signal)): stopping"))
        #expect(errorOutput(result).contains("INFO  stopped\n"))
    }

    @Test func aHangupThatWasIgnoredStaysIgnored() async {
        await #expect(processExitsWith: .exitCode(0)) {
            signal(SIGHUP, SIG_IGN)
            await Self.runBot { keepAlive in
                Self.terminate(SIGHUP)
                let port = UInt16(keepAlive.port ?? 0)
                let ready = try await BlockingWork.run { try RawClient.get(port: port, path: "/readyz").status }
                if ready != 200 { _exit(99) }
                keepAlive.shutDown()
            }
        }
    }

    /// A terminal and its shell send two hangups; this is no second request.
    @Test func twoHangupsAreOne() async {
        let result = await #expect(processExitsWith: .exitCode(0), observing: [\.standardErrorContent]) {
            signal(SIGHUP, SIG_DFL)
            await Self.runBot { _ in
                Self.terminate(SIGHUP)
                try? await Task.sleep(for: .seconds(600))
                // The first was accepted; the effect of the second is complete when this returns, because its handler
                // decides.
                Processes.raise(SIGHUP)
                FileHandle.standardError.write(Data("in good order\n".utf8))
            }
        }
        #expect(errorOutput(result).contains("in good order"))
    }

    /// The program's code after the run may hang too.
    @Test func aProgramThatHangsAfterItsBotIsEnded() async {
        let result = await #expect(processExitsWith: .exitCode(0), observing: [\.standardErrorContent]) {
            await KeepAlive.main {
                var configuration = ServedBot.configuration
                configuration.shutdownTimeout = .seconds(2)
                let keepAlive = try KeepAlive(name: "Bot", version: "1", configuration: configuration)
                try await keepAlive.run { _ in Self.terminate() }
                await Self.ignoreCancellation()
            }
        }
        #expect(errorOutput(result).contains("exiting with 0"), "said why, whatever it waited for")
    }

    /// A signal ends it at once, with its planned exit code.
    @Test func aSignalAfterTheRunKeepsTheCode() async {
        await #expect(processExitsWith: .exitCode(78)) {
            await KeepAlive.main {
                let keepAlive = try KeepAlive(name: "Bot", version: "1", configuration: ServedBot.configuration)
                do {
                    try await keepAlive.run { _ in throw BadToken() }
                } catch {
                    Self.terminate()
                    await Self.ignoreCancellation()
                }
            }
        }
    }

    @Test func aSignalBeforeTheBotRunsExitsWith0() async {
        await #expect(processExitsWith: .exitCode(0)) {
            await KeepAlive.main {
                Self.terminate()
                await Self.ignoreCancellation()
            }
        }
    }

    @Test func aSecondSignalExitsAtOnceThoughTheBodyIgnoresCancellation() async {
        let result = await #expect(processExitsWith: .exitCode(0), observing: [\.standardErrorContent]) {
            let again: @Sendable (KeepAliveEvent) -> Void = { if $0.kind == .stopRequested { Self.terminate() } }
            await Self.runBot(timeout: .seconds(3600), onEvent: again) { _ in
                Self.terminate()
                await Self.ignoreCancellation()
            }
        }
        #expect(errorOutput(result).contains("second signal: exiting at once"))
    }

    @Test func eachLineOfJSONHasItsTime() async throws {
        let before = WallTime.now().iso8601
        let result = await #expect(processExitsWith: .exitCode(0), observing: [\.standardErrorContent]) {
            let again: @Sendable (KeepAliveEvent) -> Void = { if $0.kind == .stopRequested { Self.terminate() } }
            await Self.runBot(timeout: .seconds(3600), logFormat: .json, onEvent: again) { _ in
                Self.terminate()
                await Self.ignoreCancellation()
            }
        }
        let lines = try errorOutput(result).split(separator: "\n").map { try JSON(parsing: String($0)) }
        #expect(lines.last?["message"] == "second signal: exiting at once")
        for line in lines {
            let time = try #require(line["timestamp"]?.string)
            #expect(time >= before && time <= WallTime.now().iso8601 && time.utf8.count == 27)
        }
    }

    @Test func aSecondSignalExitsThoughStandardErrorIsNotRead() async {
        await #expect(processExitsWith: .exitCode(0)) {
            RunLifeTests.endByItselfOrFail()
            Self.stopReading(STDERR_FILENO)
            let again: @Sendable (KeepAliveEvent) -> Void = { if $0.kind == .stopRequested { Self.terminate() } }
            await Self.runBot(timeout: .seconds(3600), onEvent: again) { _ in
                Self.terminate()
                await Self.ignoreCancellation()
            }
        }
    }

    @Test func aBodyThatBlocksEveryThreadIsEndedAfterItsTime() async {
        let result = await #expect(processExitsWith: .exitCode(0), observing: [\.standardErrorContent]) {
            await Self.runBot(timeout: .milliseconds(200)) { _ in
                let blockade = BlockedPoolTests.Blockade()
                Thread.detachNewThread {
                    blockade.begin()
                    Self.terminate()
                }
                await Self.ignoreCancellation()
            }
        }
        #expect(errorOutput(result).contains("did not end within 0.2 s of being cancelled; exiting with 0"))
    }

    @Test func aRestartOfABodyThatIgnoresItExitsWith75() async {
        let result = await #expect(processExitsWith: .exitCode(75), observing: [\.standardErrorContent]) {
            await Self.runBot(timeout: .milliseconds(200)) { keepAlive in
                let port = UInt16(keepAlive.port ?? 0)
                Thread.detachNewThread { _ = try? ServedBot.ask("POST", "/restart", port: port) }
                await Self.ignoreCancellation()
            }
        }
        #expect(errorOutput(result).contains("did not end within 0.2 s of being cancelled; exiting with 75"))
    }

    @Test func aRestartKeepsThePort() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let ports = EventLog<Int>()
            await Self.runBot(maxRestarts: 1) { keepAlive in
                ports.append(keepAlive.port ?? 0)
                if ports.count == 1 {
                    let port = UInt16(ports.elements[0])
                    let status = try await BlockingWork.run { try ServedBot.ask("POST", "/restart", port: port).status }
                    if status != 202 { _exit(99) }
                } else {
                    if ports.elements[0] != ports.elements[1] || ports.elements[0] == 0 { _exit(98) }
                    keepAlive.shutDown()
                }
                try await Task.sleep(for: .seconds(600))
            }
        }
    }

    @Test func aSignalEndsABackoffWait() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let stop: @Sendable (KeepAliveEvent) -> Void = { if $0.kind == .restartScheduled { Self.terminate() } }
            await Self.runBot(timeout: .seconds(3600), delay: .seconds(300), onEvent: stop) { _ in
                throw RestartScene.Failure()
            }
        }
    }

    /// The health of a bot with failing checks and body contains no secret.
    @Test func errorsThatHealthShowsAreRedacted() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let checked = EventLog<Void>()
            await Self.runBot { keepAlive in
                keepAlive.check("telegram", critical: true, every: .milliseconds(10)) {
                    checked.append(())
                    throw BadToken()
                }
                _ = try await checked.element(at: 1)
                let port = UInt16(keepAlive.port ?? 0)
                let answer = try await BlockingWork.run { try RawClient.get(port: port, path: "/health") }
                if answer.status != 503 || !answer.text.contains("token [hidden] is refused") { _exit(99) }
                if answer.text.contains("1234:abcd") { _exit(98) }
                keepAlive.shutDown()
            }
        }
    }
}
