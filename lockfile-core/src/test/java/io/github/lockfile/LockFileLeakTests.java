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
import java.lang.management.ManagementFactory;
import java.nio.file.Path;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.ChildJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

@Tag("native")
class LockFileLeakTests {

	private static final long QUARTER_MEBIBYTE = 1 << 18;

	@Test
	void nothingIsLeftAfterManyCycles(@TempDir Path directory) {
		OpenFiles.assumeCountable();
		// Other tests leave threads and files behind for a while, so not in their JVM.
		try (ChildJvm jvm = ChildJvm.start(LockFileLeakTests.class, directory.resolve("test.lock"))) {
			assertThat(jvm.awaitExit()).as(jvm.output()).isZero();
			assertThat(jvm.output()).contains("nothing is left");
		}
	}

	public static void main(String[] args) throws IOException {
		Path path = Path.of(args[0]);
		cycle(path, 2000);
		long heap = usedHeap();
		long descriptors = OpenFiles.count();
		int threads = ManagementFactory.getThreadMXBean().getThreadCount();
		int properties = System.getProperties().size();
		cycle(path, 30_000);
		assertThat(OpenFiles.count()).isEqualTo(descriptors);
		assertThat(ManagementFactory.getThreadMXBean().getThreadCount()).isLessThanOrEqualTo(threads);
		assertThat(System.getProperties()).hasSize(properties);
		assertThat(usedHeap() - heap).isLessThan(QUARTER_MEBIBYTE);
		System.out.println("nothing is left");
	}

	private static void cycle(Path path, int times) {
		for (int i = 0; i < times; i++) {
			try (LockFile lock = LockFile.acquire(path)) {
				assertThat(lock.verify().status()).isEqualTo(Status.HELD);
			}
		}
	}

	private static long usedHeap() {
		for (int i = 0; i < 5; i++) {
			System.gc();
		}
		return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
	}

}
