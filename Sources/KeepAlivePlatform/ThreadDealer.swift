public import Synchronization

/// Assigns numbers to threads in turn, and remembers each thread's number. So two busy threads share a number only when
/// there are more threads than numbers.
public struct ThreadDealer: ~Copyable, Sendable {
    @usableFromInline let key: pthread_key_t?
    @usableFromInline let next = Atomic<Int>(0)
    @usableFromInline let count: Int

    /// - Parameter count: how many numbers there are, from 0.
    @inlinable
    public init(count: Int) {
        self.count = count
        var key = pthread_key_t()
        // PTHREAD_KEYS_MAX may be reached; then every thread shares the first number: slower, not wrong.
        self.key = unsafe pthread_key_create(&key, nil) == 0 ? key : nil
    }

    @inlinable
    deinit {
        if let key { pthread_key_delete(key) }
    }

    /// The calling thread's number.
    @inlinable
    public var mine: Int {
        @inline(__always)
        get {
            guard let key else { return 0 }
            if let known = unsafe pthread_getspecific(key) { return Int(bitPattern: known) - 1 }
            return deal(key)
        }
    }

    @inline(never) @usableFromInline
    func deal(_ key: pthread_key_t) -> Int {
        let number = Int(UInt(bitPattern: next.wrappingAdd(1, ordering: .relaxed).oldValue) % UInt(max(1, count)))
        unsafe pthread_setspecific(key, UnsafeRawPointer(bitPattern: number + 1))
        return number
    }
}
