"""Runs jobs in forked children and kills them; reads "folder, moment, job" lines, answers each.

A child writes a log beside its run: ``applied`` when a stimulus reaches the bench, ``delivered``
when its readings reach the protocol, by single writes that outlive it.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

import mho
from mho.bench.composed import ComposedBench
from mho.bench.guard import GuardedBench


def log_to(path):
    log = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    reach, apply = ComposedBench.apply, GuardedBench.apply

    def say(what, stimulus):
        score = stimulus.score()
        several = not stimulus.short or score.duration > 0.11
        told = [what, type(stimulus).__name__, score.readings, several]
        os.write(log, (json.dumps(told) + "\n").encode())

    def reached(self, stimulus):
        say("applied", stimulus)
        return reach(self, stimulus)

    def applied(self, stimulus):
        trace = apply(self, stimulus)
        say("delivered", stimulus)
        return trace

    ComposedBench.apply, GuardedBench.apply = reached, applied


def main():
    for line in sys.stdin:
        order = json.loads(line)
        folder = Path(order["folder"])
        folder.mkdir(parents=True)
        child = os.fork()
        if not child:
            log_to(folder / "log")
            protocol, bench, device, recipe = order["job"]
            mho.execute(mho.read_job(protocol, bench, device, recipe, seed=order["seed"]), folder)
            os._exit(0)
        begin = time.monotonic()
        ended = 0
        while not (folder / "log").exists() and not ended:
            ended, _ = os.waitpid(child, os.WNOHANG)
            time.sleep(0.001)
        opened = time.monotonic()
        while not (folder / "log").stat().st_size and not ended:
            ended, _ = os.waitpid(child, os.WNOHANG)
            time.sleep(0.0005)
        deadline = time.monotonic() + order["moment"]
        while time.monotonic() < deadline and not ended:
            ended, _ = os.waitpid(child, os.WNOHANG)
            time.sleep(0.0005)
        if not ended:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        print(json.dumps({"killed": not ended, "opening": opened - begin}), flush=True)


if __name__ == "__main__":
    main()
