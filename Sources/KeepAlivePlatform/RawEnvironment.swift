/// This process's environment byte by byte: values that are not UTF-8 reach a child as they are, though a Swift String cannot hold them.
package enum RawEnvironment {
    /// One `NAME=value`, or something without an equals sign, which execve(2) passes on too.
    private static var entries: [[UInt8]] {
        var entries: [[UInt8]] = []
        var next = unsafe environ
        while let entry = unsafe next.pointee {
            unsafe entries.append(UnsafeRawBufferPointer(start: entry, count: strlen(entry)).map { $0 })
            unsafe next += 1
        }
        return entries
    }

    /// The variables whose names are text; what is not UTF-8 in a value is replaced.
    package static var variables: [String: String] {
        var variables: [String: String] = [:]
        for entry in entries {
            guard let (name, value) = parts(of: entry) else { continue }
            variables[name] = String(decoding: value, as: UTF8.self)
        }
        return variables
    }

    /// What a child is started with: the given variables. A value that came from this process's environment goes on in the
    /// bytes it came in, and so does what has no name that is text.
    package static func entries(for variables: [String: String]) -> [[UInt8]] {
        var result: [[UInt8]] = []
        var raw: [String: [UInt8]] = [:]
        for entry in entries {
            guard let (name, value) = parts(of: entry) else {
                result.append(entry)
                continue
            }
            raw[name] = Array(value)
        }
        for (name, value) in variables {
            let bytes = raw[name].flatMap { String(decoding: $0, as: UTF8.self) == value ? $0 : nil }
            result.append(Array("\(name)=".utf8) + (bytes ?? Array(value.utf8)))
        }
        return result
    }

    /// Those entries of this process whose names and values are wanted, byte by byte.
    package static func entries(where isWanted: (String, String) -> Bool) -> [[UInt8]] {
        entries.filter { entry in
            guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { return false }
            return isWanted(
                String(decoding: entry[..<equals], as: UTF8.self),
                String(decoding: entry[(equals + 1)...], as: UTF8.self))
        }
    }

    /// The values that are not UTF-8, of the variables whose names are accepted.
    package static func rawValues(where isWanted: (String) -> Bool) -> [[UInt8]] {
        entries.compactMap { entry in
            guard let (name, value) = parts(of: entry), isWanted(name),
                String(validating: value, as: UTF8.self) == nil
            else { return nil }
            return Array(value)
        }
    }

    private static func parts(of entry: [UInt8]) -> (name: String, value: ArraySlice<UInt8>)? {
        guard let equals = entry.firstIndex(of: UInt8(ascii: "=")),
            let name = String(validating: entry[..<equals], as: UTF8.self)
        else { return nil }
        return (name, entry[(equals + 1)...])
    }
}
