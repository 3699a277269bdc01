"""What the scripts in Python install and build before they begin."""
import os, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def tools(*words, bootstrap="scripts/bootstrap"):
    """Installs the tools that scripts/bootstrap knows by this word; ends with its message if that cannot be."""
    if subprocess.run([os.path.join(ROOT, bootstrap), *words]).returncode:
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
