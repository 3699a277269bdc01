import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport
import Synchronization

/// Polls one bot on its own thread, so that a hanging bot delays neither the keyboard nor other bots.
final class BotPoller: Sendable {
    /// The time limit for a bot's answer.
    static let timeout = Duration.seconds(5)

    private let number: Int
    private let check: Check
    private let inbox: WatchInbox
    private let hurry = Bell()
    /// The address of the bot's last answer.
    private let place = Mutex<HTTPURL?>(nil)

    init(number: Int, check: Check, inbox: WatchInbox) {
        self.number = number
        self.check = check
        self.inbox = inbox
    }

    /// The address of the bot's last answer, or the first one to ask.
    var url: HTTPURL? { place.withLock { $0 } ?? check.candidates.first }

    /// The port of the bot on this machine; nil if it runs elsewhere or has not answered.
    var localPort: UInt16? {
        guard let url = place.withLock({ $0 }) else { return nil }
        let isLocal = url.host.lowercased() == "localhost" || url.host == "::1" || url.host.hasPrefix("127.")
        return isLocal ? url.port : nil
    }

    /// Polls and posts the results; only once if there is no interval.
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

    /// Polls again now.
    func lookNow() { hurry.ring() }

    /// - Parameters:
    ///   - name: the bot's name; asked again after a restart, because another bot may listen now.
    ///   - uptime: the bot's uptime at the last poll.
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
    /// Another path of this bot, after an optional prefix: `/a/health` and `/a/restart`.
    func sibling(_ path: String) -> HTTPURL {
        let own = target.prefix { $0 != "?" }
        return with(target: own.hasSuffix("/health") ? own.dropLast(7) + path : path)
    }
}
