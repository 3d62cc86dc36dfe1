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
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Shell;
import io.github.lockfile.torture.Instance;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Calls on the open file that fail.
 */
class BrokenChannelTests extends LockTestCase {

	/**
	 * The kernel is asked in between, and other instances are refused all the while.
	 * EACCES says that others have a byte (fcntl(2)).
	 */
	@ParameterizedTest
	@CsvSource({ "setlk, EIO, 0, 1", "setlk, EIO, 1, 1", "setlk, EIO, 2, 1", "setlk, EIO, 0, 2", "setlk, EIO, 1, 2",
			"setlk, ENOLCK, 0, -1", "setlk, ENOLCK, 1, -1", "setlk, ENOLCK, 2, -1", "setlk:0, EACCES, 0, 1",
			"setlk:0, EACCES, 1, 2", "setlk:0, EACCES, 0, 300", "setlk:1048577, EACCES, 0, 1",
			"setlk:1048577, EACCES, 0, 300" })
	void aRetakeThatFailsIsDoubtThatEndsWithItsCause(String call, String error, int skip, int times)
			throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm holder = faults.start(this.path, "holder")) {
			holder.awaitOutput("acquired");
			faults.inject(call, error, skip, times);
			for (int i = 0; i < 5; i++) {
				String found = HolderProcess.verify(holder);
				assertThat(found).containsAnyOf("status=HELD", "status=UNVERIFIED");
				assertThat(lockedBy(holder)).as("at least one of both, after " + found).isNotEmpty();
			}
			assertThat(faults.hits()).isPositive();
			faults.clear();
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
			assertThat(lockedBy(holder)).containsExactly(Bytes.FIRST, Bytes.LOCK);
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1 })
	void aRetakeThatKeepsFailingIsDoubtUntilTheFileIsLockedAgain(int skip) throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm holder = faults.start(this.path, "holder")) {
			holder.awaitOutput("acquired");
			faults.inject("setlk", "EIO", skip, -1);
			for (int i = 0; i < 5; i++) {
				assertThat(HolderProcess.verify(holder)).contains("status=UNVERIFIED", "Input/output error");
			}
			faults.clear();
			assertThat(HolderProcess.verify(holder)).contains("status=RESTORED", "has been locked again");
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
			assertThat(lockedBy(holder)).containsExactly(Bytes.FIRST, Bytes.LOCK);
		}
	}

	/**
	 * It cannot let go of its locks, either, and the JDK does not close it then.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "EIO", "ESTALE", "EBADF" })
	void aDescriptorThatIsOfNoUseIsReplacedByAnother(String error) throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm holder = faults.start(this.path, "holder").awaitOutput("acquired")) {
			breakDescriptor(faults, holder.pid(), error);
			assertThat(HolderProcess.verify(holder)).contains("status=UNVERIFIED");
			assertThat(HolderProcess.verify(holder)).contains("status=UNVERIFIED");
			assertThat(HolderProcess.verify(holder)).contains("status=RESTORED", "has been locked again");
			for (int i = 0; i < 3; i++) {
				assertThat(HolderProcess.verify(holder)).contains("status=HELD");
				assertThat(lockedBy(holder)).containsExactly(Bytes.FIRST, Bytes.LOCK);
			}
			holder.send("close").awaitOutput("closed");
			assertThat(KernelLocks.isLocked(this.path)).isFalse();
			LockFile.acquire(this.path).close();
		}
	}

	@Test
	void aDescriptorThatIsOfNoUseIsLostToWhoeverTookTheLock() throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm holder = faults.start(this.path, "holder").awaitOutput("acquired")) {
			HolderProcess.read(holder);
			breakDescriptor(faults, holder.pid(), "EBADF");
			try (ChildJvm intruder = HolderProcess.hold(this.path, "intruder")) {
				assertThat(HolderProcess.verify(holder)).contains("status=UNVERIFIED");
				assertThat(HolderProcess.verify(holder)).contains("status=UNVERIFIED");
				assertThat(HolderProcess.verify(holder)).contains("status=LOST", "is held by another process");
				assertThat(lockedBy(intruder)).containsExactly(Bytes.FIRST, Bytes.LOCK);
			}
		}
	}

	@Test
	void aDescriptorThatIsOfNoUseCostsNobodyTheLockOnceItIsReleased() throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (Instance instance = Instance.start(faults.prefix(""), this.path, "instance", NativeLocking.OFF)) {
			assertThat(instance.ask("acquire")).isEqualTo("acquired");
			breakDescriptor(faults, instance.pid(), "EIO");
			assertThat(instance.ask("close")).isEqualTo("closed");
			assertThat(instance.ask("acquire")).isEqualTo("acquired");
			assertThat(instance.ask("verify")).startsWith("HELD");
			assertThat(instance.ask("close")).isEqualTo("closed");
			assertThat(KernelLocks.isLocked(this.path)).isFalse();
		}
	}

	/**
	 * The JDK goes on with a number, whatever file it leads to.
	 */
	@Test
	void aFileThatHasTheNumberOfTheDescriptorByNowIsLeftAlone() throws IOException {
		String data = "the\nlines\nof somebody";
		Path stranger = Files.writeString(this.directory.resolve("test.lock.decoy"), data);
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm holder = faults.start(this.path, "holder").awaitOutput("acquired")) {
			faults.inject("setlk", "REUSE", 0, 1);
			for (int i = 0; i < 4; i++) {
				assertThat(HolderProcess.verify(holder)).contains("status=UNVERIFIED", "has closed it by its number");
				assertThat(faults.hits()).isOne();
				assertThat(Shell.run("cat", stranger.toString())).isEqualTo(data);
				assertThat(Shell.run("cat", this.path.toString())).isEqualTo("holder");
			}
		}
	}

	/**
	 * Closing the file of an attempt that was refused would drop it.
	 */
	@Test
	void aLockThatOthersInThisJvmHaveOutlivesADescriptorThatIsOfNoUse() throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		PathFaults.run(faults.prefix(""), BrokenChannelTests.class, this.path);
	}

	/**
	 * In another JVM.
	 * @param args the lock file
	 */
	public static void main(String[] args) throws IOException {
		Path path = Path.of(args[0]);
		Faults faults = new Faults(path.resolveSibling("faults"));
		try (FileChannel foreign = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
			assertThat(foreign.tryLock(Bytes.FIRST, 1, false)).isNotNull();
			assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(path));
			assertThat(OpenFiles.count(path.toString())).isEqualTo(2);
			faults.inject("setlk", "EIO", 0, -1);
			for (int i = 0; i < 3; i++) {
				assertThatExceptionOfType(LockFileUnavailableException.class).isThrownBy(() -> LockFile.acquire(path));
				assertThat(KernelLocks.isLocked(path)).isTrue();
			}
			faults.clear();
			assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(path));
		}
		LockFile.acquire(path).close();
		assertThat(OpenFiles.count(path.toString())).isZero();
		System.out.println("passed");
	}

	private void breakDescriptor(Faults faults, long pid, String error) throws IOException {
		faults.inject("fcntl:" + OpenFiles.number(pid, this.path), error, 0, -1);
	}

	@Test
	void anErrorOfAnotherKindDoesNotCountTowardsGivingTheFileUp() throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm holder = faults.start(this.path, "holder").awaitOutput("acquired")) {
			for (String error : List.of("ENOLCK", "ENOLCK", "EIO", "EIO", "ENOLCK", "EIO")) {
				faults.inject("setlk", error, 0, -1);
				assertThat(HolderProcess.verify(holder)).contains("status=UNVERIFIED");
				assertThat(lockedBy(holder)).as(error).contains(Bytes.LOCK);
			}
			faults.inject("pwrite", "ENOSPC", 0, -1);
			Shell.script("echo ' others' > %s", this.path);
			assertThat(HolderProcess.verify(holder)).contains("status=UNVERIFIED");
			faults.inject("pwrite", "EIO", 0, 1);
			assertThat(HolderProcess.verify(holder)).contains("status=UNVERIFIED");
			assertThat(lockedBy(holder)).containsExactly(Bytes.FIRST, Bytes.LOCK);
			assertThat(HolderProcess.verify(holder)).contains("status=RESTORED");
		}
	}

	/**
	 * The file that is held is of no use any more, and what is in its place was not
	 * written by a holder.
	 */
	@Test
	void dataAtThePathOfAFileThatWasGivenUpAreLeftAlone() throws IOException {
		String data = "server.port=8080\nserver.name=orders\n";
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm holder = faults.start(this.path, "holder").awaitOutput("acquired")) {
			faults.inject("setlk", "EIO", 0, -1);
			for (int i = 0; i < 3; i++) {
				assertThat(HolderProcess.verify(holder)).contains("status=UNVERIFIED");
			}
			Path other = Files.writeString(this.directory.resolve("other"), data);
			Shell.run("mv", other.toString(), this.path.toString());
			faults.clear();
			for (int i = 0; i < 3; i++) {
				assertThat(HolderProcess.verify(holder)).contains("status=UNVERIFIED", "somebody's data");
				assertThat(Shell.run("cat", this.path.toString())).isEqualTo(data.strip());
				assertThat(lockedBy(holder)).containsExactly(Bytes.FIRST, Bytes.LOCK);
			}
			Shell.script(": > %s", this.path);
			assertThat(HolderProcess.verify(holder)).contains("status=RESTORED");
			assertThat(Shell.run("cat", this.path.toString())).isEqualTo("holder");
		}
	}

	@Test
	void aFileThatIsCreatedAgainOnAFullDiskKeepsItsMode() throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm holder = faults.start(this.path, "holder").awaitOutput("acquired")) {
			Shell.run("chmod", "640", this.path.toString());
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
			Shell.run("rm", this.path.toString());
			faults.inject("pwrite", "ENOSPC", 0, -1);
			assertThat(HolderProcess.verify(holder)).contains("status=UNVERIFIED", "No space left");
			Shell.run("rm", this.path.toString());
			faults.clear();
			assertThat(HolderProcess.verify(holder)).contains("status=RESTORED");
			assertThat(Shell.run("stat", "-c", "%a", this.path.toString())).isEqualTo("640");
		}
	}

	@Test
	void aTouchThatFailsIsNoDoubt() throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm holder = faults.start(this.path, "")) {
			holder.awaitOutput("acquired");
			age();
			faults.inject("utimes", "EPERM", 0, -1);
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
			assertThat(faults.hits()).as("at most once an hour").isOne();
			assertThat(lockedBy(holder)).containsExactly(Bytes.FIRST, Bytes.LOCK);
		}
	}

	private void age() throws IOException {
		Files.setLastModifiedTime(this.path, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
	}

	@ParameterizedTest
	@CsvSource({ "0, 1", "0, 3", "1, 1", "1, 2" })
	void anInterruptedSystemCallIsNoSuccess(int skip, int times) throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		faults.inject("setlk", "EINTR", skip, times);
		try (ChildJvm holder = faults.start(this.path, "holder")) {
			holder.awaitOutput("acquired");
			assertThat(faults.hits()).isEqualTo(times);
			assertThat(lockedBy(holder)).containsExactly(Bytes.FIRST, Bytes.LOCK);
			faults.inject("setlk", "EINTR", skip, times);
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
			assertThat(faults.hits()).isEqualTo(times);
			assertThat(lockedBy(holder)).containsExactly(Bytes.FIRST, Bytes.LOCK);
		}
	}

	/**
	 * On NFS, when the lease was lost meanwhile: another host has written its record, and
	 * what we write is lost at the write-back.
	 */
	@ParameterizedTest
	@CsvSource({ "pwrite, LOSE, 1", "pwrite, LOSE, 2", "pwrite, EIO, 1", "pwrite, EIO, 2", "fsync, EIO, 1",
			"fsync, EIO, 3", "pread, EIO, 1", "pread, EIO, 3" })
	void aRepairThatFailsIsDoubtThatHeals(String call, String error, int times) throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm holder = faults.start(this.path, "holder")) {
			holder.awaitOutput("acquired");
			Shell.script("echo ' others' > %s", this.path);
			faults.inject(call, error, 0, times);
			String found = HolderProcess.verify(holder);
			for (int i = 0; i < times && found.contains("status=UNVERIFIED"); i++) {
				found = HolderProcess.verify(holder);
			}
			assertThat(found).contains("status=RESTORED");
			assertThat(faults.hits()).isEqualTo(times);
			assertThat(Shell.run("cat", this.path.toString())).isEqualTo("holder");
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
			assertThat(lockedBy(holder)).containsExactly(Bytes.FIRST, Bytes.LOCK);
		}
	}

	private List<Long> lockedBy(ChildJvm holder) throws IOException {
		List<Long> locked = new ArrayList<>();
		for (long position : new long[] { Bytes.FIRST, Bytes.LOCK }) {
			if (KernelLocks.owners(this.path, position).equals(List.of("" + holder.pid()))) {
				locked.add(position);
			}
		}
		return locked;
	}

}
