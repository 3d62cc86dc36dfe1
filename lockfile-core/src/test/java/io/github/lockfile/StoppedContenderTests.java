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

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Foreign;
import io.github.lockfile.testsupport.Holder;
import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Other instances that are stopped (SIGSTOP) at a bad moment.
 */
class StoppedContenderTests extends LockContract {

	private static final String TAKES_THE_LOCK = "setlk:" + ChannelBackend.LOCK;

	@Test
	void oneThatTakesTheReplacingFileIsDoubtAndThenItsOwner() throws IOException {
		try (LockFile lock = acquire(this.path); ChildJvm taker = stopTakerOfReplacingFile()) {
			assertBeingTaken(lock, "Another file in its place is being taken by another process");
			Faults.goOn(taker);
			taker.awaitOutput("acquired");
			assertThat(lock.verify()).returns(Status.LOST, Verification::status)
				.returns("Another file in its place is held by another process. The file says: taker"
						+ " (possibly from an earlier instance)", Verification::reason);
		}
	}

	@Test
	void oneThatIsKilledAmidTakingTheReplacingFileIsDoubtAndThenForgotten() throws IOException {
		try (LockFile lock = acquire(this.path)) {
			try (ChildJvm taker = stopTakerOfReplacingFile()) {
				assertBeingTaken(lock, "Another file in its place is being taken by another process");
				taker.kill();
			}
			assertThat(lock.verify().status()).isEqualTo(Status.RESTORED);
			assertHeld(lock);
		}
	}

	private ChildJvm stopTakerOfReplacingFile() throws IOException {
		Shell.run("sh", "-c", "echo ' 4711' > %1$s.new; mv %1$s.new %1$s".formatted(this.path));
		return stop(TAKES_THE_LOCK, "taker");
	}

	@Test
	void othersAreRefusedInWordsThatAreTrueWhileOneIsStoppedAmidTaking() throws IOException {
		Files.writeString(this.path, " 4711\n");
		try (ChildJvm taker = stop(TAKES_THE_LOCK, "taker")) {
			try (ChildJvm second = Holder.start(this.path, "second")) {
				assertThat(second.awaitExit()).isEqualTo(Holder.HELD);
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
			try (ChildJvm third = Holder.hold(this.path, "third")) {
				Faults.goOn(refused);
				assertThat(refused.awaitExit()).isEqualTo(Holder.HELD);
				assertThat(refused.output()).contains("The file says: holder");
				assertThat(Holder.verify(third)).contains("status=HELD");
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
				assertThat(refused.awaitExit()).isEqualTo(Holder.HELD);
			}
		}
	}

	/**
	 * The holder lets go of the lock for a moment amid a verification, and just then a
	 * contender takes it and is stopped.
	 */
	@Test
	void oneThatGetsAheadOfAVerificationIsDoubtUntilItHasGivenUp() throws IOException {
		Faults faults = new Faults(this.directory.resolve("holder"));
		try (ChildJvm holder = faults.start(this.path, "holder")) {
			holder.awaitOutput("acquired");
			faults.inject("unlck:" + ChannelBackend.LOCK, "STOP", 0, 1);
			holder.send("verify");
			Faults.awaitStopped(holder);
			try (ChildJvm contender = stop(TAKES_THE_LOCK, "contender")) {
				Faults.goOn(holder);
				holder.awaitOutput("reason=The lock is being taken by another process");
				for (int i = 0; i < 5; i++) {
					assertThat(Holder.verify(holder)).contains("status=UNVERIFIED",
							"The lock is being taken by another process");
				}
				Faults.goOn(contender);
				assertThat(contender.awaitExit()).isEqualTo(Holder.HELD);
				assertThat(contender.output()).contains("The file says: holder");
			}
			assertThat(Holder.verify(holder)).contains("status=HELD");
			assertThat(KernelLocks.owners(this.path, ChannelBackend.LOCK)).containsExactly("" + holder.pid());
			assertThat(KernelLocks.owners(this.path, ChannelBackend.FIRST_BYTE)).containsExactly("" + holder.pid());
		}
	}

	/**
	 * A holder that has lost both of its locks meanwhile may get ahead of the next holder
	 * in the same way, and must not keep what the other one needs.
	 */
	@Test
	void aHolderThatHasNothingAnyMoreGivesWayToTheNextOne() throws IOException {
		Faults faults = new Faults(this.directory.resolve("first"));
		Faults faultsOfNext = new Faults(this.directory.resolve("next"));
		try (ChildJvm first = faults.start(this.path, "first")) {
			first.awaitOutput("acquired");
			faults.inject(TAKES_THE_LOCK, "EACCES", 0, -1);
			assertThat(Holder.verify(first)).contains("status=UNVERIFIED");
			faults.inject("setlk", "EACCES", 0, -1);
			assertThat(Holder.verify(first)).contains("status=UNVERIFIED");
			assertThat(Holder.verify(first)).contains("status=UNVERIFIED");
			assertThat(KernelLocks.isAnyOf("" + first.pid(), this.path)).isFalse();
			faults.clear();
			try (ChildJvm next = faultsOfNext.start(this.path, "next")) {
				next.awaitOutput("acquired");
				faultsOfNext.inject("unlck:" + ChannelBackend.LOCK, "STOP", 0, 1);
				next.send("verify");
				Faults.awaitStopped(next);
				assertThat(Holder.verify(first)).contains("status=UNVERIFIED");
				assertThat(KernelLocks.isAnyOf("" + first.pid(), this.path)).isFalse();
				Faults.goOn(next);
				next.awaitOutput("verified");
				assertThat(next.output()).contains("status=HELD");
				assertThat(Holder.verify(first)).contains("status=LOST");
				assertThat(Holder.verify(next)).contains("status=HELD");
			}
		}
	}

	private void assertBeingTaken(LockFile lock, String doubt) {
		for (int i = 0; i < 5; i++) {
			assertThat(lock.verify()).returns(Status.UNVERIFIED, Verification::status)
				.returns(doubt, Verification::reason);
		}
		try (ChildJvm second = Holder.start(this.path, "second")) {
			assertThat(second.awaitExit()).isEqualTo(Holder.HELD);
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
