import Foundation

/// A name server on 127.0.0.1, over UDP and TCP on one port: `answer` makes the messages that follow each question.
public final class FakeNameServer: Sendable {
    public enum Transport: Sendable { case datagram, stream }

    public let port: UInt16
    private let descriptors: [Int32]

    /// - Parameter answer: the messages to send for a question, in order; none leaves it unanswered.
    public init(_ answer: @escaping @Sendable (_ question: [UInt8], Transport) -> [[UInt8]]) throws {
        var found: (port: UInt16, descriptors: [Int32])?
        // The port of UDP may be taken for TCP.
        for _ in 0..<20 where found == nil {
            let datagram = try Self.make(isDatagram: true)
            let port = Self.bind(datagram, to: 0) ?? 0
            let stream = try Self.make(isDatagram: false)
            if port > 0, Self.bind(stream, to: port) != nil, listen(stream, 16) == 0 {
                found = (port, [datagram, stream])
            } else {
                _ = close(datagram)
                _ = close(stream)
            }
        }
        guard let found else { throw SystemFailure("bind") }
        (port, descriptors) = found
        let (datagram, stream) = (descriptors[0], descriptors[1])
        Thread.detachNewThread { Self.serveDatagrams(datagram, answer) }
        Thread.detachNewThread { Self.serveStreams(stream, answer) }
    }

    deinit {
        // The threads close them.
        for descriptor in descriptors { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    /// A reply to a question, with records of the name that was asked for.
    ///
    /// - Parameters:
    ///   - records: the number of each record's type, and its data.
    ///   - code: the response code, such as 3 for NXDOMAIN.
    public static func reply(
        to question: [UInt8], _ records: [(type: UInt16, data: [UInt8])] = [], code: UInt8 = 0,
        isTruncated: Bool = false
    ) -> [UInt8] {
        guard question.count > 12 else { return [] }
        var message = Array(question)
        message[2] = 0x81 | (isTruncated ? 2 : 0)
        message[3] = 0x80 | code
        (message[6], message[7]) = (UInt8(records.count >> 8), UInt8(records.count & 0xFF))
        for (type, data) in records {
            // The name is the question's, at offset 12; class IN, a minute to live.
            message += [0xC0, 12, UInt8(type >> 8), UInt8(type & 0xFF), 0, 1, 0, 0, 0, 60]
            message += [UInt8(data.count >> 8), UInt8(data.count & 0xFF)] + data
        }
        return message
    }

    /// A name in the form of a message, without compression.
    public static func name(_ text: String) -> [UInt8] {
        text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    private static func make(isDatagram: Bool) throws -> Int32 {
        #if canImport(Glibc)
            let kind = Int32((isDatagram ? SOCK_DGRAM : SOCK_STREAM).rawValue)
        #else
            let kind = isDatagram ? SOCK_DGRAM : SOCK_STREAM
        #endif
        return try DescriptorGate.open("socket") { [socket(AF_INET, kind, 0)] }[0]
    }

    /// The port that a socket has got; nil if it is taken.
    private static func bind(_ descriptor: Int32, to port: UInt16) -> UInt16? {
        guard unsafe StreamSocket.withLoopback(AF_INET, port: port, { unsafe Foundation.bind(descriptor, $0, $1) }) == 0
        else { return nil }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &length)
            }
        }
        return result == 0 ? UInt16(bigEndian: address.sin_port) : nil
    }

    private static func serveDatagrams(_ descriptor: Int32, _ answer: ([UInt8], Transport) -> [[UInt8]]) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        var peer = sockaddr_in()
        while true {
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let count = unsafe StreamSocket.withMutableAddress(&peer) { address in
                unsafe recvfrom(descriptor, &buffer, buffer.count, 0, address, &length)
            }
            if count <= 0 { break }
            for message in answer(Array(buffer.prefix(count)), .datagram) {
                _ = unsafe StreamSocket.withSocketAddress(&peer) { address, _ in
                    unsafe sendto(descriptor, message, message.count, 0, address, length)
                }
            }
        }
        _ = close(descriptor)
    }

    private static func serveStreams(_ listener: Int32, _ answer: ([UInt8], Transport) -> [[UInt8]]) {
        while true {
            let peer = accept(listener, nil, nil)
            guard peer >= 0 else { break }
            let socket = StreamSocket(adopting: peer)
            socket.setReceiveTimeout(.seconds(10))
            if let bytes = try? socket.receive(), bytes.count > 2 {
                for message in answer(Array(bytes.dropFirst(2)), .stream) {
                    let length = [UInt8(message.count >> 8 & 0xFF), UInt8(message.count & 0xFF)]
                    try? socket.send(length + message)
                }
            }
            socket.close()
        }
        _ = close(listener)
    }
}

extension StreamSocket {
    fileprivate static func withMutableAddress<Value>(
        _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Value
    ) -> Value {
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0) }
        }
    }
}
