/// An `http://` address: enough for health checks of local services.
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

    /// Parses `http://host[:port][/path][?query]`; nil for anything else.
    package init?(_ text: String) {
        guard text.lowercased().hasPrefix("http://"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return nil
        }
        let rest = text.dropFirst(7)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        var name = rest[..<end]
        let tail = rest[end...].prefix { $0 != "#" }
        // This client sends no name and password before an @, so it does not accept them.
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
            // An IPv6 address without brackets: the boundary to the port is ambiguous.
            return nil
        }
        guard !name.isEmpty, !name.contains("["), !name.contains("]") else { return nil }
        self.init(host: String(name), port: port, target: tail.hasPrefix("/") ? String(tail) : "/" + tail)
    }

    /// Host and port for a Host header and for messages.
    package var authority: String {
        (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
    }

    /// This address with another path.
    package func with(target: String) -> HTTPURL {
        HTTPURL(host: host, port: port, target: target)
    }
}
