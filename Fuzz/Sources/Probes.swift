@testable import KeepAliveCurl
@testable import KeepAliveHealthMonitor
@testable import KeepAliveKit
@testable import KeepAliveNetwork
@testable import KeepAlivePlatform
@testable import KeepAlivePostgreSQL

/// What health-monitor's probes read of the services that they look at.
let probeTargets = [
    Target(name: "health-body", most: 1 << 18, look: lookAtHealthBody),
    Target(name: "plugin", most: 1 << 14, look: lookAtPlugin),
    Target(name: "redis", most: 1 << 16, look: lookAtRedis),
    Target(name: "systemd", most: 1 << 16, look: lookAtSystemd),
    Target(name: "dns", most: 1 << 16, look: lookAtDNS),
    Target(name: "charset", most: 1 << 16, look: lookAtCharset),
    Target(name: "log", most: 1 << 16, look: lookAtLog),
    Target(name: "dates", most: 256, look: lookAtDates),
    Target(name: "postgres", most: 1 << 13, look: lookAtPostgres),
]

private func isLine(_ text: String) -> Bool { !text.unicodeScalars.contains { $0 == "\n" || $0 == "\r" || $0 == "\0" } }

/// A service's body, in the kit's form or in the draft's.
private func lookAtHealthBody(_ bytes: [UInt8]) {
    for type in [nil, "application/health+json"] {
        guard let body = HealthBody(bytes, contentType: type) else { continue }
        require(body.checks.count <= HealthBody.mostChecks + 20, "there are \(body.checks.count) checks")
        require(body.message.map(isLine) ?? true, "the message has two lines")
        for check in body.checks { require(isLine(check.name), "a check's name has two lines") }
    }
    require(ServiceWords.read(bytes).map(isLine) ?? true, "the words have two lines")
}

/// A plugin's output.
private func lookAtPlugin(_ bytes: [UInt8]) {
    let text = text(bytes)
    let (data, more) = PerformanceData.parse(text)
    require(more >= 0, "\(more) values are left out")
    require(data.count <= PerformanceData.most, "there are \(data.count) values")
    require(Set(data.map(\.label)).count == data.count, "a label stands twice")
    for datum in data {
        require(datum.value?.isFinite ?? true, "a value is not finite")
        require(isLine(datum.check.name) && (datum.check.message.map(isLine) ?? true), "a value has two lines")
    }
    _ = PluginRange(text)?.alerts(1)
    for end in [.exited(0), .exited(2), .exited(127), .signalled(9), .late] as [CommandOutput.End] {
        let result = ProbeResult(CommandOutput(text: text, errors: text, end: end), timeout: .seconds(1))
        require(result.message.utf8.count < 20_000, "the message is long")
    }
}

/// What a Redis server, or another program, answers.
private func lookAtRedis(_ bytes: [UInt8]) {
    for afterPassword in [false, true] {
        _ = RedisReply.isComplete(bytes, lines: afterPassword ? 2 : 1)
        let (_, words) = RedisReply.verdict(on: bytes, afterPassword: afterPassword)
        require(!words.isEmpty && isLine(words), "the words have two lines: \(words)")
    }
}

/// What systemctl prints.
private func lookAtSystemd(_ bytes: [UInt8]) {
    let output = CommandOutput(text: text(bytes), errors: text(bytes))
    let result = SystemdUnit.verdict(on: output, maxRestarts: 3)
    require(isLine(result.message), "the message has two lines")
}

/// A name server's answer.
private func lookAtDNS(_ bytes: [UInt8]) {
    _ = DNSMessage.head(of: bytes, to: bytes)
    for type in DNSMessage.types {
        for text in DNSMessage.records(bytes, type: type.number) ?? [] {
            require(text.utf8.count < 70_000, "a record is long")
        }
    }
    if let address = DNSName.address(bytes) {
        same(DNSName.bytes(address).map { $0.count == bytes.count || bytes.count == 16 }, true, "\(address) is none")
        require(DNSName.reverse(address) != nil, "\(address) has no name")
    }
    _ = DNSName.reverse(text(bytes))
    if let question = DNSMessage.question(text(bytes.prefix(300).filter { $0 != 0 }), type: 1) {
        require(question.count >= 17, "the question is short")
    }
    for isIPv6 in [false, true] {
        let request = PingSocket.request(1, isIPv6: isIPv6, mark: [1, 2, 3, 4, 5, 6, 7, 8])
        _ = PingSocket.isReply(bytes, to: request, isIPv6: isIPv6)
    }
}

/// A body in another charset: its type, a zero byte, and the body.
private func lookAtCharset(_ bytes: [UInt8]) {
    let (type, body) = halves(bytes, at: UInt8(ascii: "\n"))
    let read = BodyText.utf8(body, contentType: text(type))
    require(read.count <= body.count * 8 + 64, "\(body.count) bytes became \(read.count)")
}

/// Log lines of any program.
private func lookAtLog(_ bytes: [UInt8]) {
    let now = WallTime(microseconds: 1_768_838_847_000_000)
    for line in bytes.split(separator: UInt8(ascii: "\n")) { _ = LogTime.read(line, now: now) }
    let pattern = LogPattern("error|fatal")
    let expression = LogPattern("(?i)err(or)?\\s+\\d+")
    var count = LogCount()
    for isFirst in [true, false] {
        count.add(
            .init(bytes: bytes, isFirst: isFirst), [pattern, expression].compactMap(\.self), at: .now(), time: now,
            window: .seconds(600))
    }
    require(count.total <= 2 * (bytes.count { $0 == UInt8(ascii: "\n") } + 1), "more matches than lines")
}

/// Dates of certificates, header fields and configurations. Two readers that accept a date agree.
private func lookAtDates(_ bytes: [UInt8]) {
    let text = text(bytes)
    let curl = text.utf8.contains(0) ? nil : CurlURL.seconds(ofDate: text)
    let ours = HTTPDate.seconds(text)
    if let curl, let ours, !text.contains(":60") { same(ours, curl, "\(text) is read in two ways") }
    if let date = ISO8601Time.date(text) {
        require(date.timeIntervalSince1970.isFinite, "a date is not finite")
        let written = WallTime(microseconds: Int64(date.timeIntervalSince1970) * 1_000_000).iso8601
        require(ISO8601Time.date(written) != nil, "\(written) is no date")
    }
}

/// PostgreSQL's addresses, and libpq's words on a failure.
private func lookAtPostgres(_ bytes: [UInt8]) {
    let text = text(bytes)
    let (words, state) = ConnectMessage.read(text)
    require(!words.isEmpty && (state?.utf8.count ?? 5) == 5, "no words")
    do {
        let address = try PostgreSQLAddress(text)
        require(!address.hosts.isEmpty, "no host")
        // A database may have the password for its name.
        if let password = address.settings["password"], password.utf8.count > 11, text.ranges(of: password).count < 2 {
            require(!"\(address)".contains(password), "\(address) shows the password")
        }
    } catch {
        require(!error.message.isEmpty, "a refusal without words")
    }
}
