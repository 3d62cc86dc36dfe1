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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Outsider;
import io.github.lockfile.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Locks in a mount namespace of its own, and says which kind of lock it was.
 */
final class NativeFileSystem {

	private NativeFileSystem() {
	}

	public static void main(String[] args) throws IOException {
		Path path = Path.of(args[0]);
		try (LockFile lock = LockFile.acquire(path); PythonPeer peer = new PythonPeer()) {
			assertThat(Outsider.isRefused(path)).isTrue();
			try (ChildJvm second = HolderProcess.start(path, "{pid}")) {
				assertThat(second.awaitExit()).isEqualTo(HolderProcess.HELD);
			}
			assertThat(lock.verify().status()).isEqualTo(Status.HELD);
			if (lock.isNative()) {
				Files.readString(path);
				for (String how : List.of("flock", "lockf", "first-byte")) {
					assertThat(peer.takes(how, path)).as(how).isFalse();
				}
				Files.delete(path);
				assertThat(lock.verify().status()).isEqualTo(Status.RESTORED);
				assertThat(peer.takes("flock", path)).isFalse();
			}
			System.out.println(lock.isNative() ? "native and passed" : "not native, because " + lock.whyNotNative());
		}
		LockFile.acquire(path).close();
		assertThat(OpenFiles.count(path.toString())).isZero();
	}

	/**
	 * Locks in a directory at which now one file system is mounted and now another.
	 */
	static final class Remount {

		private Remount() {
		}

		public static void main(String[] args) {
			for (String type : List.of("tmpfs", "ramfs", "tmpfs", "ramfs")) {
				Shell.run("mount", "-t", type, type, args[0]);
				for (int i = 0; i < 2; i++) {
					try (LockFile lock = LockFile.acquire(Path.of(args[0], "test.lock"))) {
						assertThat(lock.isNative()).as(type).isEqualTo(type.equals("tmpfs"));
					}
				}
				Shell.run("umount", args[0]);
			}
			System.out.println("passed");
		}

	}

}
