"""A program of another container: a process with a child for each process id that is named, and what signals it gets.

``python stranger.py FILE PID ...``: the signals are written to FILE, once all children are there also ``ready``.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

file, wanted = Path(sys.argv[1]), set(map(int, sys.argv[2:]))


def note(number, frame):
    with file.open("a") as output:
        output.write(f"{signal.Signals(number).name}\n")


for number in (signal.SIGTTIN, signal.SIGTTOU, signal.SIGHUP, signal.SIGTERM, signal.SIGUSR2):
    signal.signal(number, note)
parent = os.getpid()
while wanted:
    # Process ids are given one after another.
    pid = os.fork()
    if not pid:
        while os.getppid() == parent:
            time.sleep(0.1)
        os._exit(0)
    wanted.discard(pid)
file.write_text("ready\n")
while True:
    signal.pause()
