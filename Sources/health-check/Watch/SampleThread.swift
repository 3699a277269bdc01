import KeepAliveKit
import KeepAlivePlatform

/// Looks at this machine and the bots' processes on a thread of its own: a disk that does not answer must not stop the keyboard.
struct SampleThread: Sendable {
    let pollers: [BotPoller]
    let folder: String
    let inbox: WatchInbox

    /// Posts the processes, and then the machine. Without an interval the machine comes with the second sample alone, so that
    /// shares are known.
    func start(every interval: Duration?) throws(Errno) {
        try OSThread.start(name: "samples") { [self] in
            var system = SystemSampler(folder: folder)
            var processes = ProcessSampler()
            func look(isLast: Bool) {
                for (number, poller) in pollers.enumerated() {
                    let found = poller.localPort.map { processes.sample(port: $0) } ?? []
                    inbox.post(.processes(bot: number, found))
                }
                processes.forgetEnded()
                let sample = system.sample()
                if interval != nil || isLast { inbox.post(.system(sample)) }
            }
            look(isLast: false)
            // The second sample comes soon: before it no share of a processor is known.
            OSThread.rest(milliseconds: 300)
            look(isLast: true)
            while let interval {
                OSThread.rest(milliseconds: Int32(clamping: interval.saturatedNanoseconds / 1_000_000))
                look(isLast: false)
            }
        }
    }
}
