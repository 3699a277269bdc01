import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// A bot inside a bigger program, which handles signals and owns the process; each in a separate process.
@Suite(.timeLimit(.minutes(2)))
struct LeftSignalsTests {
    private static func configuration(timeout: Duration = .seconds(3600)) -> Configuration {
        var configuration = ServedBot.configuration
        configuration.shutdownTimeout = timeout
        configuration.signals = .leftToTheProgram
        return configuration
    }

    private static func bot(
        _ configuration: Configuration = configuration(), gateway: GatewayHeartbeat? = nil,
        onEvent: @escaping @Sendable (KeepAliveEvent) -> Void = { _ in }
    ) throws -> KeepAlive {
        RunLifeTests.endByItselfOrFail()
        return try KeepAlive(
            name: "Part", version: "1", configuration: configuration, log: Log.none, gateway: gateway, onEvent: onEvent)
    }

    private static func dispositions() -> [Int32: Int] {
        let pairs = (Int32(1)..<32).map { number -> (Int32, Int) in
            var action = sigaction()
            unsafe sigaction(number, nil, &action)
            return (number, unsafe withUnsafeBytes(of: &action) { unsafe $0.load(as: Int.self) })
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    @Test func noHandlerIsInstalled() async {
        await #expect(processExitsWith: .exitCode(43)) {
            let keepAlive = try Self.bot()
            signal(SIGTERM) { _ in _exit(43) }
            let before = Self.dispositions()
            try await keepAlive.run { _ in keepAlive.shutDown() }
            if Self.dispositions() != before { _exit(98) }
            try await keepAlive.run { _ in
                if Self.dispositions() != before { _exit(97) }
                KeepAliveTests.terminate()
                await KeepAliveTests.ignoreCancellation()
            }
        }
    }

    /// The kit's `main` takes the signals before it can know, and gives them back when the bot runs.
    @Test(arguments: [false, true]) func mainGivesTheSignalsBack(takesOneLater: Bool) async {
        await #expect(processExitsWith: .exitCode(43)) { [takesOneLater] in
            let number = takesOneLater ? SIGINT : SIGTERM
            signal(SIGTERM) { _ in _exit(43) }
            let before = Self.dispositions()
            await KeepAlive.main {
                let keepAlive = try Self.bot()
                if takesOneLater { signal(SIGINT) { _ in _exit(43) } }
                try await keepAlive.run { _ in
                    let others = Self.dispositions().filter { $0.key != number }
                    if others != before.filter({ $0.key != number }) { _exit(98) }
                    KeepAliveTests.terminate(number)
                    await KeepAliveTests.ignoreCancellation()
                }
            }
        }
    }

    /// The deadline of a stop, and of a restart, is told and thrown; the program goes on.
    @Test(arguments: [(false, Int32(0)), (true, 75)])
    func aBodyThatDoesNotEndInTimeLeavesTheProcessAlone(restarts: Bool, code: Int32) async {
        await #expect(processExitsWith: .exitCode(44)) { [restarts, code] in
            let events = EventLog<KeepAliveEvent>()
            let keepAlive = try Self.bot(Self.configuration(timeout: .milliseconds(100))) { events.append($0) }
            do throws(KeepAliveError) {
                try await keepAlive.run { _ in
                    if restarts { keepAlive.restart() } else { keepAlive.shutDown() }
                    await KeepAliveTests.ignoreCancellation()
                }
                _exit(98)
            } catch {
                if error.kind != .stopTimedOut || error.exitCode != code { _exit(97) }
            }
            _ = try await events.first { $0.kind == .stopTimedOut }
            if keepAlive.port != nil { _exit(96) }
            // No leftover timer ends the process later.
            try await Task.sleep(for: Lifecycle.rest + .milliseconds(500))
            _exit(44)
        }
    }

    /// The body is cancelled, and `run` throws the reason; here the kit's `main` turns it into the exit code.
    @Test func aCondemnedBotThrows() async {
        await #expect(processExitsWith: .exitCode(75)) {
            await KeepAlive.main {
                var configuration = Self.configuration()
                configuration.watchdogInterval = .milliseconds(20)
                configuration.watchdogStall = .milliseconds(100)
                let gateway = GatewayHeartbeat()
                let ended = EventLog<Void>()
                let keepAlive = try Self.bot(configuration, gateway: gateway)
                do throws(KeepAliveError) {
                    try await keepAlive.run { _ in
                        gateway.noteConnected()
                        gateway.noteReady()
                        _ = try? await Task.sleep(for: .seconds(600))
                        ended.append(())
                    }
                    _exit(98)
                } catch {
                    if error.kind != .condemned || ended.count != 1 { _exit(97) }
                    throw error
                }
            }
        }
    }

    /// With the kit's `main` too, the rest of the program has unlimited time, and its error is the exit code.
    @Test func theProgramEndsWithItsOwnCode() async {
        await #expect(processExitsWith: .exitCode(70)) {
            await KeepAlive.main {
                let keepAlive = try Self.bot()
                _ = try? await keepAlive.run { _ in throw KeepAliveTests.BadToken() }
                try await Task.sleep(for: Lifecycle.rest + .milliseconds(500))
                throw RestartScene.Failure()
            }
        }
    }

    // MARK: As a service

    /// Represents swift-service-lifecycle's protocol.
    protocol Service: Sendable { func run() async throws }

    @Test func aServiceStopsWhenTheProgramShutsDown() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let (begun, shutdown) = (EventLog<Void>(), EventLog<Void>())
            let events = EventLog<KeepAliveEvent>()
            let keepAlive = try Self.bot { events.append($0) }
            let until: @Sendable () async throws -> Void = { _ = try await shutdown.element(at: 0) }
            let service: any Service = keepAlive.service(until: until) { _ in
                begun.append(())
                try await Task.sleep(for: .seconds(600))
            }
            async let run: Void = service.run()
            _ = try await begun.element(at: 0)
            shutdown.append(())
            try await run
            let stop = try await events.first { $0.kind == .stopRequested }
            if stop.metadata["reason"] != "the program shuts down" { _exit(98) }
        }
    }

    /// An earlier shutdown counts. A shutdown that never comes, or ignores its cancellation, blocks nothing.
    @Test func aServiceEndsWithItsBot() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let keepAlive = try Self.bot()
            try await keepAlive.service(until: {}) { _ in try await Task.sleep(for: .seconds(600)) }.run()
            try await keepAlive.service(until: { await KeepAliveTests.ignoreCancellation() }) { _ in
                keepAlive.shutDown()
            }.run()
            let cancelled = Task {
                try await keepAlive.service(until: { await KeepAliveTests.ignoreCancellation() }) { _ in
                    try await Task.sleep(for: .seconds(600))
                }.run()
            }
            cancelled.cancel()
            try await cancelled.value
            let failed = await Result {
                try await keepAlive.service(until: { try await Task.sleep(for: .seconds(600)) }) { _ in
                    throw KeepAliveTests.BadToken()
                }.run()
            }
            guard case .failure(let error as KeepAliveError) = failed, error.kind == .critical else { _exit(98) }
        }
    }

    /// The program may go on for long behind its bot.
    @Test func nothingOfARunOutlivesIt() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let (begun, checkEnds, waitEnds) = (EventLog<Void>(), EventLog<Void>(), EventLog<Void>())
            let keepAlive = try Self.bot()
            keepAlive.check("slow", timeout: .seconds(3600)) {
                begun.append(())
                do { try await Task.sleep(for: .seconds(3600)) } catch { checkEnds.append(()) }
            }
            let until: @Sendable () async throws -> Void = {
                do { try await Task.sleep(for: .seconds(3600)) } catch { waitEnds.append(()) }
            }
            try await keepAlive.service(until: until) { _ in
                _ = try await begun.element(at: 0)
                if keepAlive.port == nil { _exit(98) }
                keepAlive.shutDown()
            }.run()
            if keepAlive.port != nil { _exit(97) }
            _ = try await checkEnds.element(at: 0)
            _ = try await waitEnds.element(at: 0)
        }
    }

    @Test func metricsAreThoseOfThePort() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let keepAlive = try Self.bot()
            try await keepAlive.run { health in
                health.recordUpdate()
                let port = UInt16(keepAlive.port ?? 0)
                let answer = try await BlockingWork.run { try RawClient.get(port: port, path: "/metrics") }
                let served = String(decoding: answer.body, as: UTF8.self)
                func names(_ text: String) -> Set<Substring> {
                    Set(text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") })
                }
                let text = keepAlive.metrics()
                if names(text) != names(served) || !text.contains("\nkeepalive_updates_total 1\n") { _exit(98) }
                keepAlive.shutDown()
            }
        }
    }
}

extension KeepAliveService: LeftSignalsTests.Service {}

extension Result where Failure == any Error, Success == Void {
    fileprivate init(_ body: () async throws -> Void) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
