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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Foreign;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Who is refused, and what is said about the holder.
 */
@Tag("native")
class RefusalTests extends LockTestCase {

	private static final ContentTemplate TEMPLATE = ContentTemplate.of("{pid}");

	@ParameterizedTest
	@ValueSource(strings = { "head -c 8200 /dev/zero >> %s", "seq 100000 > %s", "truncate -s 1T %s" })
	void aHeldFileThatHasGrownIsRefusedAsHeldAndLeftAlone(String command) throws IOException {
		try (LockFile lock = LockFile.acquire(this.path)) {
			Shell.script(command, this.path);
			assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(this.path));
			try (ChildJvm second = HolderProcess.start(this.path, "{pid}");
					ChildJvm waiting = HolderProcess.start(this.path, "{pid}", Duration.ofMinutes(1))) {
				assertThat(second.awaitExit()).as(second.output()).isEqualTo(HolderProcess.HELD);
				assertThat(lock.verify()).returns(Status.UNVERIFIED, Verification::status)
					.satisfies((doubt) -> assertThat(doubt.reason()).contains("somebody's data"));
				assertThat(Files.size(this.path)).isGreaterThan(8192);
				assertThat(KernelLocks.isLocked(this.path)).isTrue();
				Shell.run("truncate", "-s", "8192", this.path.toString());
				assertThat(lock.verify().status()).isEqualTo(Status.RESTORED);
				assertThat(Shell.run("cat", this.path.toString())).isEqualTo(lock.content());
				assertThat(KernelLocks.isLocked(this.path)).isTrue();
				assertThat(waiting.process().isAlive()).as(waiting.output()).isTrue();
				lock.close();
				waiting.awaitOutput("acquired " + waiting.pid());
			}
		}
	}

	@Test
	void aRefusedAttemptTriesTheFirstByteOnceAndNeverTheLock() throws IOException {
		Assumptions.assumeTrue(isChannel(), "a native lock has both in one range");
		try (LockFile lock = LockFile.acquire(this.path)) {
			// Once exclusively, and twice shared with all of the file, to find out
			// whether this JVM has it locked.
			assertThat(tries("setlk:" + Bytes.FIRST, Duration.ZERO)).isEqualTo(3);
			assertThat(tries("beyond:" + Bytes.LOCK, Duration.ZERO)).isZero();
			// It looks for the mark once, to tell who holds the lock.
			assertThat(tries("beyond:" + Bytes.SEAL, Duration.ZERO)).isOne();
			assertThat(lock.verify().status()).isEqualTo(Status.HELD);
		}
	}

	@Test
	void oneThatWaitsLeavesTheLockAndTheMarkToOthers() throws IOException {
		Assumptions.assumeTrue(isChannel(), "a native lock has both in one range");
		Files.createFile(this.path);
		try (Foreign foreign = Foreign.start()) {
			assertThat(foreign.ask("lock", this.path, Bytes.FIRST, 1)).isEqualTo("locked");
			assertThat(tries("setlk:" + Bytes.FIRST, Duration.ofMillis(300))).isGreaterThan(3);
			assertThat(tries("beyond:" + Bytes.LOCK, Duration.ofMillis(300))).isZero();
			assertThat(tries("beyond:" + Bytes.SEAL, Duration.ofMillis(300))).isOne();
		}
	}

	private long tries(String call, Duration timeout) throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults-" + call));
		faults.inject(call, "COUNT", 0, -1);
		try (ChildJvm second = faults.start(this.path, "{pid}", timeout)) {
			assertThat(second.awaitExit()).as(second.output()).isEqualTo(HolderProcess.HELD);
		}
		return faults.hits();
	}

	@Test
	void aGrownFileThatNobodyHoldsIsSomebodysData() throws IOException {
		LockFile.acquire(this.path).close();
		Files.write(this.path, new byte[9000]);
		assertThatExceptionOfType(LockFileUnavailableException.class).isThrownBy(() -> LockFile.acquire(this.path));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "{pid}" })
	void whatIsHeldFollowsTheFileWhenALinkIsSwitched(String template) throws IOException {
		Shell.script("cd %s && mkdir 1 2 && ln -s 1 current", this.directory);
		Path linked = this.directory.resolve("current/test.lock");
		Path first = this.directory.resolve("1/test.lock");
		Path second = this.directory.resolve("2/test.lock");
		try (LockFile lock = LockFile.acquire(linked, ContentTemplate.of(template))) {
			assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(first));
			Shell.run("ln", "-sfn", "2", this.directory + "/current");
			assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(linked));
			assertThat(lock.verify().status()).isEqualTo(Status.RESTORED);
			assertThat(KernelLocks.isLocked(first)).isFalse();
			assertThat(KernelLocks.isLocked(second)).isTrue();
			for (Path name : List.of(linked, second)) {
				assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(name))
					.satisfies((ex) -> assertThat(ex.holderContent()).isEqualTo(lock.content()));
			}
			try (LockFile old = LockFile.acquire(first)) {
				assertThat(KernelLocks.isLocked(old.path())).isTrue();
				assertThat(lock.verify().status()).isEqualTo(Status.HELD);
			}
			assertThat(KernelLocks.isLocked(second)).isTrue();
		}
		LockFile.acquire(linked).close();
		LockFile.acquire(second).close();
	}

	@Test
	void aHolderThatRecordsNothingIsNotCreditedWithWhatAnEarlierOneLeft() throws IOException {
		Files.writeString(this.path, " 10717;vm\n");
		String words = "The file says: 10717;vm (possibly from an earlier instance)";
		try (ChildJvm holder = HolderProcess.hold(this.path, "")) {
			assertThat(holder.process().isAlive()).isTrue();
			assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(this.path))
				.withMessageEndingWith("is held by another process. " + words)
				.withMessageNotContaining("recorded")
				.satisfies((ex) -> assertThat(ex.heldByThisJvm()).isFalse());
		}
		try (LockFile lock = LockFile.acquire(this.path, ContentTemplate.of(""))) {
			assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(lock.path()))
				.withMessageEndingWith("is held by this JVM")
				.satisfies((ex) -> assertThat(ex.holderContent()).isEmpty());
		}
		assertThat(this.path).content(StandardCharsets.UTF_8).isEqualTo(" 10717;vm\n");
	}

	@Test
	void aVerdictDoesNotCreditAHolderThatRecordsNothing() throws IOException {
		Path other = Files.writeString(this.directory.resolve("other.lock"), " 10717;vm\n");
		try (LockFile lock = LockFile.acquire(this.path); ChildJvm holder = HolderProcess.hold(other, "")) {
			Shell.run("mv", other.toString(), this.path.toString());
			assertThat(holder.process().isAlive()).isTrue();
			assertThat(lock.verify()).returns(Status.LOST, Verification::status)
				.returns("Another file in its place is held by another process. The file says: 10717;vm"
						+ " (possibly from an earlier instance)", Verification::reason);
		}
	}

	@Test
	void theContentIsReadWhereLocksAreMandatory() throws IOException {
		try (LockFile lock = LockFile.acquire(this.path, ContentTemplate.of("{pid};web-1"));
				ChildJvm second = HolderProcess.start(PathFaults.preload("mandatory"), this.path, "{pid}")) {
			assertThat(second.awaitExit()).as(second.output()).isEqualTo(HolderProcess.HELD);
			assertThat(second.output()).contains("The file says: " + lock.content() + " (");
		}
	}

	@Test
	void contentIsWithoutWhiteSpaceAtItsEndsWhoeverHolds() {
		ContentTemplate template = ContentTemplate.of("  {pid}  ");
		try (LockFile lock = LockFile.acquire(this.path, template)) {
			assertThatExceptionOfType(LockFileHeldException.class)
				.isThrownBy(() -> LockFile.acquire(this.path, TEMPLATE))
				.satisfies((ex) -> assertThat(ex.holderContent()).isEqualTo(lock.content().strip()));
		}
	}

}
