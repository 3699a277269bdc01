"""What the scripts in Python install and build before they begin."""
import os, re, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def explain(text, argument):
    """Prints a script's text for --help, and for a first argument that is not of this form."""
    first = sys.argv[1] if len(sys.argv) > 1 else None
    if first in ("--help", "-h") or first is not None and not re.fullmatch(argument, first):
        print(text)
        sys.exit(0 if first in ("--help", "-h") else 64)


def tools(*words):
    """Installs the tools that scripts/bootstrap knows by this word; ends with its message if that cannot be."""
    if subprocess.run([os.path.join(ROOT, "scripts/bootstrap"), *words], stdout=sys.stderr).returncode:
        sys.exit(1)


def programs(given, names, usual=".build/programs", command=("scripts/build-release",)):
    """The folder of the programs: the given one has to have them; in the usual one the command builds what is missing."""
    folder = os.path.abspath(given or os.path.join(ROOT, usual))
    missing = [name for name in names if not os.access(os.path.join(folder, name), os.X_OK)]
    if missing and given:
        sys.exit(f"no {', '.join(missing)} in {folder}; `scripts/build-release FOLDER` builds them")
    if missing:
        print(f"{' '.join(command)} builds {', '.join(missing)}, which takes some minutes", file=sys.stderr, flush=True)
        if subprocess.run(command, cwd=ROOT, stdout=sys.stderr).returncode:
            sys.exit(1)
    return folder
