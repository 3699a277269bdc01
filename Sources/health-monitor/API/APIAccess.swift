import KeepAliveKit
import KeepAlivePlatform

/// Lets a request use the API if it carries one of the keys: `X-API-Key: KEY` or `Authorization: Bearer KEY`.
///
/// ``WrongTries`` slows down wrong keys. A session of the page's login counts like a key; others' wrong keys do not
/// delay it.
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

    /// The credentials that a request carries. A repeated field is ambiguous, so it yields none.
    static func credentials(of request: HTTPRequest, _ bytes: Span<UInt8>) -> [[UInt8]] {
        let keys = request.fields("x-api-key", in: bytes)
        let authorizations = request.fields("authorization", in: bytes)
        let key = keys.count == 1 ? [UInt8](bytes, keys[0]) : nil
        let bearer = authorizations.count == 1 ? RestartAccess.bearer([UInt8](bytes, authorizations[0])) : nil
        let isShown = keys.count + authorizations.count > 0
        let shown = [key, bearer].compactMap { $0 }
        // A credential that cannot be right still counts as a wrong try.
        return shown.isEmpty && isShown ? [[]] : shown
    }

    /// Whether at least one key is configured.
    var hasKeys: Bool { !keys.isEmpty }

    /// Whether a credential is a key: no other site's page can show one.
    func hasKey(among credentials: [[UInt8]]) -> Bool {
        var isRight = false
        for credential in credentials where Self.matches(credential, keys) { isRight = true }
        return isRight
    }

    /// Throws unless a credential is a key or a session is valid. An expired session is no wrong try: otherwise pages
    /// left open would exhaust the limit for all.
    mutating func check(
        _ credentials: [[UInt8]], sessions names: [String] = [], from network: UInt64, at now: MonotonicTime = .now()
    ) throws(Refusal) {
        if names.contains(where: { sessions.ending(of: $0, at: now) != nil }) { return }
        guard !keys.isEmpty else {
            throw Self.unauthorized(
                "no API key is configured: set api: {key: \"...\"} in the configuration of health-monitor; "
                    + "without a key the API answers only programs of the monitor's own user or root on this machine")
        }
        // A right key always passes: a guesser at the same address must not delay its holder.
        if hasKey(among: credentials) { return }
        if !credentials.isEmpty { try Self.refuse(wrongKeys.wait(for: network, at: now), "keys") }
        if !credentials.isEmpty { try Self.refuse(wrongKeys.note(from: network, at: now), "keys") }
        throw Self.unauthorized(
            credentials.isEmpty
                ? "an API key is needed: send X-API-Key: KEY or Authorization: Bearer KEY, with a key of api.keys"
                : "the API key is wrong: send X-API-Key: KEY or Authorization: Bearer KEY, with a key of api.keys")
    }

    /// Who sent a request that `check` has allowed, in words for the timeline.
    func holder(of credentials: [[UInt8]], sessions names: [String], at now: MonotonicTime = .now()) -> String {
        // The order in which `check` looks.
        if names.contains(where: { sessions.ending(of: $0, at: now) != nil }) { return "page login" }
        for (index, key) in keys.enumerated() where credentials.contains(where: { Self.matches($0, [key]) }) {
            return keys.count == 1 ? "API key" : "API key \(index + 1)"
        }
        return "local user"
    }

    /// Counts a push with an unknown token; throws after too many of them.
    mutating func noteWrongToken(at now: MonotonicTime = .now()) throws(Refusal) {
        try Self.refuse(wrongTokens.take(at: now), "tokens")
    }

    private static func refuse(_ wait: Int?, _ what: String) throws(Refusal) {
        guard let wait else { return }
        throw Refusal(
            .tooManyRequests, "too many wrong \(what): try again in \(wait) s", fields: "Retry-After: \(wait)\r\n")
    }

    /// Whether the credential is one of the secrets. The time taken reveals neither which one nor how much of it
    /// matched.
    static func matches(_ credential: [UInt8], _ secrets: [[UInt8]]) -> Bool {
        var isOne = false
        for secret in secrets where RestartAccess.areEqual(credential, secret) { isOne = true }
        return isOne
    }

    private static func unauthorized(_ reason: String) -> Refusal {
        Refusal(.unauthorized, reason, fields: "WWW-Authenticate: Bearer realm=\"health-monitor\"\r\n")
    }
}
