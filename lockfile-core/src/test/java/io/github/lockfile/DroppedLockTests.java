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

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Outsider;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Calls in the holder's own JVM that make the kernel drop the lock without a sign.
 */
class DroppedLockTests extends LockTestCase {

	static Stream<Named<Call>> callsThatDropTheLock() {
		return Stream.of(Named.of("Files.readString", Files::readString),
				Named.of("FileInputStream", (path) -> new FileInputStream(path.toFile()).close()),
				Named.of("second FileChannel", (path) -> FileChannel.open(path).close()),
				Named.of("second FileChannel that tries to lock", DroppedLockTests::tryLock),
				Named.of("Files.copy", (path) -> Files.copy(path, path.resolveSibling("copy"))),
				Named.of("Files.setLastModifiedTime",
						(path) -> Files.setLastModifiedTime(path, FileTime.from(Instant.EPOCH))),
				Named.of("reading a hard link",
						(path) -> Files.readString(Files.createLink(path.resolveSibling("link"), path))));
	}

	private static void tryLock(Path path) throws IOException {
		try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
			assertThatExceptionOfType(OverlappingFileLockException.class).isThrownBy(channel::tryLock);
		}
	}

	@ParameterizedTest
	@MethodSource("callsThatDropTheLock")
	void verifyTakesTheLockBack(Call call) throws IOException {
		try (LockFile lock = LockFile.acquire(this.path)) {
			call.run(this.path);
			assertThat(Outsider.isRefused(this.path)).as("still refused, so the call dropped nothing").isFalse();
			assertThat(lock.verify().status()).isEqualTo(Status.HELD);
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
	}

	@ParameterizedTest
	@MethodSource("callsThatDropTheLock")
	void anIntruderIsReportedForGoodAndLeftAlone(Call call) throws IOException {
		LockFile lock = LockFile.acquire(this.path);
		try (lock) {
			call.run(this.path);
			try (ChildJvm intruder = HolderProcess.hold(this.path, "intruder")) {
				Verification verification = lock.verify();
				assertThat(verification.status()).isEqualTo(Status.LOST);
				assertThat(verification.reason())
					.isEqualTo("The lock is held by another process. The file says: intruder");
				assertThat(lock.verify()).isSameAs(verification);
				assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(this.path))
					.satisfies((ex) -> assertThat(ex.holderContent()).isEqualTo("intruder"));
				lock.close();
				assertThat(Outsider.isRefused(this.path)).isTrue();
				assertThat(intruder.process().isAlive()).isTrue();
			}
			assertThat(Outsider.isRefused(this.path)).as("a lost lock holds nothing").isFalse();
		}
		assertThat(lock.verify().status()).isEqualTo(Status.LOST);
		assertThat(this.path).content(StandardCharsets.UTF_8).isEqualTo(" intruder\n");
	}

	@Test
	void aLockThatOthersInThisJvmHaveIsRefusedAndNotDropped() throws IOException {
		try (FileChannel foreign = FileChannel.open(this.path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
			assertThat(foreign.tryLock()).isNotNull();
			for (int i = 0; i < 100; i++) {
				assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(this.path))
					.satisfies((ex) -> assertThat(ex.heldByThisJvm()).isTrue());
			}
			System.gc();
			assertThat(Outsider.isRefused(this.path)).isTrue();
			assertThat(OpenFiles.count(this.path.toString())).isLessThanOrEqualTo(2);
		}
		LockFile.acquire(this.path).close();
		assertThat(OpenFiles.count(this.path.toString())).isZero();
	}

	@Test
	void aLockThatOthersInThisJvmTookBehindOursIsDoubtAndNotDropped() throws IOException {
		LockFile lock = LockFile.acquire(this.path);
		try (lock) {
			Path moved = Files.move(this.path, this.path.resolveSibling("moved"));
			try (FileChannel foreign = FileChannel.open(this.path, StandardOpenOption.CREATE,
					StandardOpenOption.WRITE)) {
				assertThat(foreign.tryLock()).isNotNull();
				for (int i = 0; i < 5; i++) {
					assertThat(lock.verify()).returns(Status.UNVERIFIED, Verification::status)
						.satisfies((doubt) -> assertThat(doubt.reason()).contains("this JVM"));
					System.gc();
					assertThat(Outsider.isRefused(this.path)).isTrue();
					assertThat(Outsider.isRefused(moved)).as("it keeps what it has").isTrue();
				}
				lock.close();
				System.gc();
				assertThat(Outsider.isRefused(this.path)).isTrue();
				assertThat(Outsider.isRefused(moved)).isFalse();
			}
		}
	}

	@Test
	void aFirstByteThatOthersInThisJvmSnatchDuringVerifyIsDoubtAndNotDropped() throws Exception {
		LockFile lock = LockFile.acquire(this.path);
		try (lock; FileChannel foreign = FileChannel.open(this.path, StandardOpenOption.WRITE)) {
			AtomicBoolean snatched = new AtomicBoolean();
			Thread snatcher = new Thread(() -> snatched.set(snatch(foreign)), "snatcher");
			snatcher.start();
			Awaitility.await()
				.pollInterval(Duration.ofNanos(1))
				.atMost(Duration.ofMinutes(1))
				.until(() -> lock.verify().status() == Status.UNVERIFIED);
			snatcher.join();
			assertThat(snatched).isTrue();
			for (int i = 0; i < 5; i++) {
				assertThat(lock.verify()).satisfies((doubt) -> assertThat(doubt.reason()).contains("first byte"))
					.returns(Status.UNVERIFIED, Verification::status);
				try (ChildJvm second = HolderProcess.start(this.path, "{pid}")) {
					assertThat(second.awaitExit()).isEqualTo(HolderProcess.HELD);
				}
			}
			lock.close();
			System.gc();
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
	}

	private static boolean snatch(FileChannel channel) {
		while (true) {
			try {
				return channel.tryLock(0, 1, false) != null;
			}
			catch (OverlappingFileLockException ex) {
				Thread.onSpinWait();
			}
			catch (IOException ex) {
				return false;
			}
		}
	}

	@Test
	void othersInThisJvmCannotHaveTheLock() throws IOException {
		try (LockFile lock = LockFile.acquire(this.path);
				FileChannel foreign = FileChannel.open(this.path, StandardOpenOption.WRITE)) {
			assertThatExceptionOfType(OverlappingFileLockException.class)
				.isThrownBy(() -> foreign.tryLock(Bytes.LOCK, 1, false));
			assertThat(lock.verify().status()).isEqualTo(Status.HELD);
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
	}

	interface Call {

		void run(Path path) throws IOException;

	}

}
