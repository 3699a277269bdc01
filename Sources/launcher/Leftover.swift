import KeepAliveKit

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The bot that a killed launcher left behind. On Linux it was told to stop by the kernel when its launcher died; one that
/// has not yet would fight the next one for its port and its chat.
struct Leftover {
    private let statusFile: StatusFile
    let processID: Int32

    /// nil when there is none.
    init?(_ statusFile: StatusFile) {
        guard let bot = statusFile.leftover else { return nil }
        self.statusFile = statusFile
        processID = bot
    }

    /// Ends it and its group, and waits until it is gone.
    func end(grace: Duration) {
        kill(-processID, SIGTERM)
        wait(atMost: grace)
        kill(-processID, SIGKILL)
        // Its port is free once it is gone.
        wait(atMost: .seconds(1))
    }

    private func wait(atMost time: Duration) {
        let deadline = MonotonicTime.now().advanced(by: time)
        while statusFile.leftover != nil, MonotonicTime.now() < deadline { OSThread.rest(milliseconds: 20) }
    }
}
