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
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Objects;

import io.github.lockfile.ClassLoaderTests.Copy;
import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A path that names another file just while it is opened, so that a channel has opened
 * what the path does not name.
 */
class FlippedPathTests extends LockTestCase {

	private static final int VERIFICATIONS = 20;

	/**
	 * Another copy of the library in this JVM holds the file that was opened.
	 */
	@ParameterizedTest
	@CsvSource({ "opened, swap", "opened, swap-13", "parked, swap", "parked-and-locked, swap" })
	void aHolderOfTheFileThatThePathNamedForAMomentIsNoProof(String how, String fault) throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		PathFaults.run(faults.prefix(fault), FlippedPathTests.class, how, this.directory);
	}

	/**
	 * The disk is full for a moment when the holder is to be recorded there. The
	 * descriptor that proves what was opened may meet the same other file.
	 */
	@ParameterizedTest
	@CsvSource({ "swap-1, RESTORED, false", "swap-12, UNVERIFIED, false", "swap-12, UNVERIFIED, true" })
	void aFileThatThePathNamedForAMomentIsNotKeptForAWriteThatFails(String fault, Status first, boolean changed)
			throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm holder = HolderProcess.start(faults.prefix(fault), this.path, "{pid}", Duration.ZERO,
				NativeLocking.OFF)) {
			holder.awaitOutput("acquired");
			Path decoy = Files.createFile(this.directory.resolve("test.lock.decoy"));
			Files.move(Files.createFile(this.directory.resolve("next")), this.path,
					StandardCopyOption.REPLACE_EXISTING);
			faults.inject("pwrite", "ENOSPC", 0, 1);
			assertThat(HolderProcess.verify(holder)).contains("status=" + first);
			assertThat(faults.hits()).isOne();
			if (changed) {
				Shell.script("echo ' other' > %s", this.path);
			}
			HolderProcess.verify(holder);
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
			assertThat(KernelLocks.owners(this.path, Bytes.LOCK)).containsExactly("" + holder.pid());
			assertThat(Shell.run("cat", this.path.toString())).isEqualTo("" + holder.pid());
			assertThat(KernelLocks.isAnyOf("" + holder.pid(), decoy)).isFalse();
		}
	}

	/**
	 * Then the disk is full.
	 */
	@Test
	void aFileThatIsReplacedBeforeItIsOpenedIsKnownByItsOwnKey() throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm holder = faults.start(this.path, "{pid}", Duration.ZERO, NativeLocking.OFF)) {
			holder.awaitOutput("acquired");
			Path second = Files.createFile(this.directory.resolve("second"));
			Path third = Files.createFile(this.directory.resolve("third"));
			Files.move(second, this.path, StandardCopyOption.REPLACE_EXISTING);
			faults.inject("open", "BEFORE-STOP", 0, 1);
			holder.send("verify");
			Faults.awaitStopped(holder);
			Files.move(third, this.path, StandardCopyOption.REPLACE_EXISTING);
			faults.inject("pwrite", "ENOSPC", 0, -1);
			Faults.goOn(holder);
			holder.awaitOutput("No space left on device");
			faults.clear();
			assertThat(HolderProcess.verify(holder)).contains("status=RESTORED");
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
			assertThat(KernelLocks.owners(this.path, Bytes.LOCK)).containsExactly("" + holder.pid());
		}
	}

	/**
	 * What cannot be found out is no proof that the path names another file.
	 */
	@Test
	void aFileThatCannotBeComparedIsKept() throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm holder = faults.start(this.path, "{pid}", Duration.ZERO, NativeLocking.OFF)) {
			holder.awaitOutput("acquired");
			Files.move(Files.createFile(this.directory.resolve("next")), this.path,
					StandardCopyOption.REPLACE_EXISTING);
			faults.inject("pwrite", "ENOSPC", 0, 1);
			assertThat(HolderProcess.verify(holder)).contains("status=UNVERIFIED", "No space left on device");
			faults.inject("setlk:" + Bytes.PROBE, "EIO", 0, 1);
			assertThat(HolderProcess.verify(holder)).contains("status=UNVERIFIED", "Input/output error");
			assertThat(faults.hits()).isOne();
			assertThat(KernelLocks.owners(this.path, Bytes.LOCK)).containsExactly("" + holder.pid());
			assertThat(HolderProcess.verify(holder)).contains("status=RESTORED", "its content has been written again");
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
		}
	}

	/**
	 * In another JVM.
	 * @param args how the file of the other holder gets in the way, directory
	 */
	public static void main(String[] args) throws Exception {
		Path directory = Path.of(args[1]);
		Path path = directory.resolve("test.lock");
		boolean opened = args[0].equals("opened");
		Path flipping = opened ? path : directory.resolve("flipping.lock");
		Path decoy = directory.resolve(flipping.getFileName() + ".decoy");
		Path free = Files.createFile(directory.resolve("free"));
		try (LockFile lock = acquireChannel(path); Copy copy = new Copy(); AutoCloseable other = copy.acquire(decoy)) {
			assertThat(other).isNotNull();
			if (!opened) {
				Files.move(free, flipping);
				assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> acquireChannel(flipping));
				assertThat(decoy).as("not renamed, so the fault has not come about").doesNotExist();
			}
			Files.move(opened ? free : flipping, path, StandardCopyOption.REPLACE_EXISTING);
			if (args[0].equals("parked-and-locked")) {
				assertDoubtIsBounded(lock);
			}
			assertThat(lock.verify()).returns("Another file was in its place and has been locked", Verification::reason)
				.returns(Status.RESTORED, Verification::status);
			assertThat(lock.verify().status()).isEqualTo(Status.HELD);
			assertThat(KernelLocks.owners(path, Bytes.LOCK)).containsExactly(PID);
		}
		assertThat(OpenFiles.under(directory)).isEmpty();
		System.out.println("passed");
	}

	/**
	 * Other code of this JVM has locked the free file.
	 */
	private static void assertDoubtIsBounded(LockFile lock) throws IOException {
		try (FileChannel channel = FileChannel.open(lock.path(), StandardOpenOption.WRITE)) {
			assertThat(channel.tryLock(Bytes.FIRST, 1, false)).isNotNull();
			for (int i = 0; i < VERIFICATIONS; i++) {
				assertThat(lock.verify().status()).isEqualTo(Status.UNVERIFIED);
			}
			assertThat(OpenFiles.under(Objects.requireNonNull(lock.path().getParent())))
				.hasSizeLessThan(VERIFICATIONS / 2);
		}
	}

	private static LockFile acquireChannel(Path path) {
		return LockFile.acquire(path, ContentTemplate.of("{pid}"), Duration.ZERO, NativeLocking.OFF);
	}

}
