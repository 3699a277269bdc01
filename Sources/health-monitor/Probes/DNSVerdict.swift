import KeepAliveKit
import KeepAliveNetwork
import KeepAlivePlatform

/// What a name server answered.
enum DNSAnswer: Sendable, Equatable {
    case records([String], Duration)
    case noSuchName(Duration)
    /// A code of RFC 1035, section 4.1.1, other than "no such name".
    case refused(UInt8)
    case failed(Errno)
    /// None of these servers has an address that this machine can use.
    case unusable([String])
    /// The answer was truncated, and by TCP there was none.
    case truncated(Errno)
    /// No well-formed message.
    case unreadable

    /// Whether only another question shows if the fault is the resolver's or the name's.
    var isAmbiguous: Bool {
        switch self {
        case .records, .noSuchName, .truncated, .unreadable, .unusable: false
        case .refused: true
        case .failed(let error): error.isTimeout
        }
    }

    /// Why no question could be asked at all; nil if one was.
    var cause: String? {
        switch self {
        case .failed(let error) where !error.isTimeout && Shortage.words(error.code) == nil: error.message
        case .unusable(let servers):
            servers.isEmpty
                ? "/etc/resolv.conf cannot be read"
                : "\(servers.joined(separator: ", ").line()) is no address of an interface of this machine"
        default: nil
        }
    }
}

/// Judges the answer to a question. Pure.
struct DNSVerdict {
    let record: String
    let expected: [String]
    /// Whether the target names its server; otherwise the system's were asked.
    let hasServer: Bool

    private static let codes: [UInt8: String] = [1: "FORMERR", 2: "SERVFAIL", 4: "NOTIMP", 5: "REFUSED"]

    /// - Parameter isResolverOut: whether the system's servers answer no other question either.
    func result(_ answer: DNSAnswer, isResolverOut: Bool = false) -> ProbeResult {
        if !hasServer, isResolverOut || answer.cause != nil {
            let missing = "no name server that answers"
            let why = answer.cause.map { ": \($0); correct /etc/resolv.conf, or set server" } ?? ""
            return ProbeResult(
                status: .unknown, message: "no name server answers this monitor\(why)", shortage: missing)
        }
        let who = hasServer ? "the server" : "the name server"
        switch answer {
        case .records(let records, let time): return judge(records, time)
        case .noSuchName(let time):
            return ProbeResult(status: .unhealthy, message: "no such name (NXDOMAIN)", responseTime: time)
        case .refused(let code):
            return ProbeResult(
                status: .unhealthy, message: "\(who) answered \(Self.codes[code] ?? "with error \(code)")")
        case .unusable:
            return ProbeResult(status: .unknown, message: "the server cannot be asked: \(answer.cause ?? "")")
        case .failed(let error):
            return .failed(
                error, .unhealthy,
                error.isTimeout ? "no answer from \(who)" : "no answer from \(who): \(error.message)")
        case .truncated(let error):
            let reason = error.isTimeout ? "no answer" : error.message
            return .failed(error, .unhealthy, "\(who) truncated its answer, and by TCP: \(reason)")
        case .unreadable: return ProbeResult(status: .unhealthy, message: "the answer of \(who) cannot be read")
        }
    }

    private func judge(_ records: [String], _ time: Duration) -> ProbeResult {
        var result = ProbeResult(status: .healthy, message: "", responseTime: time)
        guard !records.isEmpty else {
            result.status = .unhealthy
            result.message = "the name has no \(record) record"
            return result
        }
        let found = records.sorted().prefix(10).joined(separator: ", ").line()
        let known = Set(records.map(comparable))
        let missing = expected.filter { !known.contains(comparable($0)) }
        guard missing.isEmpty else {
            result.status = .unhealthy
            result.message = "\(record) is \(found) (expected \(missing.joined(separator: ", ")))".line(limit: 1000)
            return result
        }
        result.message = "\(record) is \(found)"
        return result
    }

    /// Names and addresses have several spellings; texts have one.
    private func comparable(_ text: String) -> String {
        switch record {
        case "TXT": return text
        case "A", "AAAA": return DNSName.bytes(text).flatMap(DNSName.address) ?? text
        default:
            return text.lowercased().split(separator: " ").map { $0 != "." && $0.hasSuffix(".") ? $0.dropLast() : $0 }
                .joined(separator: " ")
        }
    }
}
