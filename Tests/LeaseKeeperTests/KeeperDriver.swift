import Foundation
import KeepAliveLease
import KeepAlivePlatform
import KeepAliveTestSupport

/// Plays the launcher to a real lease-keeper.
final class KeeperDriver: Sendable {
    let process: ChildProcess
    private let channel: Channel
    private let sequence = EventLog<UInt64>()

    /// The launcher's end; nil once it is closed.
    private actor Channel {
        private var socket: PacketSocket?

        init(_ socket: consuming PacketSocket) { self.socket = consume socket }

        func send(_ packet: [UInt8], passing descriptor: Int32?) throws {
            try socket?.send(packet, passing: descriptor)
        }

        /// The next message that is there.
        func receive() throws -> KeeperMessage<KeeperAnswer>? {
            guard let packet = try socket?.receive(limit: KeeperMessageLimits.packet), !packet.bytes.isEmpty else {
                return nil
            }
            return try KeeperMessage<KeeperAnswer>(packet: packet.bytes)
        }

        func close() { socket = nil }
    }

    /// - Parameters:
    ///   - folder: where the lock lies; two keepers of one launcher share it.
    init(
        _ url: String, folder: TemporaryDirectory, name: String = "bot", resource: String = "telegram:1",
        timeToLive: Int32 = 30_000, label: String = "a"
    ) throws {
        let pair = try PacketSocket.pair()
        let theirs = pair.second.raw
        // The program inherits it under its number; it goes on being ours until it has started.
        _ = fcntl(theirs, F_SETFD, 0)
        let settings = KeeperSettings(
            url: url, name: name, resource: resource, timeToLiveMilliseconds: timeToLive, label: label,
            host: "machine-\(label)", lockPath: folder.file("keeper-\(label).lock").path, channel: theirs)
        process = try ChildProcess(
            executable: ChildProcess.product("lease-keeper"), environment: settings.environment)
        channel = Channel(pair.takeFirst())
    }

    /// Sends a request and returns its answer.
    @discardableResult
    func ask(_ request: KeeperRequest, passing descriptor: Int32? = nil) async throws -> KeeperAnswer {
        try await answer(to: try await send(request, passing: descriptor))
    }

    /// Sends a request; returns its number.
    func send(_ request: KeeperRequest, passing descriptor: Int32? = nil) async throws -> UInt64 {
        let number = UInt64(sequence.elements.count) + 1
        sequence.append(number)
        try await channel.send(KeeperMessage(number, request).packet, passing: descriptor)
        return number
    }

    /// The answer of this number, or a refusal; others are passed over.
    func answer(to number: UInt64) async throws -> KeeperAnswer {
        let channel = channel
        return try await SafetyTimeout.run(.seconds(60)) {
            while true {
                while let message = try await channel.receive() {
                    if message.sequence == number || message.sequence == 0 { return message.body }
                }
                try await Task.sleep(for: .milliseconds(5))
            }
        } otherwise: {
            "no answer to \(number)"
        }
    }

    /// Observes until there is a row.
    func row() async throws -> LeaseRow {
        for _ in 0..<200 {
            switch try await ask(.observe) {
            case .row(let row): return row
            case .unknown, .none: try await Task.sleep(for: .milliseconds(20))
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
    func leave() async { await channel.close() }
}
