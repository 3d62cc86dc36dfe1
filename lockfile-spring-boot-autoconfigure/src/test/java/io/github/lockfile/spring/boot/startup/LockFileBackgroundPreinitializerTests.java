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

package io.github.lockfile.spring.boot.startup;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

import io.github.lockfile.LockFile;
import io.github.lockfile.testsupport.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.preinitialize.BackgroundPreinitializer;
import org.springframework.core.annotation.AnnotationAwareOrderComparator;
import org.springframework.core.io.support.SpringFactoriesLoader;

import static org.assertj.core.api.Assertions.assertThat;

class LockFileBackgroundPreinitializerTests {

	private static final String MARK = "\nmark\n";

	@TempDir
	private Path directory;

	@Test
	void springBootRunsItFirst() {
		List<BackgroundPreinitializer> found = SpringFactoriesLoader.forDefaultResourceLocation()
			.load(BackgroundPreinitializer.class);
		// Found last, it is still first.
		Collections.reverse(found);
		AnnotationAwareOrderComparator.sort(found);
		assertThat(found).hasSizeGreaterThan(1).first().isInstanceOf(LockFileBackgroundPreinitializer.class);
	}

	@Test
	void afterItTheLockNeedsNoClassesButThoseOfTheLockItself() {
		try (ChildJvm child = ChildJvm.start(List.of("env", "JDK_JAVA_OPTIONS=-Xlog:class+load"),
				System.getProperty("java.class.path"), Preinitialized.class, this.directory.resolve("orders.lock"))) {
			assertThat(child.awaitExit()).isZero();
			String[] steps = child.output().split(MARK);
			assertThat(steps).hasSize(3);
			assertThat(steps[0]).contains(" io.github.lockfile.LockFile ", ".AsynchronousFileChannelImpl ",
					".FileLockImpl ", " io.github.lockfile.LockBackend ");
			assertThat(steps[1]).contains(" io.github.lockfile.JvmMonitor ")
				.doesNotContain(" io.github.lockfile.LockFile ", " io.github.lockfile.LockPath ",
						".AsynchronousFileChannelImpl ", ".FileLockImpl ", ".PendingFuture ");
		}
	}

	static final class Preinitialized {

		public static void main(String[] args) {
			new LockFileBackgroundPreinitializer().preinitialize();
			System.out.print(MARK);
			try (LockFile lock = LockFile.acquire(Path.of(args[0]))) {
				System.out.print(MARK + lock);
			}
		}

	}

}
