"""Takes a picture of a page on standard input, in the way of scripts/pictures: picture.py FILE.png"""
import os, subprocess, sys, tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../pictures.d"))
from browser import Browser

with tempfile.TemporaryDirectory(prefix="failures-") as folder, Browser() as browser:
    page = os.path.join(folder, "table.html")
    open(page, "w").write(sys.stdin.read())
    browser.show(f"file://{page}", 1500, 3600, scale=1)
    browser.picture(sys.argv[1], "table:last-of-type")
subprocess.run(["pngquant", "--force", "--skip-if-larger", "--speed", "1", "--output", sys.argv[1], "64", sys.argv[1]], check=False)
