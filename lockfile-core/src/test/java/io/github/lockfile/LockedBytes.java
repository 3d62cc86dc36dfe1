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

import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Holder;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The bytes of a lock file that are locked, as the documentation has them and not as the
 * code does: what is locked stays as it is from 0.1.0 on.
 */
final class LockedBytes {

	static final long FIRST = 0;

	static final long LOCK = 1 << 20;

	static final long SEAL = LOCK + 1;

	private LockedBytes() {
	}

	/**
	 * Says whether the locks of this JVM and of its children are native ones, if nothing
	 * else is asked for.
	 */
	static boolean areNative() {
		return NativeLocking.obstacle().isEmpty();
	}

	/**
	 * Asks the kernel.
	 */
	static void assertHeldBy(ChildJvm holder, Path path, String when) throws IOException {
		String owner = areNative() ? "-1" : Long.toString(holder.pid());
		assertThat(KernelLocks.owners(path, LOCK)).as("the lock after " + when).containsExactly(owner);
		assertThat(KernelLocks.owners(path, FIRST)).as("the first byte after " + when).containsExactly(owner);
	}

	/**
	 * Asks a second instance.
	 */
	static void assertRefusesASecond(Path path) {
		try (ChildJvm second = Holder.start(path, "second")) {
			assertThat(second.awaitExit()).as(second.output()).isEqualTo(Holder.HELD);
		}
	}

}
