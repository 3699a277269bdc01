/// A packet between launcher and lease-keeper: a sequence number, a verb and its fields, separated by tabs.
///
/// An answer has its request's number, so that the launcher ignores late answers.
package struct KeeperMessage<Body: KeeperMessageBody>: Equatable, Sendable {
    package let sequence: UInt64
    package let body: Body

    package init(_ sequence: UInt64, _ body: Body) {
        self.sequence = sequence
        self.body = body
    }

    /// The message's packet.
    package var packet: [UInt8] {
        var packet = Array("\(sequence)\t\(body.verb)".utf8)
        for field in body.fields {
            packet.append(KeeperField.separator)
            packet += field.bytes
        }
        return packet
    }

    /// The message of a packet; strict: what a peer of this edition would not write is an error.
    package init(packet: [UInt8]) throws(KeeperMessageError) {
        guard packet.count <= KeeperMessageLimits.packet else { throw .tooLong(packet.count) }
        var fields = KeeperFieldReader(packet)
        sequence = try fields.number(from: 0)
        let verb = try fields.requiredText()
        guard let body = try Body(verb: verb, fields: &fields) else { throw .unknownVerb(verb) }
        guard fields.isAtEnd else { throw .surplusFields(verb) }
        self.body = body
    }
}

/// A request or an answer, as a verb with fields.
package protocol KeeperMessageBody: Equatable, Sendable {
    var verb: String { get }
    var fields: [KeeperField] { get }
    /// Nil for an unknown verb.
    init?(verb: String, fields: inout KeeperFieldReader) throws(KeeperMessageError)
}

/// How large the parts of a message may be.
package enum KeeperMessageLimits {
    /// Below what a socket takes as one packet (net.core.wmem_default is 212,992 bytes).
    package static let packet = 64 * 1024
    /// Beats in one request: five minutes at the rate of an offer, 0.1 s, fit in thrice.
    package static let beats = 1_000
    /// A label, or the name of a machine, in bytes. Ours have 300 at most.
    package static let name = 1024
    /// The row's `info`, in bytes.
    package static let info = 8 * 1024
    /// The words of an error, in bytes.
    package static let words = 2 * 1024
}

/// Why a packet is no message.
package enum KeeperMessageError: Error, Equatable, CustomStringConvertible {
    case tooLong(Int)
    case unknownVerb(String)
    case missingField
    case surplusFields(String)
    case malformed(String)

    package var description: String {
        switch self {
        case .tooLong(let count):
            "the packet has \(count) bytes; at most \(KeeperMessageLimits.packet) are allowed"
        case .unknownVerb(let verb): "the verb \(verb.prefix(40).debugDescription) is unknown"
        case .missingField: "the message ends before its last field"
        case .surplusFields(let verb): "the message \(verb.prefix(40).debugDescription) has surplus fields"
        case .malformed(let field): "the field \(field.prefix(40).debugDescription) is malformed"
        }
    }
}
