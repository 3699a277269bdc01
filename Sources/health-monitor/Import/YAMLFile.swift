import KeepAliveKit
import KeepAlivePlatform

/// Reads a file of YAML or JSON with a converter of this machine: a parser of our own, or a library in every
/// installation, would serve one command.
enum YAMLFile {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The programs that write YAML as JSON, the most usual first. Each gets the path as its last argument. 127 means
    /// that a part is not installed.
    static let converters: [[String]] = [
        [
            "python3", "-c",
            """
            import sys, json
            try: import yaml
            except ImportError: sys.exit(127)
            try: json.dump(yaml.safe_load(open(sys.argv[1]).read()), sys.stdout, default=str)
            except Exception as error:
                sys.exit(" ".join(str(error).replace('"<unicode string>", ', "").split()))
            """,
        ],
        ["ruby", "-ryaml", "-rjson", "-e", "puts JSON.generate(YAML.load_file(ARGV[0]))"],
        // Of two programs with this name one writes JSON by itself, and knows no such option.
        ["yq", "."],
        ["yq", "-o=json", "."],
    ]
    private static let limit = 16 << 20

    static func read(
        _ path: String, with converters: [[String]] = converters, timeout: Duration = .seconds(30)
    ) throws(Failure) -> LooseObject {
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try FileDescriptor.contents(of: path, limit: limit)
        } catch {
            throw Failure(description: "it cannot be read: \(error.message)")
        }
        if let value = try? JSONValue(parsing: bytes), let root = LooseObject(value) { return root }
        // The finding of the first converter that ran: the others differ only in their words.
        var fault: String?
        for converter in converters {
            // One that is not installed cannot start.
            guard let output = try? CommandOutput.run(converter + [path], timeout: timeout, limit: limit) else {
                continue
            }
            let program = converter.first ?? ""
            switch output.end {
            case .exited(0):
                guard output.text.utf8.count < limit else { throw Failure(description: "its JSON is over 16 MiB") }
                guard let value = try? JSONValue(parsing: Array(output.text.utf8)) else { continue }
                if let root = LooseObject(value) { return root }
                fault = fault ?? "its top level has no keys (by \(program))"
            case .exited(127): continue
            case .late:
                throw Failure(
                    description: "\(program) did not convert its YAML to JSON within \(timeout.inWords), and was ended")
            case .exited, .signalled:
                let words = output.errors.split(whereSeparator: \.isNewline).first.map { String($0).line(limit: 300) }
                fault = fault ?? "it is not valid YAML: \(words ?? "no reason given") (by \(program))"
            }
        }
        throw Failure(
            description: fault
                ?? "it is not JSON, and no converter here reads it as YAML: install python3-yaml, ruby or yq, "
                + "or give the output of yq -o=json")
    }
}
