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
import java.util.List;
import java.util.Objects;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Foreign;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What becomes of a lock whose file is moved, where Java shows no keys of files, as on
 * Windows. In another JVM, where they are switched off. Each look then opens the file,
 * and must not close it before the lock is released: unlike Windows, this system would
 * drop the lock.
 */
class KeylessFileTests extends LockTestCase {

	@ParameterizedTest
	@ValueSource(strings = { "held", "deleted", "renamed", "renamed-and-back", "directory-renamed", "replaced",
			"replaced-and-held", "replaced-and-locked", "second-name", "second-path", "two-files", "nothing" })
	void isNoticed(String scenario) {
		PathFaults.run(List.of("env", "LC_ALL=C.UTF-8"), KeylessFileTests.class, scenario,
				this.directory.resolve("d/test.lock"));
	}

	/**
	 * In another JVM.
	 * @param args scenario, lock file
	 */
	public static void main(String[] args) throws IOException {
		Look.keys = false;
		Path path = Path.of(args[1]);
		for (String template : List.of("{pid}", "")) {
			ContentTemplate content = ContentTemplate.of(template);
			try (LockFile lock = LockFile.acquire(path, content, Duration.ZERO, NativeLocking.OFF)) {
				run(args[0], lock);
			}
			assertThat(OpenFiles.under(directoryOf(path))).isEmpty();
			assertThat(KernelLocks.isAnyOf(PID, path)).isFalse();
			Shell.script("rm -rf %s*", path.getParent());
		}
		System.out.println("passed");
	}

	private static void run(String scenario, LockFile lock) throws IOException {
		String path = Shell.quoted(lock.path());
		switch (scenario) {
			case "held" -> {
				for (int i = 0; i < 20; i++) {
					assertHolds(lock);
				}
			}
			case "deleted" -> assertRestored(lock, "rm " + path);
			case "renamed" -> assertRestored(lock, "mv %1$s %1$s.away".formatted(path));
			case "renamed-and-back" -> {
				Shell.script("mv %1$s %1$s.away; mv %1$s.away %1$s", path);
				assertHolds(lock);
				assertRestored(lock, "mv %1$s %1$s.away".formatted(path));
				assertRestored(lock, "mv %1$s.away %1$s".formatted(path));
			}
			case "directory-renamed" ->
				assertRestored(lock, "mv %1$s %1$s.away".formatted(Shell.quoted(lock.path().getParent())));
			case "replaced" -> {
				assertRestored(lock, "echo ' 4711' > %1$s.new; mv %1$s.new %1$s".formatted(path));
				// One of the same size and time.
				assertRestored(lock, "cp -p %1$s %1$s.new; mv %1$s.new %1$s".formatted(path));
			}
			case "replaced-and-held" -> {
				try (ChildJvm intruder = HolderProcess.holdInPlaceOf(lock.path())) {
					assertThat(lock.verify()).returns(Status.LOST, Verification::status);
					assertThat(KernelLocks.owners(lock.path(), Bytes.LOCK)).containsExactly("" + intruder.pid());
				}
			}
			case "replaced-and-locked" -> {
				try (Foreign foreign = Foreign.startUnasked()) {
					Path next = Files.writeString(lock.path().resolveSibling("next"), " 4711\n");
					assertThat(foreign.ask("lock", next, 0, 1)).isEqualTo("locked");
					Shell.run("mv", next.toString(), lock.path().toString());
					for (int i = 0; i < 3; i++) {
						assertThat(lock.verify()).returns(Status.UNVERIFIED, Verification::status);
					}
				}
				assertThat(lock.verify().status()).isEqualTo(Status.RESTORED);
				assertHolds(lock);
			}
			case "second-name" ->
				assertRefused(lock, Files.createLink(lock.path().resolveSibling("second.lock"), lock.path()));
			case "second-path" -> assertRefused(lock,
					Files.createSymbolicLink(Path.of(directoryOf(lock.path()) + "-link"), directoryOf(lock.path()))
						.resolve("test.lock"));
			case "two-files" -> {
				Path other = lock.path().resolveSibling("other.lock");
				try (LockFile second = LockFile.acquire(other, ContentTemplate.of(""), Duration.ZERO,
						NativeLocking.OFF)) {
					assertHolds(second);
					assertHolds(lock);
				}
				assertHolds(lock);
			}
			case "nothing" -> {
				lock.close();
				LockFile.acquire(lock.path(), ContentTemplate.of(""), Duration.ZERO, NativeLocking.OFF).close();
			}
			default -> throw new IllegalArgumentException(scenario);
		}
	}

	private static Path directoryOf(Path path) {
		return Objects.requireNonNull(path.getParent());
	}

	private static void assertRestored(LockFile lock, String command) throws IOException {
		Shell.script("%s", command);
		assertThat(lock.verify()).as(command).returns(Status.RESTORED, Verification::status);
		assertHolds(lock);
		try (ChildJvm second = HolderProcess.start(lock.path(), "second")) {
			assertThat(second.awaitExit()).as(second.output()).isEqualTo(HolderProcess.HELD);
		}
		assertHolds(lock);
	}

	private static void assertRefused(LockFile lock, Path name) throws IOException {
		for (int i = 0; i < 50; i++) {
			assertThatExceptionOfType(LockFileHeldException.class)
				.isThrownBy(
						() -> LockFile.acquire(name, ContentTemplate.of("second"), Duration.ZERO, NativeLocking.OFF))
				.satisfies((ex) -> assertThat(ex.heldByThisJvm()).isTrue());
		}
		assertHolds(lock);
		assertThat(OpenFiles.under(directoryOf(lock.path()))).hasSizeLessThan(10);
	}

	private static void assertHolds(LockFile lock) throws IOException {
		assertThat(lock.verify()).returns("", Verification::reason).returns(Status.HELD, Verification::status);
		assertThat(KernelLocks.owners(lock.path(), Bytes.FIRST)).containsExactly(PID);
		assertThat(KernelLocks.owners(lock.path(), Bytes.LOCK)).containsExactly(PID);
	}

}
