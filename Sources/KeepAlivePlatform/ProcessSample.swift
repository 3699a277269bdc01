/// What one process is doing at one moment.
package struct ProcessSample: Equatable, Sendable {
    package enum Role: String, Sendable {
        /// It listens on the port.
        case bot
        /// It started the bot and watches over it.
        case launcher
        /// It was started by the bot.
        case child
    }

    package var role: Role
    package var id: Int32
    /// As the kernel keeps it: up to 15 bytes, which the process may choose.
    package var name: String
    /// Processors it kept busy since the sample before: 1 is one of them.
    package var processor: Double?
    /// Resident memory in bytes.
    package var memory: UInt64
    package var threads: Int
    /// Open file descriptors; nil where they are not ours to see.
    package var descriptors: Int?
    /// Seconds since it was started.
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
