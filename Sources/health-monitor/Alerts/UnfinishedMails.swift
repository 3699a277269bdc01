import KeepAlivePlatform
import Synchronization

/// The messages that a mail server has taken for some recipients and refuses for others for now, as servers with
/// greylists do. A new attempt goes to the others only. Thread-safe.
///
/// In memory: after a restart of the monitor all recipients get such a message once more.
final class UnfinishedMails: Sendable {
    struct Rest: Sendable, Equatable {
        var recipients: [String]
        /// Who will not get it, with the server's code.
        var refused: [String] = []
        /// When the server took it for the first recipients.
        let began: MonotonicTime
    }

    /// Its outbox may drop a message, which nobody ends here then.
    private static let most = 1000

    private let rests = Mutex<[String: Rest]>([:])

    subscript(key: String) -> Rest? {
        get { rests.withLock { $0[key] } }
        set {
            rests.withLock { rests in
                rests[key] = newValue
                guard rests.count > Self.most, let oldest = rests.min(by: { $0.value.began < $1.value.began }) else {
                    return
                }
                rests[oldest.key] = nil
            }
        }
    }
}
