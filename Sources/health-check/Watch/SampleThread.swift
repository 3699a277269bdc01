import KeepAliveKit
import KeepAlivePlatform

/// Looks at this machine and the bots' processes on a thread of its own: a disk that does not answer must not stop the keyboard.
struct SampleThread: Sendable {
    let pollers: [BotPoller]
    let folder: String
    let inbox: WatchInbox

    func start(every interval: Duration) throws(Errno) {
        try OSThread.start(name: "samples") { [self] in
            var sampler = Sampler(self)
            // The second sample comes soon: before it no share of a processor is known.
            var pause = Duration.milliseconds(300)
            while true {
                sampler.sample()
                OSThread.rest(milliseconds: Int32(clamping: pause.saturatedNanoseconds / 1_000_000))
                pause = interval
            }
        }
    }

    /// Two samples, so that shares are known; then the processes are posted, and last the machine.
    func startOnce() throws(Errno) {
        try OSThread.start(name: "samples") { [self] in
            var sampler = Sampler(self, postsSystem: false)
            sampler.sample()
            OSThread.rest(milliseconds: 200)
            sampler.postsSystem = true
            sampler.sample()
        }
    }

    private struct Sampler {
        let thread: SampleThread
        var postsSystem: Bool
        private var system: SystemSampler
        private var processes = ProcessSampler()

        init(_ thread: SampleThread, postsSystem: Bool = true) {
            self.thread = thread
            self.postsSystem = postsSystem
            system = SystemSampler(folder: thread.folder)
        }

        mutating func sample() {
            for (number, poller) in thread.pollers.enumerated() {
                let found = poller.localPort.map { processes.sample(port: $0) } ?? []
                thread.inbox.post(.processes(bot: number, found))
            }
            processes.forgetEnded()
            let sample = system.sample()
            if postsSystem { thread.inbox.post(.system(sample)) }
        }
    }
}
