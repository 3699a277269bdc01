/// The kit's version, which its programs share.
package let kitVersion = "1.0.0-rc.1"
