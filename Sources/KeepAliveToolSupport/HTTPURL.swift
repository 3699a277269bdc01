/// An `http://` address: all that a health check of a machine's own services needs.
package struct HTTPURL: Equatable, Sendable {
    package let host: String
    package let port: UInt16
    /// Path and query.
    package let target: String

    package init(host: String, port: UInt16, target: String) {
        self.host = host
        self.port = port
        self.target = target
    }

    /// Reads `http://host[:port][/path][?query]`; nil when it is something else.
    package init?(_ text: String) {
        guard text.lowercased().hasPrefix("http://"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return nil
        }
        let rest = text.dropFirst(7)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        var name = rest[..<end]
        let tail = rest[end...].prefix { $0 != "#" }
        // A name and password before an @ are not sent by this client, so they are not taken either.
        guard !name.contains("@") else { return nil }
        var port: UInt16 = 80
        if let colon = name.lastIndex(of: ":"), !name.hasSuffix("]") {
            let digits = name[name.index(after: colon)...]
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(digits), number > 0 else {
                return nil
            }
            port = number
            name = name[..<colon]
        }
        if name.hasPrefix("["), name.hasSuffix("]") {
            name = name.dropFirst().dropLast()
        } else if name.contains(":") {
            // An IPv6 address without brackets: where it ends and the port begins is anybody's guess.
            return nil
        }
        guard !name.isEmpty, !name.contains("["), !name.contains("]") else { return nil }
        self.init(host: String(name), port: port, target: tail.hasPrefix("/") ? String(tail) : "/" + tail)
    }

    /// Host and port as a Host header and a message write them.
    package var authority: String {
        (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
    }

    /// The same place with another path.
    package func with(target: String) -> HTTPURL {
        HTTPURL(host: host, port: port, target: target)
    }
}
