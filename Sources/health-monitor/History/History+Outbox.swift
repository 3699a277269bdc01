import KeepAliveKit
import KeepAlivePlatform

extension History: AlertOutbox {
    /// A caller that waits for a change of the outbox.
    struct Sleeper {
        let continuation: CheckedContinuation<Void, Never>
        let timer: Task<Void, Never>?
    }

    func next(for channel: String, unless hasEnded: @Sendable () -> Bool = { false }) async -> Outbox.Entry? {
        loadIfDue()
        while !Task.isCancelled, !hasEnded() {
            switch outbox.next(for: channel, at: .now()) {
            case .send(let entry):
                if sending.insert(entry.key).inserted { return entry }
                await sleep(until: nil)
            case .wait(let until): await sleep(until: until)
            case .nothing: await sleep(until: nil)
            }
        }
        return nil
    }

    func settled(_ channels: [String], before deadline: MonotonicTime) async {
        loadIfDue()
        while !Task.isCancelled {
            let now = MonotonicTime.now()
            guard now < deadline, channels.contains(where: { outbox.due($0, at: now).map { $0 < deadline } ?? false })
            else { return }
            await sleep(until: deadline)
        }
    }

    func waitingChannels() -> [String: Int] {
        loadIfDue()
        return outbox.counts
    }

    func trouble(of channel: String) -> String? {
        loadIfDue()
        return outbox.trouble(of: channel)
    }

    func release(_ entry: Outbox.Entry) {
        sending.remove(entry.key)
        wakeAll()
    }

    func wakeAll() { wake { _ in true } }

    /// Wakes the sleepers whose numbers match, so that they look again.
    func wake(_ isWanted: (UInt64) -> Bool) {
        for id in sleepers.keys.filter(isWanted) {
            guard let sleeper = sleepers.removeValue(forKey: id) else { continue }
            sleeper.timer?.cancel()
            sleeper.continuation.resume()
        }
    }

    private func sleep(until: MonotonicTime?) async {
        lastSleeper &+= 1
        let id = lastSleeper
        let timer = until.map { until in
            Task {
                let left = until.since(.now())
                if left > .zero { try? await Task.sleep(for: left, clock: .suspending) }
                wake { $0 == id }
            }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled {
                    timer?.cancel()
                    continuation.resume()
                } else {
                    sleepers[id] = Sleeper(continuation: continuation, timer: timer)
                }
            }
        } onCancel: {
            Task { await wake { $0 == id } }
        }
    }
}
