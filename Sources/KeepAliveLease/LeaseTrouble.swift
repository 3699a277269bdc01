import KeepAliveKit
import KeepAlivePlatform

/// A run of unknown answers: why the lease cannot be used, what was logged of it, and how long to wait. Pure.
struct LeaseTrouble: Equatable, Sendable {
    /// How often a lasting trouble is logged again.
    static let repeatEvery: Duration = .seconds(300)
    /// Two causes that take turns must not fill the log.
    private static let pause: Duration = .seconds(10)

    /// The words of the last answer.
    private(set) var words: String
    /// The lease can be seen, and only a change of its row fails.
    private(set) var isOfChange: Bool
    /// Only a person can help, as with a wrong password: less haste.
    private(set) var isLasting: Bool
    private let since: Duration
    private var count = 1
    private var saidAt: Duration
    private var said: String
    /// Since when this lease-keeper gives no other answers.
    private var keeperSince: Duration

    /// - Parameters:
    ///   - words: why, with the server's code.
    ///   - isOfChange: whether the request was to change the row of another, or of nobody.
    init(_ words: String, isOfChange: Bool, isLasting: Bool, at now: Duration) {
        self.words = words
        self.isOfChange = isOfChange
        self.isLasting = isLasting
        (since, saidAt, keeperSince) = (now, now, now)
        said = words
    }

    /// The trouble in a sentence.
    var sentence: String { "the lease cannot be \(isOfChange ? "taken" : "reached"): \(words)" }

    /// Another unknown answer.
    ///
    /// - Returns: a line for the log, if there is news or the trouble lasts.
    mutating func add(_ words: String, isOfChange: Bool, isLasting: Bool, at now: Duration) -> String? {
        count &+= 1
        (self.words, self.isOfChange, self.isLasting) = (words, isOfChange, isLasting)
        let isNews = words != said && now - saidAt >= Self.pause
        guard isNews || now - saidAt >= Self.repeatEvery else { return nil }
        (said, saidAt) = (words, now)
        return sentence + " (for \((now - since).inWords) now)"
    }

    /// How long to wait after the last unknown answer: twice as long after each, and never in step with others.
    ///
    /// - Parameters:
    ///   - first: after the first one.
    ///   - most: after many, unless only a person can help.
    func delay(from first: Duration, through most: Duration) -> Duration {
        let delay = min(first * (1 << min(count - 1, 10)), isLasting ? .seconds(30) : most)
        var random = SystemRandomNumberGenerator()
        return max(first, delay) * Int.random(in: 75...125, using: &random) / 100
    }

    /// Whether lease-keeper itself may be the cause: it has given no other answer for this long.
    mutating func needsFreshKeeper(after time: Duration, at now: Duration) -> Bool {
        guard now - keeperSince >= time else { return false }
        keeperSince = now
        return true
    }
}
