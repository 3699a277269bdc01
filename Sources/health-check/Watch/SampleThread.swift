import KeepAliveKit
import KeepAlivePlatform

/// Samples this machine and the bots' processes on its own thread: a hanging disk must not block the keyboard.
struct SampleThread: Sendable {
    let pollers: [BotPoller]
    let folder: String
    let inbox: WatchInbox

    /// Posts the processes, then the machine. Without an interval it posts the machine only after the second sample,
    /// which gives the shares.
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
            // The second sample comes soon, because processor shares need two.
            OSThread.rest(milliseconds: 300)
            look(isLast: true)
            while let interval {
                OSThread.rest(milliseconds: Int32(clamping: interval.saturatedNanoseconds / 1_000_000))
                look(isLast: false)
            }
        }
    }
}
