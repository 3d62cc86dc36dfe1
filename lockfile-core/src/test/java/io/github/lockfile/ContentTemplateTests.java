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
import java.time.Duration;
import java.time.Instant;
import java.util.List;

import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class ContentTemplateTests {

	private static final Instant NOW = Instant.parse("2026-02-03T04:05:06.789Z");

	@ParameterizedTest
	@CsvSource(textBlock = """
			plain,           plain
			{{pid}},         {pid}
			{{{timestamp}}}, {2026-02-03T04:05:06Z}
			}}{{,            }{
			""")
	void rendersTextBracesAndPlaceholders(String template, String expected) throws IOException {
		assertThat(ContentTemplate.of(template).render(NOW)).isEqualTo(expected);
	}

	@Test
	void rendersProcessUserAndHost() throws IOException {
		assertThat(ContentTemplate.of("{pid};{hostname};{user}").render(NOW)).isEqualTo(
				ProcessHandle.current().pid() + ";" + Shell.run("hostname") + ";" + System.getProperty("user.name"));
	}

	@Test
	void emptyTemplateRendersNothing() throws IOException {
		assertThat(ContentTemplate.of("").render(NOW)).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "{pdi}", "{PID}", "{}", "{ pid}", "a{x{pid}}" })
	void unknownPlaceholderIsRefusedWithTheKnownOnes(String template) {
		assertThatIllegalArgumentException().isThrownBy(() -> ContentTemplate.of(template))
			.withMessageContaining(template)
			.withMessageContaining("unknown placeholder")
			.withMessageContaining("{pid}, {hostname}, {user}, {timestamp}");
	}

	@ParameterizedTest
	@ValueSource(strings = { "{", "{pid", "}", "pid}", "{pid}}", "{{pid}" })
	void braceWithoutPartnerIsRefusedWithTheKnownPlaceholders(String template) {
		assertThatIllegalArgumentException().isThrownBy(() -> ContentTemplate.of(template))
			.withMessageContaining("without its partner")
			.withMessageContaining("{pid}, {hostname}, {user}, {timestamp}");
	}

	@ParameterizedTest
	@ValueSource(strings = { "a\nb", "\n", "a\tb", "\u001b[31m", "\u0000", "\u007f", "\u009b31m", "{pid}\r" })
	void aControlCharacterIsRefused(String template) {
		assertThatIllegalArgumentException().isThrownBy(() -> ContentTemplate.of(template))
			.withMessageContaining("has the character U+00")
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContainPattern("\\p{Cntrl}"));
	}

	/**
	 * Such as hold an emoji together, divide a word, or show a flag.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "\ud83d\udc69\u200d\ud83d\udcbb", "Donau\u00addampf", "\u0645\u06cc\u200c\u062e",
			"\u2764\ufe0f", "\ud83c\udff4\udb40\udc67\udb40\udc62\udb40\udc7f", "\u0600\u0661", "a\u2060b" })
	void aCharacterThatMovesNothingIsKept(String template, @TempDir Path directory) throws IOException {
		assertThat(ContentTemplate.of(template)).hasToString(template);
		Path path = directory.toRealPath().resolve("test.lock");
		try (LockFile lock = LockFile.acquire(path, ContentTemplate.of("{pid}" + template))) {
			assertThat(lock.content()).isEqualTo(ProcessHandle.current().pid() + template);
			assertThat(lock.verify().status()).isEqualTo(Verification.Status.HELD);
			assertThat(Shell.run("cat", path.toString())).isEqualTo(lock.content());
			try (ChildJvm second = ChildJvm.start(List.of("env", "LC_ALL=C.UTF-8"),
					List.of("-Dstdout.encoding=UTF-8", "-Dfile.encoding=UTF-8"), System.getProperty("java.class.path"),
					HolderProcess.class.getName(), path, "second", Duration.ZERO)) {
				assertThat(second.awaitExit()).isEqualTo(HolderProcess.HELD);
				assertThat(second.output()).contains(lock.content());
			}
		}
		LockFile.acquire(path).close();
	}

	/**
	 * What can move the cursor, break the line, or change the order of what follows.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "\u061c", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066",
			"\u2067", "\u2068", "\u2069", "\u2028", "\u2029", "\u0085", "\u008d", "\u0008", "\u000b", "\f" })
	void aCharacterThatMovesSomethingIsRefused(String character) {
		assertThatIllegalArgumentException().isThrownBy(() -> ContentTemplate.of("{pid}" + character + "x"))
			.withMessageContaining("has the character U+%04X at index 5".formatted((int) character.charAt(0)))
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain(character));
	}

	@Test
	void aControlCharacterOfAValueIsReplaced() throws IOException {
		String user = System.getProperty("user.name");
		System.setProperty("user.name", "a\u001b[31m\nb\u2028c\u202ed\ud800");
		try {
			assertThat(ContentTemplate.of("{user}").render(NOW)).isEqualTo("a [31m b c d?");
		}
		finally {
			System.setProperty("user.name", user);
		}
	}

	@Test
	void templatesWithTheSameTextAreEqual() {
		assertThat(ContentTemplate.of("{pid}")).isEqualTo(ContentTemplate.of("{pid}"))
			.hasSameHashCodeAs(ContentTemplate.of("{pid}"))
			.isNotEqualTo(ContentTemplate.of("{user}"))
			.hasToString("{pid}");
	}

}
