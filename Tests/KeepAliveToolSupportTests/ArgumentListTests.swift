import Testing

@testable import KeepAliveToolSupport

struct ArgumentListTests {
    private static let flags = ["--port", "--poll", "--quiet", "-q"]

    @Test(arguments: [
        ("--prot", "unknown argument --prot; did you mean --port?"),
        ("--PORT=secret", "unknown argument --PORT; did you mean --port?"),
        ("-quite=secret", "unknown argument -quite; did you mean --quiet?"),
        ("--nothing", "unknown argument --nothing"), ("--q", "unknown argument --q"),
        ("-x", "unknown argument -x"), ("word", "unknown argument word"),
    ])
    func anUnknownArgument(text: String, expected: String) throws {
        var list = ArgumentList([text])
        let next = list.next()
        let argument = try #require(next)
        #expect(ArgumentList.Failure.unknown(argument, among: Self.flags).description == expected)
    }

    @Test(arguments: [
        ("what is wrong", "what is wrong. Try tool --help."), ("this or that?", "this or that? Try tool --help."),
        ("what is wrong.", "what is wrong. Try tool --help."),
    ])
    func theLineForTheTerminal(description: String, expected: String) {
        #expect(ArgumentList.Failure(description: description).advice(from: "tool") == expected)
    }

    /// A value may have an equals sign, as a token or a connection string does, and may begin like a flag.
    @Test(
        arguments: [
            (["--port=1=2"], "--port", "1=2"), (["--port", "-1"], "--port", "-1"), (["-p", "x=y"], "-p", "x=y"),
        ] as [([String], String, String)])
    func aValueStandsBehindTheFirstEqualsSignOrNext(arguments: [String], name: String, value: String) throws {
        var list = ArgumentList(arguments)
        let next = list.next()
        let argument = try #require(next)
        #expect(argument.name == name)
        let found = try list.value(of: argument)
        #expect(found == value)
        #expect(list.rest.isEmpty)
    }

    /// A short flag has no value of its own, and a word may be an assignment for the bot.
    @Test(arguments: ["-p=1", "A=b", "=", "-"])
    func onlyALongFlagIsSplit(text: String) throws {
        var list = ArgumentList([text])
        let next = list.next()
        #expect(next == ArgumentList.Argument(text: text, name: text, inlineValue: nil))
    }

    @Test func aSingleLetterIsNearToNoOther() throws {
        var list = ArgumentList(["-x"])
        let next = list.next()
        let argument = try #require(next)
        #expect(ArgumentList.Failure.unknown(argument, among: ["--y"]).description == "unknown argument -x")
    }

    @Test func aNoteStandsBehindTheName() throws {
        var list = ArgumentList(["wach"])
        let next = list.next()
        let argument = try #require(next)
        let failure = ArgumentList.Failure.unknown(argument, kind: "command", note: " (here)", among: ["watch"])
        #expect(failure.description == "unknown command wach (here); did you mean watch?")
    }

    @Test(arguments: [["--port="], ["--port", ""], ["--port"]])
    func aValueIsNeeded(arguments: [String]) throws {
        var list = ArgumentList(arguments)
        let next = list.next()
        let argument = try #require(next)
        let failure = #expect(throws: ArgumentList.Failure.self) { _ = try list.value(of: argument) }
        #expect(failure?.description == "--port needs a value")
    }

    @Test func aFlagTakesNone() throws {
        var list = ArgumentList(["--quiet", "--quiet=1"])
        let first = list.next()
        let second = list.next()
        let plain = try #require(first)
        let other = try #require(second)
        var count = 0
        try list.flag(plain) { count += 1 }
        let failure = #expect(throws: ArgumentList.Failure.self) { try list.flag(other) { count += 1 } }
        #expect(failure?.description == "--quiet takes no value")
        #expect(count == 1)
    }

    /// What belongs to the bot is no argument of the launcher's.
    @Test func theRestIsTakenOnce() {
        var list = ArgumentList(["--", "-x", "y"])
        _ = list.next()
        let rest = list.takeRest()
        #expect(rest == ["-x", "y"])
        #expect(list.rest.isEmpty)
        let next = list.next()
        #expect(next == nil)
    }
}
