/// A descriptor in reserve, so that a process without free descriptors can still take one connection.
package struct SpareDescriptor: ~Copyable {
    private var spare: FileDescriptor?

    package init() {
        refill()
    }

    /// Takes a descriptor into reserve, if one is free.
    package mutating func refill() {
        if spare == nil { spare = try? FileDescriptor.open("/dev/null", flags: O_RDONLY) }
    }

    /// Releases the reserve to the system; false when there was none.
    package mutating func release() -> Bool {
        let had = spare != nil
        spare = nil
        return had
    }
}
