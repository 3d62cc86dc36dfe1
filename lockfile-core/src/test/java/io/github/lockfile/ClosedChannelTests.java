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
import java.lang.reflect.Field;
import java.nio.channels.AsynchronousFileChannel;
import java.util.List;
import java.util.Objects;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Channels that are closed while they are held.
 */
class ClosedChannelTests extends LockTestCase {

	@Test
	void aClosedChannelIsReplaced() throws IOException {
		try (LockFile lock = acquire(this.path)) {
			closeChannelOf(lock);
			assertThat(KernelLocks.isAnyOf(owner(), this.path)).isFalse();
			assertThat(lock.verify()).returns(Status.RESTORED, Verification::status)
				.satisfies((restored) -> assertThat(restored.reason()).contains("has been locked again"));
			assertHeld(lock);
			assertThat(OpenFiles.under(this.directory)).hasSize(1);
		}
		assertThat(OpenFiles.under(this.directory)).isEmpty();
	}

	@Test
	void aClosedChannelIsDoubtWhileThePathIsUnusableAndThenReplaced() throws IOException {
		try (LockFile lock = acquire(this.path)) {
			closeChannelOf(lock);
			Shell.script("mv %1$s %1$s.away; mkdir %1$s", this.path);
			for (int i = 0; i < 5; i++) {
				assertThat(lock.verify()).returns(Status.UNVERIFIED, Verification::status)
					.returns("it is a directory", Verification::reason);
			}
			Shell.script("rmdir %1$s; mv %1$s.away %1$s", this.path);
			assertThat(lock.verify().status()).isEqualTo(Status.RESTORED);
			assertHeld(lock);
		}
		assertThat(OpenFiles.under(this.directory)).isEmpty();
	}

	@Test
	void aClosedChannelIsLostToWhoeverTookTheLock() throws IOException {
		try (LockFile lock = acquire(this.path)) {
			closeChannelOf(lock);
			try (ChildJvm intruder = HolderProcess.hold(this.path, "intruder")) {
				assertThat(lock.verify()).returns(Status.LOST, Verification::status)
					.satisfies((lost) -> assertThat(lost.reason()).contains("held by another process", "intruder"));
				assertThat(KernelLocks.owners(this.path, Bytes.LOCK)).containsExactly("" + intruder.pid());
			}
		}
	}

	/**
	 * By reflection, since nothing of the library closes a channel that is held.
	 */
	private static void closeChannelOf(LockFile lock) throws IOException {
		Object target = lock;
		for (String name : List.of("held", "file", "channel")) {
			target = valueOf(target, name);
		}
		((AsynchronousFileChannel) target).close();
	}

	private static Object valueOf(Object owner, String name) {
		try {
			Field field = owner.getClass().getDeclaredField(name);
			field.setAccessible(true);
			return Objects.requireNonNull(field.get(owner));
		}
		catch (ReflectiveOperationException ex) {
			throw new LinkageError(name, ex);
		}
	}

}
