import Foundation
import KeepAliveKit
import Synchronization

// A bot that blocks its executor in the way its argument names, for tests of detection.

/// Waits under its lock for a transfer, which needs the lock. (Two locks in opposite order would not work: Swift's
/// Mutex detects such a cycle.)
final class Accounts: Sendable {
    private let balance = Mutex(0)
    private let booked = DispatchSemaphore(value: 0)

    /// Returns once the lock is taken.
    func beginAudit() {
        let begun = DispatchSemaphore(value: 0)
        Thread.detachNewThread { [self] in
            balance.withLock { _ in
                begun.signal()
                booked.wait()
            }
        }
        begun.wait()
    }

    func transfer() {
        balance.withLock { $0 += 1 }
        booked.signal()
    }
}

let accounts = Accounts()

func spinForEver() {
    let never = Atomic(false)
    while !never.load(ordering: .relaxed) {}
}

func sleepSynchronously() {
    while true { sleep(600) }
}

let getStuck: @Sendable () -> Void =
    switch CommandLine.arguments.last {
    case "deadlock": { accounts.transfer() }
    case "spin": spinForEver
    default: sleepSynchronously
    }

await KeepAlive.main {
    let keepAlive = try KeepAlive(name: "Stuck Bot", version: "1", configuration: .fromEnvironment())
    try await keepAlive.run { health in
        // A webhook bot without calls.
        if CommandLine.arguments.last == "silent" { try await Task.sleep(for: .seconds(600)) }
        health.heartbeat()
        accounts.beginAudit()
        for _ in 0..<(64 + ProcessInfo.processInfo.activeProcessorCount) { Task.detached { getStuck() } }
        try await Task.sleep(for: .seconds(600))
    }
}
