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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Times of a held file: none of them is evidence of anything, and each of them is young
 * enough for cleaners of temporary files.
 */
@Tag("native")
class FileTimesTests extends LockTestCase {

	private static final long HOURS = 7200;

	private static final int VERIFICATIONS = 8;

	/**
	 * A tmpfs keeps any time that fits in 64 bits.
	 */
	@Test
	void noTimeIsTooEarlyOrTooLate() {
		Assumptions.assumeTrue(Foreign.isAvailable(), "no python3 to set times");
		PathFaults.run(tmpfs("relatime"), Extremes.class, this.directory.resolve("mounted/test.lock"));
	}

	@ParameterizedTest
	@CsvSource({ "{pid}, true, true", "{pid}, true, false", "{pid}, false, true", "'', true, true", "'', true, false",
			"'', false, true" })
	void bothTimesOfAHeldFileAreRefreshed(String template, boolean accessed, boolean changed) throws IOException {
		Assumptions
			.assumeTrue(
					!isChannel() || !accessed
							|| !Shell.run("findmnt", "-no", "OPTIONS", "-T", this.directory.toString())
								.contains("noatime"),
					"no read of a channel moves the time of access of a file system that is mounted with noatime");
		try (Foreign foreign = Foreign.start(); ChildJvm holder = HolderProcess.hold(this.path, template)) {
			age(foreign, accessed, changed);
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
			assertThat(ages(foreign)).allSatisfy((age) -> assertThat(age).isLessThan(3600));
			OutsideView.assertHeldBy(holder, this.path, "a verification");
		}
	}

	/**
	 * Where no read moves the time of access.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "{pid}", "" })
	void bothTimesOfANativeLockAreRefreshedWhereReadsLeaveNoTrace(String template) {
		Assumptions.assumeTrue(Foreign.isAvailable(), "no python3 to set times");
		Assumptions.assumeTrue(!isChannel(), "a channel can set the time of change only");
		PathFaults.run(tmpfs("noatime"), NoAccessTime.class, this.directory.resolve("mounted/test.lock"), template);
	}

	@Test
	void timesThatAreYoungEnoughAreLeft() throws IOException {
		try (Foreign foreign = Foreign.start(); ChildJvm holder = HolderProcess.hold(this.path, "{pid}")) {
			long now = System.currentTimeMillis() / 1000;
			assertThat(foreign.ask("times", this.path, now - 1000, now - 2000)).isEqualTo("set");
			for (int i = 0; i < VERIFICATIONS; i++) {
				assertThat(HolderProcess.verify(holder)).contains("status=HELD");
			}
			assertThat(ages(foreign).get(1)).isGreaterThanOrEqualTo(2000);
		}
	}

	/**
	 * The clock of the JVM is not the one of the file system: that of a server, for
	 * example.
	 */
	@ParameterizedTest
	@CsvSource({ "4000, {pid}, true", "4000, '', true", "-4000, {pid}, true", "400000000, {pid}, true",
			"400000000, '', true", "4000, {pid}, false", "4000, '', false" })
	void aWrongClockCausesAtMostOneWrite(long ahead, String template, boolean owner) throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		List<String> prefix = new ArrayList<>(faults.prefix(""));
		prefix.add("LOCKFILE_CLOCK=" + ahead);
		try (ChildJvm holder = HolderProcess.start(prefix, this.path, template)) {
			holder.awaitOutput("acquired");
			if (!owner) {
				faults.inject("utimes", "EPERM", 0, -1);
			}
			Set<Object> changes = new HashSet<>();
			for (int i = 0; i < VERIFICATIONS; i++) {
				assertThat(HolderProcess.verify(holder)).contains("status=HELD");
				changes.add(Files.getAttribute(this.path, "unix:ctime"));
			}
			// The time before the one write, and the time after it.
			assertThat(changes).hasSizeLessThanOrEqualTo(2);
			OutsideView.assertHeldBy(holder, this.path, "all");
		}
	}

	private List<String> tmpfs(String option) {
		List<String> prefix = new ArrayList<>(PathFaults.mountNamespace());
		prefix.addAll(List.of("sh", "-ec",
				"mkdir \"$0/mounted\"; mount -t tmpfs -o " + option + " tmpfs \"$0/mounted\"; exec \"$@\"",
				this.directory.toString()));
		return prefix;
	}

	private void age(Foreign foreign, boolean accessed, boolean changed) {
		long now = System.currentTimeMillis() / 1000;
		assertThat(foreign.ask("times", this.path, accessed ? now - HOURS : now - 60, changed ? now - HOURS : now - 60))
			.isEqualTo("set");
	}

	private List<Long> ages(Foreign foreign) {
		return List.of(foreign.ask("ages", this.path).split(" ")).stream().map(Long::valueOf).toList();
	}

	static final class Extremes {

		private Extremes() {
		}

		public static void main(String[] args) throws IOException {
			Path path = Files.createFile(Path.of(args[0]));
			List<Long> times = List.of(Long.MAX_VALUE, Long.MIN_VALUE, 1L << 40, -1L, 0L, 1L << 31, 1L << 32,
					Long.MAX_VALUE / 1000, Long.MIN_VALUE / 1000);
			try (Foreign foreign = Foreign.start()) {
				for (String template : List.of("{pid}", "")) {
					for (long time : times) {
						assertThat(foreign.ask("times", path, time, time)).isEqualTo("set");
						try (LockFile lock = LockFile.acquire(path, ContentTemplate.of(template))) {
							verify(lock, time);
							for (long next : times) {
								assertThat(foreign.ask("times", path, time, next)).isEqualTo("set");
								verify(lock, next);
							}
							assertThat(foreign.ask("times", path, time, time)).isEqualTo("set");
							Shell.script("echo ' other' > %1$s; touch -d @%2$d %1$s", path, time);
							assertThat(lock.verify().status()).as("changed at " + time)
								.isEqualTo(template.isEmpty() ? Status.HELD : Status.RESTORED);
						}
						Files.write(path, new byte[0]);
					}
				}
			}
			System.out.println("passed");
		}

		private static void verify(LockFile lock, long time) throws IOException {
			for (int i = 0; i < 2; i++) {
				assertThat(lock.verify()).as("at " + time).returns(Status.HELD, Verification::status);
				assertThat(KernelLocks.owners(lock.path(), Bytes.LOCK)).hasSize(1);
			}
		}

	}

	static final class NoAccessTime {

		private NoAccessTime() {
		}

		public static void main(String[] args) {
			Path path = Path.of(args[0]);
			long old = System.currentTimeMillis() / 1000 - HOURS;
			for (long change : List.of(old, old + HOURS)) {
				try (Foreign foreign = Foreign.start();
						LockFile lock = LockFile.acquire(path, ContentTemplate.of(args[1]))) {
					assertThat(lock.isNative()).isTrue();
					assertThat(foreign.ask("times", path, old, change)).isEqualTo("set");
					assertThat(lock.verify().status()).isEqualTo(Status.HELD);
					assertThat(foreign.ask("ages", path).split(" "))
						.allSatisfy((age) -> assertThat(Long.parseLong(age)).isLessThan(3600));
				}
			}
			System.out.println("passed");
		}

	}

}
