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

package io.github.lockfile.spring.boot;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.jayway.jsonpath.JsonPath;
import org.junit.jupiter.api.Test;

import org.springframework.core.io.ClassPathResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The page for users says what the metadata for editors says.
 */
class ConfigurationPageTests {

	private static final Path PAGE = Path.of("../docs/configuration.md");

	private static final String NONE = "none";

	private static final Pattern ROW = Pattern.compile("^\\| `([a-z.-]+)` \\| ([^|]+) \\|.*", Pattern.MULTILINE);

	private static final Pattern CODE = Pattern.compile("`([^`]*)`");

	@Test
	void everyPropertyIsListedOnceWithItsDefault() throws IOException {
		assertThat(listed()).containsExactlyEntriesOf(known());
	}

	private static Map<String, String> listed() throws IOException {
		Map<String, String> properties = new TreeMap<>();
		Matcher row = ROW.matcher(Files.readString(PAGE));
		while (row.find()) {
			Matcher value = CODE.matcher(row.group(2));
			String before = properties.put(row.group(1), value.matches() ? value.group(1) : NONE);
			assertThat(before).as(row.group(1)).isNull();
		}
		return properties;
	}

	private static Map<String, String> known() throws IOException {
		Map<String, String> properties = new TreeMap<>();
		String metadata = new ClassPathResource("META-INF/spring-configuration-metadata.json")
			.getContentAsString(StandardCharsets.UTF_8);
		for (Map<String, Object> property : JsonPath.<Iterable<Map<String, Object>>>read(metadata, "$.properties")) {
			properties.put(String.valueOf(property.get("name")),
					String.valueOf(property.getOrDefault("defaultValue", NONE)));
		}
		return properties;
	}

}
