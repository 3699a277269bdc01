/// A fixed number of cells at a fixed memory address, for types such as atomics, which an array cannot hold. Each cell
/// must be thread-safe itself.
@safe public struct CellArray<Cell: ~Copyable & Sendable>: ~Copyable, @unchecked Sendable {
    // Unchecked: init sets up the memory, deinit frees it, and the Sendable cells are only borrowed in between.
    @usableFromInline let memory: UnsafeMutableRawPointer
    @usableFromInline let stride: Int
    /// How many cells there are.
    public let count: Int

    /// - Parameters:
    ///   - isPadded: whether each cell has two cache lines for itself. x86 prefetches pairs; Apple's have 128 bytes.
    ///   - makeCell: makes each cell.
    @inlinable
    public init(count: Int, isPadded: Bool = false, _ makeCell: () -> Cell) {
        let unit = isPadded ? 128 : MemoryLayout<Cell>.alignment
        stride = isPadded ? (MemoryLayout<Cell>.size + unit - 1) / unit * unit : MemoryLayout<Cell>.stride
        self.count = count
        unsafe memory = .allocate(byteCount: stride * count, alignment: unit)
        for index in 0..<count {
            unsafe (memory + index * stride).bindMemory(to: Cell.self, capacity: 1).initialize(to: makeCell())
        }
    }

    @inlinable
    deinit {
        for index in 0..<count {
            unsafe (memory + index * stride).assumingMemoryBound(to: Cell.self).deinitialize(count: 1)
        }
        unsafe memory.deallocate()
    }

    /// A cell; the index must be one of `0..<count`.
    @inlinable
    public subscript(index: Int) -> Cell {
        @inline(__always)
        unsafeAddress {
            precondition(index >= 0 && index < count, "a cell that is not there")
            return unsafe UnsafePointer((memory + index * stride).assumingMemoryBound(to: Cell.self))
        }
    }
}
