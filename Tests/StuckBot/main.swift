import Foundation
import KeepAliveKit
import Synchronization

// A bot that does to its executor what its one argument names, for the tests of who notices.

/// Waits under its lock for a transfer, which needs the lock. (Two locks in opposite order would not do: Swift's Mutex finds
/// such a circle by itself.)
final class Accounts: Sendable {
    private let balance = Mutex(0)
    private let booked = DispatchSemaphore(value: 0)

    /// Returns once the lock is held.
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
        // A webhook bot that nobody calls.
        if CommandLine.arguments.last == "silent" { try await Task.sleep(for: .seconds(600)) }
        health.heartbeat()
        accounts.beginAudit()
        for _ in 0..<(64 + ProcessInfo.processInfo.activeProcessorCount) { Task.detached { getStuck() } }
        try await Task.sleep(for: .seconds(600))
    }
}
