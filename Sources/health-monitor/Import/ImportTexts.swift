#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension String {
    /// The text in base64 (RFC 4648), for basic authentication.
    var base64: String { Data(utf8).base64EncodedString() }
}

extension StringProtocol {
    var trimmingBlanks: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}

/// The parts of a database's connection string. Pure.
struct DatabaseAddress {
    var user: String?
    var password: String?
    let host: String
    let port: Int?
    let database: String?

    init?(_ text: String) {
        guard let url = URL(string: text), let host = url.host(percentEncoded: false), !host.isEmpty else { return nil }
        self.host = host
        port = url.port
        user = url.user(percentEncoded: false).flatMap { $0.isEmpty ? nil : $0 }
        password = url.password(percentEncoded: false).flatMap { $0.isEmpty ? nil : $0 }
        let path = url.path(percentEncoded: false).drop { $0 == "/" }
        database = path.isEmpty ? nil : String(path)
    }
}
