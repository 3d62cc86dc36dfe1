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

import java.time.Instant;

import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.Test;
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
	void rendersTextBracesAndPlaceholders(String template, String expected) {
		assertThat(ContentTemplate.of(template).render(NOW)).isEqualTo(expected);
	}

	@Test
	void rendersProcessUserAndHost() {
		assertThat(ContentTemplate.of("{pid};{hostname};{user}").render(NOW)).isEqualTo(
				ProcessHandle.current().pid() + ";" + Shell.run("hostname") + ";" + System.getProperty("user.name"));
	}

	@Test
	void emptyTemplateRendersNothing() {
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
			.withMessageContaining("control character at index")
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContainPattern("\\p{Cntrl}"));
	}

	@Test
	void aControlCharacterOfAValueIsReplaced() {
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
