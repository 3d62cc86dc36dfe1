# A program that knows nothing of the library. Obeys one command a line, and answers each with one line.
import fcntl, os, random, select, shlex, signal, struct, sys, time

FLOCK = struct.Struct("hhqqi4x")
files = {}


def command(fd, how, start, length, kind=fcntl.F_WRLCK):
    return FLOCK.unpack(fcntl.fcntl(fd, how, FLOCK.pack(kind, os.SEEK_SET, int(start), int(length), 0)))


def opened(path):
    if path not in files:
        files[path] = os.open(path, os.O_RDWR)
    return files[path]


def told_to_stop():
    return select.select([sys.stdin], [], [], 0)[0]


def answer(*words):
    print(*words, flush=True)


def lock(path, start, length, kind=fcntl.F_WRLCK):
    try:
        command(opened(path), fcntl.F_SETLK, start, length, kind)
        answer("locked")
    except BlockingIOError:
        answer("refused")


# Needs only to read the file.
def share(path, start, length):
    files[path] = os.open(path, os.O_RDONLY)
    fcntl.fcntl(files[path], fcntl.F_SETLK, FLOCK.pack(fcntl.F_RDLCK, os.SEEK_SET, int(start), int(length), 0))
    answer("locked")


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


# Asks to be told before anybody else opens the file, and then lets them wait.
def lease(path):
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    fcntl.fcntl(opened(path), fcntl.F_SETLEASE, fcntl.F_WRLCK)
    answer("leased")


def release(path):
    fcntl.fcntl(opened(path), fcntl.F_SETLEASE, fcntl.F_UNLCK)
    answer("released")


# Sets the times of access and of change, in seconds since 1970.
def times(path, access, change):
    os.utime(path, (int(access), int(change)))
    answer("set")


# Says how many seconds ago a file was accessed and changed.
def ages(path):
    found, now = os.stat(path), time.time()
    answer(int(now - found.st_atime), int(now - found.st_mtime))


# Gives a directory a default ACL, or a file one: TAG:PERMISSIONS:ID as acl(5) has them in its binary form.
def acl(path, kind, *entries):
    value = struct.pack("<I", 2)
    for entry in entries:
        tag, permissions, name = (int(field, 0) for field in entry.split(":"))
        value += struct.pack("<HHI", tag, permissions, name & 0xffffffff)
    try:
        os.setxattr(path, "system.posix_acl_" + kind, value)
        answer("set")
    except OSError as ex:
        answer("refused", ex.strerror)


# Says what the group of a file may do, whatever the mask says. Without an ACL the mode says it.
def group(path):
    try:
        value = os.getxattr(path, "system.posix_acl_access")
    except OSError:
        return answer(os.stat(path).st_mode >> 3 & 7)
    entries = [struct.unpack_from("<HHI", value, at) for at in range(4, len(value), 8)]
    answer(next(permissions for tag, permissions, _ in entries if tag == 4))


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
        name, *arguments = shlex.split(line.decode())
        line = b""
        if name != "stop":
            globals()[name](*arguments)
    else:
        line += byte
