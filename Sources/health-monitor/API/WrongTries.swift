import KeepAliveKit
import KeepAlivePlatform

/// How often keys were shown that are none. Pure: times go in.
///
/// Everybody's wrong tries together are told to slow down after twenty, and whoever has a right key is not held up by them.
/// That alone would stop nobody who guesses and ignores what he is told: so a network that has used up a thousand of its
/// own is heard once a second only.
struct WrongTries {
    static let mostNetworks = 1024
    static let mostOfOne = 1000

    private var everybody: TokenBucket
    private var networks: [UInt64: TokenBucket] = [:]

    init(at now: MonotonicTime) {
        everybody = TokenBucket(capacity: 20, perSecond: 1, at: now)
    }

    /// For how many seconds no key from this network is looked at; nil where it is.
    func wait(for network: UInt64, at now: MonotonicTime) -> Int? {
        networks[network]?.wait(at: now)
    }

    /// Notes one; the seconds to wait where there were too many.
    mutating func note(from network: UInt64, at now: MonotonicTime) -> Int? {
        var own = networks[network] ?? TokenBucket(capacity: Double(Self.mostOfOne), perSecond: 1, at: now)
        _ = own.take(at: now)
        // Who comes from everywhere pushes out those who did the least.
        if networks[network] == nil, networks.count >= Self.mostNetworks,
            let mildest = networks.max(by: { $0.value.tokens(at: now) < $1.value.tokens(at: now) })
        {
            networks[mildest.key] = nil
        }
        networks[network] = own
        return everybody.take(at: now)
    }
}

extension HTTPPeer {
    /// Whose tries a request counts as: what the last proxy says where that is on this machine, else the peer's own.
    func network(of request: HTTPRequest, _ bytes: Span<UInt8>) -> UInt64 {
        guard isLoopback, let field = request.fields("x-forwarded-for", in: bytes).last else { return network }
        // Each proxy adds at the end; what stands before may be anybody's.
        return SameOrigin.values(String(decoding: [UInt8](bytes, field), as: UTF8.self)).last
            .flatMap { SocketAddress.network(numeric: $0) } ?? network
    }
}
