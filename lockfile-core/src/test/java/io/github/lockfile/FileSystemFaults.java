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

import java.nio.file.Files;
import java.nio.file.Path;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Outsider;
import io.github.lockfile.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Runs in a mount namespace of its own, where the directory of the lock file is a file
 * system of 16 KiB.
 */
final class FileSystemFaults {

	private static final ContentTemplate LONG = ContentTemplate.of("{pid};" + "x".repeat(5000));

	private FileSystemFaults() {
	}

	public static void main(String[] args) {
		Path path = Path.of(args[1]);
		switch (args[0]) {
			case "full-at-acquire" -> fullAtAcquire(path);
			case "full-while-held" -> fullWhileHeld(path);
			case "read-only-while-held" -> readOnlyWhileHeld(path);
			default -> throw new IllegalArgumentException(args[0]);
		}
		System.out.println(args[0] + " passed");
	}

	private static void fullAtAcquire(Path path) {
		fill(path);
		assertThatExceptionOfType(LockFileUnavailableException.class).isThrownBy(() -> LockFile.acquire(path))
			.satisfies((ex) -> assertThat(ex.reason()).isEqualTo("No space left on device"));
		assertThat(path).isEmptyFile();
		assertThat(Outsider.isRefused(path)).isFalse();
		Shell.run("rm", filler(path));
		LockFile.acquire(path).close();
	}

	private static void fullWhileHeld(Path path) {
		try (LockFile lock = LockFile.acquire(path, LONG)) {
			Shell.script(": > %s", path);
			fill(path);
			assertThat(lock.verify().status()).isEqualTo(Status.UNVERIFIED);
			assertThat(lock.verify().reason())
				.isEqualTo("The content could not be written again: No space left on device");
			assertThat(Outsider.isRefused(path)).isTrue();
			Shell.run("rm", filler(path));
			assertThat(lock.verify().status()).isEqualTo(Status.RESTORED);
			assertThat(lock.verify().status()).isEqualTo(Status.HELD);
			assertThat(Shell.run("cat", path.toString())).isEqualTo(lock.content());
		}
	}

	private static void readOnlyWhileHeld(Path path) {
		String directory = String.valueOf(path.getParent());
		try (LockFile lock = LockFile.acquire(path)) {
			Shell.run("mount", "--bind", directory, directory);
			Shell.run("mount", "-o", "remount,bind,ro", directory);
			assertThat(lock.verify().status()).isEqualTo(Status.HELD);
			try (ChildJvm second = HolderProcess.start(path, "{pid}")) {
				assertThat(second.awaitExit()).isEqualTo(HolderProcess.UNAVAILABLE);
				assertThat(second.output()).contains("Read-only file system");
			}
			Shell.run("umount", directory);
			assertThat(Files.isWritable(path)).isTrue();
			assertThat(lock.verify().status()).isEqualTo(Status.HELD);
			assertThat(Outsider.isRefused(path)).isTrue();
		}
	}

	private static void fill(Path path) {
		assertThat(Shell.succeeds("dd", "if=/dev/zero", "of=" + filler(path), "bs=1k", "count=64")).isFalse();
	}

	private static String filler(Path path) {
		return path + ".filler";
	}

}
