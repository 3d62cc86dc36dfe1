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

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.Bytes;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A path that names one file whenever it is looked at, and a link to a held one whenever
 * it is opened. Such a file cannot be closed while that lock is held.
 */
@Tag("native")
class ParkedFilesTests {

	private static final int FLIPS = 40;

	private static final int BOUND = 4;

	@Test
	void aPathThatFlipsLeavesABoundedNumberOfFilesOpen(@TempDir Path directory) throws IOException {
		Faults faults = new Faults(directory.toRealPath().resolve("faults"));
		PathFaults.run(faults.prefix("swap"), ParkedFilesTests.class, directory.toRealPath());
	}

	/**
	 * In another JVM.
	 * @param args directory
	 */
	public static void main(String[] args) throws IOException {
		Path directory = Path.of(args[0]);
		Path flipping = directory.resolve("flipping.lock");
		Path decoy = directory.resolve("flipping.lock.decoy");
		try (LockFile held = LockFile.acquire(directory.resolve("held.lock"), ContentTemplate.of("held"))) {
			for (int i = 0; i < FLIPS; i++) {
				Files.deleteIfExists(flipping);
				Files.createFile(flipping);
				Files.deleteIfExists(decoy);
				Files.createLink(decoy, held.path());
				try (LockFile other = LockFile.acquire(flipping)) {
					assertThat(other.verify().status()).isEqualTo(Status.HELD);
				}
				catch (LockFileException ex) {
					assertThat(i).as("refused at the first flip: " + ex.getMessage()).isPositive();
				}
				if (i == 0) {
					assertThat(decoy).as("not opened, so there was no flip").doesNotExist();
				}
				assertThat(OpenFiles.under(directory)).as("after %d flips", i + 1).hasSizeLessThanOrEqualTo(1 + BOUND);
				assertThat(held.verify().status()).isEqualTo(Status.HELD);
				assertThat(KernelLocks.owners(held.path(), Bytes.LOCK)).hasSize(1);
				assertThat(KernelLocks.owners(held.path(), Bytes.FIRST)).hasSize(1);
			}
			try (LockFile other = LockFile.acquire(directory.resolve("other.lock"))) {
				assertThat(other.verify().status()).as("another path is not to blame").isEqualTo(Status.HELD);
			}
		}
		Files.deleteIfExists(decoy);
		LockFile.acquire(flipping).close();
		assertThat(OpenFiles.under(directory)).isEmpty();
		System.out.println("passed");
	}

}
