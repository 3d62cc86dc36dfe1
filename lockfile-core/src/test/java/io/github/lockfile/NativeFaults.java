/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import io.github.lockfile.Verification.Status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Has each call of a native lock fail with each error that it may have, once and then
 * always, while the lock is acquired, verified, repaired and released. Runs in a process
 * that preloads the faults.
 */
final class NativeFaults {

	private static final int EPERM = 1, EIO = 5, EBADF = 9, EAGAIN = 11, ENOMEM = 12, EACCES = 13, EINVAL = 22,
			ENFILE = 23, EMFILE = 24, EFBIG = 27, ENOSPC = 28, EROFS = 30, EDEADLK = 35, ENOLCK = 37, ENOSYS = 38,
			ELOOP = 40, EOVERFLOW = 75, EOPNOTSUPP = 95, ENOBUFS = 105, ESTALE = 116, EDQUOT = 122, ENOENT = 2,
			EINTR = 4, ENXIO = 6;

	private static final Map<String, List<Integer>> ERRORS = Map.ofEntries(
			Map.entry("open",
					List.of(EPERM, EINTR, EIO, ENXIO, ENOMEM, EACCES, ENFILE, EMFILE, ENOSPC, EROFS, ELOOP, EOVERFLOW,
							ESTALE)),
			Map.entry("statx", List.of(ENOMEM, EACCES, EINVAL, EIO, ENOSYS, ESTALE)),
			Map.entry("statfs", List.of(EINTR, EIO, ENOENT, EACCES, ENOMEM, ENOSYS, EOVERFLOW, ESTALE)),
			Map.entry("fcntl",
					List.of(EINTR, EIO, EBADF, EAGAIN, EACCES, EINVAL, EDEADLK, ENOLCK, ENOMEM, EOPNOTSUPP, ESTALE)),
			Map.entry("flock", List.of(EINTR, EIO, EBADF, EAGAIN, EINVAL, ENOLCK, ENOMEM, EOPNOTSUPP, ESTALE)),
			Map.entry("pread", List.of(EINTR, EIO, EBADF, EAGAIN, EINVAL, ENOBUFS, ESTALE)),
			Map.entry("pwrite", List.of(EINTR, EIO, EBADF, EFBIG, ENOSPC, EPERM, EDQUOT, ENOMEM, ESTALE)),
			Map.entry("ftruncate", List.of(EINTR, EIO, EBADF, EFBIG, EINVAL, EPERM, EROFS)),
			Map.entry("fsync", List.of(EINTR, EIO, EBADF, ENOSPC, EDQUOT, EROFS)),
			Map.entry("close", List.of(EINTR, EIO, ENOSPC)));

	private final Path path;

	private final Path control;

	private int cases;

	private NativeFaults(Path path, Path control) {
		this.path = path;
		this.control = control;
	}

	public static void main(String[] args) throws IOException {
		NativeFaults faults = new NativeFaults(Path.of(args[0]), Path.of(args[1]));
		assertThat(NativeLocking.obstacle()).isEmpty();
		try (PythonPeer peer = new PythonPeer()) {
			for (Map.Entry<String, List<Integer>> call : ERRORS.entrySet()) {
				for (int error : call.getValue()) {
					for (int number = (error == EINTR && !call.getKey().equals("close")) ? 1
							: 0; number < 4; number++) {
						faults.acquire(call.getKey(), number, error, peer);
						faults.verify(call.getKey(), number, error, peer, false);
						faults.verify(call.getKey(), number, error, peer, true);
						faults.release(call.getKey(), number, error, peer);
					}
				}
			}
		}
		System.out.println(faults.cases + " faults passed");
	}

	private void fault(String call, int number, int error) throws IOException {
		Files.writeString(this.control, call + " " + number + " " + error);
		this.cases++;
	}

	private void acquire(String call, int number, int error, PythonPeer peer) throws IOException {
		Files.writeString(this.path, " a longer record of the holder before\n");
		fault(call, number, error);
		String what = "acquire with %s %d %d".formatted(call, number, error);
		LockFile lock = null;
		try {
			lock = LockFile.acquire(this.path);
		}
		catch (LockFileException ex) {
			// Nothing but that.
			assertThat(ex.getMessage()).as(what).doesNotContain("null");
		}
		Files.delete(this.control);
		if (lock != null) {
			assertHeld(what, peer);
			lock.close();
		}
		// Closes what was parked since the kernel did not say whose lock it is.
		LockFile.acquire(this.path).close();
		assertFree(what, peer);
	}

	private void verify(String call, int number, int error, PythonPeer peer, boolean changed) throws IOException {
		String what = "verify with %s %d %d %s".formatted(call, number, error, changed);
		try (LockFile lock = LockFile.acquire(this.path)) {
			if (changed) {
				Files.writeString(this.path, " something else, and longer than what it should be\n");
			}
			fault(call, number, error);
			for (int i = 0; i < 4; i++) {
				assertThat(lock.verify().status()).as(what).isIn(Status.HELD, Status.UNVERIFIED, Status.RESTORED);
			}
			Files.delete(this.control);
			assertThat(lock.verify().status()).as(what).isIn(Status.HELD, Status.RESTORED);
			assertThat(lock.verify().status()).as(what).isEqualTo(Status.HELD);
			assertThat(lock.isNative()).isTrue();
			assertHeld(what, peer);
			assertThat(OpenFiles.count(this.path.toString())).as(what).isEqualTo(1);
		}
		assertFree(what, peer);
	}

	private void release(String call, int number, int error, PythonPeer peer) throws IOException {
		String what = "release with %s %d %d".formatted(call, number, error);
		LockFile lock = LockFile.acquire(this.path);
		fault(call, number, error);
		assertThatCode(lock::close).as(what).doesNotThrowAnyException();
		Files.delete(this.control);
		assertFree(what, peer);
	}

	private void assertHeld(String what, PythonPeer peer) throws IOException {
		assertThat(peer.takes("flock", this.path)).as(what).isFalse();
		assertThat(peer.takes("lockf", this.path)).as(what).isFalse();
	}

	private void assertFree(String what, PythonPeer peer) throws IOException {
		for (String how : List.of("flock", "lockf")) {
			assertThat(peer.takes(how, this.path)).as(what).isTrue();
			peer.releases(how, this.path);
		}
		assertThat(OpenFiles.count(this.path.toString())).as(what).isZero();
	}

}
