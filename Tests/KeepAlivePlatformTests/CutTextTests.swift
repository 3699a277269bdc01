import KeepAlivePlatform
import Testing

struct CutTextTests {
    @Test(arguments: [
        ("", 0, ""), ("abc", 3, "abc"), ("abcd", 3, "abc… (1 bytes more)"), ("aéb", 3, "aé… (1 bytes more)"),
        ("aé", 2, "a… (2 bytes more)"), ("🙂", 3, "… (4 bytes more)"),
    ])
    func isCutBetweenCharacters(text: String, most: Int, expected: String) {
        #expect(text.cut(toBytes: most) == expected)
    }
}
