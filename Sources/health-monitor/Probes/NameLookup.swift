import KeepAliveKit
import KeepAlivePlatform

/// Finds out why a name lookup failed: libcurl reports "no such host" and "no name server" alike.
enum NameLookup {
    enum Outcome: Sendable, Equatable {
        /// The name has an address now.
        case found
        /// A name server reports that the name does not exist.
        case noSuchName
        /// Undecided: the name server failed or did not answer in time.
        case failing
        case short(Int32)
    }

    /// The time limit of this lookup: the check's own time may be over already.
    private static let patience = Duration.milliseconds(700)

    static func verdict(on name: String, words: String, hasConnectivity: Bool) async -> ProbeResult {
        async let isResolverOut = Resolver.isOut(within: patience)
        async let lookup = BlockingCall().run(timeout: patience) { look(up: name) }
        return verdict(
            (try? await lookup) ?? .failing, isResolverOut: await isResolverOut, name: name, words: words,
            hasConnectivity: hasConnectivity)
    }

    /// Judges the outcome. Pure.
    static func verdict(
        _ outcome: Outcome, isResolverOut: Bool, name: String, words: String, hasConnectivity: Bool
    ) -> ProbeResult {
        switch outcome {
        case .noSuchName: return ProbeResult(status: .unhealthy, message: "the host name does not exist")
        case .short(let code): return Shortage.words(code).map { .short(of: $0) } ?? unhealthy(words)
        case .found: return unhealthy(words)
        case .failing where !isResolverOut: return unhealthy("\(words): the name server fails for this name")
        case .failing:
            // A name under .invalid never exists, whatever a resolver answers (RFC 6761, section 6.4). Once the
            // connectivity target has confirmed our network, the target itself is wrong.
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
            // The name exists but has no address.
            case EAI_NONAME, noData: return .noSuchName
            default: return .failing
            }
        }
    }

    #if canImport(Glibc)
        // EAI_NODATA, which glibc defines only for GNU programs.
        private static let noData: Int32 = -5
    #else
        private static let noData = EAI_NONAME
    #endif
}
