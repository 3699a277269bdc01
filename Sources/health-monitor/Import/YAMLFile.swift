import KeepAliveKit
import KeepAlivePlatform

/// Reads a file of YAML or JSON with a converter of this machine: a parser of our own, or a library in every
/// installation, would serve one command.
enum YAMLFile {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The programs that write YAML as JSON, the most usual first. Each gets the path as its last argument. Python says
    /// in the second line what is wrong with the file.
    private static let converters: [[String]] = [
        [
            "python3", "-c",
            """
            import sys, json, yaml
            try: json.dump(yaml.safe_load(open(sys.argv[1]).read()), sys.stdout, default=str)
            except yaml.YAMLError as error:
                print("\\n" + " ".join(str(error).replace('"<unicode string>", ', "").split()))
            """,
        ],
        ["ruby", "-ryaml", "-rjson", "-e", "puts JSON.generate(YAML.load_file(ARGV[0]))"],
        ["yq", "-o=json", "."],
        ["yq", "."],
    ]
    private static let limit = 16 << 20

    static func read(_ path: String) throws(Failure) -> LooseObject {
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try FileDescriptor.contents(of: path, limit: limit)
        } catch {
            throw Failure(description: "it cannot be read: \(error.message)")
        }
        if let value = try? JSONValue(parsing: bytes), let root = LooseObject(value) { return root }
        for converter in converters {
            guard let output = run(converter + [path]) else { continue }
            if let root = LooseObject(try? JSONValue(parsing: output)) { return root }
            if output.first == UInt8(ascii: "\n"), output.count > 1 {
                let reason = String(decoding: output.dropFirst().dropLast(), as: UTF8.self)
                throw Failure(description: "it is not valid YAML: \(reason.line(limit: 200))")
            }
        }
        throw Failure(
            description: "it is not JSON, and no converter here reads it as YAML: install python3-yaml, ruby or yq, "
                + "or give the output of yq -o=json")
    }

    /// The program's output; nil if it cannot run or fails.
    private static func run(_ command: [String]) -> [UInt8]? {
        guard let pipe = try? FileDescriptor.pipe(), let errors = try? FileDescriptor.open("/dev/null", flags: O_WRONLY)
        else { return nil }
        _ = fcntl(pipe.write.raw, F_SETFL, 0)
        guard
            let process = try? Spawn.start(
                command, environment: CommandEnvironment().entries, output: pipe.write.raw, errors: errors.raw)
        else { return nil }
        let read = pipe.takeRead()
        _ = fcntl(read.raw, F_SETFL, 0)
        let output = try? read.readAll(limit: limit)
        kill(-process, SIGKILL)
        Children.wait(for: process)
        return output
    }
}
