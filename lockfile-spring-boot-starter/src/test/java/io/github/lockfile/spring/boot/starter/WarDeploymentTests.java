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

import java.nio.file.Path;

import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Outsider;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

import org.springframework.boot.ApplicationContextFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.mock.web.MockServletContext;
import org.springframework.web.context.support.GenericWebApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application in an external servlet container, whose process is not the application's
 * own. If it ended the process, it would end the JVM of this test.
 */
@ResourceLock(Resources.SYSTEM_PROPERTIES)
class WarDeploymentTests {

	@Test
	void aLostLockClosesTheApplicationAndNotTheContainer(@TempDir Path directory) {
		Path path = directory.resolve("war.lock");
		SpringApplication application = new SpringApplication(Deployed.class);
		application.setApplicationContextFactory(
				ApplicationContextFactory.of(() -> new GenericWebApplicationContext(new MockServletContext())));
		try (ConfigurableApplicationContext context = application.run("--lockfile.path=" + path,
				"--lockfile.verify-interval=100ms", "--lockfile.on-lost=shutdown")) {
			assertThat(Outsider.isRefused(path)).isTrue();
			try (ChildJvm intruder = HolderProcess.holdInPlaceOf(path)) {
				Awaitility.await().until(() -> !context.isActive());
				Awaitility.await().until(() -> !isShuttingDown());
				assertThat(intruder.process().isAlive()).isTrue();
			}
		}
	}

	private static boolean isShuttingDown() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.anyMatch((thread) -> thread.getName().equals("lockfile-shutdown"));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Deployed {

	}

}
