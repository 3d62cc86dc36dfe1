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
import java.time.Duration;
import java.util.List;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * All that is said is one line that does nothing to a terminal, with the digits that
 * programs read, whoever named the path, the host, the user, or wrote the file.
 */
class PrintableTextTests {

	/**
	 * Escape, newlines of all kinds, C1 control, tab, overrides of the direction.
	 */
	private static final String EVIL = "e\u001b[31m\n\r\u0085\u009b\u2028\u2029\t\u202e\u2066\u200f\u007f\u0001v";

	@Test
	void everyMessageIsPrintableInEveryLocale(@TempDir Path directory) throws IOException {
		PathFaults.run(List.of("env", "LC_ALL=C.UTF-8", "JAVA_TOOL_OPTIONS=-Duser.language=ar -Duser.country=EG"),
				PrintableTextTests.class, directory.toRealPath());
	}

	@ParameterizedTest
	@ValueSource(strings = { "\u001b", "\n", "\r", "\t", "\0", "\u007f", "\u0085", "\u009b", "\u2028", "\u2029",
			"\u202e", "\u2066", "\ud800", "\udc00" })
	void aTemplateThatIsNotALineOfTextIsRefused(String character) {
		for (String template : new String[] { character, "a" + character, "{pid}" + character + "b",
				"{a" + character + "}", "{" + character, character + "}" }) {
			assertThatIllegalArgumentException().isThrownBy(() -> ContentTemplate.of(template))
				.satisfies((ex) -> assertPrintable(ex.toString()))
				.withMessageContaining("has the character U+%04X at index ".formatted((int) character.charAt(0)));
		}
	}

	/**
	 * In another JVM.
	 * @param args directory
	 */
	public static void main(String[] args) throws IOException {
		Path parent = Files.createDirectory(Path.of(args[0]).resolve(EVIL));
		Path path = parent.resolve(EVIL + ".lock");
		System.setProperty("user.name", EVIL);
		ContentTemplate template = ContentTemplate.of("{pid};{hostname};{user};{timestamp}");
		try (LockFile lock = LockFile.acquire(path, template)) {
			assertPrintable(lock.content());
			assertPrintable(lock.toString());
			assertThat(lock.content()).startsWith(ProcessHandle.current().pid() + ";");
			assertThat(Shell.run("cat", path.toString())).isEqualTo(lock.content());
			LockFileHeldException refused = catchThrowableOfType(LockFileHeldException.class,
					() -> LockFile.acquire(path));
			assertPrintable(refused.toString());
			assertThat(refused.holderContent()).isEqualTo(lock.content());
			assertThat(refused.path()).isEqualTo(path);
			refusedElsewhere(path);
			assertThat(lock.verify().status()).isEqualTo(Status.RESTORED);
			Shell.run("rm", path.toString());
			Files.createDirectory(path);
			assertThat(lock.verify().status()).isEqualTo(Status.UNVERIFIED);
			Files.delete(path);
			Path away = Files.move(parent, parent.resolveSibling("away"));
			Files.createFile(parent);
			Verification doubt = lock.verify();
			assertThat(doubt.reason()).contains("is not a directory");
			assertPrintable(doubt.toString());
			// Held or unusable: newer JDKs look at it as at a missing file.
			assertThatExceptionOfType(LockFileException.class).isThrownBy(() -> LockFile.acquire(path))
				.satisfies((ex) -> assertPrintable(ex.toString()));
			Files.delete(parent);
			Files.move(away, parent);
		}
		assertUnusable(Files.write(path, new byte[1234567]), "1234567 bytes");
		assertUnusable(Files.createSymbolicLink(path.resolveSibling("link" + EVIL), Path.of(EVIL)).resolve("x.lock"),
				"which does not exist");
		assertUnusable(path.resolveSibling((EVIL + "/").repeat(300)), "");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> LockFile.acquire(path, ContentTemplate.of("x".repeat(12345))))
			.satisfies((ex) -> assertPrintable(ex.toString()))
			.withMessageContaining("12345");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> LockFile.acquire(path, template, Duration.ofMillis(-1234567)))
			.satisfies((ex) -> assertPrintable(ex.toString()));
		System.out.println("passed");
	}

	private static void refusedElsewhere(Path path) throws IOException {
		Path written = Files.writeString(path.resolveSibling("written"), " " + EVIL + " 4711\n");
		Shell.run("cp", written.toString(), path.toString());
		try (ChildJvm second = HolderProcess.start(path, "{pid}")) {
			assertThat(second.awaitExit()).isEqualTo(HolderProcess.HELD);
			String said = second.output().substring(second.output().indexOf("Lock file")).stripTrailing();
			assertPrintable(said);
			assertThat(said).contains("4711");
		}
	}

	private static void assertUnusable(Path path, String reason) {
		assertThatExceptionOfType(LockFileUnavailableException.class).isThrownBy(() -> LockFile.acquire(path))
			.satisfies((ex) -> {
				assertPrintable(ex.toString());
				assertPrintable(ex.reason());
				assertThat(ex.reason()).contains(reason);
			});
	}

	private static void assertPrintable(String text) {
		assertThat(text.codePoints().filter((character) -> switch (Character.getType(character)) {
			case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
					Character.SURROGATE ->
				true;
			case Character.DECIMAL_DIGIT_NUMBER -> character > '9';
			default -> false;
		}).boxed()).as(() -> StandardCharsets.UTF_8.encode(text).toString() + text).isEmpty();
	}

}
