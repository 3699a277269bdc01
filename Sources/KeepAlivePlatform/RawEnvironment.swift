/// This process's environment as bytes: values that are not UTF-8 reach a child unchanged, unlike in a Swift String.
package enum RawEnvironment {
    /// One `NAME=value`, or an entry without an equals sign, which execve(2) passes on too.
    private static var entries: [[UInt8]] {
        var entries: [[UInt8]] = []
        var next = unsafe environ
        while let entry = unsafe next.pointee {
            unsafe entries.append(UnsafeRawBufferPointer(start: entry, count: strlen(entry)).map { $0 })
            unsafe next += 1
        }
        return entries
    }

    /// The variables with UTF-8 names; invalid bytes in a value are replaced.
    package static var variables: [String: String] {
        var variables: [String: String] = [:]
        for entry in entries {
            guard let (name, value) = parts(of: entry) else { continue }
            variables[name] = String(decoding: value, as: UTF8.self)
        }
        return variables
    }

    /// A child's environment from the given variables. A value from this process's environment keeps its original
    /// bytes, and entries with names that are not UTF-8 are passed on.
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

    /// The entries of this process with accepted names and values, as bytes.
    package static func entries(where isWanted: (String, String) -> Bool) -> [[UInt8]] {
        entries.filter { entry in
            guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { return false }
            return isWanted(
                String(decoding: entry[..<equals], as: UTF8.self),
                String(decoding: entry[(equals + 1)...], as: UTF8.self))
        }
    }

    /// The values that are not UTF-8, of variables with accepted names.
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
