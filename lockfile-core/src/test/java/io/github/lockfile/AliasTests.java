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

import io.github.lockfile.testsupport.Foreign;
import io.github.lockfile.testsupport.Shell;
import io.github.lockfile.torture.AliasTorture;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Several names of one file, which may change meanwhile.
 */
@Tag("native")
class AliasTests extends LockTestCase {

	@Test
	void attemptsOnLinksThatChangeHarmNoOtherLockOfThisJvm() throws Exception {
		Assumptions.assumeTrue(Foreign.isAvailable(), "no python3 to change the links");
		Assumptions.assumeTrue(isChannel(), "the referee tells locks by their process");
		OpenFiles.assumeCountable();
		assertThat(AliasTorture.run(this.directory, Duration.ofSeconds(2), Duration.ofSeconds(2))).isEmpty();
	}

	@Test
	void aLinkThatNamesAnotherFileByNowIsAnotherLock() throws IOException {
		Path link = this.directory.resolve("link.lock");
		try (LockFile lock = acquire(this.path, "held")) {
			Files.createLink(link, this.path);
			assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> acquire(link))
				.satisfies((ex) -> assertThat(ex.holderContent()).isEqualTo("held"));
			Shell.script("echo ' 4711' > %1$s.new; mv %1$s.new %1$s", link);
			try (LockFile other = acquire(link, "other")) {
				assertHeld(other);
				assertHeld(lock);
			}
			assertHeld(lock);
			assertThat(Shell.run("cat", this.path.toString())).isEqualTo("held");
			assertThat(OpenFiles.under(this.directory)).hasSize(1);
		}
		assertThat(OpenFiles.under(this.directory)).isEmpty();
	}

	@Test
	void aPathThatNamesTheFileOfAnotherLockByNowIsLostAndThatOneIsNot() throws IOException {
		Path link = this.directory.resolve("link.lock");
		try (LockFile lock = acquire(this.path, "held"); LockFile other = acquire(link, "other")) {
			Shell.run("ln", "-f", this.path.toString(), link.toString());
			assertThat(other.verify()).returns(Verification.Status.LOST, Verification::status)
				.returns("Another file in its place is held by this JVM, which recorded: held", Verification::reason);
			assertHeld(lock);
			assertThat(Shell.run("cat", this.path.toString())).isEqualTo("held");
			assertThat(OpenFiles.under(this.directory)).hasSize(1);
		}
		assertThat(OpenFiles.under(this.directory)).isEmpty();
	}

}
