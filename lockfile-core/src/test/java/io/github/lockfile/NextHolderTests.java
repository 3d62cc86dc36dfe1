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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.Shell;
import io.github.lockfile.torture.Instance;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A holder whose lock was dropped, and the next one that acquired it meanwhile: soon one
 * of them is HELD, and the other one knows that it has lost, whatever the file shows.
 */
@Tag("native")
class NextHolderTests extends LockTestCase {

	/**
	 * Chance decides what two processes do at the same moment: 500 rounds in a long run.
	 */
	private static final int ROUNDS = Integer.getInteger("lockfile.rounds", 5);

	private static final int VERIFICATIONS = 5;

	private static final Duration BETWEEN_VERIFICATIONS = Duration.ofMillis(100);

	private static final String FIRST = "first1", SECOND = "second";

	/**
	 * The second one lets go of a byte for longer than usual, and just then the first one
	 * verifies.
	 */
	@ParameterizedTest
	@ValueSource(longs = { Bytes.FIRST, Bytes.LOCK, Bytes.SEAL })
	void theNextHolderPausesInAGapOfItsVerification(long position) throws IOException {
		Assumptions.assumeTrue(isChannel(), "a native lock has no gap");
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (Instance first = start(FIRST, NativeLocking.OFF);
				Instance second = Instance.start(faults.prefix(""), this.path, SECOND, locking())) {
			for (int round = 0; round < ROUNDS; round++) {
				acquireBoth(first, second);
				faults.inject("unlck:" + position, "DELAY60", 0, 1);
				second.tell("verify");
				Awaitility.await()
					.pollInterval(Duration.ofMillis(1))
					.atMost(Duration.ofMinutes(1))
					.until(() -> faults.hits() > 0 || second.hasAnswered());
				first.tell("verify");
				List<String> found = new ArrayList<>(List.of(first.answer() + " | " + second.answer()));
				assertDecided(first, second, found);
			}
		}
	}

	@Test
	void bothVerifyAtTheSameMoment() {
		try (Instance first = start(FIRST, NativeLocking.OFF); Instance second = start(SECOND, locking())) {
			for (int round = 0; round < ROUNDS; round++) {
				acquireBoth(first, second);
				assertDecided(first, second, new ArrayList<>());
			}
		}
	}

	private static void acquireBoth(Instance first, Instance second) {
		assertThat(first.ask("acquire")).isEqualTo("acquired");
		first.ask("read");
		assertThat(second.ask("acquire")).isEqualTo("acquired");
	}

	private static void assertDecided(Instance first, Instance second, List<String> found) {
		while (found.size() < VERIFICATIONS) {
			// The pause between two verifications of an application: only verifications
			// apart from each other decide.
			Awaitility.await().pollDelay(BETWEEN_VERIFICATIONS).until(() -> true);
			first.tell("verify");
			second.tell("verify");
			found.add(first.answer() + " | " + second.answer());
		}
		assertThat(found.get(VERIFICATIONS - 1)).as("%s", found).isEqualTo("nothing | HELD ");
		assertThat(found).as("who had lost it knew so").anyMatch((both) -> both.startsWith("LOST"));
		second.ask("close");
	}

	/**
	 * While the first one writes its record again, it loses its lock and the next one
	 * acquires. What the file shows is then as the first one left it, or as the next one
	 * did.
	 */
	@ParameterizedTest
	@MethodSource("pairs")
	void theLockIsTakenDuringARepair(NativeLocking ours, NativeLocking theirs, String template) throws IOException {
		for (String call : List.of("pwrite", "fsync")) {
			Faults faults = new Faults(this.directory.resolve(call));
			try (Instance first = Instance.start(faults.prefix(""), this.path, FIRST, ours);
					Instance second = start(template, theirs)) {
				assertThat(first.ask("acquire")).isEqualTo("acquired");
				Shell.script("echo ' others' > %s", this.path);
				faults.inject(call, "DROP-STOP", 0, 1);
				first.tell("verify");
				Faults.awaitStopped(first.pid());
				assertThat(second.ask("acquire")).isEqualTo("acquired");
				Faults.goOn(first.pid());
				assertThat(faults.hits()).isOne();
				List<String> found = new ArrayList<>(List.of(first.answer()));
				assertThat(found.get(0)).as("restored, though it has none of the locks").doesNotStartWith("RESTORED");
				if (!found.get(0).startsWith("LOST")) {
					found.add(first.ask("verify"));
				}
				assertThat(found.get(found.size() - 1)).as("%s", found).startsWith("LOST");
				assertThat(second.ask("verify")).matches("(HELD|RESTORED) .*");
				assertThat(second.ask("verify")).startsWith("HELD");
			}
		}
	}

	/**
	 * As if both wrote within one granule of the file times.
	 */
	@ParameterizedTest
	@MethodSource("pairs")
	void theFileLooksAsTheFirstOneLeftIt(NativeLocking ours, NativeLocking theirs, String template) throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		Path times = this.directory.resolve("times");
		try (Instance first = Instance.start(faults.prefix(""), this.path, FIRST, ours);
				Instance second = start(template, theirs)) {
			assertThat(first.ask("acquire")).isEqualTo("acquired");
			assertThat(first.ask("verify")).startsWith("HELD");
			Shell.run("cp", "-p", this.path.toString(), times.toString());
			faults.inject("setlk:" + Bytes.FIRST, "DROP-STOP", 0, 1);
			first.tell("verify");
			Faults.awaitStopped(first.pid());
			assertThat(second.ask("acquire")).isEqualTo("acquired");
			assertThat(Files.size(this.path)).isEqualTo(Files.size(times));
			Shell.run("touch", "-r", times.toString(), this.path.toString());
			Faults.goOn(first.pid());
			assertLost(first, first.answer());
			assertThat(second.ask("verify")).startsWith("HELD");
		}
	}

	private static void assertLost(Instance first, String answer) {
		List<String> found = new ArrayList<>(List.of(answer));
		while (found.size() < VERIFICATIONS && !found.get(found.size() - 1).startsWith("LOST")) {
			found.add(first.ask("verify"));
		}
		assertThat(found.get(found.size() - 1)).as("%s", found).startsWith("LOST");
	}

	/**
	 * With the next one's own record, with one like the first one's, as if both were the
	 * first process of their container, and with none.
	 */
	static Stream<Arguments> pairs() {
		List<NativeLocking> kinds = isChannel() ? List.of(NativeLocking.OFF)
				: List.of(NativeLocking.REQUIRED, NativeLocking.OFF);
		return kinds.stream()
			.flatMap((ours) -> kinds.stream()
				.flatMap((theirs) -> Stream.of(SECOND, FIRST, "")
					.map((template) -> Arguments.of(ours, theirs, template))));
	}

	@Test
	void aFileSystemWithCoarseTimes() throws IOException {
		Assumptions.assumeTrue(Shell.succeeds("mkfs.ext4", "-V"), "no mkfs.ext4 to make a file system with");
		List<String> prefix = new ArrayList<>(PathFaults.mountNamespace());
		prefix.addAll(List.of("sh", "-ec",
				"(cd \"$0\"; dd if=/dev/zero of=image bs=1M count=0 seek=32 status=none; mkfs.ext4 -qF -I 128 image 2>&1;"
						+ " mkdir mounted; mount -o loop image mounted); exec \"$@\"",
				this.directory.toString()));
		List<String> test = new ArrayList<>(prefix);
		test.add("true");
		Assumptions.assumeTrue(Shell.succeeds(test.toArray(String[]::new)), "this machine lets us mount no ext4");
		Shell.run("rm", "-r", this.directory + "/mounted");
		PathFaults.run(prefix, NextHolderTests.class, this.directory.resolve("mounted/test.lock"), locking());
	}

	private Instance start(String template, NativeLocking locking) {
		return Instance.start(List.of(), this.path, template, locking);
	}

	/**
	 * Both write within one second, which is the granule here. Were a second over between
	 * the two, the file would show that, and more rounds are made.
	 * @param args the lock file, and how the next holder locks
	 */
	public static void main(String[] args) throws IOException {
		Path path = Path.of(args[0]);
		int rounds = 0;
		for (int attempts = 0; rounds < 3 && attempts < 100; attempts++) {
			try (Instance first = Instance.start(List.of(), path, FIRST, NativeLocking.OFF);
					Instance second = Instance.start(List.of(), path, FIRST, NativeLocking.valueOf(args[1]))) {
				// The processes are there, and what follows takes milliseconds.
				first.ask("verify");
				second.ask("verify");
				assertThat(first.ask("acquire")).isEqualTo("acquired");
				Object before = Files.getLastModifiedTime(path);
				assertThat(first.ask("verify")).startsWith("HELD");
				first.ask("read");
				assertThat(second.ask("acquire")).isEqualTo("acquired");
				if (Files.getLastModifiedTime(path).equals(before)) {
					assertLost(first, first.ask("verify"));
					assertThat(second.ask("verify")).startsWith("HELD");
					rounds++;
				}
			}
		}
		System.out.println((rounds > 0) ? "passed" : "A second was over each time");
	}

}
