package import KeepAlivePlatform

/// One blocking HTTP/1.1 GET with an overall deadline, for programs that send one request: no TLS, no redirects.
package struct HTTPGet: Sendable {
    package let url: HTTPURL
    /// For connecting, sending and receiving together.
    package let timeout: Duration
    /// The other method asks a bot to restart.
    package var method = Method.get
    /// Sent as `Authorization: Bearer`; no message contains it.
    package var bearerToken: String?
    var lookup = HostLookup()
    private static let largestAnswer = 1 << 20

    package init(_ url: HTTPURL, timeout: Duration) {
        self.url = url
        self.timeout = timeout
    }

    package enum Method: Sendable {
        case get, post
    }

    package struct Response: Equatable, Sendable {
        package let status: Int
        package let body: [UInt8]
    }

    /// Why there is no answer, worded for a person.
    package enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        case unknownHost(String)
        /// No name server answers, so the host may exist.
        case noNameServer(String)
        case refused(HTTPURL)
        case timedOut(HTTPURL, Duration)
        case cutOff(HTTPURL)
        case notHTTP(HTTPURL)
        case tooLarge(HTTPURL)
        case system(HTTPURL, Errno)

        package var description: String {
            switch self {
            case .unknownHost(let host): "the host \(host) does not exist; check the name"
            case .noNameServer(let host): "no name server answers for the host \(host)"
            case .refused(let url): "nothing listens on \(url.authority) (connection refused)"
            case .timedOut(let url, let timeout): "\(url.authority) did not answer within \(timeout.inWords)"
            case .cutOff(let url): "\(url.authority) closed the connection before its answer was complete"
            case .notHTTP(let url): "the program on \(url.authority) does not speak HTTP/1"
            case .tooLarge(let url): "the answer of \(url.authority) is larger than 1 MiB"
            case .system(let url, let error): "\(url.authority): \(error.message)"
            }
        }
    }

    /// Sends the request and waits. Blocks the calling thread up to the timeout.
    package func run() throws(Failure) -> Response {
        let deadline = MonotonicTime.now().advanced(by: timeout)
        return try ask(addresses(until: deadline), until: deadline)
    }

    private func addresses(until deadline: MonotonicTime) throws(Failure) -> [SocketAddress] {
        let found: HostLookup.Addresses?
        do {
            found = try lookup.addresses(of: url.host, port: url.port, until: deadline)
        } catch {
            throw .system(url, error)
        }
        switch found {
        case .success(let addresses): return addresses
        case .failure(let error) where !error.isPassing: throw .unknownHost(url.host)
        case .failure, nil: throw .noNameServer(url.host)
        }
    }

    /// Tries the addresses in order: localhost means ::1 and 127.0.0.1, but one may have no listener or no route.
    func ask(_ addresses: [SocketAddress], until deadline: MonotonicTime) throws(Failure) -> Response {
        var failure = Failure.unknownHost(url.host)
        for (index, address) in addresses.enumerated() {
            let socket: FileDescriptor
            do throws(Errno) {
                // An address that drops all packets must leave time for the others.
                let share = deadline.since(.now()) / (addresses.count - index)
                socket = try connect(to: address, until: .now().advanced(by: share))
            } catch {
                // "Nothing listens" is more useful than a missing route.
                if case .refused = failure { continue }
                failure = self.failure(of: error)
                continue
            }
            return try ask(over: socket.raw, deadline)
        }
        throw failure
    }

    private func connect(to address: SocketAddress, until deadline: MonotonicTime) throws(Errno) -> FileDescriptor {
        let socket = try Socket.connect(to: address)
        try wait(for: socket.raw, write: true, deadline)
        try Socket.checkConnected(socket.raw)
        return socket
    }

    private func ask(over socket: Int32, _ deadline: MonotonicTime) throws(Failure) -> Response {
        do throws(Errno) {
            try send(head, to: socket, deadline)
            return try receive(from: socket, deadline)
        } catch {
            throw failure(of: error)
        }
    }

    private func failure(of error: Errno) -> Failure {
        if error.isTimeout { return .timedOut(url, timeout) }
        if error.isRefused { return .refused(url) }
        if error == .notHTTP { return .notHTTP(url) }
        if error == .tooLarge { return .tooLarge(url) }
        return error == .cutOff || error.isReset ? .cutOff(url) : .system(url, error)
    }

    private var head: [UInt8] {
        var text =
            "\(method == .get ? "GET" : "POST") \(url.target) HTTP/1.1\r\nHost: \(url.authority)\r\n"
            + "Accept: application/json\r\nConnection: close\r\n"
        if method == .post { text += "Content-Length: 0\r\n" }
        // A token with a line end would become two header fields; no server would know it anyway.
        if let bearerToken, bearerToken.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
            text += "Authorization: Bearer \(bearerToken)\r\n"
        }
        return Array("\(text)\r\n".utf8)
    }

    private func send(_ bytes: [UInt8], to raw: Int32, _ deadline: MonotonicTime) throws(Errno) {
        var done = 0
        while done < bytes.count {
            try wait(for: raw, write: true, deadline)
            done += try Socket.send(bytes.span.extracting(done...), to: raw)
        }
    }

    private func receive(from raw: Int32, _ deadline: MonotonicTime) throws(Errno) -> Response {
        var reader = HTTPAnswerReader()
        var chunk = [UInt8](repeating: 0, count: 16 * 1024)
        var total = 0
        while true {
            try wait(for: raw, write: false, deadline)
            let count = try Socket.receive(into: &chunk, from: raw)
            total += count
            if total > Self.largestAnswer { throw .tooLarge }
            switch count == 0 ? reader.end() : reader.read(chunk[..<count]) {
            case .complete(let response): return response
            case .incomplete: if count == 0 { throw .cutOff }
            case .malformed: throw .notHTTP
            }
        }
    }

    private func wait(for raw: Int32, write: Bool, _ deadline: MonotonicTime) throws(Errno) {
        var poller = Poller()
        poller.add(raw, read: !write, write: write)
        while true {
            try poller.wait(until: deadline)
            if poller.isReadable(0) || poller.isWritable(0) { return }
            if MonotonicTime.now() >= deadline { throw .timedOut }
        }
    }
}
