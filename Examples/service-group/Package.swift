// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "service-group",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "KeepAliveKit", path: "../.."),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.6.0"),
    ],
    targets: [
        .executableTarget(
            name: "GroupBot",
            dependencies: [
                .product(name: "KeepAliveKit", package: "KeepAliveKit"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
