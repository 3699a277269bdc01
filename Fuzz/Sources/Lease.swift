@testable import KeepAliveKit
@testable import KeepAliveLease

/// What launcher, lease-keeper and the lease's row say to each other.
let leaseTargets = [
    Target(name: "keeper", most: 1 << 16 + 1, look: lookAtKeeper),
    Target(name: "lease-info", most: 1 << 13, look: lookAtInfo),
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
