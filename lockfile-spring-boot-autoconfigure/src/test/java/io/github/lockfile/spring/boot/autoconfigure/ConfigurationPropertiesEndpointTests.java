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

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

import io.github.lockfile.LockFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.actuate.context.properties.ConfigurationPropertiesReportEndpoint;
import org.springframework.boot.actuate.context.properties.ConfigurationPropertiesReportEndpoint.ConfigurationPropertiesBeanDescriptor;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the endpoint {@code configprops} shows of the properties.
 */
class ConfigurationPropertiesEndpointTests {

	private static final String BEAN = "lockfile-io.github.lockfile.spring.boot.startup.LockFileProperties";

	@TempDir
	private Path directory;

	@Test
	void showsWhatWasDecidedOn() {
		try (ConfigurableApplicationContext context = run("--lockfile.timeout=90",
				"--lockfile.content-template={pid};x")) {
			ConfigurationPropertiesBeanDescriptor shown = shown(context, BEAN);
			assertThat(shown.getPrefix()).isEqualTo("lockfile");
			assertThat(shown.getProperties()).containsEntry("enabled", true)
				.containsEntry("path", this.directory.resolve("app.lock").toString())
				.containsEntry("contentTemplate", "{pid};x")
				.containsEntry("timeout", "PT1M30S")
				.containsEntry("verifyInterval", "PT1S")
				.containsEntry("onLost", "REPORT")
				.containsEntry("native", "AUTO");
			assertThat(beans(context).keySet()).noneMatch((name) -> name.startsWith("lockfile.cluster"));
		}
	}

	@Test
	void showsThatThereIsNoLock() {
		try (ConfigurableApplicationContext context = run("--lockfile.enabled=false")) {
			assertThat(shown(context, BEAN).getProperties()).containsEntry("enabled", false);
		}
	}

	@Test
	void showsTheValuesThatTheLockWasTakenWith() {
		try (ConfigurableApplicationContext context = run("--lockfile.content-template=${random.uuid}")) {
			assertThat(shown(context, BEAN).getProperties()).containsEntry("contentTemplate",
					context.getBean(LockFile.class).content());
		}
	}

	private static Map<String, ConfigurationPropertiesBeanDescriptor> beans(ConfigurableApplicationContext context) {
		return Objects
			.requireNonNull(context.getBean(ConfigurationPropertiesReportEndpoint.class)
				.configurationProperties()
				.getContexts()
				.get(context.getId()))
			.getBeans();
	}

	private static ConfigurationPropertiesBeanDescriptor shown(ConfigurableApplicationContext context, String name) {
		return Objects.requireNonNull(beans(context).get(name), name);
	}

	private ConfigurableApplicationContext run(String... args) {
		return new SpringApplicationBuilder(Empty.class).web(WebApplicationType.NONE)
			.properties("lockfile.path=" + this.directory.resolve("app.lock"), "spring.jmx.enabled=true",
					"management.endpoints.jmx.exposure.include=configprops",
					"management.endpoint.configprops.show-values=always")
			.run(args);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Empty {

	}

}
