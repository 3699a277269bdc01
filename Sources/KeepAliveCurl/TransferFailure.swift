import CKeepAliveCurl
import KeepAlivePlatform

/// Turns libcurl's data of a failed transfer into an error worded for a person.
struct TransferFailure {
    private let code: CURLcode
    private let systemCode: Int
    private let verification: Int
    private let hasLookedUp: Bool
    /// Whether a socket is connected, perhaps to a proxy; libcurl's time of connecting stays 0 until TLS stands.
    private let hasSocket: Bool
    private let hasTLS: Bool
    private let hasConnected: Bool
    private let hasBegun: Bool
    /// libcurl's own words. They may name the URL's host, and sometimes more; they are searched, and only a proxy's name
    /// and the TLS library's reason are shown.
    private let words: String
    private let socketFailure: Int32
    /// The subject of the faulty certificate in the chain; nil if it is the peer's own.
    private let faultSubject: String?
    private let timeout: Duration
    private let connectTimeout: Duration

    /// Reads all data before the handle is reused.
    init(_ code: CURLcode, of easy: EasyHandle, timeout: Duration, connectTimeout: Duration) {
        self.code = code
        systemCode = easy.number(CURLINFO_OS_ERRNO)
        verification = easy.number(CURLINFO_SSL_VERIFYRESULT)
        hasLookedUp = easy.time(CURLINFO_NAMELOOKUP_TIME_T) > 0
        hasSocket = easy.number(CURLINFO_LOCAL_PORT) > 0
        hasTLS = easy.time(CURLINFO_APPCONNECT_TIME_T) > 0
        hasConnected = easy.time(CURLINFO_PRETRANSFER_TIME_T) > 0
        hasBegun = easy.time(CURLINFO_STARTTRANSFER_TIME_T) > 0
        words = easy.words
        socketFailure = easy.socketFailure
        faultSubject = easy.faultSubject
        self.timeout = timeout
        self.connectTimeout = connectTimeout
    }

    func error(_ endpoint: Endpoint) -> HTTPClientError {
        let kind = HTTPClientError.Kind(code)
        if hasTooLongLine { return .headTooLarge(endpoint) }
        if let shortage = shortage(endpoint) {
            return HTTPClientError(
                kind: kind, cause: .system(code: shortage), endpoint: endpoint,
                reason: Errno("connect", code: shortage).message,
                shortage: shortage)
        }
        if let reason = proxyFault(endpoint) ?? protocolFault(endpoint) {
            return HTTPClientError(kind: kind, endpoint: endpoint, reason: reason)
        }
        switch kind {
        case .couldNotResolve:
            return HTTPClientError(
                kind: kind, endpoint: endpoint, reason: "the host's name could not be looked up")
        case .couldNotConnect:
            guard let systemCode = Int32(exactly: systemCode), systemCode != 0 else { break }
            let reason = systemCode == ECONNREFUSED ? "connection refused" : Errno("connect", code: systemCode).message
            return HTTPClientError(kind: kind, cause: .system(code: systemCode), endpoint: endpoint, reason: reason)
        case .timedOut where !hasLookedUp && endpoint.isName:
            let limit = min(timeout, connectTimeout).inWords
            return HTTPClientError(
                kind: kind, cause: .lookupTimedOut, endpoint: endpoint,
                reason: "the host's name could not be looked up within \(limit)")
        case .timedOut:
            let limit = hasConnected ? timeout : min(timeout, connectTimeout)
            return HTTPClientError(
                kind: kind, endpoint: endpoint, reason: "\(missing(endpoint)) within \(limit.inWords)")
        case .tls:
            guard let (cause, reason) = certificateFault ?? handshakeFault ?? upgradeFault else { break }
            return HTTPClientError(kind: kind, cause: cause, endpoint: endpoint, reason: reason)
        case .connectionReset:
            let reason = tlsReason.map { "the TLS connection failed: \($0)" } ?? "the connection was reset"
            return HTTPClientError(kind: kind, endpoint: endpoint, reason: reason)
        case .closedEarly:
            let reason =
                code == CURLE_GOT_NOTHING
                ? "the connection was closed without an answer"
                : "the connection was closed before the end of the answer"
            return HTTPClientError(kind: kind, endpoint: endpoint, reason: reason)
        default: break
        }
        return HTTPClientError(code: code, endpoint: endpoint)
    }

    /// What had not happened when the time was over.
    private func missing(_ endpoint: Endpoint) -> String {
        if hasBegun { return "the answer was not complete" }
        if hasConnected { return "no answer came" }
        guard hasSocket, endpoint.isLoopback || !Self.hasProxy else { return "no connection was made" }
        let usesTLS = ["https", "smtps"].contains(endpoint.scheme)
        return usesTLS && !hasTLS
            ? "connected, but the TLS handshake did not end" : "connected, but no answer came"
    }

    /// Whether the environment names a proxy (libcurl-env(3)).
    private static var hasProxy: Bool {
        let names: [String] = ["https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"]
        return names.contains { unsafe getenv($0).map { unsafe $0.pointee != 0 } ?? false }
    }

    /// The fault of a proxy from the environment (`https_proxy`), if any. The error names the proxy, because the peer
    /// was never reached. Only libcurl's own words, which hold no password, show this.
    private func proxyFault(_ endpoint: Endpoint) -> String? {
        let parts = words.split(separator: " ")
        switch code {
        case CURLE_COULDNT_RESOLVE_PROXY:
            return "the name of the proxy \(parts.last ?? "") could not be looked up"
        case CURLE_COULDNT_CONNECT:
            // "Failed to connect to HOST port PORT after 0 ms: ..."
            guard words.hasPrefix("Failed to connect to "), parts.count > 6, parts[5] == "port" else { return nil }
            let (host, port) = (String(parts[4]), String(parts[6].prefix { $0.isNumber }))
            let own = endpoint.host.filter { $0 != "[" && $0 != "]" }
            // A name in another script appears there as given.
            guard Self.hasProxy, host.lowercased() != own.lowercased() || port != endpoint.port else { return nil }
            let refused = Int32(exactly: systemCode) == ECONNREFUSED
            return "the proxy \(host):\(port) \(refused ? "refused the connection" : "cannot be reached")"
        case CURLE_RECV_ERROR where words.contains("CONNECT"):
            return "the proxy refused to connect to it: \(words)"
        default: return nil
        }
    }

    /// Whether a header line was longer than libcurl takes (CURL_MAX_HTTP_HEADER). It calls that a lack of memory, or from
    /// 8.6.0 on CURLE_TOO_LARGE (100). Memory itself may lack in the middle of an answer too.
    private var hasTooLongLine: Bool {
        code.code == 100 || (code == CURLE_OUT_OF_MEMORY && hasBegun && OwnShortage.ofMemory == nil)
    }

    /// What is wrong with an answer that libcurl cannot read.
    private func protocolFault(_ endpoint: Endpoint) -> String? {
        switch code {
        // libcurl takes an answer without a status line for HTTP/0.9.
        case CURLE_UNSUPPORTED_PROTOCOL where words.contains("HTTP/0.9"): "the server does not speak HTTP"
        case CURLE_UNSUPPORTED_PROTOCOL where hasBegun, CURLE_WEIRD_SERVER_REPLY,
            CURLE_RECV_ERROR where words.contains("chunked-encoding"):
            "the answer is not valid \(endpoint.scheme.hasPrefix("smtp") ? "SMTP" : "HTTP")"
        default: nil
        }
    }

    /// The process's own shortage, if that explains the failure.
    private func shortage(_ endpoint: Endpoint) -> Int32? {
        switch code {
        case CURLE_OUT_OF_MEMORY: return ENOMEM
        case CURLE_COULDNT_CONNECT:
            return [socketFailure, Int32(clamping: systemCode)].lazy
                .compactMap { OwnShortage.code($0, connectingTo: endpoint) }.first
        // A lookup takes a thread and descriptors, and its failure carries no errno (asyn-thread.c).
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            return OwnShortage.ofDescriptors ?? (words.contains("thread failed to start") ? EAGAIN : nil)
        case CURLE_SSL_CACERT_BADFILE, CURLE_FAILED_INIT: return OwnShortage.ofDescriptors
        default: return nil
        }
    }

    // The numbers are OpenSSL's (x509_vfy.h); with another TLS library, its own words are used.
    private var certificateFault: (HTTPClientError.Cause?, String)? {
        guard code == CURLE_PEER_FAILED_VERIFICATION else { return nil }
        switch verification {
        case 9 where faultSubject != nil:
            return (.certificateNotYetValid, "the intermediate certificate \(faultSubject ?? "") is not valid yet")
        case 10 where faultSubject != nil:
            return (.certificateExpired, "the intermediate certificate \(faultSubject ?? "") has expired")
        case 9: return (.certificateNotYetValid, "the certificate is not valid yet")
        case 10: return (.certificateExpired, "the certificate has expired")
        case 18: return (.certificateSelfSigned, "the certificate is self-signed and not trusted")
        case 2, 19, 20, 21: return (.certificateNotTrusted, "the certificate's issuer is not trusted")
        // The chain is good; libcurl compares the names itself.
        case 0 where words.contains("match"), 1 where words.contains("match"):
            return (.certificateOfAnotherHost, "the certificate is for another host")
        default:
            // "SSL certificate problem: unsuitable certificate purpose"
            guard words.contains("certificate problem: "), let fault = words.split(separator: ": ").last
            else { return nil }
            return (nil, "the certificate is not accepted: \(fault)")
        }
    }

    private var handshakeFault: (HTTPClientError.Cause?, String)? {
        if code == CURLE_SSL_CACERT_BADFILE {
            return (.authoritiesUnreadable, "the file of certificate authorities cannot be read")
        }
        guard code == CURLE_SSL_CONNECT_ERROR else { return nil }
        if words.contains("wrong version number") || words.contains("packet length") {
            return (.notTLS, "the server does not speak TLS")
        }
        return (nil, "the TLS handshake failed\(tlsReason.map { ": \($0)" } ?? "")")
    }

    /// Why TLS failed, in OpenSSL's words if there are no better ones.
    private var tlsReason: String? {
        if words.contains("SSL_ERROR_SYSCALL") || words.contains("unexpected eof") {
            return "the server closed the connection"
        }
        if code == CURLE_SSL_CONNECT_ERROR, words.contains("reset by peer") {
            return "the server reset the connection"
        }
        // "OpenSSL/3.0.19: error:0A00045C:SSL routines::tlsv13 alert certificate required, errno 0"
        guard words.contains("SSL routines:"),
            let reason = words.split(separator: ":").last?.prefix(while: { $0 != "," })
        else { return nil }
        // The peer's alerts begin with a version, which says nothing of the peer's own.
        guard ["sslv3 ", "ssl/tls ", "tlsv1"].contains(where: { reason.hasPrefix($0) }) else { return String(reason) }
        let alert = reason.split(separator: " ").dropFirst().drop { $0 == "alert" }.joined(separator: " ")
        return "the server refuses it (\(alert))"
    }

    /// A server that offers STARTTLS and then refuses it has answered with a code, which is reported as such.
    private var upgradeFault: (HTTPClientError.Cause?, String)? {
        code == CURLE_USE_SSL_FAILED ? (.noStartTLS, "the mail server offers no STARTTLS") : nil
    }
}
