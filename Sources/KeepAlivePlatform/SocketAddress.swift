/// An IPv4 or IPv6 address with a port.
package struct SocketAddress: Sendable {
    private let storage: sockaddr_storage
    private let length: socklen_t

    init(storage: sockaddr_storage, length: socklen_t) {
        self.storage = storage
        self.length = length
    }

    /// Whether a name always means this machine (RFC 6761, section 6.3): a small container may lack resolver and
    /// /etc/hosts.
    package static func isLocalhost(_ name: String) -> Bool {
        let name = name.lowercased()
        let bare = name.hasSuffix(".") ? name.dropLast() : name[...]
        return bare == "localhost" || bare.hasSuffix(".localhost")
    }

    /// The addresses of a host's name or number, by getaddrinfo(3); localhost needs no resolver.
    ///
    /// - Parameters:
    ///   - host: a name, a number, or nil for every interface.
    ///   - port: the port of each address.
    ///   - isNumeric: whether it must be a number: then no resolver is used.
    /// - Throws: `UnknownHost` with the resolver's words.
    package static func resolve(
        _ host: String?, port: UInt16, isNumeric: Bool = false
    ) throws(UnknownHost) -> [SocketAddress] {
        if let host, isLocalhost(host) { return try resolve("::1", port: port) + resolve("127.0.0.1", port: port) }
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV | (isNumeric ? AI_NUMERICHOST : 0)
        #if canImport(Glibc)
            unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, String(port), &hints, &list)
        let systemCode = errno
        guard code == 0 else {
            throw unsafe UnknownHost(
                message: String(cString: gai_strerror(code)), code: code, systemCode: systemCode)
        }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            unsafe next = unsafe entry.pointee.ai_next
            guard let bytes = unsafe entry.pointee.ai_addr,
                unsafe entry.pointee.ai_family == AF_INET || entry.pointee.ai_family == AF_INET6
            else { continue }
            var storage = sockaddr_storage()
            let count = unsafe min(Int(entry.pointee.ai_addrlen), MemoryLayout<sockaddr_storage>.size)
            unsafe withUnsafeMutableBytes(of: &storage) {
                unsafe $0.copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: count))
            }
            addresses.append(SocketAddress(storage: storage, length: socklen_t(count)))
        }
        return addresses
    }

    /// The resolver does not know the host.
    package struct UnknownHost: Error {
        package let message: String
        /// A code of getaddrinfo(3), such as `EAI_NONAME`.
        package let code: Int32
        /// The `errno` of `EAI_SYSTEM`.
        package let systemCode: Int32

        package init(message: String, code: Int32, systemCode: Int32) {
            (self.message, self.code, self.systemCode) = (message, code, systemCode)
        }

        /// The resolver fails temporarily; the host may exist.
        package var isPassing: Bool { code == EAI_AGAIN || code == EAI_MEMORY }
    }

    package var family: Int32 { Int32(storage.ss_family) }

    package var port: UInt16 {
        let bytes = self.bytes
        // sockaddr_in and sockaddr_in6 have the port at this place, in network order.
        return bytes.count >= 4 ? UInt16(bytes[2]) << 8 | UInt16(bytes[3]) : 0
    }

    /// This address with another port.
    package func withPort(_ port: UInt16) -> SocketAddress {
        var changed = storage
        unsafe withUnsafeMutableBytes(of: &changed) { bytes in
            unsafe bytes[2] = UInt8(port >> 8)
            unsafe bytes[3] = UInt8(port & 0xFF)
        }
        return SocketAddress(storage: changed, length: length)
    }

    /// Whether the address means every interface.
    package var isWildcard: Bool { host.allSatisfy { $0 == 0 } }

    /// Whether only local programs can have this address: 127.0.0.0/8, ::1, or the former in IPv6 notation.
    package var isLoopback: Bool {
        let host = self.host
        if host.count == 4 { return host[0] == 127 }
        guard host.count == 16 else { return false }
        if host[0..<10].allSatisfy({ $0 == 0 }), host[10] == 0xFF, host[11] == 0xFF { return host[12] == 127 }
        return host[0..<15].allSatisfy { $0 == 0 } && host[15] == 1
    }

    /// The key of limits per peer: the whole IPv4 address, or the first half of an IPv6 address (one line has 2^64).
    package var network: UInt64 { Self.network(host) }

    /// The network of a numeric address, as proxies write it; nil for other text.
    package static func network(numeric text: String) -> UInt64? {
        var host = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET6, text, &host) == 1 { return network(host) }
        return unsafe inet_pton(AF_INET, text, &host) == 1 ? network(Array(host[0..<4])) : nil
    }

    private static func network(_ host: [UInt8]) -> UInt64 {
        // After ffff; the first half of no assigned IPv6 address begins so.
        let isMapped = host.count == 16 && host[0..<10].allSatisfy { $0 == 0 } && host[10] == 0xFF && host[11] == 0xFF
        let bytes = isMapped ? [0xFF, 0xFF, 0, 0] + host[12...] : host.count == 4 ? [0xFF, 0xFF, 0, 0] + host : host
        return bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>?, socklen_t) -> Result) -> Result {
        unsafe withUnsafeBytes(of: storage) { bytes in
            unsafe bytes.withMemoryRebound(to: sockaddr.self) { unsafe body($0.baseAddress, length) }
        }
    }

    private var bytes: [UInt8] {
        unsafe withUnsafeBytes(of: storage) { unsafe Array($0.prefix(Int(length))) }
    }

    /// The host's bytes in network order: four, or sixteen.
    package var host: [UInt8] {
        let bytes = self.bytes
        switch family {
        case AF_INET where bytes.count >= 8: return Array(bytes[4..<8])
        case AF_INET6 where bytes.count >= 24: return Array(bytes[8..<24])
        default: return []
        }
    }

    /// The host's bytes; four also for an IPv4 address in IPv6 notation.
    var shortHost: [UInt8] {
        let host = self.host
        let isMapped = host.count == 16 && host[0..<10].allSatisfy { $0 == 0 } && host[10] == 0xFF && host[11] == 0xFF
        return isMapped ? Array(host[12...]) : host
    }
}
