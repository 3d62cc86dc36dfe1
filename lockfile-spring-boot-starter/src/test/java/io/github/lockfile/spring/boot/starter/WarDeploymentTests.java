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

import io.github.lockfile.LockFile;
import io.github.lockfile.spring.boot.autoconfigure.LockFileAutoConfiguration;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Holder;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

class WarDeploymentTests {

	@Test
	void aLostLockClosesTheApplicationAndNotTheContainer(@TempDir Path directory) {
		Path path = directory.resolve("war.lock");
		new WebApplicationContextRunner().withConfiguration(AutoConfigurations.of(LockFileAutoConfiguration.class))
			.withPropertyValues("lockfile.verify-interval=20ms", "lockfile.on-lost=shutdown")
			.withBean("lockFile", LockFile.class, () -> LockFile.acquire(path))
			.run((context) -> {
				assertThat(context).hasNotFailed().hasBean("lockFileWatch");
				try (ChildJvm intruder = Holder.holdInPlaceOf(path)) {
					Awaitility.await().until(() -> !context.getSourceApplicationContext().isActive());
					// This JVM would end with this thread.
					Awaitility.await().until(() -> !isShuttingDown());
					assertThat(intruder.process().isAlive()).isTrue();
				}
			});
	}

	private static boolean isShuttingDown() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.anyMatch((thread) -> thread.getName().equals("lockfile-shutdown"));
	}

}
