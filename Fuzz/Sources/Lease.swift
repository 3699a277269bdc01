@testable import KeepAliveKit
@testable import KeepAliveLease
@testable import KeepAliveLeaseStore
@testable import KeepAlivePostgreSQL

/// What launcher, lease-keeper and the lease's row say to each other.
let leaseTargets = [
    Target(name: "keeper", most: 1 << 16 + 1, look: lookAtKeeper),
    Target(name: "lease-info", most: 1 << 13, look: lookAtInfo),
    Target(name: "lease-rows", most: 1 << 16, look: lookAtLeaseRows),
]

/// A packet between launcher and lease-keeper: strict, so that each message has one form.
private func lookAtKeeper(_ bytes: [UInt8]) {
    if let message = try? KeeperMessage<KeeperRequest>(packet: bytes) {
        same(message.packet, bytes, "a request has two forms")
    }
    if let message = try? KeeperMessage<KeeperAnswer>(packet: bytes) {
        same(try? KeeperMessage<KeeperAnswer>(packet: message.packet), message, "the written answer differs")
    }
}

/// The row's `info`.
private func lookAtInfo(_ bytes: [UInt8]) {
    let info = LeaseInfo(json: text(bytes))
    same(LeaseInfo(json: info.json), info, "the written info differs")
    if let record = info.record { require(record.failures >= 0, "failures are negative") }
}

/// A row that a lease's statement gave: a value a line, `\\N` for NULL, and `*x` for 200,000 times x. Whatever stands in
/// it, the answer fits into a packet and is read again.
private func lookAtLeaseRows(_ bytes: [UInt8]) {
    let values = bytes.filter { $0 != 0 }.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        .prefix(20).map { line -> String? in
            if line.elementsEqual("\\N".utf8) { return nil }
            let value = text(Array(line))
            return value.hasPrefix("*") ? String(repeating: String(value.dropFirst().prefix(1)), count: 200_000) : value
        }
    let rows = [PostgreSQLRow(columns: [], values: values)]
    let result = PostgreSQLResult(columns: [], rows: values.isEmpty ? [] : rows, affectedRows: 1)
    let statements = LeaseStatements(
        name: "bot", resource: "name:bot", label: "host/1/ab", host: "host", timeToLive: 30_000)
    let beat = Beat()
    let requests: [KeeperRequest] = [
        .acquire(watched: beat, new: beat), .renew(epoch: 1, new: beat, over: [beat], info: nil),
        .release(epoch: 1, new: beat, over: [beat], heir: nil, info: nil), .claim(epoch: 1, heir: "other/1/cd"),
    ]
    _ = LeaseStatements.resource(result)
    for request in requests + [.observe] {
        guard let answer = statements.answer(to: request, result) else {
            require(request == .observe && values.isEmpty, "a request has no answer")
            continue
        }
        let message = KeeperMessage(1, answer)
        require(message.packet.count <= KeeperMessageLimits.packet, "the packet has \(message.packet.count) bytes")
        same(try? KeeperMessage<KeeperAnswer>(packet: message.packet), message, "the written answer differs")
    }
}
