import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport
import Synchronization

/// Looks at one bot again and again, on a thread of its own: one that hangs delays neither the keyboard nor the others.
final class BotPoller: Sendable {
    /// A bot that takes longer than this is as good as none.
    static let timeout = Duration.seconds(5)

    private let number: Int
    private let check: Check
    private let inbox: WatchInbox
    private let hurry = Bell()
    /// Where the bot answered last.
    private let place = Mutex<HTTPURL?>(nil)

    init(number: Int, check: Check, inbox: WatchInbox) {
        self.number = number
        self.check = check
        self.inbox = inbox
    }

    /// Where the bot answered last, or where it would be asked first.
    var url: HTTPURL? { place.withLock { $0 } ?? check.candidates.first }

    /// The port on which the bot listens on this machine; nil where it is elsewhere, or has not answered.
    var localPort: UInt16? {
        guard let url = place.withLock({ $0 }) else { return nil }
        let isLocal = url.host.lowercased() == "localhost" || url.host == "::1" || url.host.hasPrefix("127.")
        return isLocal ? url.port : nil
    }

    /// Looks, and posts what it saw; once where there is no interval.
    func start(every interval: Duration?) throws(Errno) {
        try OSThread.start(name: "look \(number)") { [self] in
            var name: String?
            var uptime = 0.0
            while true {
                let begin = MonotonicTime.now()
                inbox.post(.looked(bot: number, look(&name, &uptime)))
                guard let interval else { return }
                hurry.wait(until: max(begin.advanced(by: interval), .now().advanced(by: .milliseconds(100))))
            }
        }
    }

    /// Looks once more now.
    func lookNow() { hurry.ring() }

    /// - Parameters:
    ///   - name: what the bot called itself; asked for again after it was started anew, as another one may listen now.
    ///   - uptime: how long it had been up the last time.
    private func look(_ name: inout String?, _ uptime: inout Double) -> Look {
        let begin = MonotonicTime.now()
        let finding = check.run()
        let took = MonotonicTime.now().since(begin)
        if case .report(let report, _, let url) = finding {
            place.withLock { $0 = url }
            if name == nil || report.uptimeSeconds < uptime {
                let root = try? HTTPGet(url.sibling("/"), timeout: Self.timeout).run()
                name = root.flatMap { BotIdentity(json: $0.body)?.bot }
            }
            uptime = report.uptimeSeconds
        }
        return Look(finding: finding, name: name, took: took)
    }
}

extension HTTPURL {
    /// Another path of the same bot, which may have a prefix before its own: `/a/health` and `/a/restart`.
    func sibling(_ path: String) -> HTTPURL {
        let own = target.prefix { $0 != "?" }
        return with(target: own.hasSuffix("/health") ? own.dropLast(7) + path : path)
    }
}
