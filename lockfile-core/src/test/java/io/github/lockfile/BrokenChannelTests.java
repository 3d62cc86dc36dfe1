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
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Holder;
import io.github.lockfile.testsupport.Shell;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Calls on the open file that fail.
 */
class BrokenChannelTests extends LockContract {

	@Test
	void aClosedChannelIsReplaced() throws IOException {
		Recording recording = new Recording(new ChannelBackend());
		try (LockFile lock = LockFile.acquire(recording, new LockPath(this.path), ContentTemplate.of("{pid}"),
				Duration.ZERO)) {
			Objects.requireNonNull(recording.last).close();
			assertThat(KernelLocks.isAnyOf(owner(), this.path)).isFalse();
			assertThat(lock.verify()).returns(Status.RESTORED, Verification::status)
				.satisfies((restored) -> assertThat(restored.reason()).contains("has been locked again"));
			assertHeld(lock);
			assertThat(OpenFiles.under(this.directory)).hasSize(1);
		}
		assertThat(OpenFiles.under(this.directory)).isEmpty();
	}

	@Test
	void aClosedChannelIsDoubtWhileThePathIsUnusableAndThenReplaced() throws IOException {
		Recording recording = new Recording(new ChannelBackend());
		try (LockFile lock = LockFile.acquire(recording, new LockPath(this.path), ContentTemplate.of("{pid}"),
				Duration.ZERO)) {
			Objects.requireNonNull(recording.last).close();
			Shell.run("sh", "-c", "mv %1$s %1$s.away; mkdir %1$s".formatted(this.path));
			for (int i = 0; i < 5; i++) {
				assertThat(lock.verify()).returns(Status.UNVERIFIED, Verification::status)
					.returns("it is a directory", Verification::reason);
			}
			Shell.run("sh", "-c", "rmdir %1$s; mv %1$s.away %1$s".formatted(this.path));
			assertThat(lock.verify().status()).isEqualTo(Status.RESTORED);
			assertHeld(lock);
		}
		assertThat(OpenFiles.under(this.directory)).isEmpty();
	}

	@Test
	void aClosedChannelIsLostToWhoeverTookTheLock() throws IOException {
		Recording recording = new Recording(new ChannelBackend());
		try (LockFile lock = LockFile.acquire(recording, new LockPath(this.path), ContentTemplate.of("{pid}"),
				Duration.ZERO)) {
			Objects.requireNonNull(recording.last).close();
			try (ChildJvm intruder = Holder.hold(this.path, "intruder")) {
				assertThat(lock.verify()).returns(Status.LOST, Verification::status)
					.satisfies((lost) -> assertThat(lost.reason()).contains("held by another process", "intruder"));
				assertThat(KernelLocks.owners(this.path, ChannelBackend.LOCK)).containsExactly("" + intruder.pid());
			}
		}
	}

	/**
	 * The kernel is asked in between, and other instances are refused all the while.
	 */
	@ParameterizedTest
	@CsvSource({ "EIO, 0, 1", "EIO, 1, 1", "EIO, 0, 2", "EIO, 1, 2", "ENOLCK, 0, -1", "ENOLCK, 1, -1", "EACCES, 0, 1",
			"EACCES, 1, 2" })
	void aRetakeThatFailsIsDoubtThatEndsWithItsCause(String error, int skip, int times) throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm holder = faults.start(this.path, "holder")) {
			holder.awaitOutput("acquired");
			faults.inject("setlk", error, skip, times);
			for (int i = 0; i < 5; i++) {
				String found = Holder.verify(holder);
				assertThat(found).containsAnyOf("status=HELD", "status=UNVERIFIED");
				assertThat(lockedBy(holder)).as("at least one of both, after " + found).isNotEmpty();
			}
			assertThat(faults.hits()).isPositive();
			faults.clear();
			assertThat(Holder.verify(holder)).contains("status=HELD");
			assertThat(lockedBy(holder)).containsExactly(ChannelBackend.FIRST_BYTE, ChannelBackend.LOCK);
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1 })
	void aRetakeThatKeepsFailingIsDoubtUntilTheFileIsLockedAnew(int skip) throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm holder = faults.start(this.path, "holder")) {
			holder.awaitOutput("acquired");
			faults.inject("setlk", "EIO", skip, -1);
			for (int i = 0; i < 5; i++) {
				assertThat(Holder.verify(holder)).contains("status=UNVERIFIED", "Input/output error");
			}
			faults.clear();
			assertThat(Holder.verify(holder)).contains("status=RESTORED", "has been taken again");
			assertThat(Holder.verify(holder)).contains("status=HELD");
			assertThat(lockedBy(holder)).containsExactly(ChannelBackend.FIRST_BYTE, ChannelBackend.LOCK);
		}
	}

	@Test
	void aTouchThatFailsIsNoDoubt() throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm holder = faults.start(this.path, "")) {
			holder.awaitOutput("acquired");
			age();
			faults.inject("utimes", "EPERM", 0, -1);
			assertThat(Holder.verify(holder)).contains("status=HELD");
			assertThat(Holder.verify(holder)).contains("status=HELD");
			assertThat(faults.hits()).isEqualTo(2);
			assertThat(lockedBy(holder)).containsExactly(ChannelBackend.FIRST_BYTE, ChannelBackend.LOCK);
		}
	}

	@Test
	void aRecordThatCannotBeWrittenAgainForItsAgeIsNoDoubt() throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm holder = faults.start(this.path, "holder")) {
			holder.awaitOutput("acquired");
			age();
			faults.inject("pwrite", "ENOSPC", 0, -1);
			assertThat(Holder.verify(holder)).contains("status=HELD");
			assertThat(faults.hits()).isPositive();
			assertThat(lockedBy(holder)).containsExactly(ChannelBackend.FIRST_BYTE, ChannelBackend.LOCK);
			faults.clear();
			assertThat(Holder.verify(holder)).contains("status=HELD");
			assertThat(Files.getLastModifiedTime(this.path).toInstant())
				.isAfter(Instant.now().minus(Duration.ofMinutes(30)));
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
			assertThat(lockedBy(holder)).containsExactly(ChannelBackend.FIRST_BYTE, ChannelBackend.LOCK);
			faults.inject("setlk", "EINTR", skip, times);
			assertThat(Holder.verify(holder)).contains("status=HELD");
			assertThat(faults.hits()).isEqualTo(times);
			assertThat(lockedBy(holder)).containsExactly(ChannelBackend.FIRST_BYTE, ChannelBackend.LOCK);
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
			Shell.run("sh", "-c", "echo ' others' > " + this.path);
			faults.inject(call, error, 0, times);
			String found = Holder.verify(holder);
			for (int i = 0; i < times && found.contains("status=UNVERIFIED"); i++) {
				found = Holder.verify(holder);
			}
			assertThat(found).contains("status=RESTORED");
			assertThat(faults.hits()).isEqualTo(times);
			assertThat(Shell.run("cat", this.path.toString())).isEqualTo("holder");
			assertThat(Holder.verify(holder)).contains("status=HELD");
			assertThat(lockedBy(holder)).containsExactly(ChannelBackend.FIRST_BYTE, ChannelBackend.LOCK);
		}
	}

	private List<Long> lockedBy(ChildJvm holder) throws IOException {
		List<Long> locked = new ArrayList<>();
		for (long position : new long[] { ChannelBackend.FIRST_BYTE, ChannelBackend.LOCK }) {
			if (KernelLocks.owners(this.path, position).equals(List.of("" + holder.pid()))) {
				locked.add(position);
			}
		}
		return locked;
	}

	/**
	 * Remembers what was opened last.
	 */
	private static final class Recording extends LockBackend {

		private final LockBackend backend;

		private @Nullable OpenFile last;

		private Recording(LockBackend backend) {
			this.backend = backend;
		}

		@Override
		OpenFile open(Path path) throws IOException {
			this.last = this.backend.open(path);
			return this.last;
		}

	}

}
