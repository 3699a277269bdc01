import KeepAlivePlatform

/// Distinguishes a shortage of this process from a peer's fault. The answer is an errno, or nil.
enum OwnShortage {
    /// The code, if it concerns this process or its machine.
    static func code(_ code: Int32, connectingTo endpoint: Endpoint) -> Int32? {
        switch code {
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: code
        // Also the error for an address family that this machine lacks, such as ::1 without IPv6.
        case EADDRNOTAVAIL: endpoint.host.hasPrefix("[") && !isUsable(endpoint.host) ? nil : code
        default: nil
        }
    }

    /// Whether no descriptor is left at this moment, for failures without an errno.
    static var ofDescriptors: Int32? {
        do throws(Errno) {
            _ = try FileDescriptor.open("/dev/null", flags: O_RDONLY)
            return nil
        } catch {
            return error.code == EMFILE || error.code == ENFILE ? error.code : nil
        }
    }

    /// Whether memory is short at this moment, for failures without an errno: a mebibyte is more than libcurl asks for at
    /// once.
    static var ofMemory: Int32? {
        let length = 1 << 20
        guard let memory = unsafe mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0),
            unsafe memory != MAP_FAILED
        else { return ENOMEM }
        unsafe munmap(memory, length)
        return nil
    }

    /// Whether this machine has an address that can reach the host: connecting a datagram socket sends nothing.
    private static func isUsable(_ host: String) -> Bool {
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = AI_NUMERICHOST
        unsafe hints.ai_family = AF_INET6
        #if canImport(Glibc)
            unsafe hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        #else
            unsafe hints.ai_socktype = SOCK_DGRAM
        #endif
        var found: UnsafeMutablePointer<addrinfo>?
        let name = host.dropFirst().dropLast().replacing("%25", with: "%")
        guard unsafe getaddrinfo(String(name), "9", &hints, &found) == 0, let found = unsafe found else { return true }
        defer { unsafe freeaddrinfo(found) }
        let descriptor = unsafe socket(AF_INET6, found.pointee.ai_socktype, 0)
        guard descriptor >= 0 else { return errno != EAFNOSUPPORT }
        defer { close(descriptor) }
        return unsafe connect(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0
    }
}
