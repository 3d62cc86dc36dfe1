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
import java.util.EnumMap;
import java.util.Map;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.Foreign;
import io.github.lockfile.testsupport.Outsider;
import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The file, its directory, or a link to it is moved away and back while the lock is held.
 */
@Tag("native")
class MovedFileTests extends LockTestCase {

	private static final Duration STORM = Duration.ofSeconds(1);

	/**
	 * Chance decides when the first repair is due.
	 */
	private static final Duration LONGEST_STORM = Duration.ofMinutes(1);

	@ParameterizedTest
	@CsvSource({ "current/test.lock, release/test.lock, release/away", "current/test.lock, current, away",
			"release/test.lock, release, away" })
	void toAndFro(String asked, String moved, String away) throws IOException {
		Files.createDirectory(this.directory.resolve("release"));
		Files.createSymbolicLink(this.directory.resolve("current"), Path.of("release"));
		Path path = this.directory.resolve(asked);
		Map<Status, Integer> verdicts = new EnumMap<>(Status.class);
		try (Foreign foreign = Foreign.start(); LockFile lock = acquire(path)) {
			assertThat(foreign.ask("move", this.directory.resolve(moved), this.directory.resolve(away)))
				.isEqualTo("moving");
			long start = System.nanoTime();
			while (!isOver(System.nanoTime() - start, verdicts)) {
				Verification verification = lock.verify();
				assertThat(verification.status()).as(verification.reason()).isNotEqualTo(Status.LOST);
				verdicts.merge(verification.status(), 1, Integer::sum);
			}
			System.out.println(foreign.ask("stop") + ", " + verdicts);
			assertThat(verdicts).containsKeys(Status.HELD, Status.RESTORED);
			lock.verify();
			assertHeld(lock);
			assertThat(Outsider.isRefused(path)).isTrue();
			assertThat(path).isRegularFile();
		}
		assertThat(OpenFiles.under(this.directory)).isEmpty();
	}

	private static boolean isOver(long nanos, Map<Status, Integer> verdicts) {
		return nanos > (verdicts.containsKey(Status.RESTORED) ? STORM : LONGEST_STORM).toNanos();
	}

	@Test
	void aFileMovedAwayAndBackBetweenTwoVerificationsIsHeld() throws IOException {
		try (LockFile lock = acquire(this.path)) {
			Shell.script("mv %1$s %1$s.away; mv %1$s.away %1$s", this.path);
			assertHeld(lock);
		}
	}

	@Test
	void backAfterARepairIsAnotherRepair() throws IOException {
		try (LockFile lock = acquire(this.path)) {
			Shell.run("mv", this.path.toString(), this.path + ".away");
			assertThat(lock.verify()).returns(Status.RESTORED, Verification::status)
				.returns("The file was missing and has been created again", Verification::reason);
			assertLocked(this.path);
			assertThat(KernelLocks.isAnyOf(owner(), Path.of(this.path + ".away"))).isFalse();
			Shell.run("mv", this.path + ".away", this.path.toString());
			assertThat(lock.verify()).returns(Status.RESTORED, Verification::status)
				.returns("Another file was in its place and has been locked", Verification::reason);
			assertHeld(lock);
		}
		assertThat(OpenFiles.under(this.directory)).isEmpty();
	}

	@Test
	void aFileThatAnotherLockOfThisJvmHasMovesInItsPlace() throws IOException {
		try (LockFile lock = acquire(this.path)) {
			Path away = this.directory.resolve("away.lock");
			Shell.run("mv", this.path.toString(), away.toString());
			assertThat(lock.verify().status()).isEqualTo(Status.RESTORED);
			try (LockFile second = acquire(away)) {
				assertHeld(second);
				assertHeld(lock);
				Shell.run("mv", away.toString(), this.path.toString());
				assertThat(lock.verify()).returns(Status.LOST, Verification::status)
					.satisfies((lost) -> assertThat(lost.reason()).contains("is held by this JVM"));
				assertLocked(this.path);
				assertThat(second.verify().status()).isEqualTo(Status.RESTORED);
				assertHeld(second);
			}
		}
		assertThat(OpenFiles.under(this.directory)).isEmpty();
	}

	/**
	 * Two have been acquired by one path then, and one is released.
	 */
	@Test
	void oneWhoseFileIsAwayIsKnownByItsPathStill() throws IOException {
		try (LockFile first = acquire(this.path, "first")) {
			Path away = Files.move(this.path, this.directory.resolve("away"));
			Files.createFile(this.path);
			acquire(this.path, "second").close();
			Files.delete(this.path);
			assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> acquire(this.path))
				.satisfies((ex) -> assertThat(ex.holderContent()).isEqualTo("first"));
			assertThat(this.path).doesNotExist();
			Files.move(away, this.path);
			assertHeld(first);
		}
	}

	@Test
	void aFileThatSomebodyElseHasCreatedIsNotTakenForOurs() throws IOException {
		Path parent = this.directory.resolve("new");
		LockPath path = new LockPath(parent.resolve("test.lock"));
		assertThat(path.create()).isTrue();
		assertThat(path.create()).as("or its mode would be changed").isFalse();
	}

	/**
	 * To set the mode opens and closes the file, which drops the lock.
	 */
	@Test
	void oneThatIsBackJustBeforeItsModeIsRestoredIsLeftAlone() throws IOException {
		try (LockFile lock = acquire(this.path)) {
			LockPath path = new LockPath(this.path);
			Look look = path.lookInFull();
			Look before = new Look(look.kind(), look.key(), look.size(), look.modified(), look.accessed(),
					look.mode() ^ 0200, look.gid(), look.links());
			path.restoreMode(before);
			assertThat(path.lookInFull().mode()).isEqualTo(look.mode());
			assertLocked(this.path);
			assertHeld(lock);
		}
	}

}
