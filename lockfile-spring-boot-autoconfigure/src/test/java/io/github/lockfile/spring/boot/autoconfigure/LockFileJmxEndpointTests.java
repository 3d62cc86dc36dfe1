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

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Map;

import javax.management.MBeanServer;
import javax.management.ObjectName;

import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The endpoint as a JMX client sees it.
 */
class LockFileJmxEndpointTests {

	private static final String NAME = "org.springframework.boot:type=Endpoint,name=Lockfile";

	private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();

	@TempDir
	private Path path;

	@Test
	void showsTheLock() throws Exception {
		try (ConfigurableApplicationContext context = run()) {
			assertThat(context.isActive()).isTrue();
			Object shown = this.server.invoke(new ObjectName(NAME), "lockFile", new Object[0], new String[0]);
			assertThat(shown).asInstanceOf(InstanceOfAssertFactories.MAP)
				.containsAllEntriesOf(Map.of("path", this.path.toRealPath().resolve("app.lock").toString(), "content",
						Long.toString(ProcessHandle.current().pid()), "status", "HELD"))
				.containsKeys("acquiredAt", "verifiedAt");
		}
		assertThat(this.server.isRegistered(new ObjectName(NAME))).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "management.endpoints.jmx.exposure.include=health",
			"management.endpoints.jmx.exposure.exclude=lockfile", "management.endpoint.lockfile.access=none",
			"management.endpoints.access.default=none", "management.endpoints.access.max-permitted=none" })
	void isNotThereIfNotExposedOrNotAccessible(String property) throws Exception {
		try (ConfigurableApplicationContext context = run("--" + property)) {
			assertThat(context.isActive()).isTrue();
			assertThat(this.server.isRegistered(new ObjectName(NAME))).isFalse();
		}
	}

	@Test
	void isThereIfReadOnly() throws Exception {
		try (ConfigurableApplicationContext context = run("--management.endpoints.access.max-permitted=read-only")) {
			assertThat(context.isActive()).isTrue();
			assertThat(this.server.isRegistered(new ObjectName(NAME))).isTrue();
		}
	}

	private ConfigurableApplicationContext run(String... args) {
		return new SpringApplicationBuilder(Empty.class).web(WebApplicationType.NONE)
			.properties("lockfile.path=" + this.path.resolve("app.lock"), "spring.jmx.enabled=true",
					"management.endpoints.jmx.exposure.include=*")
			.run(args);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Empty {

	}

}
