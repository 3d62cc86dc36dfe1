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

import java.util.List;

import io.github.lockfile.testsupport.LockPathTestCase;
import io.github.lockfile.testsupport.Outsider;
import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The many ways in which an application starts and stops.
 */
class StartAndStopTests extends LockPathTestCase {

	private static final String[] BATCH = { "--spring.main.web-application-type=none",
			"--spring.main.sources=%s,%s".formatted(LastBean.class.getName(), BatchJob.class.getName()) };

	@Test
	void lazyInitializationDelaysNeitherTheLockNorItsWatch() {
		try (ApplicationProcess instance = Orders.run(this.path, "--spring.main.lazy-initialization=true",
				"--lockfile.verify-interval=200ms")) {
			assertThat(Outsider.isRefused(this.path)).isTrue();
			Shell.run("rm", this.path.toString());
			instance.awaitOutput("has been repaired");
			assertThat(Outsider.isRefused(this.path)).isTrue();
			assertThat(instance.get("/actuator/lockfile").body()).contains("\"content\":\"" + instance.pid());
			assertThat(instance.get("/actuator/health/lockfile").statusCode()).isEqualTo(200);
		}
	}

	@Test
	void managementOnAPortOfItsOwnUsesTheOneLock() {
		try (ApplicationProcess instance = Orders.run(this.path, "--management.server.port=0")) {
			assertThat(instance.output()).containsOnlyOnce("Acquired lock file");
			assertThat(instance.get("/orders").body()).isEqualTo("none yet");
			assertThat(instance.get("/actuator/lockfile").statusCode()).isEqualTo(404);
			assertThat(instance.getFromManagement("/actuator/lockfile").body())
				.contains("\"path\":\"" + this.path + "\"", "\"status\":\"HELD\"");
			assertThat(instance.getFromManagement("/actuator/health/lockfile").statusCode()).isEqualTo(200);
			assertThat(Outsider.isRefused(this.path)).isTrue();
			instance.terminate();
			assertThat(instance.awaitExit()).isEqualTo(143);
			assertThat(instance.output()).doesNotContain("WARN", "ERROR");
		}
	}

	@Test
	void aBatchApplicationEndsByItself() {
		try (ApplicationProcess instance = Orders.start(this.path, BATCH)) {
			assertThat(instance.awaitExit()).isZero();
			assertThat(instance.output()).contains("Acquired lock file", "The work is done",
					"At the end, an outsider is refused");
		}
		assertThat(Outsider.isRefused(this.path)).isFalse();
	}

	@Test
	void anApplicationThatExitsKeepsTheLockToTheEndAndItsExitCode() {
		try (ApplicationProcess instance = Orders.start(this.path, BATCH[0], BATCH[1], "--batch.exit-code=3")) {
			assertThat(instance.awaitExit()).isEqualTo(3);
			assertThat(instance.output()).contains("The work is done", "At the end, an outsider is refused");
		}
		assertThat(Outsider.isRefused(this.path)).isFalse();
	}

	@Test
	void aTrainingRunTakesNoLock() {
		List<String> training = List.of("env", "JAVA_TOOL_OPTIONS=-Dspring.context.exit=onRefresh");
		try (ApplicationProcess instance = Orders.start(training, this.path)) {
			assertThat(instance.awaitExit()).isZero();
			assertThat(instance.output()).contains("Created the order controller");
			assertThat(this.path).doesNotExist();
		}
	}

	@Test
	void worksWithoutActuator() {
		try (ApplicationProcess instance = Orders
			.startWithout(
					List.of("spring-boot-actuator", "spring-boot-health", "spring-boot-starter-actuator",
							"spring-boot-starter-micrometer-metrics", "spring-boot-micrometer", "micrometer-core"),
					this.path)
			.awaitStarted()) {
			assertThat(Outsider.isRefused(this.path)).isTrue();
			assertThat(instance.get("/actuator/lockfile").statusCode()).isEqualTo(404);
		}
	}

	@Test
	void worksWithActuatorButWithoutHealth() {
		try (ApplicationProcess instance = Orders.startWithout(List.of("spring-boot-health"), this.path)
			.awaitStarted()) {
			assertThat(Outsider.isRefused(this.path)).isTrue();
			assertThat(instance.get("/actuator/lockfile").statusCode()).isEqualTo(200);
			assertThat(instance.get("/actuator/health").statusCode()).isEqualTo(404);
		}
	}

	@Test
	void worksWithActuatorButWithoutMetrics() {
		try (ApplicationProcess instance = Orders
			.startWithout(List.of("spring-boot-micrometer-metrics", "micrometer-core"), this.path,
					"--management.endpoints.web.exposure.include=*")
			.awaitStarted()) {
			assertThat(Outsider.isRefused(this.path)).isTrue();
			assertThat(instance.get("/actuator/lockfile").statusCode()).isEqualTo(200);
			assertThat(instance.get("/actuator/metrics/lockfile.held").statusCode()).isEqualTo(404);
		}
	}

	@Test
	void worksWithMicrometerButWithoutActuator() {
		try (ApplicationProcess instance = Orders
			.startWithout(List.of("spring-boot-actuator", "spring-boot-health", "spring-boot-starter-actuator",
					"spring-boot-starter-micrometer-metrics", "spring-boot-micrometer-metrics"), this.path)
			.awaitStarted()) {
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
	}

	@Test
	void takesNoLockWhenDisabled() {
		try (ApplicationProcess instance = Orders.run(this.path, "--lockfile.enabled=false",
				"--management.endpoint.health.group.liveness.include=livenessState,lockfile",
				"--management.endpoints.web.exposure.include=*")) {
			assertThat(this.path).doesNotExist();
			assertThat(instance.get("/actuator/lockfile").body()).contains("\"status\":\"DISABLED\"");
			assertThat(instance.get("/actuator/metrics/lockfile.held").statusCode()).isEqualTo(404);
			assertThat(instance.get("/actuator/health").body()).contains("\"status\":\"UP\"");
			assertThat(instance.get("/actuator/health/lockfile").body()).contains("\"status\":\"UNKNOWN\"", "DISABLED");
			assertThat(instance.get("/actuator/health/liveness").body()).contains("\"status\":\"UP\"",
					"\"lockfile\":{");
		}
	}

}
