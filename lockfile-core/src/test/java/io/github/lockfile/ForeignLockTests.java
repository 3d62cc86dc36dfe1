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
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.nio.file.Files;
import java.time.Duration;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Contender;
import io.github.lockfile.testsupport.Foreign;
import io.github.lockfile.testsupport.HolderProcess;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Programs that lock bytes of the file and know nothing of the library.
 */
class ForeignLockTests extends LockTestCase {

	private static final int VERIFICATIONS = 10_000;

	private static final String DOUBT = "first byte";

	/**
	 * The holder has nothing any more, and does not know it. Where it cannot have the
	 * first byte, it leaves the lock alone.
	 */
	@Test
	void programsThatKeepBothBytesAreDoubt() throws IOException {
		try (LockFile lock = acquire(this.path); Foreign program = Foreign.start(); Foreign taker = Foreign.start()) {
			// Drops both locks.
			Files.readString(this.path);
			assertThat(program.ask("lock", this.path, 0, 1)).isEqualTo("locked");
			assertThat(taker.ask("lock", this.path, Bytes.LOCK, 1)).isEqualTo("locked");
			for (int i = 0; i < 6; i++) {
				assertThat(lock.verify()).returns(Status.UNVERIFIED, Verification::status)
					.satisfies((doubt) -> assertThat(doubt.reason()).contains(DOUBT));
			}
			assertThat(taker.ask("unlock")).isEqualTo("unlocked");
			assertThat(program.ask("unlock")).isEqualTo("unlocked");
			assertThat(lock.verify().status()).isEqualTo(Status.HELD);
			assertHeld(lock);
		}
	}

	@Test
	void oneThatWaitsForTheWholeFileNeverGetsIn() throws IOException {
		try (Foreign foreign = Foreign.start()) {
			try (LockFile lock = acquire(this.path)) {
				awaitWaiting(foreign, "0 0");
				for (int i = 0; i < VERIFICATIONS; i++) {
					assertThat(lock.verify().status()).isEqualTo(Status.HELD);
				}
				// The last verification has woken it up, and it is on its way back to
				// sleep.
				awaitWaiting(foreign);
				assertThat(foreign.hasAnswered()).isFalse();
				assertLocked(this.path);
			}
			assertThat(foreign.answer()).isEqualTo("locked");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "0 1", "0 4096" })
	void oneThatWaitsForTheFirstByteCostsNobodyTheLock(String range) throws IOException {
		try (Foreign foreign = Foreign.start(); LockFile lock = acquire(this.path, "holder")) {
			assertThat(foreign.ask("snatch", this.path, range)).isEqualTo("snatching");
			try (ChildJvm contender = Contender.start(this.path, 500)) {
				for (int i = 0; i < VERIFICATIONS || contender.process().isAlive(); i++) {
					Verification verification = lock.verify();
					if (verification.status() != Status.HELD) {
						assertThat(verification.status()).isEqualTo(Status.UNVERIFIED);
						assertThat(verification.reason()).contains(DOUBT);
					}
				}
				assertThat(contender.output()).contains(Contender.allRefused(500, "holder"));
			}
			// This drops the lock, so that the program gets the byte that it waits for.
			Files.readString(this.path);
			assertThat(foreign.ask("stop")).startsWith("snatched ").isNotEqualTo("snatched 0");
			assertHeld(lock);
		}
	}

	/**
	 * The copy is refused by the kernel, for the first byte, and not by the JDK: nothing
	 * tells it at once that closing the file would drop a lock of this JVM.
	 */
	@Test
	void aRefusedAttemptOfAnotherCopyOfTheLibraryDropsNothingOfAHolderInDoubt() throws Exception {
		URL library = LockFile.class.getProtectionDomain().getCodeSource().getLocation();
		try (LockFile lock = acquire(this.path, "holder");
				Foreign foreign = Foreign.start();
				URLClassLoader other = new URLClassLoader(new URL[] { library },
						ClassLoader.getPlatformClassLoader())) {
			awaitWaiting(foreign, "0 1");
			Awaitility.await()
				.pollInterval(Duration.ofNanos(1))
				.atMost(Duration.ofMinutes(1))
				.until(() -> lock.verify().status() != Status.HELD);
			assertThat(foreign.answer()).isEqualTo("locked");
			Class<?> copy = other.loadClass(LockFile.class.getName());
			for (int i = 0; i < 3; i++) {
				assertThatExceptionOfType(InvocationTargetException.class)
					.isThrownBy(() -> copy.getMethod("acquire", Path.class).invoke(null, this.path))
					.withStackTraceContaining("by this JVM");
				assertThat(KernelLocks.owners(this.path, Bytes.LOCK)).containsExactly(owner());
			}
			assertThat(foreign.ask("unlock")).isEqualTo("unlocked");
			assertHeld(lock);
			lock.close();
			((AutoCloseable) copy.getMethod("acquire", Path.class).invoke(null, this.path)).close();
		}
		assertThat(OpenFiles.under(this.directory)).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "0 1", "0 4096" })
	void oneThatKeepsTheFirstByteIsDoubtUntilItIsGone(String range) throws IOException {
		try (LockFile lock = acquire(this.path, "holder")) {
			try (Foreign foreign = Foreign.start()) {
				awaitWaiting(foreign, range);
				Awaitility.await()
					.pollInterval(Duration.ofNanos(1))
					.atMost(Duration.ofMinutes(1))
					.until(() -> lock.verify().status() != Status.HELD);
				assertThat(foreign.answer()).isEqualTo("locked");
				for (int i = 0; i < 5; i++) {
					assertThat(lock.verify()).returns(Status.UNVERIFIED, Verification::status)
						.satisfies((doubt) -> assertThat(doubt.reason()).contains(DOUBT));
					assertThat(KernelLocks.owners(this.path, Bytes.LOCK)).containsExactly(owner());
				}
				try (ChildJvm second = HolderProcess.start(this.path, "second")) {
					assertThat(second.awaitExit()).isEqualTo(HolderProcess.HELD);
					assertThat(second.output()).contains("The file says: holder");
				}
			}
			assertHeld(lock);
		}
	}

	@Test
	void oneThatHasTheFirstByteKeepsUsOut() throws IOException {
		Files.writeString(this.path, " old\n");
		try (Foreign foreign = Foreign.start()) {
			assertThat(foreign.ask("lock", this.path, "0 1")).isEqualTo("locked");
			assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> acquire(this.path))
				.satisfies((ex) -> assertThat(ex.heldByThisJvm()).isFalse());
			assertThat(KernelLocks.isAnyOf(owner(), this.path)).as("a refused attempt has nothing locked").isFalse();
			assertThat(this.path).hasContent(" old\n");
		}
		acquire(this.path).close();
	}

	/**
	 * As after a close of the file by other code in this JVM.
	 */
	@Test
	void oneThatTookTheFirstByteWhenTheKernelHadDroppedTheLockIsNoHolder() throws IOException {
		try (LockFile lock = acquire(this.path)) {
			try (Foreign foreign = Foreign.start()) {
				Files.readString(this.path);
				assertThat(foreign.ask("lock", this.path, "0 1")).isEqualTo("locked");
				for (int i = 0; i < 5; i++) {
					assertThat(lock.verify()).returns(Status.UNVERIFIED, Verification::status)
						.satisfies((doubt) -> assertThat(doubt.reason()).contains(DOUBT));
				}
			}
			assertHeld(lock);
		}
	}

	private void awaitWaiting(Foreign foreign, String range) {
		assertThat(foreign.ask("wait", this.path, range)).isEqualTo("waiting");
		awaitWaiting(foreign);
	}

	private void awaitWaiting(Foreign foreign) {
		Awaitility.await()
			.pollInterval(Duration.ofMillis(1))
			.atMost(Duration.ofMinutes(1))
			.until(() -> KernelLocks.isWaitedForBy(foreign.pid(), this.path));
	}

}
