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
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import io.github.lockfile.testsupport.LockPathTestCase;
import io.github.lockfile.testsupport.Surroundings;
import io.github.lockfile.testsupport.Unprivileged;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * With a timeout, a path that cannot be used may become usable until the time is over.
 */
@Tag("native")
class UnusablePathWaitTests extends LockPathTestCase {

	private static final ContentTemplate PID = ContentTemplate.of("{pid}");

	private static final Duration LONG = Duration.ofHours(1);

	private static final Duration SHORT = Duration.ofMillis(120);

	@ParameterizedTest
	@CsvSource({ "unreadable, permission denied for '", "away, permission denied for '" })
	void aDirectoryCannotBeUsedForAWhile(String scenario, String reason) throws IOException {
		PathFaults.run(Unprivileged.prefix(), UnusablePathWaitTests.class, scenario, this.directory, reason, "");
	}

	@ParameterizedTest
	@CsvSource({ "directory-io-error, Input/output error", "io-error, Input/output error",
			"too-many-files, Too many open files" })
	void theSystemFailsForAWhile(String fault, String reason) throws IOException {
		Path trigger = Files.createFile(this.directory.resolve("trigger"));
		PathFaults.run(PathFaults.preload(fault, "LOCKFILE_TRIGGER=" + trigger), UnusablePathWaitTests.class, fault,
				this.directory, reason, trigger);
	}

	/**
	 * It is no sign that this JVM has the lock, and no attempt leaves its file open.
	 */
	@Test
	void theFileSystemHasNoLocksForAWhile() throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		faults.inject("setlk", "ENOLCK", 0, -1);
		PathFaults.run(faults.prefix(""), UnusablePathWaitTests.class, "no-locks", this.directory, "No locks available",
				faults.file());
	}

	@Test
	void aLinkToADirectoryDanglesForAWhile() throws Exception {
		Path target = this.directory.resolve("run/lock");
		Path link = Files.createSymbolicLink(this.directory.resolve("lock"), target);
		waits(link.resolve("x.lock"), "'" + link + "' is a link to '" + target + "', which does not exist",
				() -> Files.createDirectories(target));
		assertThat(target.resolve("x.lock")).isRegularFile();
	}

	@ParameterizedTest
	@ValueSource(strings = { "a/..", "a/.", "file/x.lock", "link.lock", "directory.lock" })
	void aPathThatCanNeverBeUsedIsFinalAtOnce(String name) throws IOException {
		Files.createFile(this.directory.resolve("file"));
		Files.createDirectory(this.directory.resolve("directory.lock"));
		Files.createSymbolicLink(this.directory.resolve("link.lock"), this.directory.resolve("file"));
		assertFinalAtOnce(this.directory.resolve(name));
		assertThat(this.directory.resolve("a")).doesNotExist();
	}

	@ParameterizedTest
	@ValueSource(strings = { "x", "\u00e4" })
	void aNameThatIsTooLongIsFinalAtOnce(String character) {
		Surroundings.assumeEncodable(character);
		String name = character.repeat(256);
		assertFinalAtOnce(this.directory.resolve(name));
		assertFinalAtOnce(this.directory.resolve("a/" + name + "/x.lock"));
		assertFinalAtOnce(this.directory.resolve((character.repeat(100) + "/").repeat(50) + "x.lock"));
		assertThat(this.directory).isEmptyDirectory();
	}

	@Test
	void dataOfSomebodyIsFinalAtOnce() throws IOException {
		assertFinalAtOnce(Files.writeString(this.directory.resolve("data.lock"), "precious"));
	}

	@Test
	void theLastReasonIsReported() throws Exception {
		Path link = Files.createSymbolicLink(this.directory.resolve("lock"), this.directory.resolve("missing"));
		Path file = Files.createFile(this.directory.resolve("file"));
		FutureTask<LockFile> waiting = acquire(link.resolve("x.lock"));
		// In one step, or the waiting one might create a directory meanwhile.
		Files.move(file, link, StandardCopyOption.ATOMIC_MOVE);
		Awaitility.await().until(waiting::isDone);
		assertThat(waiting).failsWithin(Duration.ZERO)
			.withThrowableThat()
			.havingCause()
			.isInstanceOf(LockFileUnavailableException.class)
			.withMessageContaining("'" + link + "' is not a directory");
	}

	/**
	 * In another JVM.
	 * @param args fault, directory, reason, trigger
	 */
	public static void main(String[] args) throws Exception {
		Path directory = Path.of(args[1]);
		Path faulty = Files.createDirectory(directory.resolve("faulty"));
		Path path = faulty.resolve("x.lock");
		switch (args[0]) {
			case "unreadable" -> {
				permit(faulty, "---------");
				waits(path, args[2] + path + "'", () -> permit(faulty, "rwxr-xr-x"));
			}
			case "away" -> {
				Files.delete(faulty);
				permit(directory, "r-xr-xr-x");
				waits(path, args[2] + faulty + "'", () -> permit(directory, "rwxr-xr-x"));
			}
			default -> waits(path, args[2], () -> Files.delete(Path.of(args[3])));
		}
		System.out.println("passed");
	}

	private static void permit(Path directory, String permissions) throws IOException {
		Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(permissions));
	}

	/**
	 * Waits for a path that cannot be used: until the time is over, until an interrupt,
	 * and until it can be used.
	 */
	static void waits(Path path, String reason, Action heal) throws Exception {
		for (Duration timeout : List.of(Duration.ZERO, SHORT)) {
			long start = System.nanoTime();
			assertThatExceptionOfType(LockFileUnavailableException.class)
				.isThrownBy(() -> LockFile.acquire(path, PID, timeout))
				.satisfies((ex) -> assertThat(ex.reason()).contains(reason));
			assertThat(OpenFiles.count(path.toString())).isZero();
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(timeout);
		}
		FutureTask<Boolean> interrupted = new FutureTask<>(() -> {
			assertThatExceptionOfType(LockFileUnavailableException.class)
				.isThrownBy(() -> LockFile.acquire(path, PID, LONG))
				.satisfies((ex) -> assertThat(ex.reason()).contains(reason));
			return Thread.currentThread().isInterrupted();
		});
		startAndAwaitPark(interrupted).interrupt();
		assertThat(interrupted.get(10, TimeUnit.SECONDS)).isTrue();
		FutureTask<LockFile> waiting = acquire(path);
		heal.run();
		try (LockFile lock = waiting.get(10, TimeUnit.SECONDS)) {
			assertThat(lock.path()).isEqualTo(path);
			assertThat(KernelLocks.isLocked(path)).isTrue();
		}
		assertThat(KernelLocks.isLocked(path)).isFalse();
	}

	/**
	 * Returns when the first attempt has failed.
	 */
	private static FutureTask<LockFile> acquire(Path path) {
		FutureTask<LockFile> waiting = new FutureTask<>(() -> LockFile.acquire(path, PID, LONG));
		startAndAwaitPark(waiting);
		return waiting;
	}

	private static Thread startAndAwaitPark(FutureTask<?> task) {
		Thread thread = start(task);
		Awaitility.await()
			.failFast("ended at once", task::isDone)
			.pollInterval(Duration.ofMillis(1))
			.until(() -> thread.getState() == Thread.State.TIMED_WAITING);
		return thread;
	}

	private static void assertFinalAtOnce(Path path) {
		FutureTask<LockFile> task = new FutureTask<>(() -> LockFile.acquire(path, PID, LONG));
		start(task);
		assertThat(task).failsWithin(Duration.ofSeconds(10))
			.withThrowableThat()
			.havingCause()
			.isInstanceOf(LockFileUnavailableException.class);
	}

	private static Thread start(FutureTask<?> task) {
		Thread thread = new Thread(task);
		thread.setDaemon(true);
		thread.start();
		return thread;
	}

	@FunctionalInterface
	interface Action {

		void run() throws IOException;

	}

}
