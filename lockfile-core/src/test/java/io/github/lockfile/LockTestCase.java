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
import java.nio.file.Path;
import java.time.Duration;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.LockPathTestCase;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What tests of a lock need that are the same for both kinds. All run on channels. Those
 * with the tag {@code native} run once more on native locks, where the built jar and the
 * JVM have them.
 */
abstract class LockTestCase extends LockPathTestCase {

	static final String PID = Long.toString(ProcessHandle.current().pid());

	static boolean isChannel() {
		return !NativeLocking.obstacle().isEmpty();
	}

	/**
	 * The kind of lock that is tested.
	 */
	static NativeLocking locking() {
		return isChannel() ? NativeLocking.OFF : NativeLocking.REQUIRED;
	}

	/**
	 * Returns whom the kernel names as the owner of a lock of this JVM. A native lock is
	 * that of a descriptor.
	 */
	final String owner() {
		return isChannel() ? PID : "-1";
	}

	LockFile acquire(Path path) {
		return acquire(path, "{pid}");
	}

	LockFile acquire(Path path, String template) {
		return LockFile.acquire(path, ContentTemplate.of(template), Duration.ZERO, locking());
	}

	/**
	 * Asks the lock last, and the kernel what is true.
	 */
	void assertHeld(LockFile lock) throws IOException {
		assertThat(lock.verify()).returns(Status.HELD, Verification::status);
		assertLocked(lock.path());
	}

	void assertLocked(Path file) throws IOException {
		assertThat(KernelLocks.owners(file, Bytes.LOCK)).containsExactly(owner());
		assertThat(KernelLocks.owners(file, Bytes.FIRST)).containsExactly(owner());
		assertThat(KernelLocks.owners(file, Bytes.SEAL)).as("the mark of a holder").containsExactly(owner());
	}

}
