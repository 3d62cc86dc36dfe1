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

import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Who holds a lock file, asked from outside.
 */
final class OutsideView {

	private OutsideView() {
	}

	/**
	 * Asks the kernel.
	 */
	static void assertHeldBy(ChildJvm holder, Path path, String when) throws IOException {
		String owner = LockTestCase.isChannel() ? Long.toString(holder.pid()) : "-1";
		assertThat(KernelLocks.owners(path, Bytes.LOCK)).as("the lock after " + when).containsExactly(owner);
		assertThat(KernelLocks.owners(path, Bytes.FIRST)).as("the first byte after " + when).containsExactly(owner);
	}

	/**
	 * Asks a second instance.
	 */
	static void assertRefusesASecond(Path path) {
		try (ChildJvm second = HolderProcess.start(path, "second")) {
			assertThat(second.awaitExit()).as(second.output()).isEqualTo(HolderProcess.HELD);
		}
	}

}
