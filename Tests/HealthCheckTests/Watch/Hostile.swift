/// Names that bots may choose.
enum Hostile {
    static let names = [
        "\u{1B}[31mred\u{1B}[2J\u{1B}]0;title\u{7}", "line\r\nbreak\ttab\u{0}nul\u{8}\u{7F}", "\u{9B}31mC1\u{85}",
        String(repeating: "long name ", count: 30), String(repeating: "漢字", count: 150), "שלום עולם مرحبا",
        "\u{202E}reversed\u{2066}isolated", "zero\u{200B}width\u{FEFF}\u{2060}", "👩‍👩‍👧‍👦🇩🇪👍🏽✈️",
        "Z" + String(repeating: "\u{0301}\u{0489}", count: 100), "\u{0301}first", "한글ﾊﾝｶｸ１２", "\u{1160}\u{11A8}jamo",
        "\u{E000}private\u{E0041}tag\u{10FFFF}", "<script>alert(1)</script>", "", " ", "\u{2028}\u{2029}", "…", "a漢",
    ]
}
