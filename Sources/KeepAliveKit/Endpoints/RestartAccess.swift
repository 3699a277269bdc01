import KeepAlivePlatform

/// Decides who may restart the bot over HTTP. Pure.
///
/// With a token: every request that carries it. Without a token, `prod` accepts no request. Other environments accept
/// only local programs of this user or root that address this machine by its own name. So neither a web page in a
/// browser (CSRF, DNS rebinding) nor a client behind a local proxy passes for the owner.
package struct RestartAccess: Equatable, Sendable {
    enum Decision: Equatable {
        case allowed
        case unauthorized(String)
        case forbidden(String)
    }

    let token: String?
    let isProduction: Bool

    /// - Parameters:
    ///   - authorization: the value of the Authorization field; nil when there is none, or more than one.
    ///   - host: the value of the Host field.
    ///   - authority: the host and port of an absolute target.
    ///   - owner: the owner of the client program; evaluated last, and only if the rest allows the request.
    func decide(
        authorization: [UInt8]?, host: [UInt8]?, authority: [UInt8]? = nil, markers: HTTPRequest.Markers,
        peerIsLoopback: Bool, owner: @autoclosure () -> PeerOwner
    ) -> Decision {
        if let token {
            guard let authorization, let shown = Self.bearer(authorization), Self.areEqual(shown, Array(token.utf8))
            else { return .unauthorized("the header Authorization: Bearer RESTART_TOKEN is needed") }
            return .allowed
        }
        let remedy = "set RESTART_TOKEN and send it as Authorization: Bearer TOKEN"
        if isProduction { return .forbidden("/restart is disabled in prod without a token: \(remedy)") }
        guard peerIsLoopback else {
            return .forbidden("without a token, /restart accepts requests of this machine only: \(remedy)")
        }
        // An absolute target takes precedence over the Host field (RFC 9112, section 3.2.2); here both must match.
        guard let host, Self.isLoopbackName(host), authority.map(Self.isLoopbackName) ?? true else {
            return .forbidden("the Host header is not a loopback name such as localhost: \(remedy)")
        }
        guard markers.isEmpty else {
            return .forbidden("the request came through a browser or a proxy: \(remedy)")
        }
        switch owner() {
        case .ourselves: return .allowed
        case .somebodyElse: return .forbidden("the request came from another user's program: \(remedy)")
        case .unknown: return .forbidden("/proc does not show which user sent the request: \(remedy)")
        }
    }

    /// Whether a request comes from the owner: a local program of this user or root, without a proxy, that uses this
    /// machine's own name. This does not identify the web page behind a browser's request.
    package static func isOwners(_ request: HTTPRequest, _ bytes: Span<UInt8>, from peer: HTTPPeer) -> Bool {
        let browsers: HTTPRequest.Markers = [.origin, .secFetch, .referer, .cookie]
        let names = [request.host, request.authority].compactMap { $0 }.map { [UInt8](bytes, $0) }
        return peer.isLoopback && request.host != nil && names.allSatisfy(isLoopbackName)
            && request.markers.isSubset(of: browsers) && peer.owner == .ourselves
    }

    /// The token of `Bearer TOKEN`; the scheme's case does not matter (RFC 9110, section 11.1).
    package static func bearer(_ value: [UInt8]) -> [UInt8]? {
        guard value.count > 7, zip(value, "bearer ".utf8).allSatisfy({ $0.lowercased == $1 }) else { return nil }
        return Array(value[7...].drop(while: isBlank))
    }

    /// Compares in a time that depends on the lengths alone: an early exit would reveal how many bytes are right.
    package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        var difference = left.count ^ right.count
        for index in 0..<max(left.count, right.count) {
            let one = index < left.count ? left[index] : 0
            let other = index < right.count ? right[index] : 0
            difference |= Int(one ^ other)
        }
        return difference == 0
    }

    /// localhost, 127.0.0.0/8 or [::1], with or without a port.
    package static func isLoopbackName(_ host: [UInt8]) -> Bool {
        let text = String(decoding: host, as: UTF8.self).lowercased()
        var name = text[...]
        if let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") {
            guard text[text.index(after: colon)...].utf8.allSatisfy(isDigit) else { return false }
            name = text[..<colon]
        }
        if name == "localhost" || name == "localhost." || name == "[::1]" { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.first == "127"
            && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isDigit) && UInt8($0) != nil }
    }
}
