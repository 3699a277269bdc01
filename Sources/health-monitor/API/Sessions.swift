import KeepAliveKit
import KeepAlivePlatform

/// The sessions of the page's logins: kept in memory for twelve hours, and lost with the process.
struct Sessions {
    static let lifetime = Duration.seconds(12 * 3600)
    static let most = 1000

    /// A browser sends a host's cookies to every port and keeps one per name. So monitors on one host need different
    /// names. A port in the name is not enough: two containers may share one.
    let cookie = "health_monitor_session_\(Nonce.make().prefix(8))"
    private var endings: [String: MonotonicTime] = [:]

    /// Begins a session; its name is 128 random bits.
    mutating func begin(at now: MonotonicTime = .now()) -> String {
        endings = endings.filter { $0.value > now }
        if endings.count >= Self.most, let oldest = endings.min(by: { $0.value < $1.value }) {
            endings[oldest.key] = nil
        }
        let name = Nonce.make()
        endings[name] = now.advanced(by: Self.lifetime)
        return name
    }

    mutating func end(_ name: String) {
        endings[name] = nil
    }

    /// When a session ends; nil if it does not exist.
    func ending(of name: String, at now: MonotonicTime = .now()) -> MonotonicTime? {
        endings[name].flatMap { $0 > now ? $0 : nil }
    }

    /// The sessions that a request's cookies name. There are several if monitors at two paths of one host share a name.
    func names(in request: HTTPRequest, _ bytes: Span<UInt8>) -> [String] {
        var found: [String] = []
        for field in request.fields("cookie", in: bytes) {
            for pair in String(decoding: [UInt8](bytes, field), as: UTF8.self).split(separator: ";") {
                let pair = pair.drop { $0 == " " }
                guard pair.hasPrefix("\(cookie)=") else { continue }
                found.append(String(pair.dropFirst(cookie.count + 1)))
            }
        }
        return found
    }

    /// The header line that sets the browser's session cookie; with nil, the line that deletes it.
    ///
    /// Without a path the cookie applies to the folder of `/login` as the browser sees it (RFC 6265, section 5.1.4). So
    /// other programs behind the proxy's host do not get it.
    func field(_ name: String?, isSecure: Bool) -> String {
        let age = name == nil ? 0 : Self.lifetime.components.seconds
        return "Set-Cookie: \(cookie)=\(name ?? ""); Max-Age=\(age); HttpOnly; SameSite=Strict"
            + (isSecure ? "; Secure\r\n" : "\r\n")
    }
}
