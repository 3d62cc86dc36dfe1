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

import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * While the file is opened, the path names another one of the same size: what is locked
 * is not what the path names, and no key shows it.
 */
class WrongIdentityTests extends LockTestCase {

	@SuppressWarnings("NullAway.Init")
	private Faults faults;

	@Test
	void isNoticedAtOnceAndAcquiredAgain() throws IOException {
		Path decoy = placeAnotherFile();
		try (ChildJvm holder = HolderProcess.start(this.faults.prefix("swap"), this.path, "held")) {
			holder.awaitOutput("acquired");
			assertThat(decoy).as("not renamed, so the fault has not come about").doesNotExist();
			assertThat(Shell.run("cat", this.path.toString())).isEqualTo("held");
			assertThat(KernelLocks.owners(this.path, Bytes.LOCK)).containsExactly("" + holder.pid());
			assertThat(KernelLocks.owners(this.path, Bytes.FIRST)).containsExactly("" + holder.pid());
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
		}
	}

	@Test
	void isNoticedAtOnceAndLeftToTheHolderOfTheFile() throws IOException {
		Path decoy = placeAnotherFile();
		try (LockFile lock = acquire(this.path, "mine");
				ChildJvm second = HolderProcess.start(this.faults.prefix("swap"), this.path, "held")) {
			assertThat(second.awaitExit()).as(second.output()).isEqualTo(HolderProcess.HELD);
			assertThat(decoy).as("not renamed, so the fault has not come about").doesNotExist();
			assertHeld(lock);
			assertThat(Shell.run("cat", this.path.toString())).isEqualTo("mine");
		}
	}

	@Test
	void aPathThatNamedAFileOfOursForAMomentIsAttemptedAgain() throws IOException {
		Path other = Files.writeString(this.directory.resolve("other.lock"), " left\n");
		Files.writeString(this.path, " left\n");
		Path decoy = Files.createLink(this.directory.resolve("test.lock.decoy"), other);
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm holder = ChildJvm.start(faults.prefix("swap"), System.getProperty("java.class.path"),
				HolderOfTwo.class, other, this.path)) {
			holder.awaitOutput("acquired both");
			assertThat(decoy).as("not renamed, so the fault has not come about").doesNotExist();
			for (Path path : List.of(other, this.path)) {
				assertThat(KernelLocks.owners(path, Bytes.LOCK)).containsExactly("" + holder.pid());
				assertThat(KernelLocks.owners(path, Bytes.FIRST)).containsExactly("" + holder.pid());
			}
		}
	}

	private Path placeAnotherFile() throws IOException {
		Files.writeString(this.path, " left\n");
		this.faults = new Faults(this.directory.resolve("faults"));
		return Files.writeString(this.directory.resolve("test.lock.decoy"), " left\n");
	}

	/**
	 * Holds two lock files until it is killed.
	 */
	static final class HolderOfTwo {

		private HolderOfTwo() {
		}

		@SuppressWarnings("try")
		public static void main(String[] args) throws IOException {
			try (LockFile first = LockFile.acquire(Path.of(args[0]));
					LockFile second = LockFile.acquire(Path.of(args[1]))) {
				System.out.println("acquired both");
				System.in.read();
			}
		}

	}

}
