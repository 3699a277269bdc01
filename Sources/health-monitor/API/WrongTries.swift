import KeepAliveKit
import KeepAlivePlatform

/// Counts wrong keys. Pure: the caller passes the time.
///
/// After twenty wrong tries of all clients together, wrong keys get 429, but for one a second; a right key always passes.
/// A network with a thousand wrong tries counts against the others at most once a second.
struct WrongTries {
    static let mostNetworks = 1024
    static let mostOfOne = 1000

    private var everybody: TokenBucket
    private var networks: [UInt64: TokenBucket] = [:]

    init(at now: MonotonicTime) {
        everybody = TokenBucket(capacity: 20, perSecond: 1, at: now)
    }

    /// The seconds until a wrong key of this network counts again; nil if it counts now.
    func wait(for network: UInt64, at now: MonotonicTime) -> Int? {
        networks[network]?.wait(at: now)
    }

    /// Counts a wrong try; returns the seconds to wait after too many.
    mutating func note(from network: UInt64, at now: MonotonicTime) -> Int? {
        var own = networks[network] ?? TokenBucket(capacity: Double(Self.mostOfOne), perSecond: 1, at: now)
        _ = own.take(at: now)
        // When the table is full, the network with the fewest tries makes room.
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
    /// The network that a request counts for: the address reported by a proxy on this machine, otherwise the peer's
    /// own.
    func network(of request: HTTPRequest, _ bytes: Span<UInt8>) -> UInt64 {
        guard isLoopback, let field = request.fields("x-forwarded-for", in: bytes).last else { return network }
        // Each proxy appends its entry; a client can forge all earlier ones.
        return SameOrigin.values(String(decoding: [UInt8](bytes, field), as: UTF8.self)).last
            .flatMap { SocketAddress.network(numeric: $0) } ?? network
    }
}
