import KeepAliveKit
import KeepAlivePlatform

extension History {
    /// One that waits for something to happen to the outbox.
    struct Sleeper {
        let continuation: CheckedContinuation<Void, Never>
        let timer: Task<Void, Never>?
    }

    /// The next event to send on a channel, awaited; nil once the task is cancelled, or its caller has ended.
    ///
    /// What was given out is given to nobody else until it is noted what came of it: after a reload an earlier dispatcher may
    /// still be sending.
    func next(for channel: String, unless hasEnded: @Sendable () -> Bool = { false }) async -> Outbox.Entry? {
        _ = await states()
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

    /// Returns once nothing of these channels' is due before `deadline` any more, or then.
    func settled(_ channels: [String], before deadline: MonotonicTime) async {
        while !Task.isCancelled {
            let now = MonotonicTime.now()
            guard now < deadline, channels.contains(where: { outbox.due($0, at: now).map { $0 < deadline } ?? false })
            else { return }
            await sleep(until: deadline)
        }
    }

    /// The channels that something waits for.
    func waitingChannels() async -> [String: Int] {
        _ = await states()
        return outbox.counts
    }

    /// What a channel answered to the last try, where it took nothing since; also what an earlier run of the monitor heard.
    func trouble(of channel: String) async -> String? {
        _ = await states()
        return outbox.trouble(of: channel)
    }

    /// Gives back what was broken off: nothing came of it.
    func release(_ entry: Outbox.Entry) {
        sending.remove(entry.key)
        wakeAll()
    }

    /// Wakes everybody, to look again.
    func wakeAll() { wake { _ in true } }

    /// Wakes those whose number is wanted, to look again.
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
