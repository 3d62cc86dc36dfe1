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
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Foreign;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.torture.Instance;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * One call that locks or unlocks a byte fails. The lock outlives that, and nothing
 * outlives the lock: neither a byte nor a descriptor.
 */
@Tag("native")
class FailedCallTests extends LockTestCase {

	/**
	 * Which a test sees by the calls: a descriptor has the first two bytes in one range.
	 */
	private static final List<Long> POSITIONS = isChannel() ? List.of(Bytes.FIRST, Bytes.LOCK, Bytes.SEAL)
			: List.of(Bytes.FIRST, Bytes.SEAL);

	static Stream<Arguments> calls() {
		return Stream.of("setlk", "unlck")
			// A verification of a native lock lets go of nothing.
			.filter((call) -> isChannel() || call.equals("setlk"))
			.flatMap((call) -> POSITIONS.stream()
				.flatMap((position) -> Stream.of("ENOLCK", "EIO", "EINTR")
					.map((error) -> Arguments.of(call + ":" + position, error))));
	}

	@ParameterizedTest
	@MethodSource("calls")
	void aVerificationWithAFailingCallHealsAtTheNext(String call, String error) throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm holder = faults.start(this.path, "holder")) {
			holder.awaitOutput("acquired");
			for (int i = 0; i < 3; i++) {
				faults.inject(call, error, 0, 1);
				assertThat(HolderProcess.verify(holder)).containsAnyOf("status=HELD", "status=UNVERIFIED");
				assertThat(faults.hits()).isOne();
				assertThat(hasAny(holder)).as("at least one of both").isTrue();
				assertThat(HolderProcess.verify(holder)).contains("status=HELD");
				assertHas(holder, true);
			}
			faults.clear();
			holder.send("close").awaitOutput("closed");
			assertHas(holder, false);
			assertThat(OpenFiles.count(holder.pid(), this.path)).isZero();
			LockFile.acquire(this.path).close();
		}
	}

	@ParameterizedTest
	@MethodSource("calls")
	void aReleaseAfterFailedCallsLeavesNothing(String call, String error) throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		for (int times : new int[] { 1, -1 }) {
			try (ChildJvm holder = faults.start(this.path, "holder")) {
				holder.awaitOutput("acquired");
				// A call that is interrupted is made again, for ever if need be.
				faults.inject(call, error, 0, error.equals("EINTR") ? 1 : times);
				for (int i = 0; i < 4; i++) {
					assertThat(HolderProcess.verify(holder)).containsAnyOf("status=HELD", "status=UNVERIFIED",
							"status=RESTORED");
				}
				faults.clear();
				holder.send("close").awaitOutput("closed");
				assertHas(holder, false);
				assertThat(OpenFiles.count(holder.pid(), this.path)).isZero();
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "ENOLCK", "EIO", "EINTR" })
	void aReleaseWithAFailingCallLeavesNothing(String error) throws IOException {
		for (long position : POSITIONS) {
			Faults faults = new Faults(this.directory.resolve("faults-" + position));
			try (ChildJvm holder = faults.start(this.path, "holder")) {
				holder.awaitOutput("acquired");
				faults.inject("unlck:" + position, error, 0, 1);
				holder.send("close").awaitOutput("closed");
				assertHas(holder, false);
				assertThat(OpenFiles.count(holder.pid(), this.path)).isZero();
			}
		}
	}

	@ParameterizedTest
	@MethodSource("calls")
	void anAttemptWithAFailingCallLeavesNothing(String call, String error) throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		faults.inject(call, error, 0, 1);
		try (Instance instance = Instance.start(faults.prefix(""), this.path, "instance", locking())) {
			String answer = instance.ask("acquire");
			faults.clear();
			if (answer.equals("acquired")) {
				assertThat(instance.ask("verify")).startsWith("HELD");
				instance.ask("close");
			}
			assertNothing(instance);
			LockFile.acquire(this.path).close();
		}
	}

	/**
	 * What it has got before it is refused, it must let go of.
	 */
	@ParameterizedTest
	@MethodSource("calls")
	void aRefusedAttemptWithAFailingCallLeavesNothing(String call, String error) throws IOException {
		Files.writeString(this.path, " 4711\n");
		for (long position : new long[] { Bytes.FIRST, Bytes.LOCK }) {
			Faults faults = new Faults(this.directory.resolve("faults-" + position));
			faults.inject(call, error, 0, 1);
			try (Instance instance = Instance.start(faults.prefix(""), this.path, "instance", locking());
					Foreign foreign = Foreign.start()) {
				assertThat(foreign.ask("lock", this.path, position, 1)).isEqualTo("locked");
				assertThat(instance.ask("acquire")).isNotEqualTo("acquired");
				faults.clear();
				foreign.ask("unlock");
				assertNothing(instance);
				LockFile.acquire(this.path).close();
			}
		}
	}

	private void assertNothing(Instance instance) throws IOException {
		assertThat(KernelLocks.isAnyOf(isChannel() ? "" + instance.pid() : "-1", this.path)).isFalse();
		assertThat(OpenFiles.count(instance.pid(), this.path)).isZero();
	}

	/**
	 * The file of the refused attempt cannot be closed, and is parked.
	 */
	@Test
	void aMarkThatARefusedAttemptCouldNotLetGoOfDoesNotCostTheLockOfTheNextOne() throws IOException {
		Assumptions.assumeTrue(isChannel(), "a native lock asks for the mark without taking it");
		Files.writeString(this.path, " 4711\n");
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (Instance instance = Instance.start(faults.prefix(""), this.path, "instance", locking());
				Foreign foreign = Foreign.start()) {
			assertThat(foreign.ask("lock", this.path, Bytes.FIRST, 1)).isEqualTo("locked");
			faults.inject("unlck:" + Bytes.SEAL, "EIO", 0, -1);
			assertThat(instance.ask("acquire")).isNotEqualTo("acquired");
			foreign.ask("unlock");
			assertThat(instance.ask("acquire")).isEqualTo("acquired");
			faults.clear();
			// Each attempt closes what can be closed by now.
			assertThat(instance.ask("acquire")).isEqualTo("refused");
			for (long position : new long[] { Bytes.FIRST, Bytes.LOCK }) {
				assertThat(KernelLocks.owners(this.path, position)).containsExactly("" + instance.pid());
			}
			assertThat(instance.ask("close")).isEqualTo("closed");
			assertNothing(instance);
		}
	}

	@Test
	void aVerificationThatAStackOverflowCutsShortHealsAtTheNext() {
		PathFaults.run(List.of("env", "LC_ALL=C.UTF-8"), FailedCallTests.class, this.path);
	}

	/**
	 * In another JVM.
	 * @param args the lock file
	 */
	public static void main(String[] args) throws Exception {
		Path path = Path.of(args[0]);
		try (LockFile lock = LockFile.acquire(path)) {
			// Loads what the kernel is asked with.
			assertThat(KernelLocks.isLocked(path)).isTrue();
			assertThat(lock.verify().status()).isEqualTo(Status.HELD);
		}
		int[] cuts = new int[1];
		for (int depth = 0; depth < 40; depth++) {
			LockFile lock = LockFile.acquire(path);
			int after = depth;
			Thread thread = new Thread(null, () -> dive(lock, cuts, after), "diver", 300_000);
			thread.start();
			thread.join();
			assertThat(lock.verify().status()).as("dive %d", depth).isIn(Status.HELD, Status.RESTORED);
			assertThat(lock.verify().status()).as("dive %d", depth).isEqualTo(Status.HELD);
			assertThat(KernelLocks.isLocked(path)).isTrue();
			assertThat(OpenFiles.count(path.toString())).as("dive %d", depth).isOne();
			lock.close();
			assertThat(KernelLocks.isLocked(path)).as("dive %d", depth).isFalse();
			assertThat(OpenFiles.count(path.toString())).as("dive %d", depth).isZero();
		}
		assertThat(cuts[0]).isGreaterThan(20);
		System.out.println("passed");
	}

	/**
	 * Verifies at the end of the stack, and then, as often as that fails, with a little
	 * more of it.
	 */
	@SuppressWarnings("InfiniteRecursion")
	private static int dive(LockFile lock, int[] cuts, int depth) {
		try {
			return dive(lock, cuts, depth) + 1;
		}
		catch (StackOverflowError ex) {
			cuts[0]++;
			lock.verify();
			return 0;
		}
	}

	private boolean hasAny(ChildJvm holder) throws IOException {
		return has(holder, Bytes.FIRST) || has(holder, Bytes.LOCK);
	}

	private void assertHas(ChildJvm holder, boolean expected) throws IOException {
		for (long position : LongStream.of(Bytes.FIRST, Bytes.LOCK).toArray()) {
			assertThat(has(holder, position)).as("byte %d", position).isEqualTo(expected);
		}
	}

	private boolean has(ChildJvm holder, long position) throws IOException {
		return KernelLocks.owners(this.path, position).contains(isChannel() ? "" + holder.pid() : "-1");
	}

}
