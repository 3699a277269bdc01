import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// `NAME_FILE` and `$CREDENTIALS_DIRECTORY`.
struct VariableFilesTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func settings(
        _ environment: [String: String] = [:], file: String = "", flags: [String: String] = [:]
    ) throws -> Settings {
        let path = try folder.write(file, to: "env").path
        return Settings(flags: flags, environmentFile: path, in: environment)
    }

    private func credentials(_ files: [String: String]) throws -> [String: String] {
        let place = folder.file("credentials")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        for (name, text) in files { try folder.write(text, to: "credentials/\(name)") }
        return ["CREDENTIALS_DIRECTORY": place.path]
    }

    @Test(arguments: [
        ("value", "value"), ("value\n", "value"), ("value\r\n", "value"), ("value\n\n", "value\n"),
        (" value ", " value "),
        ("a\nb\n", "a\nb"), ("$HOME 'x'", "$HOME 'x'"),
    ])
    func oneTrailingNewlineIsDropped(text: String, value: String) throws {
        let path = try folder.write(text, to: "x").path
        #expect(try settings(["X_FILE": path]).value("X") == value)
        #expect(try settings(file: "X_FILE=\(path)").value("X") == value)
    }

    @Test func bytesThatAreNotTextAreRepairedAndHidden() throws {
        let path = folder.file("x")
        try Data([0x61, 0x62, 0x63, 0xFF, 0x64]).write(to: path)
        let settings = try settings(["MY_TOKEN_FILE": path.path])
        #expect(settings.value("MY_TOKEN") == "abc\u{FFFD}d")
        #expect(settings.secretFiles.contains([0x61, 0x62, 0x63, 0xFF, 0x64]))
        #expect(settings.findings.isEmpty)
    }

    @Test func credentialsComeAfterTheEnvironmentAndBeforeTheFile() throws {
        let environment = try credentials(["x": "lower\n", "Y": "upper", "y": "other", "EMPTY": "\n"])
        let file = "X=file\nY=file\nZ=file\nEMPTY=file"
        let plain = try settings(environment, file: file)
        #expect(["X", "Y", "Z", "EMPTY"].map(plain.value) == ["lower", "upper", "file", "file"])
        #expect(plain.findings.isEmpty, "a manager may pass an empty credential for one that it does not have")
        // A child finds the values of `.env` in its environment, which has precedence over its credentials.
        #expect(plain.fileVariables == ["X": "lower", "Y": "upper", "Z": "file", "EMPTY": "file"])
        #expect(try settings(environment.merging(["X": "direct"]) { $1 }, file: file).value("X") == "direct")
        let path = try folder.write("named", to: "x").path
        #expect(try settings(environment.merging(["X_FILE": path]) { $1 }).value("X") == "named")
        #expect(try settings(environment, file: "X_FILE=\(path)").value("X") == "lower")
        #expect(try settings(environment, file: "X_FILE=\(path)").fileVariables == [:])
        #expect(try settings(environment, flags: ["X": "flag"]).value("X") == "flag")
    }

    @Test(arguments: [true, false], [true, false])
    func bothAreTooMany(isDirectInFile: Bool, isPathInFile: Bool) throws {
        let path = try folder.write("other", to: "x").path
        let entries = [("X", "one", isDirectInFile), ("X_FILE", path, isPathInFile)]
        var environment: [String: String] = [:]
        var file = ""
        for (name, value, isInFile) in entries {
            if isInFile { file += "\(name)=\(value)\n" } else { environment[name] = value }
        }
        let settings = try settings(environment, file: file)
        #expect(settings.value("X") == "one")
        let places = [isDirectInFile, isPathInFile].map { $0 ? "in the .env file" : "in the environment" }
        let words = "X (\(places[0])) and X_FILE (\(places[1])) are both set: remove one of them"
        #expect(settings.findings == [words])
        #expect(throws: KeepAliveError.configuration([words])) { try settings.check() }
        // A flag has precedence over both, and an empty value counts as unset.
        let flagged = try self.settings(environment, file: file, flags: ["X": "flag"])
        #expect(flagged.value("X") == "flag")
        #expect(flagged.findings.isEmpty)
        #expect(try self.settings(["X": "", "X_FILE": path]).value("X") == "other")
    }

    @Test func whatCannotBeReadIsNamed() throws {
        let pipe = folder.file("pipe").path
        try NamedPipe.make(at: pipe)
        let cases = [
            (folder.file("none").path, "cannot be read (No such file or directory): give the path"),
            (folder.path, "is a folder: give the path of a file"), (pipe, "is no regular file: give the path"),
            (try folder.write("\n", to: "empty").path, "is empty: write the value into the file"),
            (try folder.write("a\0b", to: "nul").path, "holds a NUL byte"),
            (
                try folder.write(String(repeating: "x", count: 64 << 10 + 1), to: "large").path,
                "is larger than 64 KiB"
            ),
        ]
        for (path, words) in cases {
            var settings = try settings(["BOT_TOKEN_FILE": path])
            #expect(settings.required("BOT_TOKEN", remedy: "get one") == nil)
            #expect(settings.findings.count == 1)
            #expect(
                settings.findings.first?.hasPrefix("BOT_TOKEN_FILE=\"\(path)\" \(words)") == true,
                "\(settings.findings)")
        }
        let most = String(repeating: "x", count: 64 << 10)
        #expect(try settings(["X_FILE": folder.write(most + "\r\n", to: "most").path]).value("X") == most)
    }

    @Test func aFailureIsSaidOnceHoweverOftenTheVariableIsAskedFor() throws {
        let settings = try settings(["X_FILE": "/nonexistent/x", "Y_FILE": "/nonexistent/y"])
        for name in ["X", "Y", "X", "Y"] { #expect(settings.value(name) == nil) }
        #expect(settings.findings.map { String($0.prefix(6)) } == ["X_FILE", "Y_FILE"])
    }

    /// Two readers of a variable never see two values.
    @Test func aFileIsReadOnce() throws {
        let path = try folder.write("hush-hush-1", to: "x").path
        let settings = try settings(["MY_TOKEN_FILE": path])
        #expect(settings.value("MY_TOKEN") == "hush-hush-1")
        try folder.write("hush-hush-2", to: "x")
        #expect(settings.value("MY_TOKEN") == "hush-hush-1")
        #expect(Set(settings.secretFiles) == [Array("hush-hush-1".utf8)])
    }

    @Test func onlyWhatIsAskedForHasAFile() throws {
        let settings = try settings(["LOG_FILE": "/nonexistent/log", "OTHER_FILE": "/nonexistent/other"])
        #expect(settings.value("LOG") == nil)
        #expect(settings.value("LOG_FILE") == "/nonexistent/log")
        #expect(settings.findings.isEmpty)
        let path = try folder.write("/var/log/x\n", to: "x").path
        #expect(try self.settings(["LOG_FILE_FILE": path]).value("LOG_FILE") == "/var/log/x")
    }

    @Test func secretsInFilesAreHidden() throws {
        let path = try folder.write("hush-hush-1\n", to: "x").path
        let credentials = try credentials([
            "api_key": "hush-hush-2", "proxy_url": "http://joe:hush-hush-3@h", "plain": "loud-words",
        ])
        // Also for variables that only a bot knows.
        let settings = try settings(credentials, file: "MY_TOKEN_FILE=\(path)")
        for secret in ["hush-hush-1", "hush-hush-2", "hush-hush-3"] { #expect(settings.secrets.contains(secret)) }
        #expect(!settings.secrets.contains("loud-words"))
        var kit = settings
        #expect(Configuration(reading: &kit).secrets.contains("hush-hush-1"))
    }

    @Test func variablesHoldWhatStandsInFiles() throws {
        let token = try folder.write("0123456789abcdef\n", to: "token").path
        let own = try folder.write("mine", to: "own").path
        let file = try folder.write(
            "RESTART_TOKEN_FILE=\(token)\nKEEPALIVE_TEST_FILE=\(own)\nKEEPALIVE_OTHER_FILE=/nonexistent\n", to: "env")
        let variables = try Configuration.variables(
            environmentFile: file.path, allowingFilesFor: ["KEEPALIVE_TEST", "KEEPALIVE_NONE"])
        #expect(variables["RESTART_TOKEN"] == "0123456789abcdef")
        #expect(variables["KEEPALIVE_TEST"] == "mine")
        #expect(variables["KEEPALIVE_TEST_FILE"] == nil)
        #expect(variables["KEEPALIVE_OTHER_FILE"] == "/nonexistent")
        #expect(try Configuration(variables: variables).restartToken == "0123456789abcdef")
        #expect(try Configuration.fromEnvironment(environmentFile: file.path).restartToken == "0123456789abcdef")
        let error = #expect(throws: KeepAliveError.self) {
            try Configuration.variables(environmentFile: file.path, allowingFilesFor: ["KEEPALIVE_OTHER"])
        }
        #expect(error?.exitCode == 78)
        #expect(error?.description.contains("KEEPALIVE_OTHER_FILE=\"/nonexistent\"") == true)
    }

    #if !os(macOS)
        /// In its own process, because the limit applies to the whole process.
        @Test func aFileThatCannotBeReadForWantOfDescriptorsIsNoWrongConfiguration() async {
            await #expect(processExitsWith: .exitCode(71)) {
                // A file that exists on every test machine.
                let settings = Settings(environmentFile: "/dev/null", in: ["X_FILE": "/etc/passwd"])
                var limit = rlimit(rlim_cur: 0, rlim_max: 0)
                unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                if settings.value("X") != nil { exit(98) }
                do throws(KeepAliveError) {
                    try settings.check()
                } catch {
                    exit(error.exitCode)
                }
                exit(0)
            }
        }
    #endif
}
