// swift-tools-version: 6.1

import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "KeepAliveKit",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "KeepAliveKit", targets: ["KeepAliveKit"])
    ],
    targets: [
        .target(name: "KeepAliveKit", swiftSettings: strict)
    ],
    swiftLanguageModes: [.v6]
)
