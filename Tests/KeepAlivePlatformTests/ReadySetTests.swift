import Testing

@testable import KeepAlivePlatform

/// One suite for every kind of set, with pipes and sockets.
struct ReadySetTests {
    private static func forEachKind(_ body: (any AnySet) throws -> Void) throws {
        try body(Kind<PollSet>())
        #if os(Linux)
            try body(Kind<EpollSet>())
        #endif
    }

    @Test func namesWhatIsReadyByItsToken() throws {
        try Self.forEachKind { set in
            let pipes = try (0..<3).map { _ in Pipe(try FileDescriptor.pipe()) }
            for (index, pipe) in pipes.enumerated() { try set.add(pipe.read, .read, UInt64.max - UInt64(index)) }
            #expect(try set.now().isEmpty)
            pipes[1].say()
            let event = ReadyEvent(token: .max - 1, isReadable: true, isWritable: false, isBroken: false)
            #expect(try set.now() == [event])
            #expect(try set.now() == [event], "what is left alone is ready again")
            pipes[1].hear()
            #expect(try set.now().isEmpty)
        }
    }

    @Test func waitsUntilSomethingIsReadyOrTheDeadlineHasPassed() throws {
        try Self.forEachKind { set in
            let pipe = Pipe(try FileDescriptor.pipe())
            try set.add(pipe.read, .read, 7)
            let deadline = MonotonicTime.now().advanced(by: .milliseconds(20))
            #expect(try set.wait(until: deadline).isEmpty)
            #expect(MonotonicTime.now() >= deadline)
            try OSThread.start(name: "test-say") { pipe.say() }
            #expect(try set.wait(until: nil).map(\.token) == [7])
        }
    }

    @Test func watchesTheDirectionsOfTheLastChange() throws {
        try Self.forEachKind { set in
            let pipe = Pipe(try FileDescriptor.pipe())
            try set.add(pipe.write, [], 1)
            #expect(try set.now().isEmpty)
            try set.change(pipe.write, .write, 2)
            #expect(try set.now() == [ReadyEvent(token: 2, isReadable: false, isWritable: true, isBroken: false)])
            while pipe.say() {}
            #expect(try set.now().isEmpty, "a full pipe takes nothing")
            pipe.hear()
            #expect(try set.now().map(\.isWritable) == [true])
            try set.change(pipe.write, [], 2)
            #expect(try set.now().isEmpty)
        }
    }

    @Test func whatWasRemovedIsNotReported() throws {
        try Self.forEachKind { set in
            let pipes = try (0..<3).map { _ in Pipe(try FileDescriptor.pipe()) }
            for (index, pipe) in pipes.enumerated() {
                try set.add(pipe.read, .read, UInt64(index))
                pipe.say()
            }
            // Another process holds a copy, such as a child before its exec; the set must still forget it.
            let copy = FileDescriptor(owning: dup(pipes[0].read))
            set.remove(pipes[0].read)
            set.remove(pipes[0].read)
            #expect(try set.now().map(\.token).sorted() == [1, 2])
            try set.add(pipes[0].read, .read, 9)
            #expect(try set.now().map(\.token).sorted() == [1, 2, 9])
            withExtendedLifetime(copy) {}
        }
    }

    /// The set reports a peer's end even if no event is requested.
    @Test func aPeerThatIsGoneIsBroken() throws {
        try Self.forEachKind { set in
            let pipe = try FileDescriptor.pipe()
            try set.add(pipe.read.raw, [], 3)
            let read = pipe.takeRead()
            #expect(try set.now() == [ReadyEvent(token: 3, isReadable: true, isWritable: false, isBroken: true)])
            withExtendedLifetime(read) {}
        }
    }

    @Test func refusesTheSameDescriptorTwiceAndChangesOfStrangers() throws {
        try Self.forEachKind { set in
            let pipe = Pipe(try FileDescriptor.pipe())
            #expect(throws: Errno.self) { try set.change(pipe.read, .read, 1) }
            try set.add(pipe.read, .read, 1)
            let error = #expect(throws: Errno.self) { try set.add(pipe.read, .read, 1) }
            #expect(error?.code == EEXIST)
        }
    }

    /// More than one wait returns: each gets its turn.
    @Test func everyOneOfManyIsReported() throws {
        DescriptorLimit.raise()
        try #require(DescriptorLimit.current > 2200)
        try Self.forEachKind { set in
            let pipes = try (0..<900).map { _ in Pipe(try FileDescriptor.pipe()) }
            for (index, pipe) in pipes.enumerated() {
                try set.add(pipe.read, .read, UInt64(index))
                pipe.say()
            }
            var seen: Set<UInt64> = []
            while seen.count < pipes.count {
                let events = try set.now()
                try #require(!events.isEmpty, "after \(seen.count)")
                for event in events where seen.insert(event.token).inserted {
                    pipes[Int(event.token)].hear()
                }
            }
        }
    }

}

/// A set of one kind, as a reference: closures and `#expect` do not accept noncopyable values.
private protocol AnySet: AnyObject {
    func add(_ raw: Int32, _ directions: Directions, _ token: UInt64) throws
    func change(_ raw: Int32, _ directions: Directions, _ token: UInt64) throws
    func remove(_ raw: Int32)
    func wait(until deadline: MonotonicTime?) throws -> [ReadyEvent]
}

extension AnySet {
    func now() throws -> [ReadyEvent] { try wait(until: .now()) }
}

private final class Kind<Set: DescriptorSet & ~Copyable>: AnySet {
    private var set: Set

    init() throws { set = try Set() }

    func add(_ raw: Int32, _ directions: Directions, _ token: UInt64) throws {
        try set.add(raw, directions, token: token)
    }
    func change(_ raw: Int32, _ directions: Directions, _ token: UInt64) throws {
        try set.change(raw, directions, token: token)
    }
    func remove(_ raw: Int32) { set.remove(raw) }
    func wait(until deadline: MonotonicTime?) throws -> [ReadyEvent] {
        try set.wait(until: deadline)
        return set.events
    }
}

/// An owner of a pipe, for use in an array.
private final class Pipe: Sendable {
    private let pipe: FileDescriptor.Pipe

    init(_ pipe: consuming FileDescriptor.Pipe) { self.pipe = pipe }

    var read: Int32 { pipe.read.raw }
    var write: Int32 { pipe.write.raw }

    /// False if there is no room.
    @discardableResult func say() -> Bool { (try? pipe.write.write([1].span)) != nil }
    func hear() { while (try? pipe.read.readSome(1 << 16)).flatMap({ $0 })?.isEmpty == false {} }
}
