import KeepAliveLease
import KeepAlivePlatform
import KeepAliveTestSupport
import Synchronization

/// The launcher's end of the channel to lease-keeper: a thread keeps what comes, as it comes.
final class KeeperChannel: Sendable {
    let messages = EventLog<KeeperMessage<KeeperAnswer>>()
    private let end: End
    private let closed = EventLog<Bool>()

    /// Apart, because the thread may outlive the channel for a moment.
    private final class End: Sendable {
        /// Nil once it is closed.
        let socket: Mutex<PacketSocket?>
        let stop: WakePipe

        init(_ socket: consuming PacketSocket) throws(Errno) {
            stop = try WakePipe()
            self.socket = Mutex(consume socket)
        }

        /// The next packet that is there; without bytes at the peer's end.
        func receive() -> [UInt8]? {
            try? socket.withLock { try $0?.receive(limit: KeeperMessageLimits.packet)?.bytes }
        }
    }

    init(_ socket: consuming PacketSocket) throws {
        let raw = socket.raw
        end = try End(socket)
        try OSThread.start(name: "keeper-channel", takesSignals: false) { [end, messages, closed] in
            var poller = Poller()
            var isOpen = true
            while isOpen {
                poller.removeAll()
                poller.add(raw, read: true, write: false)
                let stopped = poller.add(end.stop.readEnd, read: true, write: false)
                guard (try? poller.wait(until: nil)) != nil, !poller.isReadable(stopped) else { break }
                while isOpen, let bytes = end.receive() {
                    isOpen = !bytes.isEmpty
                    if let message = try? KeeperMessage<KeeperAnswer>(packet: bytes) { messages.append(message) }
                }
            }
            end.socket.withLock { $0 = nil }
            closed.append(true)
        }
    }

    deinit { end.stop.wake() }

    func send(_ packet: [UInt8], passing descriptor: Int32?) throws {
        try end.socket.withLock { try $0?.send(packet, passing: descriptor) }
    }

    /// Closes the channel, and returns once that is done.
    func close() async throws {
        end.stop.wake()
        _ = try await closed.element(at: 0)
    }
}
