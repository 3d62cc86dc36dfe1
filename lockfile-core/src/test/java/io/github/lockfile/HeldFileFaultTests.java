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
import java.time.Instant;
import java.util.List;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.LockPathTestCase;
import io.github.lockfile.testsupport.Outsider;
import io.github.lockfile.testsupport.Shell;
import io.github.lockfile.testsupport.Unprivileged;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What other programs do to the file while it is held. All of it is done and asked by
 * other processes.
 */
@Tag("native")
class HeldFileFaultTests extends LockPathTestCase {

	private static final String PID = Long.toString(ProcessHandle.current().pid());

	@BeforeEach
	void pathInADirectory() {
		this.path = this.directory.resolve("d/test.lock");
	}

	@Test
	void deleted() {
		assertRestored("rm " + Shell.quoted(this.path), "The file was missing and has been created again");
	}

	@Test
	void deletedAndCreatedAgain() {
		assertRestored("rm %1$s; echo ' other' > %1$s".formatted(Shell.quoted(this.path)),
				"Another file was in its place and has been locked");
	}

	@Test
	void replacedByRename() {
		assertRestored("echo ' other' > %1$s.new; mv %1$s.new %1$s".formatted(Shell.quoted(this.path)),
				"Another file was in its place and has been locked");
	}

	@Test
	void overwritten() {
		assertRestored("echo x > " + Shell.quoted(this.path),
				"The file had been changed and its content has been written again");
	}

	@Test
	void overwrittenAtTheSameLength() {
		assertRestored("printf '%%%ds' '' > %s".formatted(PID.length() + 2, Shell.quoted(this.path)),
				"The file had been changed and its content has been written again");
	}

	/**
	 * As if within the granule of the file system's time stamps.
	 */
	@Test
	void overwrittenAtTheSameLengthAndTime() {
		assertRestored(
				"cp -p %1$s %1$s.old; printf '%%%2$ds' '' > %1$s; touch -r %1$s.old %1$s"
					.formatted(Shell.quoted(this.path), PID.length() + 2),
				"The file had been changed and its content has been written again");
	}

	@Test
	void overwrittenWithTheOldTime() {
		assertRestored("cp -p %1$s %1$s.old; echo x > %1$s; touch -r %1$s.old %1$s".formatted(Shell.quoted(this.path)),
				"The file had been changed and its content has been written again");
	}

	@Test
	void truncated() {
		assertRestored(": > " + Shell.quoted(this.path),
				"The file had been changed and its content has been written again");
	}

	@Test
	void appended() {
		assertRestored("seq 1000 >> " + Shell.quoted(this.path),
				"The file had been changed and its content has been written again");
	}

	@Test
	void withoutPermissions() {
		try (LockFile lock = LockFile.acquire(this.path)) {
			Shell.run("chmod", "000", this.path.toString());
			assertThat(lock.verify().status()).isEqualTo(Status.HELD);
			Shell.run("chmod", "600", this.path.toString());
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
	}

	@Test
	void directoryRenamed() {
		assertRestored("mv %1$s %1$s.old".formatted(Shell.quoted(this.path.getParent())),
				"The file was missing and has been created again");
	}

	@Test
	void linkedDirectorySwitched() throws IOException {
		Path link = Files.createSymbolicLink(this.directory.resolve("current"),
				Files.createDirectory(this.directory.resolve("release-1")));
		Path linked = link.resolve("test.lock");
		try (LockFile lock = LockFile.acquire(linked)) {
			Shell.script("mkdir %1$s/release-2; ln -sfn %1$s/release-2 %1$s/current", this.directory);
			assertThat(lock.verify().status()).isEqualTo(Status.RESTORED);
			assertThat(Outsider.isRefused(linked)).isTrue();
		}
	}

	@Test
	void replacedAndLockedByAnother() {
		LockFile lock = LockFile.acquire(this.path);
		try (lock; ChildJvm intruder = HolderProcess.holdInPlaceOf(this.path)) {
			Verification verification = lock.verify();
			assertThat(verification.status()).isEqualTo(Status.LOST);
			assertThat(verification.reason())
				.isEqualTo("Another file in its place is held by another process. The file says: " + intruder.pid()
						+ " (possibly from an earlier instance)");
			lock.close();
			assertThat(Outsider.isRefused(this.path)).isTrue();
			intruder.kill();
			assertThat(lock.verify()).isSameAs(verification);
			assertThat(Outsider.isRefused(this.path)).isFalse();
		}
	}

	@Test
	void replacedByADirectoryIsDoubtUntilItIsGone() {
		try (LockFile lock = LockFile.acquire(this.path)) {
			Shell.script("rm %1$s; mkdir %1$s", this.path);
			assertThat(lock.verify().status()).isEqualTo(Status.UNVERIFIED);
			assertThat(lock.verify().reason()).isEqualTo("it is a directory");
			Shell.run("rmdir", this.path.toString());
			assertThat(lock.verify().status()).isEqualTo(Status.RESTORED);
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
	}

	@Test
	void aTakerThatIsStoppedIsDoubtUntilItGoesOn() throws IOException {
		Assumptions.assumeFalse(NativeLocking.obstacle().isEmpty(), "a read does not drop a native lock");
		try (LockFile lock = LockFile.acquire(this.path)) {
			Files.readString(this.path);
			try (ChildJvm taker = StoppedTaker.stop(this.path)) {
				for (int i = 0; i < 5; i++) {
					assertThat(lock.verify()).satisfies((doubt) -> assertThat(doubt.reason()).contains("first byte"))
						.returns(Status.UNVERIFIED, Verification::status);
				}
				try (ChildJvm second = HolderProcess.start(this.path, "{pid}")) {
					assertThat(second.awaitExit()).isEqualTo(HolderProcess.HELD);
					assertThat(second.output()).contains("is held or being taken by another process");
				}
				taker.kill();
			}
			assertThat(lock.verify().status()).isEqualTo(Status.HELD);
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
	}

	@Test
	void notChangedForLongIsTouchedWithoutDroppingTheLock() throws IOException {
		Instant start = Instant.now();
		try (LockFile lock = LockFile.acquire(this.path, ContentTemplate.of(""))) {
			Shell.run("touch", "-d", "61 minutes ago", this.path.toString());
			assertThat(lock.verify().status()).isEqualTo(Status.HELD);
			assertThat(Files.getLastModifiedTime(this.path).toInstant()).isAfter(start.minus(Duration.ofSeconds(2)));
			assertThat(Outsider.isRefused(this.path)).isTrue();
			Shell.run("touch", "-d", "30 minutes ago", this.path.toString());
			assertThat(lock.verify().status()).isEqualTo(Status.HELD);
			assertThat(Files.getLastModifiedTime(this.path).toInstant()).isBefore(start);
		}
	}

	@Test
	void aFileOfAnotherUserIsTouchedToo() throws IOException {
		Assumptions.assumeTrue(System.getProperty("user.name").equals("root"),
				"only root can give a file to another user");
		List<String> prefix = Unprivileged.prefix();
		Shell.script("mkdir %1$s; echo ' old' > %2$s; chmod 666 %2$s; chown 12345 %2$s", this.path.getParent(),
				this.path);
		try (ChildJvm holder = HolderProcess.start(prefix, this.path, "new")) {
			holder.awaitOutput("acquired");
			Shell.run("touch", "-d", "61 minutes ago", this.path.toString());
			holder.send("verify").awaitOutput("verified");
			assertThat(holder.output()).contains("status=HELD");
		}
		assertThat(Shell.run("cat", this.path.toString())).isEqualTo("new");
		assertThat(Files.getLastModifiedTime(this.path).toInstant())
			.isAfter(Instant.now().minus(Duration.ofMinutes(1)));
	}

	@Test
	void theHolderIsStoppedAndThenKilled() {
		try (ChildJvm holder = HolderProcess.hold(this.path, "{pid}")) {
			Shell.run("kill", "-STOP", Long.toString(holder.pid()));
			assertThat(Outsider.isRefused(this.path)).isTrue();
			holder.kill();
			assertThat(Outsider.isRefused(this.path)).isFalse();
		}
		LockFile.acquire(this.path).close();
	}

	private void assertRestored(String command, String reason) {
		try (LockFile lock = LockFile.acquire(this.path)) {
			Shell.script("%s", command);
			Verification verification = lock.verify();
			assertThat(verification.reason()).isEqualTo(reason);
			assertThat(verification.status()).isEqualTo(Status.RESTORED);
			assertThat(Shell.run("cat", this.path.toString())).isEqualTo(PID);
			assertThat(Shell.run("stat", "-c", "%s", this.path.toString())).isEqualTo("" + (PID.length() + 2));
			assertThat(Outsider.isRefused(this.path)).isTrue();
			assertThat(lock.verify().status()).isEqualTo(Status.HELD);
		}
		assertThat(Outsider.isRefused(this.path)).isFalse();
	}

}
