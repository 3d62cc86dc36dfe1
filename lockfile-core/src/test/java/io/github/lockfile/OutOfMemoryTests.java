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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.github.lockfile.JvmLocks.Held;
import io.github.lockfile.Verification.Status;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * There is no memory left just when a holder is noted down or forgotten.
 */
@Tag("native")
class OutOfMemoryTests extends LockTestCase {

	@Test
	void anAcquireThatIsCutShortLeavesNothing() throws IOException {
		Files.createFile(this.path);
		String key = key(this.path);
		allHeld().put(key, new Failing(List.of()));
		try {
			assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> acquire(this.path));
		}
		finally {
			allHeld().remove(key);
		}
		assertThat(KernelLocks.isLocked(this.path)).isFalse();
		assertThat(OpenFiles.under(this.directory)).isEmpty();
		Files.delete(this.path);
		try (LockFile lock = acquire(this.path)) {
			assertHeld(lock);
		}
	}

	@Test
	void aFileThatARepairCouldNotForgetIsForgottenByTheNextVerification() throws IOException {
		Path moved = this.directory.resolve("moved.lock");
		try (LockFile lock = acquire(this.path)) {
			moveAndFail(lock, moved);
			assertHeld(lock);
			acquire(moved).close();
		}
		assertThat(OpenFiles.under(this.directory)).isEmpty();
	}

	@Test
	void aFileThatARepairCouldNotForgetIsForgottenByClose() throws IOException {
		Path moved = this.directory.resolve("moved.lock");
		LockFile lock = acquire(this.path);
		moveAndFail(lock, moved);
		lock.close();
		assertThat(OpenFiles.under(this.directory)).isEmpty();
		acquire(moved).close();
		assertThat(lock.verify().status()).isEqualTo(Status.RELEASED);
	}

	private void moveAndFail(LockFile lock, Path moved) throws IOException {
		allHeld().computeIfPresent(key(this.path), (key, all) -> new Failing(all));
		Files.move(this.path, moved);
		assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(lock::verify);
	}

	private static String key(Path path) throws IOException {
		return Objects.requireNonNull(Look.at(path).key());
	}

	@SuppressWarnings("unchecked")
	private static Map<Object, List<Held>> allHeld() {
		try {
			Field field = JvmLocks.class.getDeclaredField("HELD");
			field.setAccessible(true);
			return (Map<Object, List<Held>>) Objects.requireNonNull(field.get(null));
		}
		catch (ReflectiveOperationException ex) {
			throw new LinkageError("HELD", ex);
		}
	}

	/**
	 * Fails once.
	 */
	private static final class Failing extends ArrayList<Held> {

		private static final long serialVersionUID = 1L;

		private boolean failed;

		private Failing(List<Held> held) {
			super(held);
		}

		@Override
		@SuppressWarnings("NullAway")
		public Held get(int index) {
			return (index < 0) ? null : super.get(index);
		}

		@Override
		public boolean add(Held held) {
			fail();
			return super.add(held);
		}

		@Override
		public boolean remove(Object held) {
			fail();
			return super.remove(held);
		}

		private void fail() {
			if (!this.failed) {
				this.failed = true;
				throw new OutOfMemoryError();
			}
		}

	}

}
