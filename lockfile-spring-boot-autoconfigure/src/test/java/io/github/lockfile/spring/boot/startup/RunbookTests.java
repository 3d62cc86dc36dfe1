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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The log leads to a heading that is there.
 */
class RunbookTests {

	private static final String PAGE = "https://github.com/lockfile/lockfile/blob/main/docs/troubleshooting.md#";

	@Test
	void everyLinkLeadsToAHeading() throws IOException {
		List<String> anchors = Files.readAllLines(Path.of("../docs/troubleshooting.md"))
			.stream()
			.filter((line) -> line.startsWith("#"))
			.map((line) -> line.replaceFirst("^#+ ", "").toLowerCase(Locale.ROOT).replace(' ', '-'))
			.toList();
		for (String text : List.of(Runbook.LOST, Runbook.DOUBT, Runbook.REPAIRED, Runbook.RELEASED, Runbook.FENCED,
				Runbook.LOST_IN_CLUSTER, Runbook.UNWATCHED)) {
			assertThat(text).contains("See " + PAGE);
			assertThat(anchors).contains(text.substring(text.indexOf(PAGE) + PAGE.length()));
		}
	}

}
