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

import java.io.File;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

import io.github.lockfile.testsupport.LockPathTestCase;
import io.github.lockfile.testsupport.Outsider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application with Spring Cloud, which runs contexts of its own beside that of the
 * application.
 */
@Tag("once")
class SpringCloudIT extends LockPathTestCase {

	@Test
	void theBootstrapContextTakesNoLockARefreshKeepsItAndARestartTakesItAgain() {
		try (ApplicationProcess instance = start(BuiltApplication.CLOUD.dependencies()).awaitStarted()) {
			assertThat(instance.output()).containsOnlyOnce("Acquired lock file");
			assertThat(instance.get("/actuator/beans").body()).contains("\"parentId\":\"bootstrap\"");
			assertThat(Outsider.isRefused(this.path)).isTrue();
			for (int i = 0; i < 2; i++) {
				assertThat(instance.post("/actuator/refresh").statusCode()).isEqualTo(200);
				assertKept(instance);
			}
			assertThat(instance.get("/actuator/lockfile").body()).contains("\"status\":\"HELD\"");
			try (ApplicationProcess refused = start(BuiltApplication.CLOUD.dependencies())) {
				assertThat(refused.awaitExit()).isEqualTo(75);
				assertThat(refused.output()).contains("Another instance holds the lock file").doesNotContain("\tat ");
			}
			instance.postWithoutAnswer("/actuator/restart");
			instance.awaitOutput("Acquired lock file", 2).awaitOutput("(process running for ", 2);
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
	}

	@Test
	void withoutABootstrapContextARefreshAndAPauseKeepTheLock() {
		String dependencies = Arrays.stream(BuiltApplication.CLOUD.dependencies().split(File.pathSeparator))
			.filter((entry) -> !entry.contains("/spring-cloud-starter-bootstrap"))
			.collect(Collectors.joining(File.pathSeparator));
		// A pause stops the server of the application.
		try (ApplicationProcess instance = start(dependencies, "--management.server.port=0").awaitStarted()) {
			for (int i = 0; i < 2; i++) {
				assertThat(instance.postToManagement("/actuator/refresh").statusCode()).isEqualTo(200);
				assertKept(instance);
			}
			assertThat(instance.postToManagement("/actuator/pause").statusCode()).isEqualTo(200);
			assertKept(instance);
			assertThat(instance.getFromManagement("/actuator/lockfile").body()).contains("\"status\":\"HELD\"");
		}
	}

	private void assertKept(ApplicationProcess instance) {
		assertThat(Outsider.isRefused(this.path)).isTrue();
		assertThat(instance.output()).containsOnlyOnce("Acquired lock file").doesNotContain("ERROR");
	}

	private ApplicationProcess start(String dependencies, String... args) {
		List<String> arguments = new ArrayList<>(List.of("--server.port=0", "--lockfile.path=" + this.path));
		arguments.addAll(List.of(args));
		return ApplicationProcess.start(List.of(), BuiltApplication.CLOUD.classes() + File.pathSeparator + dependencies,
				BuiltApplication.CLOUD.mainClass(), arguments);
	}

}
