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

package io.github.lockfile.spring.boot.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.List;

import com.jayway.jsonpath.DocumentContext;
import com.jayway.jsonpath.JsonPath;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ConfigurationMetadataTests {

	@Test
	void everyPropertyIsDescribed() throws IOException {
		DocumentContext metadata = JsonPath.parse(read());
		assertThat(metadata.<List<String>>read("$.properties[*].name")).containsExactlyInAnyOrder("lockfile.enabled",
				"lockfile.path", "lockfile.content-template", "lockfile.timeout", "lockfile.verify-interval",
				"lockfile.on-lost", "management.endpoint.lockfile.access",
				"management.endpoint.lockfile.cache.time-to-live", "management.health.lockfile.enabled");
		assertThat(metadata.<List<String>>read("$.properties[*].description")).hasSize(9)
			.allSatisfy((description) -> assertThat(description).endsWith("."));
		assertThat(metadata.<List<String>>read("$.properties[?(!@.defaultValue)].name"))
			.doesNotContain("lockfile.timeout", "lockfile.on-lost")
			.contains("lockfile.path");
	}

	private static String read() throws IOException {
		URL classes = LockFileProperties.class.getProtectionDomain().getCodeSource().getLocation();
		try (InputStream in = new URL(classes, "META-INF/spring-configuration-metadata.json").openStream()) {
			return new String(in.readAllBytes(), StandardCharsets.UTF_8);
		}
	}

}
