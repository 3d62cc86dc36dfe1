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
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Outsider;
import io.github.lockfile.testsupport.Shell;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

@Tag("native")
class LockFileTests extends LockTestCase {

	private static final Path KERNEL_LOCKS = Path.of("/proc/locks");

	@Test
	void anOutsiderIsRefusedUntilTheLockIsClosed() {
		try (LockFile lock = LockFile.acquire(this.path)) {
			assertThat(lock.path()).isEqualTo(this.path);
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
		assertThat(Outsider.isRefused(this.path)).isFalse();
	}

	@Test
	void recordsTheProcessIdByDefault() throws IOException {
		LockFile.acquire(this.path).close();
		assertThat(this.path).content(StandardCharsets.UTF_8).isEqualTo(" " + PID + "\n");
	}

	@Test
	void recordsTheRenderedTemplate() throws IOException {
		Instant before = Instant.now();
		try (LockFile lock = LockFile.acquire(this.path, ContentTemplate.of("{pid};{hostname};ä"))) {
			assertThat(lock.content()).isEqualTo(PID + ";" + LocalSystem.hostName() + ";ä");
			assertThat(lock.acquiredAt()).isBetween(before, Instant.now());
		}
		assertThat(this.path).content(StandardCharsets.UTF_8)
			.isEqualTo(" " + PID + ";" + LocalSystem.hostName() + ";ä\n");
	}

	@Test
	void longerContentOfTheHolderBeforeIsReplaced() throws IOException {
		Files.writeString(this.path, " " + "x".repeat(8191));
		LockFile.acquire(this.path).close();
		assertThat(this.path).content(StandardCharsets.UTF_8).isEqualTo(" " + PID + "\n");
	}

	@Test
	void emptyTemplateLeavesTheContentAlone() throws IOException {
		Files.writeString(this.path, "precious");
		try (LockFile lock = LockFile.acquire(this.path, ContentTemplate.of(""))) {
			assertThat(lock.content()).isEmpty();
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
		assertThat(this.path).content(StandardCharsets.UTF_8).isEqualTo("precious");
	}

	@Test
	void theLongestContentLeavesAFileThatCanBeLockedAgain() throws IOException {
		ContentTemplate longest = ContentTemplate.of("x".repeat(8 * 1024 - 2));
		LockFile.acquire(this.path, longest).close();
		LockFile.acquire(this.path, longest).close();
		assertThat(this.path).hasSize(8 * 1024);
	}

	@Test
	void missingParentDirectoriesAreCreated() {
		Path deep = this.directory.resolve("a/b/c.lock");
		LockFile.acquire(deep).close();
		assertThat(deep).isRegularFile();
	}

	@Test
	void aLinkedParentDirectoryIsTheSameLock() throws IOException {
		Path link = Files.createSymbolicLink(this.directory.resolve("link"),
				Files.createDirectory(this.directory.resolve("real")));
		try (LockFile lock = LockFile.acquire(link.resolve("x.lock"))) {
			assertThat(lock.path()).isEqualTo(link.resolve("x.lock"));
			assertThatExceptionOfType(LockFileHeldException.class)
				.isThrownBy(() -> LockFile.acquire(this.directory.resolve("real/x.lock")));
		}
	}

	@Test
	void aRelativePathIsMadeAbsolute() {
		Path relative = Path.of("").toAbsolutePath().relativize(this.path);
		try (LockFile lock = LockFile.acquire(relative)) {
			assertThat(lock.path()).isEqualTo(relative.toAbsolutePath());
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
	}

	@Test
	void closingTwiceIsHarmless() {
		LockFile first = LockFile.acquire(this.path);
		first.close();
		try (LockFile second = LockFile.acquire(this.path)) {
			first.close();
			assertThat(first.verify().status()).isEqualTo(Status.RELEASED);
			assertThat(second.verify().status()).isEqualTo(Status.HELD);
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
	}

	@Test
	void aRefusedProcessChangesNothing() throws IOException {
		try (LockFile lock = LockFile.acquire(this.path, ContentTemplate.of("{pid};web-1"))) {
			Map<String, Object> before = unixAttributes();
			try (ChildJvm refused = HolderProcess.start(this.path, "{hostname}")) {
				assertThat(refused.awaitExit()).isEqualTo(HolderProcess.HELD);
				assertThat(refused.output().strip())
					.isEqualTo("Lock file '%s' is held by another process. The file says: %s".formatted(this.path,
							lock.content()) + " (possibly from an earlier instance)");
			}
			assertThat(unixAttributes()).isEqualTo(before);
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
		assertThat(this.path).content(StandardCharsets.UTF_8).isEqualTo(" " + PID + ";web-1\n");
	}

	@Test
	void aRefusedAttemptInTheSameJvmChangesNothing() throws IOException {
		try (LockFile lock = LockFile.acquire(this.path)) {
			Map<String, Object> before = unixAttributes();
			assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(this.path))
				.satisfies((ex) -> {
					assertThat(ex.path()).isEqualTo(this.path);
					assertThat(ex.heldByThisJvm()).isTrue();
					assertThat(ex.holderContent()).isEqualTo(lock.content());
				});
			assertThat(unixAttributes()).isEqualTo(before);
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
	}

	@Test
	void aHardLinkIsTheSameLock() throws IOException {
		try (LockFile lock = LockFile.acquire(this.path)) {
			Path link = Files.createLink(this.directory.resolve("link.lock"), this.path);
			assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(link))
				.satisfies((ex) -> assertThat(ex.holderContent()).isEqualTo(lock.content()));
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
	}

	@Test
	void aCopyOfTheLibraryInAnotherClassLoaderIsRefused() throws Exception {
		URL library = LockFile.class.getProtectionDomain().getCodeSource().getLocation();
		try (LockFile lock = LockFile.acquire(this.path);
				URLClassLoader other = new URLClassLoader(new URL[] { library },
						ClassLoader.getPlatformClassLoader())) {
			Class<?> copy = other.loadClass(LockFile.class.getName());
			assertThat(copy).isNotSameAs(LockFile.class);
			Path link = Files.createLink(this.directory.resolve("link.lock"), lock.path());
			for (Path name : new Path[] { this.path, link }) {
				assertThatExceptionOfType(InvocationTargetException.class)
					.isThrownBy(() -> copy.getMethod("acquire", Path.class).invoke(null, name))
					.withStackTraceContaining("is held by this JVM. The file says: " + PID);
			}
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
	}

	@Test
	void aFailedAttemptHoldsNothing() throws IOException {
		Files.createDirectory(this.path);
		assertThatExceptionOfType(LockFileUnavailableException.class).isThrownBy(() -> LockFile.acquire(this.path));
		Files.delete(this.path);
		LockFile.acquire(this.path).close();
		assertThat(System.getProperties().stringPropertyNames())
			.noneMatch((name) -> name.startsWith("io.github.lockfile"));
	}

	@Test
	void aKilledHolderDoesNotBlock() {
		try (ChildJvm holder = HolderProcess.hold(this.path, "{pid}")) {
			assertThat(Outsider.isRefused(this.path)).isTrue();
			holder.kill();
		}
		LockFile.acquire(this.path).close();
		assertThat(this.path).content(StandardCharsets.UTF_8).isEqualTo(" " + PID + "\n");
	}

	@Test
	void ofManyProcessesThatStartTogetherOneHolds() {
		ChildJvm[] jvms = IntStream.range(0, 8)
			.mapToObj((i) -> HolderProcess.start(this.path, "{pid};" + i))
			.toArray(ChildJvm[]::new);
		try {
			Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> countAlive(jvms) == 1);
			for (ChildJvm jvm : jvms) {
				if (jvm.process().isAlive()) {
					jvm.awaitOutput("acquired");
				}
				else {
					assertThat(jvm.awaitExit()).isEqualTo(HolderProcess.HELD);
				}
			}
		}
		finally {
			for (ChildJvm jvm : jvms) {
				jvm.close();
			}
		}
	}

	private static long countAlive(ChildJvm[] jvms) {
		return Arrays.stream(jvms).filter((jvm) -> jvm.process().isAlive()).count();
	}

	@Test
	void waitsUntilTheHolderReleases() {
		try (ChildJvm holder = HolderProcess.hold(this.path, "{pid}");
				ChildJvm waiting = HolderProcess.start(this.path, "{pid}", Duration.ofMinutes(1))) {
			assertThat(waiting.process().isAlive()).isTrue();
			holder.send("close").awaitOutput("closed");
			waiting.awaitOutput("acquired " + waiting.pid());
		}
	}

	@Test
	void isRefusedAtTheEndOfTheTimeout() {
		Duration timeout = Duration.ofMillis(200);
		try (ChildJvm holder = HolderProcess.hold(this.path, "{pid}")) {
			long start = System.nanoTime();
			assertThatExceptionOfType(LockFileHeldException.class)
				.isThrownBy(() -> LockFile.acquire(this.path, ContentTemplate.of("{pid}"), timeout))
				.satisfies((ex) -> {
					assertThat(ex.heldByThisJvm()).isFalse();
					assertThat(ex.holderContent()).isEqualTo(Long.toString(holder.pid()));
				});
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(timeout);
		}
	}

	@Test
	void anInterruptEndsTheWaitAndIsKept() throws Exception {
		ExecutorService executor = Executors.newSingleThreadExecutor();
		try (LockFile lock = LockFile.acquire(this.path)) {
			Future<Boolean> interrupted = executor.submit(() -> {
				assertThatExceptionOfType(LockFileHeldException.class)
					.isThrownBy(() -> LockFile.acquire(lock.path(), ContentTemplate.of("{pid}"), Duration.ofHours(1)));
				return Thread.currentThread().isInterrupted();
			});
			executor.shutdownNow();
			assertThat(interrupted.get()).isTrue();
		}
	}

	@Test
	void anInterruptedThreadAcquiresAndReleases() {
		Thread.currentThread().interrupt();
		try (LockFile lock = LockFile.acquire(this.path)) {
			assertThat(lock.verify().status()).isEqualTo(Status.HELD);
			assertThat(Thread.interrupted()).isTrue();
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
		finally {
			Thread.interrupted();
		}
	}

	@Test
	void controlCharactersOfTheHolderCannotReachATerminal() throws IOException {
		try (ChildJvm holder = HolderProcess.hold(this.path, "{pid}")) {
			Shell.script("printf ' \\033[31mred\\nnext\\302\\233' > %s", this.path);
			assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(this.path))
				.satisfies((ex) -> assertThat(ex.holderContent()).isEqualTo("[31mred next"));
			assertThat(holder.process().isAlive()).isTrue();
		}
	}

	@Test
	void fiftyThreadsCountToFiftyUnderTheLock() throws Exception {
		Path counter = Files.writeString(this.directory.resolve("counter"), "0");
		Callable<Void> increment = () -> {
			try (LockFile lock = LockFile.acquire(this.path, ContentTemplate.of("{pid}"), Duration.ofMinutes(1))) {
				assertThat(lock.content()).isEqualTo(PID);
				Files.writeString(counter, Integer.toString(Integer.parseInt(Files.readString(counter)) + 1));
			}
			return null;
		};
		ExecutorService executor = Executors.newFixedThreadPool(50);
		try {
			for (Future<Void> result : executor.invokeAll(Collections.nCopies(50, increment))) {
				result.get();
			}
		}
		finally {
			executor.shutdownNow();
		}
		assertThat(counter).content(StandardCharsets.UTF_8).isEqualTo("50");
		assertThat(this.path).content(StandardCharsets.UTF_8).isEqualTo(" " + PID + "\n");
	}

	@ParameterizedTest
	@ValueSource(strings = { "test.lock", "link.lock" })
	void aThreadThatReleasesDoesNotDropTheLockOfTheNext(String name) throws Exception {
		Assumptions.assumeTrue(Files.isReadable(KERNEL_LOCKS), "/proc/locks shows what the kernel has locked");
		Files.createFile(this.path);
		Files.createLink(this.directory.resolve("link.lock"), this.path);
		// A native lock is one range from the first byte to the last one.
		String lockOfGuard = ":" + Files.getAttribute(this.path, "unix:ino") + " 0 "
				+ (NativeLocking.obstacle().isEmpty() ? Bytes.SEAL : 0);
		ExecutorService executor = Executors.newFixedThreadPool(2);
		try {
			List<Callable<Void>> threads = Stream.of(this.path, this.directory.resolve(name))
				.<Callable<Void>>map((path) -> () -> {
					for (int i = 0; i < 2000; i++) {
						try (LockFile lock = acquireEagerly(path)) {
							assertThat(isInKernelLocks(lockOfGuard)).as(lock.toString()).isTrue();
						}
					}
					return null;
				})
				.toList();
			for (Future<Void> result : executor.invokeAll(threads)) {
				result.get();
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	/**
	 * Looks more than once: a look is several reads, and misses a lock if others come and
	 * go between them. A lock that was dropped is missing at every look.
	 */
	private static boolean isInKernelLocks(String lock) throws IOException {
		for (int look = 0; look < 20; look++) {
			if (Files.readString(KERNEL_LOCKS).contains(lock)) {
				return true;
			}
		}
		return false;
	}

	private static LockFile acquireEagerly(Path path) {
		while (true) {
			try {
				return LockFile.acquire(path);
			}
			catch (LockFileHeldException ex) {
				Thread.onSpinWait();
			}
		}
	}

	@Test
	void canBeReleasedAndTakenAgainWhileAChildProcessLives() throws IOException {
		LockFile lock = LockFile.acquire(this.path);
		Process child = new ProcessBuilder("cat").start();
		try {
			lock.close();
			assertThat(Outsider.isRefused(this.path)).isFalse();
			LockFile.acquire(this.path).close();
			assertThat(child.isAlive()).isTrue();
		}
		finally {
			child.destroyForcibly();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "PT-1S", "PT-0.000000001S" })
	void aNegativeTimeoutIsRefusedBeforeAnythingIsTouched(Duration timeout) {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> LockFile.acquire(this.path, ContentTemplate.of("{pid}"), timeout))
			.withMessageContaining(timeout.toString());
		assertThat(this.directory).isEmptyDirectory();
	}

	@Test
	void tooLongAContentIsRefusedBeforeAnythingIsTouched() {
		Path deep = this.directory.resolve("a/b.lock");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> LockFile.acquire(deep, ContentTemplate.of("x".repeat(8 * 1024 - 1))))
			.withMessageContaining("8191 bytes");
		assertThat(this.directory).isEmptyDirectory();
	}

	private Map<String, Object> unixAttributes() throws IOException {
		return Files.readAttributes(this.path, "unix:ino,size,mode,uid,gid,lastModifiedTime,ctime",
				LinkOption.NOFOLLOW_LINKS);
	}

	@Test
	void systemPropertiesAreNeitherChangedNorHeeded() throws Exception {
		Properties before = (Properties) System.getProperties().clone();
		try (LockFile lock = LockFile.acquire(this.path)) {
			Properties snapshot = (Properties) System.getProperties().clone();
			assertThat(snapshot).isEqualTo(before);
			System.getProperties().store(OutputStream.nullOutputStream(), null);
			System.setProperties(new Properties());
			try {
				assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(lock.path()));
				lock.close();
				LockFile.acquire(this.path).close();
			}
			finally {
				System.setProperties(snapshot);
			}
		}
		LockFile.acquire(this.path).close();
	}

}
