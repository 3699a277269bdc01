/// One process at one moment.
package struct ProcessSample: Equatable, Sendable {
    package enum Role: String, Sendable {
        /// It listens on the port.
        case bot
        /// It started the bot and supervises it.
        case launcher
        /// The bot started it.
        case child
    }

    package var role: Role
    package var id: Int32
    /// The kernel's name for it: up to 15 bytes, which the process may choose.
    package var name: String
    /// Processors it kept busy since the previous sample: 1 is one processor.
    package var processor: Double?
    /// Resident memory in bytes.
    package var memory: UInt64
    package var threads: Int
    /// Open file descriptors; nil when we may not read them.
    package var descriptors: Int?
    /// Seconds since its start.
    package var age: Double

    package init(
        role: Role, id: Int32, name: String, processor: Double? = nil, memory: UInt64, threads: Int,
        descriptors: Int? = nil, age: Double
    ) {
        self.role = role
        self.id = id
        self.name = name
        self.processor = processor
        self.memory = memory
        self.threads = threads
        self.descriptors = descriptors
        self.age = age
    }
}
