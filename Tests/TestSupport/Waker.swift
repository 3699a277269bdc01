import Foundation

/// Lets one thread wait both for its socket's peer to leave and for a call from another thread.
final class Waker: Sendable {
    /// Why a wait ended.
    enum Reason {
        case woken
        case timeout
        case peerGone
    }

    private let ends: (read: Int32, write: Int32)

    /// A waker without a call yet.
    init() throws {
        ends = try DescriptorGate.pipe()
        for end in [ends.read, ends.write] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    }

    deinit {
        close(ends.read)
        close(ends.write)
    }

    /// The descriptor that becomes readable on a call.
    var descriptor: Int32 { ends.read }

    /// Ends the current wait, otherwise the next one.
    func wake() {
        var byte: UInt8 = 1
        // A full pipe also wakes the reader.
        _ = unsafe write(ends.write, &byte, 1)
    }

    /// Waits for a call, for `deadline`, or for the peer of `socket` to leave.
    func wait(watching socket: Int32, until deadline: ContinuousClock.Instant?) -> Reason {
        var events = Int16(POLLIN)
        while true {
            var watched = [
                pollfd(fd: ends.read, events: Int16(POLLIN), revents: 0),
                pollfd(fd: socket, events: events, revents: 0),
            ]
            let ready = unsafe poll(&watched, nfds_t(watched.count), Self.milliseconds(until: deadline))
            if ready == 0, let deadline, deadline <= .now { return .timeout }
            guard ready > 0 else { continue }
            if watched[1].revents != 0 {
                var byte: UInt8 = 0
                let peeked = unsafe recv(socket, &byte, 1, Int32(MSG_PEEK))
                if peeked == 0 || (peeked < 0 && errno != EINTR && errno != EAGAIN) { return .peerGone }
                if watched[1].revents & Int16(POLLHUP | POLLERR) != 0 { return .peerGone }
                // A pipelined request stays readable, so checking it again would spin.
                if peeked > 0 { events = 0 }
            }
            if watched[0].revents != 0 {
                drain()
                return .woken
            }
        }
    }

    private func drain() {
        var buffer = [UInt8](repeating: 0, count: 64)
        while unsafe read(ends.read, &buffer, buffer.count) > 0 {}
    }

    private static func milliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
        guard let deadline else { return -1 }
        let rest = ContinuousClock.now.duration(to: deadline)
        guard rest > .zero else { return 0 }
        // Rounded up, or the last fraction of a millisecond would spin.
        return Int32(clamping: Int64((rest / .milliseconds(1)).rounded(.up)))
    }
}
