import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor
@testable import KeepAliveKit

/// A listener whose session ends by time.
@Suite(.timeLimit(.minutes(1)))
struct ListenerEndTests {
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
        let ended = mailbox.drain().messages.compactMap { message -> UInt64? in
            guard case .part(let place, let bytes) = message, bytes.isEmpty else { return nil }
            return place.connection
        }
        #expect(ended == [0])
        reader.stop()
    }
}
