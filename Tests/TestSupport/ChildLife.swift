import Foundation
import Synchronization

/// The shared state of a child's two threads: one collects the output, the other awaits the end.
final class ChildLife: Sendable {
    /// An awaitable event of a child.
    enum Event: Sendable {
        case line(String)
        case ended(ChildProcess.ExitStatus)
    }

    private enum Message {
        static let childEnded: UInt8 = 1
        static let stop: UInt8 = 2
    }

    private struct Capture {
        var bytes: [UInt8] = []
        var partial: [UInt8] = []
        var status: ChildProcess.ExitStatus?
    }

    let processID: pid_t
    let events = EventLog<Event>()
    private let output: Int32
    private let messages: (read: Int32, write: Int32)
    private let threads = ThreadTally()
    private let capture = Mutex(Capture())
    private let isReaped = Mutex(false)

    /// Watches a child that writes into the pipe with the reading end `output`; closes that at the end.
    init(processID: pid_t, output: Int32, messages: (read: Int32, write: Int32)) {
        self.processID = processID
        self.output = output
        self.messages = messages
        _ = fcntl(output, F_SETFL, O_NONBLOCK)
        threads.start { [self] in collect() }
        threads.start { [self] in reap() }
    }

    deinit {
        for descriptor in [output, messages.read, messages.write] { close(descriptor) }
    }

    var collectedOutput: String { capture.withLock { String(decoding: $0.bytes, as: UTF8.self) } }

    /// The status, once the child has ended and its whole output is collected.
    var status: ChildProcess.ExitStatus? {
        for case .ended(let status) in events.elements { return status }
        return nil
    }

    func signal(_ number: Int32) -> Bool {
        // Under the lock for reaping, or the number might belong to another process by now.
        isReaped.withLock { $0 ? false : kill(processID, number) == 0 }
    }

    func signalGroup(_ number: Int32) -> Bool {
        // A group outlives its leader, so this reaches the child's descendants after its end too.
        kill(-processID, number) == 0
    }

    /// Kills the whole group and returns once the threads have ended.
    func end() {
        _ = signalGroup(SIGKILL)
        tell(Message.stop)
        threads.waitUntilAllEnded()
    }

    private func tell(_ message: UInt8) {
        var byte = message
        _ = unsafe write(messages.write, &byte, 1)
    }

    private func reap() {
        var info = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(processID), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        var status: Int32 = 0
        isReaped.withLock { reaped in
            while unsafe waitpid(processID, &status, 0) < 0, errno == EINTR {}
            reaped = true
        }
        let decoded = ChildProcess.ExitStatus(waitStatus: status)
        capture.withLock { $0.status = decoded }
        tell(Message.childEnded)
    }

    private func collect() {
        var isOpen = true
        var hasEnded = false
        while isOpen || !hasEnded {
            var watched = [pollfd(fd: messages.read, events: Int16(POLLIN), revents: 0)]
            if isOpen { watched.append(pollfd(fd: output, events: Int16(POLLIN), revents: 0)) }
            guard unsafe poll(&watched, nfds_t(watched.count), -1) > 0 else { continue }
            if watched.last?.fd == output, watched.last?.revents != 0 { isOpen = drain() }
            guard watched[0].revents != 0 else { continue }
            var message: UInt8 = 0
            guard unsafe read(messages.read, &message, 1) == 1 else { continue }
            if message == Message.stop { return }
            // The whole output is in the pipe by now, so it precedes the news of the end.
            if isOpen { isOpen = drain() }
            hasEnded = true
            finish()
        }
    }

    /// Reads the pipe's content; false once all writers have closed it.
    private func drain() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe read(output, &buffer, buffer.count)
            if count == 0 { return false }
            if count < 0 {
                if errno == EINTR { continue }
                return errno == EAGAIN || errno == EWOULDBLOCK
            }
            take(buffer[..<count])
        }
    }

    private func take(_ bytes: ArraySlice<UInt8>) {
        let lines = capture.withLock { capture in
            capture.bytes += bytes
            var lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
            lines[0] = capture.partial[...] + lines[0]
            capture.partial = Array(lines.removeLast())
            return lines
        }
        for line in lines { events.append(.line(String(decoding: line, as: UTF8.self))) }
    }

    private func finish() {
        let (rest, status) = capture.withLock { capture in
            defer { capture.partial = [] }
            return (capture.partial, capture.status)
        }
        if !rest.isEmpty { events.append(.line(String(decoding: rest, as: UTF8.self))) }
        if let status { events.append(.ended(status)) }
    }
}
