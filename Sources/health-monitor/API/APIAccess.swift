import KeepAliveKit
import KeepAlivePlatform

/// Who may use the API: whoever shows one of the keys, as `X-API-Key: KEY` or `Authorization: Bearer KEY`.
///
/// Wrong keys are slowed down (``WrongTries``). A session of the page's login is as good as a key, and is not held up by
/// anybody's wrong ones.
struct APIAccess {
    var sessions = Sessions()
    private let keys: [[UInt8]]
    private var wrongKeys: WrongTries
    private var wrongTokens: TokenBucket

    init(keys: [String], at now: MonotonicTime = .now()) {
        self.keys = keys.map { Array($0.utf8) }
        wrongKeys = WrongTries(at: now)
        wrongTokens = TokenBucket(capacity: 20, perSecond: 1, at: now)
    }

    /// What a request shows; of a field that stands twice nobody can say which one is meant.
    static func credentials(of request: HTTPRequest, _ bytes: Span<UInt8>) -> [[UInt8]] {
        let keys = request.fields("x-api-key", in: bytes)
        let authorizations = request.fields("authorization", in: bytes)
        let key = keys.count == 1 ? [UInt8](bytes, keys[0]) : nil
        let bearer = authorizations.count == 1 ? RestartAccess.bearer([UInt8](bytes, authorizations[0])) : nil
        let isShown = keys.count + authorizations.count > 0
        let shown = [key, bearer].compactMap { $0 }
        // Something that cannot be right is a wrong try all the same.
        return shown.isEmpty && isShown ? [[]] : shown
    }

    /// Whether there is a key to come in with.
    var hasKeys: Bool { !keys.isEmpty }

    /// Throws unless one of the credentials is a key, or one of the sessions runs. A session that is over is no wrong try:
    /// pages that stay open would use up everybody's.
    mutating func check(
        _ credentials: [[UInt8]], sessions names: [String] = [], from network: UInt64, at now: MonotonicTime = .now()
    ) throws(Refusal) {
        if names.contains(where: { sessions.ending(of: $0, at: now) != nil }) { return }
        guard !keys.isEmpty else {
            throw Self.unauthorized(
                "no API key is configured: set api: {key: \"...\"} in the configuration of health-monitor; "
                    + "without a key the API answers only programs of the monitor's own user or root on this machine")
        }
        var isRight = false
        for credential in credentials where Self.matches(credential, keys) { isRight = true }
        // A right key is always taken: who shares an address with somebody that guesses is not held up.
        if isRight { return }
        if !credentials.isEmpty { try Self.refuse(wrongKeys.wait(for: network, at: now), "keys") }
        if !credentials.isEmpty { try Self.refuse(wrongKeys.note(from: network, at: now), "keys") }
        throw Self.unauthorized(
            credentials.isEmpty
                ? "an API key is needed: send X-API-Key: KEY or Authorization: Bearer KEY, with a key of api.keys"
                : "the API key is wrong: send X-API-Key: KEY or Authorization: Bearer KEY, with a key of api.keys")
    }

    /// A service has called in with a token that is none; throws once there were too many.
    mutating func noteWrongToken(at now: MonotonicTime = .now()) throws(Refusal) {
        try Self.refuse(wrongTokens.take(at: now), "tokens")
    }

    private static func refuse(_ wait: Int?, _ what: String) throws(Refusal) {
        guard let wait else { return }
        throw Refusal(
            .tooManyRequests, "too many wrong \(what): try again in \(wait) s", fields: "Retry-After: \(wait)\r\n")
    }

    /// Whether the credential is one of the secrets, in a time that does not tell which one, nor how much of it was right.
    static func matches(_ credential: [UInt8], _ secrets: [[UInt8]]) -> Bool {
        var isOne = false
        for secret in secrets where RestartAccess.areEqual(credential, secret) { isOne = true }
        return isOne
    }

    private static func unauthorized(_ reason: String) -> Refusal {
        Refusal(.unauthorized, reason, fields: "WWW-Authenticate: Bearer realm=\"health-monitor\"\r\n")
    }
}
