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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.Shell;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Verifications and releases while the system lets the JVM down.
 */
@Tag("native")
class ReleaseFaultTests extends LockTestCase {

	@Test
	void aLookThatHangsHoldsUpNobodyElse() throws IOException {
		Path trigger = this.directory.resolve("trigger");
		PathFaults.run(PathFaults.preload("hang", "LOCKFILE_TRIGGER=" + trigger), ReleaseFaultTests.class, "hang",
				this.path, trigger);
	}

	private static void hang(Path path, Path trigger) throws Exception {
		LockFile lock = LockFile.acquire(path);
		LockFile other = LockFile.acquire(path.resolveSibling("other"));
		Path link = Files.createLink(path.resolveSibling("link"), path);
		Files.createFile(trigger);
		FutureTask<Verification> verification = start(new FutureTask<>(lock::verify));
		Awaitility.await().until(() -> Files.exists(Path.of(trigger + ".reached")));
		start(new FutureTask<>(() -> {
			assertThat(other.verify().status()).isEqualTo(Status.HELD);
			other.close();
			LockFile.acquire(other.path()).close();
			lock.close();
			return null;
		})).get(10, TimeUnit.SECONDS);
		assertThat(KernelLocks.isLocked(link)).isFalse();
		assertThat(verification).isNotDone();
		Files.delete(trigger);
		assertThat(verification.get(10, TimeUnit.SECONDS).status()).isEqualTo(Status.RELEASED);
		assertThat(KernelLocks.isLocked(link)).isFalse();
	}

	@Test
	void noThreadIsStarted() throws IOException {
		Path trigger = this.directory.resolve("trigger");
		PathFaults.run(PathFaults.preload("no-threads", "LOCKFILE_TRIGGER=" + trigger), ReleaseFaultTests.class,
				"no-threads", this.path, trigger);
	}

	private static void noThreads(Path path, Path trigger) throws IOException {
		Files.createFile(trigger);
		for (boolean interrupted : new boolean[] { false, true }) {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
			try (LockFile lock = LockFile.acquire(path)) {
				assertThat(lock.verify().status()).isEqualTo(Status.HELD);
				Files.write(path, new byte[10]);
				assertThat(lock.verify().status()).isEqualTo(Status.RESTORED);
				Files.delete(path);
				assertThat(lock.verify().status()).isEqualTo(Status.RESTORED);
				assertThat(KernelLocks.isLocked(path)).isTrue();
				assertThat(Thread.currentThread().isInterrupted()).isEqualTo(interrupted);
			}
			assertThat(KernelLocks.isLocked(path)).isFalse();
		}
	}

	@Test
	void aReleaseThatAStackOverflowCutsShortCanBeRepeated() {
		PathFaults.run(List.of("env", "LC_ALL=C.UTF-8"), ReleaseFaultTests.class, "overflow", this.path, "");
	}

	private static void overflow(Path path) throws Exception {
		LockFile.acquire(path).close();
		int[] cuts = new int[1];
		for (int i = 0; i < 20; i++) {
			LockFile lock = LockFile.acquire(path);
			int depth = i;
			Thread thread = new Thread(null, () -> dive(lock, cuts, depth), "diver", 300_000);
			thread.start();
			thread.join();
			lock.close();
			assertThat(lock.verify().status()).isEqualTo(Status.RELEASED);
			assertThat(KernelLocks.isLocked(path)).isFalse();
		}
		assertThat(cuts[0]).isGreaterThan(20);
		LockFile.acquire(path).close();
	}

	/**
	 * Closes at the end of the stack, and then, as often as that fails, with a little
	 * more of it.
	 */
	@SuppressWarnings("InfiniteRecursion")
	private static int dive(LockFile lock, int[] cuts, int depth) {
		try {
			return dive(lock, cuts, depth) + 1;
		}
		catch (StackOverflowError ex) {
			cuts[0]++;
			lock.close();
			return 0;
		}
	}

	@Test
	void aMountedFileThatWasDeletedIsDoubt() {
		List<String> prefix = new ArrayList<>(PathFaults.mountNamespace());
		PathFaults.run(prefix, ReleaseFaultTests.class, "mounted", this.path, "");
	}

	private static void mounted(Path path) throws IOException {
		Path outside = Files.writeString(path.resolveSibling("outside"), " 4711\n");
		Files.createFile(path);
		Shell.run("mount", "--bind", outside.toString(), path.toString());
		for (String template : List.of("{pid}", "")) {
			Files.writeString(path, " 4711\n");
			try (LockFile lock = LockFile.acquire(path, ContentTemplate.of(template))) {
				assertThat(lock.verify().status()).isEqualTo(Status.HELD);
				Path link = Files.createLink(path.resolveSibling("link"), outside);
				Shell.run("rm", outside.toString());
				assertThat(lock.verify().status()).isEqualTo(Status.HELD);
				Shell.run("rm", link.toString());
				for (int i = 0; i < 3; i++) {
					assertThat(lock.verify()).returns(Status.UNVERIFIED, Verification::status)
						.returns("The file has been deleted, though the path still shows it", Verification::reason);
				}
				Shell.run("umount", "--lazy", path.toString());
				assertThat(lock.verify().status()).isEqualTo(Status.RESTORED);
				assertThat(lock.verify().status()).isEqualTo(Status.HELD);
				assertThat(KernelLocks.isLocked(path)).isTrue();
			}
			Files.writeString(outside, " 4711\n");
			Shell.run("mount", "--bind", outside.toString(), path.toString());
		}
	}

	private static <T> FutureTask<T> start(FutureTask<T> task) {
		Thread thread = new Thread(task);
		thread.setDaemon(true);
		thread.start();
		return task;
	}

	/**
	 * In another JVM.
	 * @param args scenario, lock file, trigger
	 */
	public static void main(String[] args) throws Exception {
		Path path = Path.of(args[1]);
		switch (args[0]) {
			case "hang" -> hang(path, Path.of(args[2]));
			case "no-threads" -> noThreads(path, Path.of(args[2]));
			case "overflow" -> overflow(path);
			case "mounted" -> mounted(path);
			default -> throw new IllegalArgumentException(args[0]);
		}
		System.out.println("passed");
	}

}
