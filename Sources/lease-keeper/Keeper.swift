import KeepAliveLease
import KeepAliveLeaseStore
import KeepAlivePlatform
import KeepAlivePostgreSQL

/// The loop: the launcher's requests, PostgreSQL's answers. Once the launcher is gone, ``Farewell`` follows.
struct Keeper: ~Copyable {
    private let channel: PacketSocket
    private let bot: BotGuard
    private let log: KeeperLog
    private var store: LeaseStore

    init(_ channel: consuming PacketSocket, bot: BotGuard, store: LeaseStore, log: KeeperLog) {
        self.channel = channel
        self.bot = bot
        self.store = store
        self.log = log
    }

    /// Serves until the launcher closes its end.
    ///
    /// - Returns: the lease that it leaves behind.
    mutating func run() -> Held {
        var poller = Poller()
        while true {
            poller.removeAll()
            let packets = poller.add(channel.raw, read: true, write: false)
            if let descriptor = store.descriptor {
                let wanted = store.wanted
                poller.add(descriptor, read: wanted.contains(.read), write: wanted.contains(.write))
            }
            do throws(Errno) {
                try poller.wait(until: store.deadline)
            } catch {
                // Short of memory: the next turn may succeed.
                OSThread.rest(milliseconds: 10)
            }
            if poller.isReadable(packets), !receive() {
                store.drop()
                return store.held
            }
            for event in store.advance() {
                switch event {
                case .warning(let words): log.write("warning: \(words)")
                case .answer(let sequence, _, let answer): send(sequence, answer)
                }
            }
        }
    }

    /// Takes the packets that are there; false once the launcher is gone.
    private mutating func receive() -> Bool {
        while true {
            let packet: PacketSocket.Packet?
            do throws(Errno) {
                packet = try channel.receive(limit: KeeperMessageLimits.packet)
            } catch {
                log.write("warning: a message of the launcher was lost: \(error.message)")
                return true
            }
            guard let packet else { return true }
            if packet.bytes.isEmpty { return false }
            do throws(KeeperMessageError) {
                let message = try KeeperMessage<KeeperRequest>(packet: packet.bytes)
                take(message, packet.takeDescriptor())
            } catch {
                log.write(
                    "warning: a message of the launcher was ignored: \(error); launcher and lease-keeper must be of "
                        + "the same version")
            }
        }
    }

    private mutating func take(_ message: KeeperMessage<KeeperRequest>, _ handle: consuming FileDescriptor?) {
        guard case .protect(let deadline, let process) = message.body else {
            store.take(message.sequence, message.body)
            return
        }
        do throws(Errno) {
            try bot.protect(process, until: deadline, handle: handle)
            send(message.sequence, .done)
        } catch {
            log.write("warning: the bot cannot be guarded: \(error); the launcher and the bot keep its deadline")
            send(message.sequence, .unknown(state: nil, words: "the bot cannot be guarded: \(error)"))
        }
    }

    /// Sends an answer. A launcher that does not read is frozen: it will not want this answer.
    private func send(_ sequence: UInt64, _ answer: KeeperAnswer) {
        try? channel.send(KeeperMessage(sequence, answer.bounded).packet)
    }
}

extension KeeperAnswer {
    /// With words that fit into a message.
    fileprivate var bounded: KeeperAnswer {
        switch self {
        case .unknown(let state, let words): .unknown(state: state, words: Self.short(words))
        case .refused(let exit, let words): .refused(exit: exit, words: Self.short(words))
        case .row, .none, .granted, .renewed, .done, .zero: self
        }
    }

    private static func short(_ words: String) -> String {
        String(decoding: Array(words.utf8.prefix(KeeperMessageLimits.words)), as: UTF8.self)
    }
}
