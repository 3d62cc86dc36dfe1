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
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;

import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Unprivileged;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

@Tag("native")
class UnusablePathTests {

	@TempDir
	private Path directory;

	@Test
	void directory() throws IOException {
		Path path = Files.createDirectory(this.directory.resolve("x.lock"));
		assertUnusable(path, "it is a directory");
		assertThat(path).isEmptyDirectory();
	}

	@Test
	void rootDirectoryAndParentOfADirectory() {
		assertUnusable(Path.of("/"), "it is a directory");
		assertUnusable(this.directory.resolve(".."), "it is a directory");
		assertUnusable(Path.of(""), "it is a directory");
	}

	@Test
	void symbolicLink() throws IOException {
		Path target = Files.writeString(this.directory.resolve("target"), "precious");
		assertUnusable(Files.createSymbolicLink(this.directory.resolve("x.lock"), target), "it is a symbolic link");
		assertThat(target).content(StandardCharsets.UTF_8).isEqualTo("precious");
	}

	@Test
	void danglingSymbolicLink() throws IOException {
		Path target = this.directory.resolve("target");
		assertUnusable(Files.createSymbolicLink(this.directory.resolve("x.lock"), target), "it is a symbolic link");
		assertThat(target).doesNotExist();
	}

	@Test
	void fifo() throws Exception {
		Path path = this.directory.resolve("x.lock");
		assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor()).isZero();
		assertUnusable(path, "it is not a regular file");
	}

	@Test
	void device() {
		assertUnusable(Path.of("/dev/null"), "it is not a regular file");
	}

	@Test
	void largeFile() throws IOException {
		byte[] data = new byte[1 << 20];
		Path path = Files.write(this.directory.resolve("x.lock"), data);
		assertUnusable(path, "it has 1048576 bytes, more than the 8192 of any lock file");
		assertThat(path).hasBinaryContent(data);
	}

	@Test
	void parentIsAFile() throws IOException {
		Path file = Files.writeString(this.directory.resolve("file"), "precious");
		assertUnusable(file.resolve("x.lock"), "'" + file + "' is not a directory");
		assertUnusable(file.resolve("a/x.lock"), "'" + file + "' is not a directory");
		assertThat(file).content(StandardCharsets.UTF_8).isEqualTo("precious");
	}

	@Test
	void directoryWithoutWritePermission() throws IOException {
		Path readOnly = Files.createDirectory(this.directory.resolve("read-only"),
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-xr-xr-x")));
		for (Path path : new Path[] { readOnly.resolve("x.lock"), readOnly.resolve("a/x.lock") }) {
			try (ChildJvm jvm = startUnprivileged(path)) {
				assertThat(jvm.awaitExit()).isEqualTo(HolderProcess.UNAVAILABLE);
				assertThat(jvm.output()).contains("Lock file '" + path + "' cannot be used: permission denied for '"
						+ readOnly.resolve(readOnly.relativize(path).getName(0)) + "'");
			}
		}
		assertThat(readOnly).isEmptyDirectory();
	}

	@Test
	void fileWithoutWritePermission() throws IOException {
		Path path = Files.writeString(this.directory.resolve("x.lock"), "precious");
		Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("r--r--r--"));
		try (ChildJvm jvm = startUnprivileged(path)) {
			assertThat(jvm.awaitExit()).isEqualTo(HolderProcess.UNAVAILABLE);
			assertThat(jvm.output()).contains("permission denied for '" + path + "'");
		}
		assertThat(path).content(StandardCharsets.UTF_8).isEqualTo("precious");
	}

	@Test
	void otherFileSystem() throws IOException {
		try (FileSystem zip = FileSystems.newFileSystem(this.directory.resolve("x.zip"), Map.of("create", "true"))) {
			assertUnusable(zip.getPath("/x.lock"), "it is not on the default file system");
		}
	}

	private static ChildJvm startUnprivileged(Path path) throws IOException {
		return HolderProcess.start(Unprivileged.prefix(), path, "{pid}");
	}

	@Test
	void aNativeLockThatIsMissingIsToldFromAPathThatIsWrong() throws IOException {
		assumeFalse(NativeLocking.obstacle().isEmpty(), "native locks are available");
		Path path = this.directory.resolve("x.lock");
		assertThat(refused(path, NativeLocking.REQUIRED).isNativeLockMissing()).isTrue();
		assertThat(path).doesNotExist();
		Files.createDirectory(path);
		assertThat(refused(path, NativeLocking.AUTO).isNativeLockMissing()).isFalse();
	}

	private static LockFileUnavailableException refused(Path path, NativeLocking locking) {
		return assertThatExceptionOfType(LockFileUnavailableException.class)
			.isThrownBy(() -> LockFile.acquire(path, ContentTemplate.of("{pid}"), Duration.ZERO, locking))
			.actual();
	}

	private static void assertUnusable(Path path, String reason) {
		assertThatExceptionOfType(LockFileUnavailableException.class).isThrownBy(() -> LockFile.acquire(path))
			.withMessageStartingWith("Lock file '" + path.toAbsolutePath() + "' cannot be used: ")
			.satisfies((ex) -> assertThat(ex.reason()).contains(reason));
	}

}
