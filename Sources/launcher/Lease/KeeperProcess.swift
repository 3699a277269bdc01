import CKeepAliveSpawn
import KeepAliveLease
import KeepAlivePlatform

/// A running lease-keeper: its process, the channel to it, and its lines for the log.
final class KeeperProcess {
    private static let longestLine = 4096
    let processID: Int32
    let started = MonotonicTime.now()
    private let channel: PacketSocket
    private let output: FileDescriptor
    /// The end of its output; a line that has not ended yet.
    private var unfinished: [UInt8] = []
    private(set) var outputIsOpen = true

    /// Starts lease-keeper.
    ///
    /// - Parameter settings: makes its settings, given the channel's descriptor.
    init(
        path: String, environment: [String: String], settings: (Int32) -> KeeperSettings
    ) throws(Errno) {
        let pipe = try FileDescriptor.pipe()
        let null = try FileDescriptor.open("/dev/null", flags: O_RDWR)
        let pair = try PacketSocket.pair()
        let theirs = pair.second.raw
        let variables = environment.merging(settings(theirs).environment) { $1 }
        // Unsafe because it takes pointers, which outlive the call.
        let processID = unsafe CStrings.with([Array(path.utf8)], RawEnvironment.entries(for: variables)) {
            unsafe cspawn_start(path, $0, $1, null.raw, pipe.write.raw, pipe.write.raw, theirs)
        }
        guard processID > 0 else { throw Errno.last("exec") }
        self.processID = processID
        channel = pair.takeFirst()
        output = pipe.takeRead()
    }

    /// The descriptors to wait on.
    var channelRaw: Int32 { channel.raw }
    var outputRaw: Int32 { output.raw }

    /// Sends a request; one that does not arrive is not answered, and lease-keeper is replaced.
    func send(_ number: UInt64, _ request: KeeperRequest, passing descriptor: Int32? = nil) {
        try? channel.send(KeeperMessage(number, request).packet, passing: descriptor)
    }

    /// The answers since the last call, and whether lease-keeper has closed its end.
    func receive() -> (answers: [KeeperMessage<KeeperAnswer>], isClosed: Bool) {
        var answers: [KeeperMessage<KeeperAnswer>] = []
        // Bounded: each request has one answer.
        while answers.count < 100 {
            do throws(Errno) {
                guard let packet = try channel.receive(limit: KeeperMessageLimits.packet) else { break }
                if packet.bytes.isEmpty { return (answers, true) }
                // What is no message answers nothing.
                if let answer = try? KeeperMessage<KeeperAnswer>(packet: packet.bytes) { answers.append(answer) }
            } catch {
                return (answers, true)
            }
        }
        return (answers, false)
    }

    /// Its whole lines since the last call.
    func readLines() -> [String] {
        while outputIsOpen, unfinished.count < 64 * 1024 {
            do throws(Errno) {
                guard let bytes = try output.readSome(4096) else { break }
                if bytes.isEmpty { outputIsOpen = false }
                unfinished += bytes
            } catch {
                outputIsOpen = false
            }
        }
        let isWhole = outputIsOpen && unfinished.count < Self.longestLine
        guard let end = isWhole ? unfinished.lastIndex(of: UInt8(ascii: "\n")) : unfinished.indices.last else {
            return []
        }
        defer { unfinished.removeSubrange(...end) }
        return unfinished[...end].split(separator: UInt8(ascii: "\n"))
            .map { String(decoding: $0.prefix(Self.longestLine), as: UTF8.self) }
    }

    /// Ends it at once: it may be frozen, or wait for PostgreSQL.
    func kill() { _ = KeepAlivePlatform.kill(processID, SIGKILL) }
}
