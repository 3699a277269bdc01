import Foundation
import KeepAliveLease
import KeepAlivePlatform
import KeepAliveTestSupport

/// Plays the launcher to a real lease-keeper.
final class KeeperDriver: Sendable {
    let process: ChildProcess
    private let channel: KeeperChannel
    /// How many messages had come when each request was sent: an earlier refusal is no answer to it.
    private let sent = EventLog<Int>()

    /// - Parameters:
    ///   - folder: where the lock lies; two keepers of one launcher share it.
    init(
        _ url: String, folder: TemporaryDirectory, name: String = "bot", resource: String = "telegram:1",
        timeToLive: Int32 = 30_000, grace: Int32 = 8_000, label: String = "a"
    ) throws {
        let pair = try PacketSocket.pair()
        let theirs = pair.second.raw
        // The program inherits it under its number; it goes on being ours until it has started.
        _ = fcntl(theirs, F_SETFD, 0)
        let settings = KeeperSettings(
            url: url, name: name, resource: resource, timeToLiveMilliseconds: timeToLive,
            graceMilliseconds: grace, label: label, host: "machine-\(label)",
            lockPath: folder.file("keeper-\(label).lock").path, channel: theirs)
        process = try ChildProcess(
            executable: ChildProcess.product("lease-keeper"), environment: settings.environment)
        channel = try KeeperChannel(pair.takeFirst())
    }

    /// Sends a request and returns its answer.
    @discardableResult
    func ask(_ request: KeeperRequest, passing descriptor: Int32? = nil) async throws -> KeeperAnswer {
        try await answer(to: try await send(request, passing: descriptor))
    }

    /// Sends a request; returns its number.
    func send(_ request: KeeperRequest, passing descriptor: Int32? = nil) async throws -> UInt64 {
        sent.append(channel.messages.count)
        let number = UInt64(sent.count)
        try channel.send(KeeperMessage(number, request).packet, passing: descriptor)
        return number
    }

    /// The answer of this number, or a refusal; others are passed over.
    func answer(to number: UInt64) async throws -> KeeperAnswer {
        try await firstMessage(from: try await sent.element(at: Int(number) - 1)) {
            $0.sequence == number || $0.sequence == 0
        }
    }

    /// What it refuses, whether or not anything was asked.
    func refusal() async throws -> KeeperAnswer { try await firstMessage(from: 0) { $0.sequence == 0 } }

    private func firstMessage(
        from start: Int, where isMeant: @escaping @Sendable (KeeperMessage<KeeperAnswer>) -> Bool
    ) async throws -> KeeperAnswer {
        let messages = channel.messages
        return try await SafetyTimeout.run(.seconds(60)) {
            for index in start... {
                let message = try await messages.element(at: index)
                if isMeant(message) { return message.body }
            }
            throw CancellationError()
        } otherwise: {
            "no such message: \(messages.elements)"
        }
    }

    /// Observes until there is a row.
    func row() async throws -> LeaseRow {
        for _ in 0..<200 {
            switch try await ask(.observe) {
            case .row(let row): return row
            // lease-keeper paces the attempts.
            case .unknown, .none: break
            case let other: throw SystemFailure("observe: \(other)", code: 0)
            }
        }
        throw SystemFailure("the lease is never seen", code: 0)
    }

    /// Takes the lease; returns epoch and beat.
    func take() async throws -> (epoch: Int64, beat: Beat) {
        let beat = Beat()
        let answer = try await ask(.acquire(watched: try await row().beat, new: beat))
        guard case .granted(let epoch, _) = answer else { throw SystemFailure("acquire: \(answer)", code: 0) }
        return (epoch, beat)
    }

    /// Closes the channel, as a launcher's death does.
    func leave() async throws { try await channel.close() }
}
