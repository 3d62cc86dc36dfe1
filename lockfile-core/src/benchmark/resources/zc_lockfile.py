# Copyright 2026 the original author or authors.
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#      https://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.

# Measures zc.lockfile: prints the microseconds of an acquire with its release, and of a refused
# attempt, once per batch.

import logging
import os
import sys
import time

import zc.lockfile

BATCHES = 6
SECONDS = 0.2

path = sys.argv[1]
logging.getLogger("zc.lockfile").addHandler(logging.NullHandler())


def acquire():
    zc.lockfile.LockFile(path).close()


def refused():
    try:
        zc.lockfile.LockFile(path)
    except zc.lockfile.LockError:
        return
    raise AssertionError("not refused")


def measure(name, operation):
    for batch in range(BATCHES + 1):
        count = 0
        start = time.perf_counter()
        while time.perf_counter() - start < SECONDS:
            for _ in range(100):
                operation()
            count += 100
        micros = (time.perf_counter() - start) / count * 1e6
        if batch > 0:
            print(name, micros)


measure("acquire", acquire)

done, end = os.pipe()
ready, up = os.pipe()
holder = os.fork()
if holder == 0:
    os.close(end)
    lock = zc.lockfile.LockFile(path)
    os.write(up, b"x")
    os.read(done, 1)
    os._exit(0)
os.read(ready, 1)
try:
    measure("refused", refused)
finally:
    os.close(end)
    os.waitpid(holder, 0)
