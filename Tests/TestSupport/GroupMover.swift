import Foundation

/// A program that joins the process group of its child (setpgid(2)), as no shell can, and ignores SIGTERM.
public enum GroupMover {
    public static let program = "/usr/bin/perl"
    /// It prints `moved to GROUP.`.
    public static let arguments = [
        "-e",
        """
        $| = 1;
        $SIG{TERM} = "IGNORE";
        my $child = fork // die;
        if (!$child) { sleep 1000; exit }
        setpgrp $child, $child;
        setpgrp 0, $child;
        print "moved to $child.\\n";
        sleep 1000 while 1;
        """,
    ]
    public static let isInstalled = FileManager.default.isExecutableFile(atPath: program)
}
