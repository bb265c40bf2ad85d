"""Has a fuzz target hunt: from the kept corpus, which is only read, and from what earlier hunts in
this build came upon. Says how a find can be seen again."""

import glob
import os
import subprocess
import sys

LIMITS = ["-max_len=4096", "-timeout=10", "-rss_limit_mb=2048"]


def main():
    if len(sys.argv) < 4:
        sys.exit("usage: hunt.py PROGRAM KEPT_CORPUS WORKING_FOLDER [libFuzzer's flags...]")
    program, kept, folder, *flags = sys.argv[1:]
    corpus = os.path.join(folder, "corpus")
    finds = os.path.join(folder, "find-")
    os.makedirs(corpus, exist_ok=True)
    before = set(glob.glob(finds + "*"))
    hunt = [program, *LIMITS, *flags, "-artifact_prefix=" + finds, corpus, kept]
    status = subprocess.call(hunt)
    for find in sorted(set(glob.glob(finds + "*")) - before):
        print("A find; to see it again:", program, *LIMITS, *flags, find)
    sys.exit(status)


if __name__ == "__main__":
    main()
