@testable import KeepAliveKit
@testable import KeepAliveLauncher
@testable import KeepAlivePlatform
@testable import KeepAliveToolSupport

/// What the launcher and the samplers read: `/proc`, sd_notify, its own files, a bot's output.
let systemTargets = [
    Target(name: "proc", most: 1 << 18, look: lookAtProc),
    Target(name: "notify", most: 1 << 13, look: lookAtNotices),
    Target(name: "status", most: 1 << 14, look: lookAtStatus),
    Target(name: "output", most: 1 << 16, look: lookAtOutput),
    Target(name: "bot-health", most: 1 << 16, look: lookAtBotHealth),
]

private let peer = try? SocketAddress.resolve("127.0.0.1", port: 41_000, isNumeric: true).first
private let here = try? SocketAddress.resolve("127.0.0.1", port: 8001, isNumeric: true).first

/// However the kernel's table of connections is cut, a socket's line says the same. The kernel writes short lines.
private func lookAtPeers(_ bytes: [UInt8]) {
    guard let peer, let here, bytes.count < 4096 else { return }
    func found(_ pieces: [ArraySlice<UInt8>]) -> PeerSearch.Found? {
        var search = PeerSearch(from: peer, to: here)
        for piece in pieces { if let found = search.take(piece) { return found } }
        return search.finish()
    }
    let cut = cuts(bytes)[0]
    same(found([bytes[..<cut], bytes[cut...]]), found([bytes[...]]), "a cut at \(cut) changes the user")
}

/// Any file below `/proc` and `/sys/fs/cgroup` that is read.
private func lookAtProc(_ bytes: [UInt8]) {
    let text = text(bytes)
    if let fact = ProcessFact(text) {
        let table = ProcessTable([fact])
        require(table.line(of: fact.id).count <= 2, "a line of one process has more than it and its parent")
        _ = table.descendants(of: fact.parent)
        _ = GroupMemory.resident(of: fact.group, in: table, page: 4096)
    }
    let facts = text.split(separator: "\n").compactMap { ProcessFact(String($0)) }
    let table = ProcessTable(facts)
    for fact in facts.prefix(8) {
        _ = (table.line(of: fact.id), table.descendants(of: fact.id))
        _ = GroupMemory.resident(of: fact.group, in: table, page: 4096)
    }
    if let space = SystemSampler.memory(text) { require((0...1).contains(space.share), "the share is \(space.share)") }
    if let ticks = SystemSampler.Ticks(text), let other = SystemSampler.Ticks("cpu  1 2 3 4 5 6 7 8 9 10") {
        for share in [ticks.share(since: other), other.share(since: ticks)] {
            require(share.map { (0...1).contains($0) } ?? true, "the share is \(share ?? 0)")
        }
    }
    _ = (ProcessMemory.residentPages(text), ProcessMemory.bytes(text), ProcessMetrics.mostDescriptors(text))
    if let metrics = ProcessMetrics(own: text, booted: 1_700_000_000, ticksPerSecond: 100, pageSize: 4096) {
        require(metrics.processorSeconds >= 0, "the processor's time is \(metrics.processorSeconds)")
    }
    let files = ProcessMemory.limitFiles(groups: text)
    require(files.allSatisfy { $0.hasPrefix("/sys/fs/cgroup") && !$0.contains("/../") }, "a limit lies elsewhere")
    for line in text.split(separator: "\n") { _ = ListeningSocket.inode(of: line, port: 8001) }
    lookAtPeers(bytes)
}

/// A datagram of sd_notify(3). What is passed up is one line that fits into a datagram.
private func lookAtNotices(_ bytes: [UInt8]) {
    let message = NotifyMessage(text(bytes))
    for (name, value) in message.assignments {
        switch Notice(name: name, value: value) {
        case .passedUp(let line):
            require(line.utf8.count < 1100 + name.utf8.count, "the line has \(line.utf8.count) bytes")
            require(!line.unicodeScalars.contains { $0.value < 0x20 }, "the line has a control character")
        case .extended(let time), .watchdogTimeout(let time): require(time > .zero, "the time is \(time)")
        case .port(let port): require(port > 0, "port 0")
        case .noPort(let words): require(words.utf8.count <= 100, "the port's text is long")
        default: break
        }
    }
}

/// The launcher's status file: what is read can be written and read again.
private func lookAtStatus(_ bytes: [UInt8]) {
    let file = StatusFile(path: "\(folder)/launcher.status")
    guard (try? AtomicFile.write(bytes, to: file.path, flushes: false)) != nil, let status = file.read() else { return }
    require(status.launcher > 0 && status.bot >= 0 && status.restarts >= 0 && status.epoch >= 0, "a count is negative")
    guard (try? file.write(status)) != nil else { return }
    var expected = status
    if status.lease.isEmpty { (expected.epoch, expected.handover) = (0, "") }
    same(file.read(), expected, "the written status differs")
}

/// A bot's output: each line keeps its bytes, and gets at most a time before it.
private func lookAtOutput(_ bytes: [UInt8]) {
    for line in bytes.split(separator: UInt8(ascii: "\n")) { _ = LineTime.begins(line) }
    let time = WallTime(microseconds: 1_768_838_847_000_000)
    let stamped = BotLines.stamped(bytes[...], at: time)
    require(stamped.count >= bytes.count, "bytes are lost")
    same(stamped.count { $0 == 10 }, bytes.count { $0 == 10 }, "lines are lost")
    if let shown = BotLines.withoutActing(bytes[...]) {
        same(shown.count { $0 == 10 }, bytes.count { $0 == 10 }, "lines are lost")
    }
    for cut in cuts(bytes) where cut < bytes.count {
        let boundary = BotLog.characterBoundary(at: cut, in: bytes)
        require(
            (0...bytes.count).contains(boundary) && abs(boundary - cut) < 4, "the boundary of \(cut) is \(boundary)")
    }
}

/// The answer of a bot's `/health` to its launcher.
private func lookAtBotHealth(_ bytes: [UInt8]) {
    guard let url = HTTPURL("http://127.0.0.1:8001/health") else { return }
    for status in [200, 503, 404] { _ = HealthAnswer(status: status, body: bytes, of: url) }
}
