import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor
@testable import KeepAliveKit

/// A listener whose session ends by time.
@Suite(.timeLimit(.minutes(1)))
struct ListenerEndTests {
    /// The others hear nothing: nothing has changed, and no proxy takes a silence so short for an end.
    @Test func theEndOfASessionsTimeEndsItsStream() async throws {
        let board = ServedMonitor.filledBoard
        let mailbox = try Mailbox()
        let reader = WorkQueue(name: "listener-end", mostWaiting: 8)
        try reader.start()
        let stream = EventStream(
            board: board, fleet: FleetReader(board: board, history: FakeHistory { _ in }, version: "1"),
            reader: reader, mailbox: mailbox)
        for number in 0...1 {
            var listener = EventStream.Listener(viewer: .insider, wantsHTML: false, revision: board.revision)
            listener.ending = MonotonicTime.now().advanced(by: .seconds(number * 3600))
            #expect(stream.add(listener, at: AnswerPlace(connection: UInt64(number), request: 1)))
        }
        for case .schedule(_, at: _, action: let action) in mailbox.drain().messages { action() }
        _ = try await Polling.until {
            stream.listeners
        } isMet: {
            $0 == 1
        }
        // What is queued later runs after the events have been written.
        let written = EventLog<Void>()
        #expect(reader.add { written.append(()) })
        _ = try await written.element(at: 0)
        let parts = mailbox.drain().messages.compactMap { message -> [Int]? in
            guard case .part(let place, let bytes) = message else { return nil }
            return [Int(place.connection), bytes.count]
        }
        #expect(parts == [[0, 0]])
        reader.stop()
    }
}
