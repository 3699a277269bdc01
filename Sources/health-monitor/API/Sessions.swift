import KeepAliveKit
import KeepAlivePlatform

/// The sessions of the page's logins: in memory, for twelve hours, and gone with the process.
struct Sessions {
    static let lifetime = Duration.seconds(12 * 3600)
    static let most = 1000

    /// A browser sends a host's cookies to every port of it, and keeps one of each name: another monitor there must not
    /// take the place of this one's. Ports do not tell them apart, since two containers may have the same.
    let cookie = "health_monitor_session_\(Nonce.make().prefix(8))"
    private var endings: [String: MonotonicTime] = [:]

    /// Begins a session; its name is 128 bits that nobody can guess.
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

    /// When a session ends; nil where there is none of that name.
    func ending(of name: String, at now: MonotonicTime = .now()) -> MonotonicTime? {
        endings[name].flatMap { $0 > now ? $0 : nil }
    }

    /// The sessions that a request's cookies name: several, where monitors at two paths of one host had the same name.
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

    /// The header line that gives a browser its session, or with nil takes it away.
    ///
    /// Without a path it is for the folder of `/login` as the browser sees it (RFC 6265, section 5.1.4): below a proxy's
    /// path other programs of that host do not get it.
    func field(_ name: String?, isSecure: Bool) -> String {
        let age = name == nil ? 0 : Self.lifetime.components.seconds
        return "Set-Cookie: \(cookie)=\(name ?? ""); Max-Age=\(age); HttpOnly; SameSite=Strict"
            + (isSecure ? "; Secure\r\n" : "\r\n")
    }
}
