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

package io.github.lockfile.spring.boot.starter;

import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import com.example.orders.OrdersApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What operators reach over HTTP, by the usual properties.
 */
@ResourceLock(Resources.SYSTEM_PROPERTIES)
class ActuatorTests {

	@TempDir
	private Path directory;

	@ParameterizedTest
	@ValueSource(strings = { "management.endpoints.web.exposure.include=health",
			"management.endpoints.web.exposure.exclude=lockfile", "management.endpoint.lockfile.access=none",
			"management.endpoints.access.max-permitted=none" })
	void theEndpointIsNotThereIfNotExposedOrNotAccessible(String property) {
		try (ConfigurableApplicationContext instance = run("--" + property)) {
			assertThat(get(instance, "/actuator/lockfile").statusCode()).isEqualTo(404);
		}
	}

	@Test
	void theEndpointAndTheMetricsOnlyRead() {
		try (ConfigurableApplicationContext instance = run("--management.endpoints.web.exposure.include=*",
				"--management.endpoints.access.max-permitted=read-only")) {
			assertThat(get(instance, "/actuator/lockfile").statusCode()).isEqualTo(200);
			assertThat(ApplicationProcess.post(uri(instance, "/actuator/lockfile")).statusCode()).isEqualTo(405);
			assertThat(get(instance, "/actuator/metrics/lockfile.held").body()).contains("\"value\":1.0");
			assertThat(get(instance, "/actuator/metrics/lockfile.restored").body()).contains("\"value\":0.0");
		}
	}

	@Test
	void theHealthIndicatorCanBeTurnedOff() {
		try (ConfigurableApplicationContext instance = run("--management.health.lockfile.enabled=false")) {
			assertThat(get(instance, "/actuator/health/lockfile").statusCode()).isEqualTo(404);
			assertThat(get(instance, "/actuator/lockfile").statusCode()).isEqualTo(200);
		}
	}

	@Test
	void theHealthIndicatorCanJoinTheLivenessGroup() {
		try (ConfigurableApplicationContext instance = run(
				"--management.endpoint.health.group.liveness.include=livenessState,lockfile",
				"--management.endpoint.health.probes.enabled=true")) {
			assertThat(get(instance, "/actuator/health/liveness").body()).contains("\"livenessState\":{",
					"\"lockfile\":{");
		}
	}

	private ConfigurableApplicationContext run(String... args) {
		// In the directory of the test, the one of Tomcat was left behind now and then.
		List<String> arguments = new ArrayList<>(
				List.of("--server.port=0", "--server.tomcat.basedir=" + BuiltApplication.TOMCAT,
						"--lockfile.path=" + this.directory.resolve("orders.lock")));
		arguments.addAll(List.of(args));
		return SpringApplication.run(OrdersApplication.class, arguments.toArray(String[]::new));
	}

	private static HttpResponse<String> get(ConfigurableApplicationContext instance, String path) {
		return ApplicationProcess.getAsync(uri(instance, path)).join();
	}

	private static URI uri(ConfigurableApplicationContext instance, String path) {
		return URI.create("http://localhost:%s%s"
			.formatted(instance.getEnvironment().getRequiredProperty("local.server.port"), path));
	}

}
