import KeepAliveKit

/// Decides whether a bot is half-deaf: its polls are answered but empty, while its pending updates grow. Pure.
struct Deafness: Equatable {
    /// Why polls are empty although updates are pending.
    enum Finding: Equatable, CustomStringConvertible {
        case growing(pending: Int)
        /// A webhook takes the updates; only its host is shown, because its path may be secret.
        case webhook(host: String)

        /// The finding without the number, which changes with each look.
        var kind: Self {
            if case .growing = self { .growing(pending: 0) } else { self }
        }

        var description: String {
            switch self {
            case .growing(let pending):
                "half-deaf: polls come back empty, but \(pending) updates wait at Telegram, and more come; "
                    + "if this lasts, restart the bot"
            case .webhook(let host):
                "half-deaf: polls come back empty, because Telegram sends updates to a webhook at \(host); "
                    + "stop what runs there, then call deleteWebhook"
            }
        }
    }

    private let interval: Duration
    private var lookAt: SuspendingClock.Instant?
    private var lastPending = 0
    private(set) var finding: Finding?

    /// - Parameter interval: how long polls are empty before the first check, and between two checks.
    init(interval: Duration) { self.interval = interval }

    /// A poll was answered.
    ///
    /// - Returns: whether to check now how many updates are pending.
    mutating func polled(updates: Int, at now: SuspendingClock.Instant) -> Bool {
        guard updates == 0 else {
            self = Deafness(interval: interval)
            return false
        }
        let due = lookAt ?? now.advanced(by: interval)
        lookAt = due <= now ? now.advanced(by: interval) : due
        return due <= now
    }

    /// Telegram answered how many updates are pending. One check proves nothing: an update may have just arrived.
    ///
    /// - Parameter webhook: the host of the webhook; nil if none is set.
    mutating func looked(pending: Int, webhook: String?) {
        let isGrowing = pending > lastPending && lastPending > 0
        if let webhook {
            finding = .webhook(host: webhook)
        } else if case .growing? = finding, pending > 0 {
            finding = .growing(pending: pending)
        } else {
            finding = isGrowing ? .growing(pending: pending) : nil
        }
        lastPending = pending
    }
}
