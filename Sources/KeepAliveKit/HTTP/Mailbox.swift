package import KeepAlivePlatform
import Synchronization

/// The only door into the event loop's thread: messages from any thread, and signals, through one pipe.
package final class Mailbox: Sendable {
    package enum Message: Sendable {
        /// End the loop; the closure is called once the port is free.
        case stop(@Sendable () -> Void)
        /// Run the action on the loop's thread at a time; this replaces an action scheduled under that name.
        case schedule(Timer, at: MonotonicTime, action: @Sendable () -> Void)
        /// Cancel the action that was scheduled under that name.
        case cancel(Timer)
        /// The deferred answer to a request, head and body. If the client is gone, it is dropped.
        case answer(AnswerPlace, [UInt8])
        /// The next part of a `.streamed` answer; an empty part ends it. A peer that did not take earlier parts is
        /// dropped.
        case part(AnswerPlace, [UInt8])
    }

    package enum Timer: Hashable, Sendable {
        case events
    }

    private let messages = Mutex<[Message]>([])
    private let pipe: FileDescriptor.Pipe

    package init() throws(Errno) {
        pipe = try FileDescriptor.pipe()
    }

    /// The descriptor to poll.
    package var readEnd: Int32 { pipe.read.raw }

    /// Where a signal handler may write the signal's number, from 1 to 255.
    package var writeEnd: Int32 { pipe.write.raw }

    /// Leaves a message and wakes the loop. From any thread; never waits.
    package func post(_ message: Message) {
        messages.withLock { $0.append(message) }
        // If the pipe is full, the loop wakes anyway.
        _ = try? pipe.write.write([0].span)
    }

    /// The messages since the last call, and the signals.
    package func drain() -> (messages: [Message], signals: [Int32]) {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = (try? pipe.read.read(into: &buffer)) ?? 0
        let signals = buffer.prefix(count).filter { $0 != 0 }.map(Int32.init)
        let messages = messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
        return (messages, signals)
    }
}
