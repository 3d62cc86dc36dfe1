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
import java.lang.ref.WeakReference;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Copies of the library in class loaders of their own, as web applications have them, and
 * what they share: the JVM.
 */
class ClassLoaderTests extends LockTestCase {

	@Test
	void eachCopyIsRefusedWhatTheOtherHolds() throws Exception {
		Path theirs = this.directory.resolve("theirs.lock");
		try (LockFile lock = LockFile.acquire(this.path); Copy copy = new Copy()) {
			AutoCloseable other = copy.acquire(theirs);
			copy.assertRefused(this.path);
			assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(theirs))
				.satisfies((ex) -> assertThat(ex.heldByThisJvm()).isTrue())
				.satisfies((ex) -> assertThat(ex.holderContent()).isEqualTo(lock.content()));
			assertThat(KernelLocks.isLocked(this.path)).isTrue();
			assertThat(KernelLocks.isLocked(theirs)).isTrue();
			other.close();
			assertThat(KernelLocks.isLocked(theirs)).isFalse();
			LockFile.acquire(theirs).close();
			lock.close();
			copy.acquire(this.path).close();
		}
	}

	@Test
	void refusedAttemptsCostAtMostOneDescriptorPerCopyAndNoneAfterwards() throws Exception {
		OpenFiles.assumeCountable();
		try (Copy first = new Copy(); Copy second = new Copy()) {
			for (int round = 0; round < 2; round++) {
				AutoCloseable lock = first.acquire(this.path);
				for (int i = 0; i < 500; i++) {
					second.assertRefused(this.path);
					first.assertRefused(this.path);
				}
				assertThat(OpenFiles.count(this.path.toString())).isLessThanOrEqualTo(2);
				assertThat(KernelLocks.isLocked(this.path)).isTrue();
				lock.close();
				second.acquire(this.path).close();
				assertThat(OpenFiles.count(this.path.toString())).isZero();
			}
		}
	}

	@Test
	void collectingACopyThatWasRefusedDropsNothing() throws Exception {
		try (LockFile lock = LockFile.acquire(this.path)) {
			awaitCollected(refusedCopy(lock.path()));
			assertThat(KernelLocks.isLocked(this.path)).isTrue();
		}
		assertThat(KernelLocks.isLocked(this.path)).isFalse();
	}

	private static WeakReference<ClassLoader> refusedCopy(Path path) throws Exception {
		try (Copy copy = new Copy()) {
			copy.assertRefused(path);
			return new WeakReference<>(copy.loader);
		}
	}

	/**
	 * Only the table of the JDK forgets its locks. The descriptor is closed by nothing
	 * but the end of the JVM, and other processes are refused until then, or until
	 * somebody in this JVM takes the lock and closes the file.
	 */
	@Test
	void aCopyThatIsCollectedWithoutCloseBlocksNobodyInThisJvm() throws Exception {
		awaitCollected(forgetfulCopy(this.path));
		assertThat(KernelLocks.isLocked(this.path)).isTrue();
		try (ChildJvm other = HolderProcess.start(this.path, "other")) {
			assertThat(other.awaitExit()).as(other.output()).isEqualTo(HolderProcess.HELD);
			assertThat(other.output()).contains("is held by another process");
		}
		try (LockFile lock = LockFile.acquire(this.path)) {
			assertThat(KernelLocks.isLocked(lock.path())).isTrue();
		}
		assertThat(KernelLocks.isLocked(this.path)).isFalse();
		HolderProcess.hold(this.path, "other").close();
	}

	private static WeakReference<ClassLoader> forgetfulCopy(Path path) throws Exception {
		try (Copy copy = new Copy()) {
			copy.acquire(path);
			return new WeakReference<>(copy.loader);
		}
	}

	private static void awaitCollected(WeakReference<ClassLoader> loader) {
		Awaitility.await().until(() -> {
			System.gc();
			return loader.get() == null;
		});
	}

	@Test
	void aPropertyOnTheCommandLineBlocksNobody() throws IOException {
		Files.createFile(this.path);
		Object key = Files.getAttribute(this.path, "unix:fileKey");
		List<String> options = List.of("env", "JAVA_TOOL_OPTIONS=-Dio.github.lockfile.claim." + this.path
				+ "=x -Dio.github.lockfile.claim." + key + "=x -Dio.github.lockfile.monitor=x");
		try (ChildJvm holder = HolderProcess.start(options, this.path, "{pid}")) {
			holder.awaitOutput("acquired " + holder.pid());
			assertThat(KernelLocks.isLocked(this.path)).isTrue();
		}
	}

	/**
	 * A copy of the library in a class loader of its own.
	 */
	static final class Copy implements AutoCloseable {

		private final URLClassLoader loader = new URLClassLoader(
				new URL[] { LockFile.class.getProtectionDomain().getCodeSource().getLocation() },
				ClassLoader.getPlatformClassLoader());

		AutoCloseable acquire(Path path) throws Exception {
			Class<?> copy = this.loader.loadClass(LockFile.class.getName());
			assertThat(copy).isNotSameAs(LockFile.class);
			try {
				return (AutoCloseable) Objects.requireNonNull(copy.getMethod("acquire", Path.class).invoke(null, path));
			}
			catch (InvocationTargetException ex) {
				throw (ex.getCause() instanceof Exception cause) ? cause : ex;
			}
		}

		private void assertRefused(Path path) {
			assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> acquire(path))
				.withMessageContaining("is held by this JVM");
		}

		@Override
		public void close() throws IOException {
			this.loader.close();
		}

	}

}
