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
import java.time.Duration;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Foreign;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Shell;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Other instances that are stopped (SIGSTOP) at a bad moment.
 */
class StoppedContenderTests extends LockTestCase {

	private static final String TAKES_THE_FIRST_BYTE = "setlk:" + Bytes.FIRST;

	@Test
	void oneThatTakesTheReplacingFileIsDoubtAndThenItsOwner() throws IOException {
		try (LockFile lock = acquire(this.path); ChildJvm taker = stopTakerOfReplacingFile()) {
			assertBeingTaken(lock);
			Faults.goOn(taker);
			taker.awaitOutput("acquired");
			assertThat(lock.verify()).returns(Status.LOST, Verification::status)
				.returns("Another file in its place is held by another process. The file says: taker"
						+ " (possibly from an earlier instance)", Verification::reason);
		}
	}

	@Test
	void oneThatIsKilledWhileTakingTheReplacingFileIsDoubtAndThenForgotten() throws IOException {
		try (LockFile lock = acquire(this.path)) {
			try (ChildJvm taker = stopTakerOfReplacingFile()) {
				assertBeingTaken(lock);
				taker.kill();
			}
			assertThat(lock.verify().status()).isEqualTo(Status.RESTORED);
			assertHeld(lock);
		}
	}

	private ChildJvm stopTakerOfReplacingFile() throws IOException {
		Shell.script("echo ' 4711' > %1$s.new; mv %1$s.new %1$s", this.path);
		return stop(TAKES_THE_FIRST_BYTE, "taker");
	}

	@Test
	void othersAreToldTheTruthWhileATakerIsStopped() throws IOException {
		Files.writeString(this.path, " 4711\n");
		try (ChildJvm taker = stop(TAKES_THE_FIRST_BYTE, "taker")) {
			try (ChildJvm second = HolderProcess.start(this.path, "second")) {
				assertThat(second.awaitExit()).isEqualTo(HolderProcess.HELD);
				assertThat(second.output()).contains("is held or being taken by another process. The file says: 4711"
						+ " (possibly from an earlier instance)");
			}
			Faults.goOn(taker);
			taker.awaitOutput("acquired");
		}
	}

	@Test
	void oneThatIsRefusedHasNothingLockedWhileItReads() throws IOException {
		try (LockFile lock = acquire(this.path, "holder"); ChildJvm refused = stop("pread", "refused")) {
			assertThat(KernelLocks.isAnyOf("" + refused.pid(), this.path)).isFalse();
			assertHeld(lock);
			lock.close();
			try (ChildJvm third = HolderProcess.hold(this.path, "third")) {
				Faults.goOn(refused);
				assertThat(refused.awaitExit()).isEqualTo(HolderProcess.HELD);
				assertThat(refused.output()).contains("The file says: holder");
				assertThat(HolderProcess.verify(third)).contains("status=HELD");
			}
		}
	}

	@Test
	void oneThatIsRefusedForTheFirstByteHasNothingLockedWhileItReads() throws IOException {
		Files.writeString(this.path, " 4711\n");
		try (Foreign foreign = Foreign.start()) {
			assertThat(foreign.ask("lock", this.path, 0, 1)).isEqualTo("locked");
			try (ChildJvm refused = stop("pread", "refused")) {
				assertThat(KernelLocks.isAnyOf("" + refused.pid(), this.path)).isFalse();
				assertThat(foreign.ask("unlock")).isEqualTo("unlocked");
				acquire(this.path).close();
				Faults.goOn(refused);
				assertThat(refused.awaitExit()).isEqualTo(HolderProcess.HELD);
			}
		}
	}

	/**
	 * During a verification the holder lets go of the first byte for a moment. Just then
	 * a contender takes it and is stopped.
	 */
	@Test
	void oneThatGetsAheadOfAVerificationIsDoubtUntilItHasGivenUp() throws IOException {
		Faults faults = new Faults(this.directory.resolve("holder"));
		try (ChildJvm holder = faults.start(this.path, "holder")) {
			holder.awaitOutput("acquired");
			faults.inject("unlck:" + Bytes.FIRST, "STOP", 0, 1);
			holder.send("verify");
			Faults.awaitStopped(holder);
			try (ChildJvm contender = stop(TAKES_THE_FIRST_BYTE, "contender")) {
				Faults.goOn(holder);
				holder.awaitOutput("status=UNVERIFIED");
				for (int i = 0; i < 5; i++) {
					assertThat(HolderProcess.verify(holder)).contains("status=UNVERIFIED", "first byte");
					assertThat(KernelLocks.owners(this.path, Bytes.LOCK)).containsExactly("" + holder.pid());
				}
				Faults.goOn(contender);
				assertThat(contender.awaitExit()).isEqualTo(HolderProcess.HELD);
				assertThat(contender.output()).contains("The file says: holder");
			}
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
			assertThat(KernelLocks.owners(this.path, Bytes.LOCK)).containsExactly("" + holder.pid());
			assertThat(KernelLocks.owners(this.path, Bytes.FIRST)).containsExactly("" + holder.pid());
		}
	}

	/**
	 * A contender that comes during a verification has the first byte for a moment at
	 * most, and never the lock, wherever the holder is.
	 */
	@ParameterizedTest
	@ValueSource(longs = { Bytes.FIRST, Bytes.LOCK, Bytes.SEAL })
	void anAttemptDuringAVerificationIsRefused(long position) throws IOException {
		Faults faults = new Faults(this.directory.resolve("holder"));
		try (ChildJvm holder = faults.start(this.path, "holder")) {
			holder.awaitOutput("acquired");
			faults.inject("unlck:" + position, "STOP", 0, 1);
			holder.send("verify");
			Faults.awaitStopped(holder);
			try (ChildJvm second = HolderProcess.start(this.path, "second")) {
				assertThat(second.awaitExit()).isEqualTo(HolderProcess.HELD);
				assertThat(second.output()).contains("The file says: holder");
			}
			Faults.goOn(holder);
			holder.awaitOutput("verified");
			assertThat(holder.output()).contains("status=HELD");
			assertThat(KernelLocks.owners(this.path, Bytes.FIRST)).containsExactly("" + holder.pid());
		}
	}

	/**
	 * A holder whose lock the kernel has dropped may get ahead of the next one, and must
	 * not keep what the other one needs.
	 */
	@ParameterizedTest
	@ValueSource(longs = { Bytes.FIRST, Bytes.LOCK, Bytes.SEAL })
	void aHolderThatHasLostItsLocksGivesWayToTheNextOne(long position) throws IOException {
		Faults faultsOfNext = new Faults(this.directory.resolve("next"));
		try (ChildJvm first = HolderProcess.hold(this.path, "first")) {
			HolderProcess.read(first);
			assertThat(KernelLocks.isAnyOf("" + first.pid(), this.path)).isFalse();
			try (ChildJvm next = faultsOfNext.start(this.path, "next")) {
				next.awaitOutput("acquired");
				faultsOfNext.inject("unlck:" + position, "STOP", 0, 1);
				next.send("verify");
				Faults.awaitStopped(next);
				// If the next one has the first byte and no mark, it looks like a
				// taker.
				assertThat(HolderProcess.verify(first))
					.contains((position == Bytes.SEAL) ? "status=UNVERIFIED" : "status=LOST");
				assertThat(KernelLocks.isAnyOf("" + first.pid(), this.path)).as("nothing is kept").isFalse();
				Faults.goOn(next);
				next.awaitOutput("verified");
				assertThat(next.output()).contains("status=HELD");
				assertThat(HolderProcess.verify(first)).contains("status=LOST");
				assertThat(HolderProcess.verify(next)).contains("status=HELD");
				assertThat(KernelLocks.owners(this.path, Bytes.FIRST)).containsExactly("" + next.pid());
				assertThat(KernelLocks.owners(this.path, Bytes.LOCK)).containsExactly("" + next.pid());
			}
		}
	}

	/**
	 * It has its first lock, the holder finds itself in doubt three times, and it goes on
	 * just when the holder lets go of the first byte, should that ever be.
	 */
	@Test
	void oneThatGoesOnJustWhenTheHolderLetsGoOfTheFirstByteIsRefused() throws IOException {
		Faults faults = new Faults(this.directory.resolve("holder"));
		Faults faultsOfTaker = new Faults(this.directory.resolve("taker"));
		try (ChildJvm holder = faults.start(this.path, "holder")) {
			holder.awaitOutput("acquired");
			// Each time it lets go of a byte, it takes a while to take it again.
			faults.inject("unlck", "DELAY200", 0, -1);
			faultsOfTaker.inject("setlk", "GOT-STOP", 0, 1);
			try (ChildJvm taker = faultsOfTaker.start(this.path, "taker", Duration.ofMinutes(2))) {
				String found = HolderProcess.verify(holder);
				for (int i = 0; i < 20 && found.contains("status=HELD"); i++) {
					found = HolderProcess.verify(holder);
				}
				assertThat(found).contains("status=UNVERIFIED");
				Faults.awaitStopped(taker);
				assertThat(HolderProcess.verify(holder)).contains("status=UNVERIFIED");
				faults.inject("unlck:" + Bytes.FIRST, "HANG0", 0, 1);
				int before = holder.output().length();
				holder.send("verify");
				Awaitility.await()
					.atMost(Duration.ofMinutes(1))
					.until(() -> faults.hits() > 0 || holder.output().length() > before);
				Faults.goOn(taker);
				if (faults.hits() > 0) {
					Awaitility.await()
						.pollDelay(Duration.ofMillis(200))
						.until(() -> !KernelLocks.isAnyOf("" + taker.pid(), this.path)
								|| taker.output().contains("acquired"));
				}
				faults.clear();
				Awaitility.await()
					.atMost(Duration.ofMinutes(1))
					.until(() -> holder.output().length() > before && holder.output().endsWith("\n"));
				assertThat(taker.output()).as("a second holder").doesNotContain("acquired");
				assertThat(HolderProcess.verify(holder)).contains("status=HELD");
				assertThat(holder.output()).doesNotContain("status=LOST");
				assertThat(KernelLocks.owners(this.path, Bytes.LOCK)).containsExactly("" + holder.pid());
				assertThat(KernelLocks.owners(this.path, Bytes.FIRST)).containsExactly("" + holder.pid());
				assertThat(taker.output()).doesNotContain("acquired");
				holder.send("close");
				taker.awaitOutput("acquired");
			}
		}
	}

	/**
	 * Meanwhile the file is touched, and the holder must not let go of anything because
	 * of that.
	 */
	@Test
	void oneThatIsStoppedBesideAProgramThatKeepsTheFirstByteIsNotTheNextHolder() throws IOException {
		Faults faults = new Faults(this.directory.resolve("holder"));
		Faults faultsOfTaker = new Faults(this.directory.resolve("taker"));
		faultsOfTaker.inject("setlk:" + Bytes.LOCK, "GOT-STOP", 0, 1);
		try (ChildJvm holder = faults.start(this.path, "holder")) {
			holder.awaitOutput("acquired");
			try (Foreign program = Foreign.start()) {
				faults.inject("unlck", "DELAY200", 0, -1);
				assertThat(program.ask("wait", this.path, 0, 1)).isEqualTo("waiting");
				Awaitility.await()
					.pollInterval(Duration.ofNanos(1))
					.atMost(Duration.ofMinutes(1))
					.until(() -> HolderProcess.verify(holder).contains("status=UNVERIFIED"));
				assertThat(program.answer()).isEqualTo("locked");
				try (ChildJvm taker = faultsOfTaker.start(this.path, "taker", Duration.ofMinutes(2))) {
					for (int i = 0; i < 6; i++) {
						Shell.run("touch", this.path.toString());
						assertThat(HolderProcess.verify(holder)).contains("status=UNVERIFIED", "first byte");
						assertThat(KernelLocks.owners(this.path, Bytes.LOCK)).containsExactly("" + holder.pid());
					}
					assertThat(taker.output()).doesNotContain("acquired");
				}
			}
			faults.clear();
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
		}
	}

	private void assertBeingTaken(LockFile lock) {
		for (int i = 0; i < 5; i++) {
			assertThat(lock.verify()).returns(Status.UNVERIFIED, Verification::status)
				.satisfies((doubt) -> assertThat(doubt.reason()).contains("first byte"));
		}
		try (ChildJvm second = HolderProcess.start(this.path, "second")) {
			assertThat(second.awaitExit()).isEqualTo(HolderProcess.HELD);
			assertThat(second.output()).contains("is held or being taken by another process");
		}
	}

	/**
	 * Starts a contender that is stopped after a call.
	 */
	private ChildJvm stop(String call, String template) throws IOException {
		Faults faults = new Faults(this.directory.resolve(template));
		faults.inject(call, "STOP", 0, 1);
		ChildJvm contender = faults.start(this.path, template);
		Faults.awaitStopped(contender);
		return contender;
	}

}
