import KeepAliveKit
import KeepAlivePlatform

/// Finds out why a name could not be looked up. libcurl does not tell: "no such host" and "nobody to ask" look alike in it.
enum NameLookup {
    enum Outcome: Sendable, Equatable {
        /// The name has an address by now.
        case found
        /// A name server says that there is no such name.
        case noSuchName
        /// Nothing was found out: the name server failed, or did not answer in time.
        case failing
        case short(Int32)
    }

    /// How long looking further may take: the check's own time may be over already.
    private static let patience = Duration.milliseconds(700)

    static func verdict(on name: String, words: String, hasConnectivity: Bool) async -> ProbeResult {
        async let isResolverOut = Resolver.isOut(within: patience)
        async let lookup = BlockingCall().run(timeout: patience) { look(up: name) }
        return verdict(
            (try? await lookup) ?? .failing, isResolverOut: await isResolverOut, name: name, words: words,
            hasConnectivity: hasConnectivity)
    }

    /// What it comes to. Pure.
    static func verdict(
        _ outcome: Outcome, isResolverOut: Bool, name: String, words: String, hasConnectivity: Bool
    ) -> ProbeResult {
        switch outcome {
        case .noSuchName: return ProbeResult(status: .unhealthy, message: "the host name does not exist")
        case .short(let code): return Shortage.words(code).map { .short(of: $0) } ?? unhealthy(words)
        case .found: return unhealthy(words)
        case .failing where !isResolverOut: return unhealthy("\(words): the name server fails for this name")
        case .failing:
            // A name under .invalid exists nowhere, whatever a resolver says (RFC 6761, section 6.4): once the connectivity
            // target has vouched for our network, that is the target's own fault.
            if hasConnectivity, name.lowercased().hasSuffix(".invalid") { return unhealthy(words) }
            return ProbeResult(
                status: .unknown, message: "\(words): no name server answers this monitor",
                shortage: "no name server that answers")
        }
    }

    private static func unhealthy(_ words: String) -> ProbeResult { ProbeResult(status: .unhealthy, message: words) }

    /// Asks the system's resolver; blocks.
    private static func look(up name: String) -> Outcome {
        do throws(SocketAddress.UnknownHost) {
            _ = try SocketAddress.resolve(name, port: 0)
            return .found
        } catch {
            switch error.code {
            case EAI_MEMORY: return .short(ENOMEM)
            case EAI_SYSTEM: return Shortage.words(error.systemCode) == nil ? .failing : .short(error.systemCode)
            // The name exists, without an address.
            case EAI_NONAME, noData: return .noSuchName
            default: return .failing
            }
        }
    }

    #if canImport(Glibc)
        // EAI_NODATA, which glibc shows to GNU programs alone.
        private static let noData: Int32 = -5
    #else
        private static let noData = EAI_NONAME
    #endif
}
