import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct OutputEndTests {
    /// Each page that is read makes room, but the time counts from the first wait on.
    @Test func aReaderThatIsSlowDoesNotExtendTheTime() throws {
        let pipe = try FileDescriptor.pipe()
        let page = [UInt8](repeating: 0, count: 4096)
        var room = 0
        while let count = try? pipe.write.write(page.span) { room += count }
        // While this thread or the writer stands still, no more than the pipe's room is read or written.
        let text = [UInt8](repeating: 1, count: 4 * room + 16 * page.count)
        let (raw, taken) = (pipe.write.raw, EventLog<Int>())
        Thread.detachNewThread {
            let end = OutputEnd(raw)
            let (count, _) = end.write(text.span, patience: .milliseconds(50))
            taken.append(count)
        }
        while taken.count == 0 {
            _ = try pipe.read.readSome(page.count)
            OSThread.rest(milliseconds: 10)
        }
        #expect(taken.elements[0] < text.count)
    }
}
