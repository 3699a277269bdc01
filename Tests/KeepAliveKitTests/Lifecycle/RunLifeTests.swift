import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Synchronization
import Testing

@testable import KeepAliveKit

/// An embedder's possible mistakes, each in a separate process, which would hang without the kit's care.
@Suite(.timeLimit(.minutes(2)))
struct RunLifeTests {
    enum Blocked: String, CaseIterable, Codable { case log, onEvent, lock }

    private static func configuration(timeout: Duration = .seconds(3600)) -> Configuration {
        var configuration = ServedBot.configuration
        configuration.shutdownTimeout = timeout
        return configuration
    }

    /// Ends a process that does not end by itself, so that the test fails.
    static func endByItselfOrFail() {
        Thread.detachNewThread {
            OSThread.rest(milliseconds: 45_000)
            _exit(99)
        }
    }

    private static func status(_ keepAlive: KeepAlive, _ path: String) -> Int? {
        try? RawClient.get(port: UInt16(keepAlive.port ?? 0), path: path).status
    }

    /// Polls until the answer has this status.
    private static func wait(_ keepAlive: KeepAlive, _ path: String, for wanted: Int) async throws {
        _ = try await Polling.until {
            try await BlockingWork.run { status(keepAlive, path) }
        } isMet: {
            $0 == wanted
        }
    }

    // MARK: Embedder's code that blocks indefinitely

    /// Makes a bot whose log, `onEvent` or lock blocks indefinitely.
    private static func bot(_ blocked: Blocked, timeout: Duration = .seconds(3600)) throws -> KeepAlive {
        endByItselfOrFail()
        let hold: @Sendable () -> Void = { while true { sleep(600) } }
        let books = Books()
        if blocked == .lock {
            let isHeld = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                books.count.withLock { _ in
                    isHeld.signal()
                    hold()
                }
            }
            isHeld.wait()
        }
        let log = Log { _, _ in if blocked == .log { hold() } else { books.count.withLock { $0 += 1 } } }
        return try KeepAlive(
            name: "Held", version: "1", configuration: configuration(timeout: timeout), log: log,
            onEvent: { _ in if blocked == .onEvent { hold() } })
    }

    private final class Books: Sendable { let count = Mutex(0) }

    /// Runs it with a body that ignores its cancellation; `act` gets the running bot on its own thread.
    private static func run(
        _ keepAlive: KeepAlive, _ act: @escaping @Sendable (KeepAlive) -> Void
    ) async throws {
        try await keepAlive.run { _ in
            Thread.detachNewThread { act(keepAlive) }
            await KeepAliveTests.ignoreCancellation()
        }
    }

    /// Sends the signal, and returns once the bot reports that it stops; it answers all the while.
    private static func stopAndSee(_ keepAlive: KeepAlive) {
        if status(keepAlive, "/health") != 200 || status(keepAlive, "/readyz") != 200 { _exit(98) }
        KeepAliveTests.terminate()
        while status(keepAlive, "/readyz") != 503 { OSThread.rest(milliseconds: 5) }
    }

    @Test(arguments: Blocked.allCases)
    func whatBlocksInTheEmbeddersCodeDelaysNoDeadline(blocked: Blocked) async {
        await #expect(processExitsWith: .exitCode(0)) { [blocked] in
            await KeepAlive.main {
                try await Self.run(Self.bot(blocked, timeout: .seconds(2))) { Self.stopAndSee($0) }
            }
        }
    }

    @Test(arguments: Blocked.allCases)
    func whatBlocksInTheEmbeddersCodeDelaysNoSecondSignal(blocked: Blocked) async {
        await #expect(processExitsWith: .exitCode(0)) { [blocked] in
            await KeepAlive.main {
                try await Self.run(Self.bot(blocked)) { keepAlive in
                    Self.stopAndSee(keepAlive)
                    if Self.status(keepAlive, "/health") != 200 { _exit(97) }
                    KeepAliveTests.terminate()
                }
            }
        }
    }

    @Test(arguments: Blocked.allCases)
    func whatBlocksInTheEmbeddersCodeKeepsNoErrorFromItsExitCode(blocked: Blocked) async {
        await #expect(processExitsWith: .exitCode(78)) { [blocked] in
            await KeepAlive.main { try await Self.bot(blocked).run { _ in throw KeepAliveTests.BadToken() } }
        }
    }

    // MARK: Successive runs

    enum Before: String, CaseIterable, Codable { case returned, threw, foundNoPort }

    /// Body, `/restart` and SIGTERM work again, and after each run a signal has the program's own effect.
    @Test(arguments: Before.allCases)
    func runMayBeCalledAgain(before: Before) async {
        await #expect(processExitsWith: .exitCode(43)) { [before] in
            Self.endByItselfOrFail()
            signal(SIGTERM, SIG_DFL)
            signal(SIGINT) { _ in _exit(43) }
            var configuration = Self.configuration()
            let other = HealthServer(name: "Other", version: "1", health: HealthMonitor(), configuration: configuration)
            if before == .foundNoPort {
                configuration.port = try other.start()
                configuration.portFallbacks = 0
            }
            let keepAlive = try KeepAlive(name: "Bot", version: "1", configuration: configuration, log: Log.none)
            do {
                try await keepAlive.run { _ in
                    if before == .threw { throw KeepAliveTests.BadToken() }
                    keepAlive.shutDown()
                }
                if before != .returned { _exit(98) }
            } catch {
                if before == .returned { _exit(97) }
            }
            await other.stop()
            let starts = EventLog<UInt16>()
            let run = Task {
                try await keepAlive.run { _ in
                    starts.append(UInt16(keepAlive.port ?? 0))
                    try await Task.sleep(for: .seconds(600))
                }
            }
            let port = try await starts.element(at: 0)
            let restart = try await BlockingWork.run { try ServedBot.ask("POST", "/restart", port: port).status }
            if restart != 202 { _exit(96) }
            _ = try await starts.element(at: 1)
            KeepAliveTests.terminate()
            try await run.value
            KeepAliveTests.terminate(SIGINT)
            await KeepAliveTests.ignoreCancellation()
        }
    }

    /// The next run ends the time limit for the rest of the program after a run that a signal has ended.
    @Test func aSecondRunHasAllItsTime() async {
        await #expect(processExitsWith: .exitCode(70)) {
            await KeepAlive.main {
                let configuration = Self.configuration(timeout: Lifecycle.rest)
                let keepAlive = try KeepAlive(name: "Bot", version: "1", configuration: configuration)
                for time in [Duration.zero, Lifecycle.rest + .milliseconds(500)] {
                    try await keepAlive.run { _ in
                        try await Task.sleep(for: time)
                        KeepAliveTests.terminate()
                    }
                }
                throw RestartScene.Failure()
            }
        }
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func aSignalEndsATeardownThatHangs(number: Int32) async {
        await #expect(processExitsWith: .signal(number)) { [number] in
            for signal in [SIGTERM, SIGINT] { KeepAliveTests.reset(signal) }
            let keepAlive = try KeepAlive(name: "Bot", version: "1", configuration: Self.configuration())
            try await keepAlive.run { _ in
                KeepAliveTests.terminate()
                try await Task.sleep(for: .seconds(600))
            }
            KeepAliveTests.terminate(number)
            await KeepAliveTests.ignoreCancellation()
        }
    }

    // MARK: Stops

    /// Like SIGTERM: not ready, a notification to the manager, and the body's full time.
    @Test func cancellingTheTaskIsAStop() async {
        let result = await #expect(processExitsWith: .exitCode(0), observing: [\.standardErrorContent]) {
            let folder = try TemporaryDirectory()
            let socket = try NotifySocket(folder.file("notify").path)
            unsafe setenv("NOTIFY_SOCKET", folder.file("notify").path, 1)
            let keepAlive = try KeepAlive(name: "Bot", version: "1", configuration: Self.configuration())
            let (begun, gate) = (EventLog<Void>(), EventLog<Void>())
            let run = Task {
                try await keepAlive.run { _ in
                    begun.append(())
                    _ = await Task.detached { try? await gate.element(at: 0) }.value
                }
            }
            _ = try await begun.element(at: 0)
            run.cancel()
            try await Self.wait(keepAlive, "/readyz", for: 503)
            var told = ""
            while !told.hasPrefix("STOPPING=1\n") { told = socket.receive() ?? "" }
            gate.append(())
            try await run.value
        }
        let lines = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(lines.contains("INFO  the task that runs the bot was cancelled: stopping"))
    }

    @Test func cancellingTheTaskHasTheDeadlineToo() async {
        await #expect(processExitsWith: .exitCode(0)) {
            Self.endByItselfOrFail()
            let keepAlive = try KeepAlive(
                name: "Bot", version: "1", configuration: Self.configuration(timeout: .milliseconds(200)))
            let begun = EventLog<Void>()
            let run = Task {
                try await keepAlive.run { _ in
                    begun.append(())
                    await KeepAliveTests.ignoreCancellation()
                }
            }
            _ = try await begun.element(at: 0)
            run.cancel()
            try await run.value
        }
    }

    @Test func shutDownTwiceIsOnceAndBeforeTheRunItIsRemembered() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let events = EventLog<KeepAliveEvent>()
            let keepAlive = try KeepAlive(
                name: "Bot", version: "1", configuration: Self.configuration(), log: Log.none,
                onEvent: { events.append($0) })
            func stops(untilRun run: Int) async throws -> Int {
                _ = try await events.first(occurrence: run) { $0 == .stopped }
                return events.elements.count { $0.kind == .stopRequested }
            }
            keepAlive.shutDown()
            keepAlive.shutDown()
            try await keepAlive.run { _ in _exit(98) }
            if try await stops(untilRun: 1) != 1 { _exit(97) }
            // It has already stopped.
            keepAlive.shutDown()
            let starts = EventLog<Void>()
            try await keepAlive.run { _ in
                starts.append(())
                keepAlive.shutDown()
                keepAlive.shutDown()
                try await Task.sleep(for: .seconds(600))
            }
            if starts.count != 1 { _exit(96) }
            if try await stops(untilRun: 2) != 2 { _exit(95) }
        }
    }

    // MARK: A start that fails

    #if os(Linux)
        /// Without address space for a thread's stack the start throws, nothing runs, and later it works.
        @Test func aStartThatFindsNoThreadLeavesNothingRunning() async {
            await #expect(processExitsWith: .exitCode(0)) {
                let watchdog = Watchdog(
                    gateway: nil, thresholds: WatchdogThresholds(interval: .seconds(60)), onCondemned: { _ in })
                let keepAlive = try KeepAlive(
                    name: "Bot", version: "1", configuration: Self.configuration(), log: Log.none)
                let resource = __rlimit_resource_t(RLIMIT_AS.rawValue)
                var limit = rlimit()
                unsafe getrlimit(resource, &limit)
                var none = limit
                none.rlim_cur = 1 << 20
                unsafe setrlimit(resource, &none)
                let failure = Result { () throws(KeepAliveError) in try watchdog.start() }
                unsafe setrlimit(resource, &limit)
                guard case .failure(let error) = failure, error.kind == .system else { _exit(98) }
                let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")
                let names = tasks.map {
                    (try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8)) ?? ""
                }
                if names.contains(where: { $0.hasPrefix("keepalive") }) { _exit(97) }
                try watchdog.start()
                watchdog.stop()
                try await keepAlive.run { _ in keepAlive.shutDown() }
            }
        }
    #endif
}
