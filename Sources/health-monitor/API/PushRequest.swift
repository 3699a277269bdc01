import KeepAliveKit
import KeepAlivePlatform

/// What the path of a push means: `TOKEN`, `TOKEN/start`, `TOKEN/fail` or `TOKEN/CODE`. Pure.
struct PushRequest: Equatable {
    enum Kind: Equatable {
        case call, start, fail
        case exit(Int)
    }

    let token: String
    let kind: Kind

    /// Nil for an unknown token.
    ///
    /// - Parameter path: what follows `/api/push/`, still percent-encoded. A token may hold slashes.
    init?(_ path: Substring, among tokens: Set<String>) throws(Refusal) {
        let whole = try Parameters.decode(path.utf8, "TOKEN", inQuery: false)
        if tokens.contains(whole) {
            (token, kind) = (whole, .call)
            return
        }
        guard let slash = path.lastIndex(of: "/") else { return nil }
        token = try Parameters.decode(path[..<slash].utf8, "TOKEN", inQuery: false)
        guard tokens.contains(token) else { return nil }
        let word = path[path.index(after: slash)...]
        switch word {
        case "start": kind = .start
        case "fail": kind = .fail
        case _ where word.isDigits:
            guard let code = Int(word), code <= 255 else {
                throw Refusal(.badRequest, "\"\(word.prefix(20))\" is not an exit code: give 0 to 255")
            }
            kind = .exit(code)
        default:
            throw Refusal(.notFound, "no such path below the token: use /start, /fail or an exit code from /0 to /255")
        }
    }

    /// The parameters that the path takes. Clients made for Uptime Kuma also send a ping time.
    private var parameters: [String] { kind == .call ? ["status", "msg", "ping", "rid"] : ["msg", "rid"] }

    /// The call that the request makes. Without `msg` the body is the message, such as a job's log.
    func call(query: [UInt8]?, body: String, at now: MonotonicTime) throws(Refusal) -> PushBoard.Call {
        let values = try Parameters(query, allowed: parameters)
        let status = try values.word(
            "status", of: ["up": ProbeStatus.healthy, "degraded": .degraded, "down": .unhealthy], default: .healthy)
        let message = [values.text("msg") ?? "", body].first { $0.contains { !$0.isWhitespace } }
        var call = PushBoard.Call(at: now, status: status, message: message)
        call.run = try Self.run(values.text("rid"))
        switch kind {
        case .call: break
        case .start: call.isStart = true
        case .fail: call.status = .unhealthy
        case .exit(let code): (call.exitCode, call.status) = (code, code == 0 ? .healthy : .unhealthy)
        }
        return call
    }

    /// A name for the run, such as a UUID.
    private static func run(_ text: String?) throws(Refusal) -> String? {
        guard let text, !text.isEmpty else { return nil }
        guard text.utf8.count <= 64, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .parameter("rid", text, allowed: "at most 64 letters, digits and signs, such as a UUID")
        }
        return text
    }
}
