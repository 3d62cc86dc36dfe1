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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import io.github.lockfile.testsupport.LockPathTestCase;
import io.github.lockfile.testsupport.Surroundings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A path is checked before anything of it is created.
 */
class PathCheckTests extends LockPathTestCase {

	@ParameterizedTest
	@ValueSource(strings = { "new/..", "new/.", "new/a/..", "new/../x.lock", "new/a/../x.lock", "new/a/../../x.lock",
			"new/a/..//b/x.lock", "new/../new/x.lock" })
	void aPathThroughAMissingDirectoryAndBackLeavesNothing(String name) {
		assertUnusable(Path.of(this.directory + "/" + name), "");
		assertThat(this.directory).isEmptyDirectory();
	}

	@Test
	void aPathBackFromADirectoryThatIsThereIsUsed() throws IOException {
		Files.createDirectories(this.directory.resolve("a/b"));
		LockFile.acquire(Path.of(this.directory + "/a/b/../new/./x.lock")).close();
		assertThat(this.directory.resolve("a/new/x.lock")).isRegularFile();
	}

	@ParameterizedTest
	@ValueSource(strings = { "x", "\u00e4", "\ud83d\ude00" })
	void aNameThatIsTooLongLeavesNothing(String character) throws IOException {
		Surroundings.assumeEncodable(character);
		Path there = Files.createDirectory(this.directory.resolve("there"));
		Files.createSymbolicLink(this.directory.resolve("link"), there);
		String tooLong = character.repeat(256 / character.getBytes(StandardCharsets.UTF_8).length) + "x";
		for (String parent : List.of("", "there/", "link/", "there/new/", "new/", "new/a/b/")) {
			for (String name : List.of(tooLong, tooLong + "/x.lock", tooLong + "/a/x.lock")) {
				assertUnusable(this.directory.resolve(parent + name), "File name too long");
			}
		}
		assertThat(this.directory).isDirectoryNotContaining((file) -> file.endsWith("new"));
		assertThat(there).isEmptyDirectory();
	}

	@Test
	void theLongestNamesAreUsed() {
		Surroundings.assumeEncodable("\u00e4");
		Path path = this.directory.resolve("x".repeat(255) + "/" + "\u00e4".repeat(127) + "x");
		LockFile.acquire(path).close();
		assertThat(path).isRegularFile();
	}

	@Test
	void aPathThatIsTooLongLeavesNothing() {
		String names = "new" + ("/" + "x".repeat(200)).repeat(20);
		Path longest = this.directory.resolve(names);
		assertUnusable(longest.resolve("x".repeat(4096 - 1 - longest.toString().length())), "File name too long");
		assertThat(this.directory).isEmptyDirectory();
	}

	@ParameterizedTest
	@ValueSource(strings = { "lock/x.lock", "lock/a/x.lock" })
	void aLinkToAMissingDirectoryIsNamed(String name) throws IOException {
		Path link = Files.createSymbolicLink(this.directory.resolve("lock"), Path.of("run/lock"));
		assertUnusable(this.directory.resolve(name), "'" + link + "' is a link to 'run/lock', which does not exist");
		assertThat(this.directory.resolve("run")).doesNotExist();
	}

	@Test
	void aLoopOfLinksIsNamed() throws IOException {
		Path link = Files.createSymbolicLink(this.directory.resolve("lock"), Path.of("lock"));
		assertUnusable(link.resolve("x.lock"), "Too many levels of symbolic links");
		assertUnusable(link.resolve("x.lock"), ": '" + link + "'");
	}

	@Test
	void aLinkToAFileIsNoDirectory() throws IOException {
		Path file = Files.createFile(this.directory.resolve("file"));
		Path link = Files.createSymbolicLink(this.directory.resolve("lock"), file);
		assertUnusable(link.resolve("x.lock"), "'" + link + "' is not a directory");
	}

	private static void assertUnusable(Path path, String reason) {
		assertThatExceptionOfType(LockFileUnavailableException.class).isThrownBy(() -> LockFile.acquire(path))
			.satisfies((ex) -> assertThat(ex.reason()).contains(reason));
	}

}
