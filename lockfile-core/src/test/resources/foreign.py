# A program that knows nothing of the library. Obeys one command a line, and answers each with one line.
import fcntl, os, random, select, struct, sys, time

FLOCK = struct.Struct("hhqqi4x")
files = {}


def command(fd, how, start, length):
    return FLOCK.unpack(fcntl.fcntl(fd, how, FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, int(start), int(length), 0)))


def opened(path):
    if path not in files:
        files[path] = os.open(path, os.O_RDWR)
    return files[path]


def told_to_stop():
    return select.select([sys.stdin], [], [], 0)[0]


def answer(*words):
    print(*words, flush=True)


def lock(path, start, length):
    try:
        command(opened(path), fcntl.F_SETLK, start, length)
        answer("locked")
    except BlockingIOError:
        answer("refused")


def wait(path, start, length):
    fd = opened(path)
    answer("waiting")
    command(fd, fcntl.F_SETLKW, start, length)
    answer("locked")


def unlock():
    while files:
        os.close(files.popitem()[1])
    answer("unlocked")


# Waits for a lock and lets it go, over and over, until there is another command.
def snatch(path, start, length, pause=0):
    fd = opened(path)
    answer("snatching")
    times = 0
    while not told_to_stop():
        command(fd, fcntl.F_SETLKW, start, length)
        times += 1
        fcntl.lockf(fd, fcntl.LOCK_UN)
        if pause:
            time.sleep(random.random() * int(pause) / 1000)
    os.close(files.pop(path))
    answer("snatched", times)


# Makes room for what is to be moved to a path.
def clear(path):
    if os.path.isdir(path) and not os.path.islink(path):
        try:
            for name in os.listdir(path):
                os.unlink(os.path.join(path, name))
            os.rmdir(path)
        except OSError:
            pass  # somebody makes what is removed


# Moves something away and back, until there is another command.
def move(path, away):
    answer("moving")
    times = 0
    while not told_to_stop():
        os.rename(path, away)
        if random.randrange(100):
            for _ in range(random.randrange(200)):
                pass
        else:
            time.sleep(0.003)  # long enough for somebody to find it missing for certain
        while True:
            try:
                os.rename(away, path)
                break
            except OSError:
                clear(path)
        for _ in range(random.randrange(200)):
            pass
        times += 1
    answer("moved", times)


# Makes each name a hard link to one of two files, at random, until there is another command.
def link(first, second, *names):
    answer("linking")
    times = 0
    while not told_to_stop():
        name = random.choice(names)
        os.link(random.choice((first, second)), name + ".new")
        os.rename(name + ".new", name)
        if os.path.lexists(name + ".new"):
            os.unlink(name + ".new")  # rename(2) leaves both if they are the same file
        times += 1
    answer("linked", times)


# Says which process has a byte locked, and what the file says.
def look(path, start):
    fd = os.open(path, os.O_RDWR)
    found = command(fd, fcntl.F_GETLK, start, 1)
    content = os.read(fd, 9000)
    os.close(fd)
    answer(0 if found[0] == fcntl.F_UNLCK else found[4], content.decode().strip())


# Not line by line through a buffer, which select(2) would not see.
line = b""
while True:
    byte = os.read(0, 1)
    if not byte:
        break
    if byte == b"\n":
        name, *arguments = line.decode().split(" ")
        line = b""
        if name != "stop":
            globals()[name](*arguments)
    else:
        line += byte
