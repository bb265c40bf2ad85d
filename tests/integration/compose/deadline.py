"""Waiting for an event, until a time."""

import select
import time


class Deadline:
    def __init__(self, seconds):
        self._end = time.monotonic() + seconds

    def seconds_left(self):
        return max(0.0, self._end - time.monotonic())

    def is_over(self):
        return self.seconds_left() == 0

    def wait_for(self, descriptor):
        """Whether it could be read in time; of a process, whether it has ended."""
        return bool(select.select([descriptor], [], [], self.seconds_left())[0])
