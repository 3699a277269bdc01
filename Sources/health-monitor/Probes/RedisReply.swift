/// The part of Redis' protocol (RESP2) for PING and AUTH. Pure.
enum RedisReply {
    static func command(_ words: [String]) -> [UInt8] {
        var bytes = Array("*\(words.count)\r\n".utf8)
        for word in words {
            bytes += Array("$\(word.utf8.count)\r\n\(word)\r\n".utf8)
        }
        return bytes
    }

    /// Whether this many lines have arrived, or this is clearly no such server.
    static func isComplete(_ bytes: [UInt8], lines: Int) -> Bool {
        guard let first = bytes.first else { return false }
        guard first == UInt8(ascii: "+") || first == UInt8(ascii: "-") else { return true }
        return bytes.count { $0 == UInt8(ascii: "\n") } >= lines
    }

    static func verdict(on bytes: [UInt8], afterPassword: Bool) -> (ProbeStatus, String) {
        guard !bytes.isEmpty else { return (.unhealthy, "the connection was closed without an answer") }
        var lines = bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self).line() }
        guard let first = lines.first, first.hasPrefix("+") || first.hasPrefix("-") else {
            return (.unhealthy, "another program answers, not Redis")
        }
        // The server sends this before any request if it has too many clients.
        if first.hasPrefix("-ERR max number of clients") { return (.unhealthy, "it has no connection left") }
        var loginFault: String?
        if afterPassword {
            // Never quoted: the answer to an unknown command repeats its arguments, which include the password.
            if first.hasPrefix("-LOADING") { return (.degraded, "it is loading its data") }
            if first.hasPrefix("-WRONGPASS") {
                loginFault = "it refuses the password"
            } else if first.hasPrefix("-") {
                loginFault = "it refuses to take the password"
            }
            lines.removeFirst()
        }
        guard let answer = lines.first else {
            return (.unhealthy, loginFault ?? "the connection was closed before the end of the answer")
        }
        let (status, words) = verdict(onPing: answer)
        guard let loginFault else { return (status, words) }
        return (.worse(status, .degraded), "it answers, but \(loginFault.dropFirst("it ".count))")
    }

    private static func verdict(onPing answer: String) -> (ProbeStatus, String) {
        let word = answer.prefix { $0 != " " }
        switch word {
        case "+PONG": return (.healthy, "it answers")
        case "-NOAUTH": return (.healthy, "it answers, and wants a password")
        case "-LOADING": return (.degraded, "it is loading its data")
        case "-MISCONF": return (.degraded, "it cannot write its data to disk, and takes no changes")
        case "-MASTERDOWN": return (.degraded, "its link to the primary server is down")
        case "-BUSY": return (.degraded, "a script keeps it busy")
        default:
            if word.hasPrefix("-") { return (.degraded, "it answers with an error: \(answer.dropFirst().prefix(200))") }
            return (.unhealthy, "another program answers, not Redis")
        }
    }
}
