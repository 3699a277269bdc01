import Testing

@testable import KeepAlivePlatform

struct ProgramStartTests {
    private func bytes(_ words: [String]?) -> [[UInt8]]? { words?.map { Array($0.utf8) } }

    @Test(
        arguments: [
            (["p", "-x"], nil, [], ["p", "-x"]), (nil, ["p", "-x"], [], ["p", "-x"]),
            ([], ["p", "-x"], ["p"], ["p", "-x"]), (nil, nil, ["p", "-x"], ["p", "-x"]), (nil, nil, [], nil),
            ([], [], [], nil), (["p"], ["ld.so", "p"], [], ["p"]),
        ] as [([String]?, [String]?, [String], [String]?)])
    func theFirstSourceThatKnowsThem(kept: [String]?, kernel: [String]?, runtime: [String], expected: [String]?) {
        let found = ProgramStart.arguments(kept: bytes(kept), kernel: bytes(kernel), runtime: runtime)
        #expect(found == bytes(expected))
    }

    @Test func thisProcessesOwn() {
        #expect(ProgramStart.rawArguments == CommandLine.arguments.dropFirst().map { Array($0.utf8) })
    }
}
