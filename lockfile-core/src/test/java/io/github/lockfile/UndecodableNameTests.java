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

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.LockPathTestCase;
import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Names whose bytes are no text in the locale of the JVM. One that came from the file
 * system is locked. One that the JVM has made another name of never is.
 */
@Tag("native")
class UndecodableNameTests extends LockPathTestCase {

	@TempDir
	private Path classes;

	@ParameterizedTest
	@ValueSource(strings = { "C", "C.UTF-8" })
	void namesThatCannotBeDecodedAreLockedAndDoNotCollide(String locale) throws IOException {
		Shell.run("bash", "-c",
				"cd \"$1\" && for i in $'\\377' $'\\376'; do mkdir $i && : > $i/x.lock && : > $i.lock; done", "bash",
				this.directory.toString());
		run(List.of("env", "LC_ALL=" + locale), "names", this.directory);
	}

	private static void names(Path directory) throws Exception {
		List<Path> paths = new ArrayList<>();
		for (Path found : list(directory)) {
			paths.add(Files.isDirectory(found) ? found.resolve("x.lock") : found);
		}
		assertThat(paths).hasSize(4);
		List<LockFile> locks = new ArrayList<>();
		for (Path path : paths) {
			LockFile lock = LockFile.acquire(path, ContentTemplate.of(path.endsWith("x.lock") ? "{pid}" : ""));
			assertThat(lock.path()).isEqualTo(path);
			assertThat(KernelLocks.isLocked(path)).isTrue();
			locks.add(lock);
		}
		for (LockFile lock : locks) {
			assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(lock.path()))
				.satisfies((ex) -> assertThat(ex.path()).isEqualTo(lock.path()))
				.satisfies((ex) -> assertThat(ex.holderContent()).isEqualTo(lock.content()));
			FileTime old = FileTime.from(Instant.now().minus(Duration.ofHours(2)));
			Files.setLastModifiedTime(lock.path(), old);
			// What java.io.File makes of the name, and verify could touch in its place.
			File other = lock.path().toFile();
			if (!other.exists() && new File(String.valueOf(other.getParent())).exists()) {
				assertThat(other.createNewFile()).isTrue();
				assertThat(other.setLastModified(old.toMillis())).isTrue();
			}
			long before = other.lastModified();
			assertThat(lock.verify().status()).isEqualTo(Status.HELD);
			assertThat(other.lastModified()).isEqualTo(before);
			Files.delete(lock.path());
			assertThat(lock.verify().status()).isEqualTo(Status.RESTORED);
			assertThat(KernelLocks.isLocked(lock.path())).isTrue();
		}
		for (LockFile lock : locks) {
			lock.close();
			assertThat(KernelLocks.isLocked(lock.path())).isFalse();
		}
		assertThat(list(directory)).hasSize(5);
	}

	private static List<Path> list(Path directory) throws IOException {
		try (DirectoryStream<Path> found = Files.newDirectoryStream(directory)) {
			List<Path> paths = new ArrayList<>();
			found.forEach(paths::add);
			return paths;
		}
	}

	@Test
	void aLongNameThatCannotBeDecodedIsNotTooLong() {
		Shell.run("bash", "-c", "cd \"$1\" && ln -s \"$1/missing\" $(printf '\\377%.0s' {1..200})", "bash",
				this.directory.toString());
		PathFaults.run(List.of("env", "LC_ALL=C.UTF-8"), UndecodableNameTests.class, "long", this.directory);
	}

	private static void longName(Path directory) throws Exception {
		Path path = list(directory).get(0).resolve("x.lock");
		UnusablePathWaitTests.waits(path, "/missing', which does not exist",
				() -> Files.createDirectory(directory.resolve("missing")));
	}

	@ParameterizedTest
	@CsvSource({ "C, gr\\303\\266\\303\\237e", "C, gr\\366\\337e", "C.UTF-8, gr\\366\\337e" })
	void aPathBelowAWorkingDirectoryThatCannotBeDecodedIsRefused(String locale, String name) throws IOException {
		Shell.run("sh", "-c", "mkdir -p \"$(printf '%s/" + name + "/sub' \"$0\")\"", this.directory.toString());
		String before = find();
		for (String working : List.of(name, name + "/sub")) {
			run(in(working, "LC_ALL=" + locale), "relative", this.directory, locale);
			assertThat(find()).isEqualTo(before);
		}
	}

	private static void relative(Path directory, String locale) {
		List<Path> paths = new ArrayList<>();
		for (String asked : new String[] { "x.lock", "./x.lock", "a/x.lock", "../x.lock", "a/../x.lock" }) {
			paths.add(Path.of(asked));
			paths.add(Path.of(asked).toAbsolutePath());
			Path normal = Path.of(asked).toAbsolutePath().normalize();
			if (!normal.equals(directory.resolve("x.lock"))) {
				paths.add(normal);
			}
		}
		for (Path path : paths) {
			assertThatExceptionOfType(LockFileUnavailableException.class).as(path.toUri().toString())
				.isThrownBy(() -> LockFile.acquire(path, ContentTemplate.of("{pid}"), Duration.ofHours(1)))
				.satisfies((ex) -> assertThat(ex.reason()).contains("the locale " + locale, "use an absolute path"));
		}
		Path decodable = directory.resolve("decodable.lock");
		try (LockFile lock = LockFile.acquire(decodable)) {
			assertThat(lock.path()).isEqualTo(decodable);
		}
		decodable.toFile().delete();
	}

	@Test
	void aPathOfTextThatWasNotDecodedIsRefused() {
		Shell.run("sh", "-c", "mkdir \"$(printf '%s/gr\\366\\337e' \"$0\")\"", this.directory.toString());
		String before = find();
		PathFaults.run(List.of("env", "LC_ALL=C.UTF-8", "bash", "-c", "exec \"$@\" \"$0\"/$'gr\\366\\337e'/x.lock",
				this.directory.toString()), UndecodableNameTests.class, "text");
		assertThat(find()).isEqualTo(before);
	}

	private static void text(String text) {
		assertThatExceptionOfType(LockFileUnavailableException.class).isThrownBy(() -> LockFile.acquire(Path.of(text)))
			.satisfies((ex) -> assertThat(ex.reason()).contains("the locale C.UTF-8 (UTF-8)", "could not decode"));
	}

	@Test
	void userDirMayNameAnotherWorkingDirectory() throws IOException {
		Path other = Files.createDirectory(this.directory.resolve("other"));
		Shell.run("sh", "-c", "mkdir \"$(printf '%s/gr\\366\\337e' \"$0\")\"", this.directory.toString());
		run(in("gr\\366\\337e", "LC_ALL=C", "JAVA_TOOL_OPTIONS=-Duser.dir=" + other), "elsewhere", this.directory);
		assertThat(other.resolve("a/x.lock")).isRegularFile();
	}

	private static void elsewhere(Path directory) throws IOException {
		try (LockFile lock = LockFile.acquire(Path.of("a/x.lock"))) {
			assertThat(lock.path()).isEqualTo(directory.resolve("other/a/x.lock"));
			assertThat(KernelLocks.isLocked(lock.path())).isTrue();
		}
	}

	/**
	 * In the locale C, a JVM finds no classes below a directory whose name is not ASCII,
	 * not even through a link. It is given copies, so that the tests pass wherever they
	 * are built.
	 */
	private void run(List<String> prefix, Object... args) throws IOException {
		List<String> classPath = new ArrayList<>();
		for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
			if (StandardCharsets.US_ASCII.newEncoder().canEncode(entry)) {
				classPath.add(entry);
			}
			else if (Files.exists(Path.of(entry))) {
				Path copy = this.classes.resolve(classPath.size() + "-copy");
				if (Files.notExists(copy)) {
					Shell.run("cp", "-r", entry, copy.toString());
				}
				classPath.add(copy.toString());
			}
		}
		PathFaults.run(prefix, String.join(File.pathSeparator, classPath), UndecodableNameTests.class, args);
	}

	private List<String> in(String name, String... variables) {
		List<String> prefix = new ArrayList<>(List.of("env"));
		prefix.addAll(List.of(variables));
		prefix.addAll(List.of("sh", "-c", "cd \"$(printf '%s/" + name + "' \"$0\")\" && exec \"$@\"",
				this.directory.toString()));
		return prefix;
	}

	private String find() {
		return Shell.run("sh", "-c", "find \"$0\" | LC_ALL=C sort | od -c", this.directory.toString());
	}

	/**
	 * In another JVM.
	 * @param args scenario, directory, locale
	 */
	public static void main(String[] args) throws Exception {
		switch (args[0]) {
			case "names" -> names(Path.of(args[1]));
			case "long" -> longName(Path.of(args[1]));
			case "relative" -> relative(Path.of(args[1]), args[2]);
			case "text" -> text(args[1]);
			case "elsewhere" -> elsewhere(Path.of(args[1]));
			default -> throw new IllegalArgumentException(args[0]);
		}
		System.out.println("passed");
	}

}
