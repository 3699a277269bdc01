import KeepAliveLease

/// What the people who asked for handovers are told, in `launcher.status`: how long the next step may take, and the
/// result. Several may ask at once, and each waits for its own number.
struct HandoverLog: Equatable {
    /// One entry of the file's line.
    struct Entry: Equatable {
        enum Outcome: Equatable {
            /// Under way; the launcher writes something else within so many seconds.
            case waits(seconds: Int64)
            case done(String)
            case failed(String)
        }

        let requests: [String]
        let outcome: Outcome

        init(_ requests: [String], _ outcome: Outcome) {
            self.requests = requests
            self.outcome = outcome
        }

        fileprivate var text: String {
            let (word, words) =
                switch outcome {
                case .waits(let seconds): ("waits", String(seconds))
                case .done(let words): ("done", words)
                case .failed(let words): ("failed", words)
                }
            return "\(requests.joined(separator: ",")) \(word) \(words)"
        }

        fileprivate init?(_ text: Substring) {
            let parts = text.split(separator: " ", maxSplits: 2)
            guard parts.count == 3 else { return nil }
            requests = parts[0].split(separator: ",").map(String.init)
            switch parts[1] {
            case "waits":
                guard let seconds = Int64(parts[2]) else { return nil }
                outcome = .waits(seconds: seconds)
            case "done": outcome = .done(String(parts[2]))
            case "failed": outcome = .failed(String(parts[2]))
            default: return nil
            }
        }
    }

    /// Several at a standby may be refused within one turn.
    private static let most = 4
    private static let separator: Character = "|"

    private var requests: [String] = []
    private var limit: Int64 = 0
    private var ended: [Entry] = []

    /// A person asks.
    mutating func began(_ request: String) {
        // More than that ask nobody's launcher.
        if requests.count < 8 { requests.append(request) }
    }

    /// The handover goes on; `grace`: how long the bot may take to stop.
    mutating func note(_ phase: LeaseState.Phase, grace: Duration) {
        switch phase {
        case .offering: limit = LeaseTimes.offerFor.components.seconds
        case .passing: limit = (grace + .seconds(5)).components.seconds
        default: break
        }
    }

    /// It has ended, for all who asked.
    mutating func ended(isDone: Bool, _ words: String) {
        let words = String(words.map { $0 == Self.separator ? "/" : $0 })
        ended.append(Entry(requests, isDone ? .done(words) : .failed(words)))
        ended = ended.suffix(Self.most)
        requests = []
    }

    /// The line of the status file, the newest first: a long line is cut.
    var text: String {
        ((requests.isEmpty ? [] : [Entry(requests, .waits(seconds: limit))]) + ended.reversed()).map(\.text)
            .joined(separator: String(Self.separator))
    }

    /// What a line says about a request; nil if nothing.
    static func outcome(of request: String, in text: String) -> Entry.Outcome? {
        text.split(separator: separator).compactMap { Entry($0) }.first { $0.requests.contains(request) }?.outcome
    }
}
