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

    /// The pipe waits for everybody else that has it: a flag of ours would change their writes.
    @Test func aPipeThatWaitsIsNotWaitedFor() throws {
        let pipe = try FileDescriptor.pipe()
        let raw = pipe.write.raw
        let flags = fcntl(raw, F_GETFL) & ~O_NONBLOCK
        #expect(fcntl(raw, F_SETFL, flags) == 0)
        let end = OutputEnd(raw)
        let hadRoom = end.hasRoom
        #expect(hadRoom)
        let text = [UInt8](repeating: 1, count: 10_000_000)
        let (count, failure) = end.write(text.span, patience: .zero)
        #expect(count > 0 && count < text.count)
        #expect(failure?.isWouldBlock == true)
        let hasRoom = end.hasRoom
        #expect(!hasRoom)
        #expect(fcntl(raw, F_GETFL) & O_NONBLOCK == 0)
        let first = try pipe.read.readSome(1)
        #expect(first == [1])
    }

    @Test func aSocketThatWaitsIsNotWaitedFor() throws {
        var ends: [Int32] = [-1, -1]
        #if canImport(Glibc)
            let type = Int32(SOCK_STREAM.rawValue)
        #else
            let type = SOCK_STREAM
        #endif
        #expect(unsafe socketpair(AF_UNIX, type, 0, &ends) == 0)
        let near = FileDescriptor(owning: ends[0])
        let far = FileDescriptor(owning: ends[1])
        let end = OutputEnd(near.raw)
        let text = [UInt8](repeating: 1, count: 10_000_000)
        let (count, failure) = end.write(text.span, patience: .zero)
        #expect(count > 0 && count < text.count)
        #expect(failure?.isWouldBlock == true)
        var chunk = [UInt8](repeating: 0, count: 10)
        let received = try far.read(into: &chunk)
        #expect(received == 10)
        let raw = near.raw
        #expect(fcntl(raw, F_GETFL) & O_NONBLOCK == 0)
    }

    /// A program that leaves SIGPIPE as it is would end for a line of its log.
    @Test func aReaderThatHasGoneRaisesNoSignal() async {
        await #expect(processExitsWith: .exitCode(0)) {
            signal(SIGPIPE, SIG_DFL)
            var ends: [Int32] = [0, 0]
            unsafe pipe(&ends)
            let end = OutputEnd(ends[1])
            close(ends[0])
            let line: [UInt8] = [1, 2]
            let (count, failure) = end.write(line.span, patience: .zero)
            if count != 0 || failure?.code != EPIPE { _exit(98) }
            FileDescriptor.print("words", to: ends[1], mayWait: false)
            // Whatever else writes on this thread still gets the signal.
            var mask = sigset_t()
            unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
            if unsafe sigismember(&mask, SIGPIPE) != 0 { _exit(97) }
        }
    }

    @Test func aFileTakesEverythingAndAClosedPipeNothing() throws {
        let folder = try TemporaryDirectory()
        let flags = O_WRONLY | O_CREAT | O_NONBLOCK
        let file = OutputEnd(owning: try FileDescriptor.open(folder.file("x").path, flags: flags))
        let text = [UInt8](repeating: 1, count: 100_000)
        let (count, failure) = file.write(text.span, patience: .zero)
        #expect(count == text.count && failure == nil)
        #expect(try Data(contentsOf: folder.file("x")).count == text.count)
        let reader = OutputEnd(owning: try FileDescriptor.open(folder.file("x").path, flags: O_RDONLY))
        let (none, error) = reader.write(text.span, patience: .seconds(60))
        #expect(none == 0 && error?.code == EBADF)
    }
}
