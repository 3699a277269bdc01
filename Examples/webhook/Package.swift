// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "webhook",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "KeepAliveKit", path: "../..")],
    targets: [
        .executableTarget(
            name: "WebhookBot",
            dependencies: [.product(name: "KeepAliveKit", package: "KeepAliveKit")])
    ],
    swiftLanguageModes: [.v6]
)
